"""What a look at an exhibit shows: the file itself, or a picture that was made of it, such as a page's screenshot."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from evidence.looking.showable import shown_as
from evidence.models import Derivative, DerivativeKind, Exhibit
from evidence.sandbox import Source
from evidence.sources import stored_source


@dataclass(frozen=True, slots=True)
class Subject:
    """Where the bytes lie that are decoded, and how: "picture", "film" or "paper"; nothing cannot be shown."""

    shape: str
    object_name: str
    sealed_bytes: int
    case_id: UUID
    file_id: UUID

    @contextmanager
    def opened(self, key: bytes) -> Iterator[Source]:
        """Give it to the sandbox; call outside of `acting_as`. Raises VaultError."""
        with stored_source(self.object_name, self.sealed_bytes, key, self.case_id, self.file_id) as source:
            yield source


def subject_of(exhibit: Exhibit) -> Subject | None:
    """Return what can be shown of an exhibit, or None: then its facts are all there is. Call inside `acting_as`."""
    if shape := shown_as(exhibit.media_type):
        return Subject(shape, exhibit.object_name, exhibit.cipher_size, exhibit.case_id, exhibit.pk)
    pictures = Derivative.objects.made().filter(exhibit=exhibit, kind=DerivativeKind.SCREENSHOT)
    for made in pictures.exclude(object_name="").order_by("-made_at", "pk"):
        if shown_as(made.media_type) == "picture":
            return Subject("picture", made.object_name, made.cipher_size, made.case_id, made.pk)
    return None
