"""Lists that can leave as a file: which there are, who may ask, what counts as many, and building one sealed."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from cases import csvfile, keys
from cases.actor import Actor
from cases.models import Case, Export, User
from cases.permissions import Permission
from cases.rvlt import Opener, Sealer
from cases.vault import Stored, Vault

Source = Callable[[Actor, Mapping[str, Any]], Iterator[list[str]]]
"""A list: (who asks, filters) -> rows, headings first. It holds only what the asker may see when it runs.

Filters are `case` (a reference) and `since` (an ISO date), each empty when not asked for.
"""

CASE_HEADING = "case"
"""The heading, in any case of letters, of the column in which a list names the case of a row by its reference."""
KEPT = timedelta(days=7)
MOST_ROWS = 100_000
LABELS = {
    "cases": _("Cases"),
    "links": _("Links"),
    "audit": _("The record, without content"),
    "fingerprints": _("Fingerprints for one recipient"),
}
NEEDS = {
    "cases": Permission.CASE_VIEW,
    "links": Permission.CASE_VIEW,
    "audit": Permission.AUDIT_VIEW,
    "fingerprints": Permission.FINGERPRINT_MATCH,
}
"""What somebody needs beside the permission to make exports."""
ASKED_AGAIN = frozenset({"fingerprints"})
"""Lists that rest on a client's yes: a finished one is handed out only while it would not be empty."""


def sources() -> dict[str, Source]:
    """Return every list of every app, by name."""
    found: dict[str, Source] = {}
    for path in settings.EXPORTS:
        found.update(import_string(path))
    return found


def offered_to(user: User) -> list[tuple[str, str]]:
    """Return name and label of the lists that a person may ask for."""
    held = user.permissions()
    if Permission.EXPORT_MAKE not in held:
        return []
    named = ((name, NEEDS.get(name, Permission.EXPORT_MAKE)) for name in sources())
    return [(name, str(LABELS.get(name, name))) for name, needed in named if needed in held]


def is_bulk(*, rows: int, filters: Mapping[str, Any]) -> bool:
    """Whether a list needs a second person: it is not about one single case, or has many rows."""
    return not filters.get("case") or rows > settings.BULK_ROWS


def count(kind: str, actor: Actor, filters: Mapping[str, Any]) -> int:
    """Return how many rows a list would have, without its headings; inside `acting_as(actor)`."""
    return max(0, sum(1 for _row in islice(sources()[kind](actor, filters), MOST_ROWS + 1)) - 1)


@dataclass(frozen=True)
class Staged:
    """A sealed file waiting on local disk for the vault."""

    path: Path
    sealed_sha256: str
    sealed_bytes: int


@dataclass(frozen=True)
class Built:
    """A list as it lies in the vault, and the references of the cases that it names."""

    stored: Stored
    rows: int
    size: int
    cases: tuple[str, ...] = ()


class _Naming:
    """The rows of a list on their way into its file: which cases they name is kept beside it."""

    def __init__(self, rows: Iterator[list[str]], *, case: str) -> None:
        self._rows = rows
        self.cases = {case} if case else set[str]()

    def __iter__(self) -> Iterator[list[str]]:
        headings = next(self._rows, [])
        yield headings
        places = [number for number, heading in enumerate(headings) if heading.lower() == CASE_HEADING]
        for row in self._rows:
            self.cases.update(row[place] for place in places if row[place])
            yield row


def build(export_id: UUID, kind: str, actor: Actor, filters: Mapping[str, Any]) -> Built:
    """Build a list and store it sealed; no plain byte touches a disk. Inside `acting_as(actor)`, as a worker.

    Raises VaultError when it cannot be stored.
    """
    sealer = Sealer(keys.case_key(keys.SYSTEM_CHAIN), keys.SYSTEM_CHAIN, export_id)
    settings.STAGING_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = settings.STAGING_DIR / f"export-{export_id}"
    digest, sealed_bytes, rows, size = hashlib.sha256(), 0, -1, 0
    source = _Naming(islice(sources()[kind](actor, filters), MOST_ROWS + 1), case=str(filters.get("case") or ""))
    try:
        with path.open("wb") as file:
            for line in csvfile.lines(source):
                rows, size = rows + 1, size + len(line)
                piece = sealer.feed(line)
                digest.update(piece)
                sealed_bytes += file.write(piece)
            piece = sealer.finish()
            digest.update(piece)
            sealed_bytes += file.write(piece)
        stored = Vault().put(Staged(path, digest.hexdigest(), sealed_bytes))
    finally:
        path.unlink(missing_ok=True)
    # The audit writes a mark where the asker may not know the case: that is no reference, and nothing to lose.
    named = Case.objects.filter(reference__in=source.cases).order_by("reference").values_list("reference", flat=True)
    return Built(stored, max(0, rows), size, tuple(named))


def still_reaches(export: Export, person: User) -> bool:
    """Whether a person may still have a finished list: the right to its kind, and every case that it names.

    A case that was erased is nobody's any more, and neither is a list that names it.
    """
    if export.kind not in dict(offered_to(person)):
        return False
    if export.kind in ASKED_AGAIN and not count(export.kind, Actor.user(person), export.filters):
        return False
    named = list(export.cases)
    return Case.objects.visible_to(Actor.user(person)).filter(reference__in=named).count() == len(named)


def opened(export: Export) -> Opener:
    """Return the file of a finished list, opened; the caller closes it. Raises VaultError."""
    key = keys.case_key(keys.SYSTEM_CHAIN)
    return Vault().open(export.object_name, key, keys.SYSTEM_CHAIN, export.pk, sealed_bytes=export.sealed_bytes)
