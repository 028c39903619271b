"""Opens a transcript and gives one page of its lines: only those that are shown are read into rows."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from cases.actor import Actor
from cases.vault import Vault, VaultError
from evidence.derivatives import open_bytes
from evidence.models import Derivative, DerivativeKind, Exhibit
from evidence.sandbox import MEGABYTE
from evidence.transcripts.probe import LINES_TYPE, TEXT_TYPE

PAGE: Final = 200
LARGEST: Final = 256 * MEGABYTE


@dataclass(frozen=True, slots=True)
class Page:
    """One page of lines. `found` counts all lines that match; `start` is the place of the first shown, from 0."""

    head: Mapping[str, Any]
    lines: Sequence[Mapping[str, Any]]
    found: int
    start: int
    mail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def older(self) -> int | None:
        """Return the number of the page before, or None."""
        return self.start // PAGE if self.start else None

    @property
    def number(self) -> int:
        """Return the number of this page, from 1."""
        return self.start // PAGE + 1

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return max(1, -(-self.found // PAGE))


def transcript_of(exhibit: Exhibit, media_type: str = LINES_TYPE) -> Derivative | None:
    """Return the newest transcript of an exhibit, as lines or as text; inside `acting_as`."""
    kept = Derivative.objects.filter(exhibit=exhibit, media_type=media_type).made()
    found: Derivative | None = kept.of_kind(DerivativeKind.TRANSCRIPT).first()
    return found


def text_of(exhibit: Exhibit) -> Derivative | None:
    """Return the newest transcript of an exhibit as plain text; inside `acting_as`."""
    return transcript_of(exhibit, TEXT_TYPE)


def head_of_mail(exhibit: Exhibit) -> Derivative | None:
    """Return the newest head of a mail; inside `acting_as`."""
    kept = Derivative.objects.filter(exhibit=exhibit).made()
    found: Derivative | None = kept.of_kind(DerivativeKind.MAIL_HEADERS).first()
    return found


def page_of(
    derivative: Derivative,
    *,
    mail: Derivative | None = None,
    number: int = 1,
    words: str = "",
    by: Actor,
    vault: Vault | None = None,
) -> Page:
    """Return one page of lines, of all or of those that hold some words in any case of letters.

    A page that does not exist is the nearest that does. Raises VaultError where it cannot be opened.
    """
    head, lines = opened(derivative, by=by, vault=vault)
    if words:
        wanted = words.casefold()
        # A quick look at the line as it is stored finds the few that are read: JSON writes these texts as they are.
        inside = json.dumps(words, ensure_ascii=False)[1:-1].casefold()
        rows = [row for line in lines if inside in line.casefold() and (row := json.loads(line)) and holds(row, wanted)]
    else:
        rows = []
    found = len(rows) if words else len(lines)
    start = min(max(0, number - 1), max(0, (found - 1) // PAGE)) * PAGE
    shown = rows[start : start + PAGE] if words else [json.loads(line) for line in lines[start : start + PAGE]]
    told = json.loads(open_bytes(mail, LARGEST, by=by, vault=vault)) if mail is not None else {}
    return Page(head, shown, found, start, told)


def opened(derivative: Derivative, *, by: Actor, vault: Vault | None = None) -> tuple[dict[str, Any], list[str]]:
    """Return the head of a transcript and its lines, each still as JSON. Raises VaultError."""
    data = open_bytes(derivative, LARGEST, by=by, vault=vault)
    try:
        first, *lines = data.decode("utf-8").rstrip("\n").split("\n")
        head: dict[str, Any] = json.loads(first)
    except ValueError as error:
        raise VaultError("This transcript cannot be read.") from error
    return head, lines


def holds(row: Mapping[str, Any], wanted: str) -> bool:
    """Whether a line holds some words, given in lower case, in its text, its writer or its attachments."""
    return any(wanted in str(part).casefold() for part in (row["text"], row["who"], *row["attachments"]))
