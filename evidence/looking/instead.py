"""What can be read instead of looking: text that was made of a file, or the file itself where it is plain text."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.keys import case_key
from cases.vault import VaultError
from evidence import sandbox
from evidence.looking.showable import PAPERS
from evidence.models import Derivative, DerivativeKind, Exhibit
from evidence.sources import opened_source, stored_source

TEXTS = {
    DerivativeKind.TRANSCRIPT: gettext_lazy("Transcript"),
    DerivativeKind.MAIL_HEADERS: gettext_lazy("Head of the mail"),
    DerivativeKind.PAGE_TEXT: gettext_lazy("Text of the page"),
}
READ_BYTES = 200_000
PLAIN, WORDS = "plain", "words"


@dataclass(frozen=True, slots=True)
class Offer:
    """One text that may be enough. `key` names it in an address."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text as it is shown: `is_cut` says that there is more than is shown."""

    label: str
    text: str
    is_cut: bool


def offers(exhibit: Exhibit) -> Sequence[Offer]:
    """Return the texts of an exhibit, the fullest first; call inside `acting_as`."""
    kinds = set(Derivative.objects.made().filter(exhibit=exhibit, kind__in=list(TEXTS)).values_list("kind", flat=True))
    found = [Offer(kind.value, str(label)) for kind, label in TEXTS.items() if kind.value in kinds]
    if exhibit.media_type in PAPERS:
        found.append(Offer(WORDS, _("Text of the document")))
    if exhibit.media_type.startswith("text/"):
        found.append(Offer(PLAIN, _("The text itself")))
    return found


def read(exhibit: Exhibit, name: str) -> Text | None:
    """Return a text that was offered, at most 200,000 bytes of it; None where there is none or it cannot be read.

    Call inside `acting_as`. Papers are read in the sandbox.
    """
    offer = next((one for one in offers(exhibit) if one.key == name), None)
    if offer is None:
        return None
    key = case_key(exhibit.case_id)
    try:
        if name == PLAIN:
            with opened_source(exhibit, key) as source:
                data = b"".join(source.read(0, min(source.size, READ_BYTES + 1)))
        elif name == WORDS:
            with opened_source(exhibit, key) as source:
                outcome = sandbox.python("preview", {"verb": WORDS}, source=source, seconds=30, forks=True)
            if outcome.ended != sandbox.Ended.WELL:
                return None
            data = outcome.out
        else:
            rows = Derivative.objects.made().filter(exhibit=exhibit).of_kind(name)
            # A transcript is kept as lines for machines and as text for people.
            made = rows.filter(media_type__startswith="text/").first() or rows.first()
            if made is None:
                return None
            with stored_source(made.object_name, made.cipher_size, key, made.case_id, made.pk) as source:
                data = b"".join(source.read(0, min(source.size, READ_BYTES + 1)))
    except (VaultError, sandbox.Unavailable):
        return None
    text = data[:READ_BYTES].decode("utf-8", "replace").replace("\0", "")
    return Text(offer.label, text, len(data) > READ_BYTES)
