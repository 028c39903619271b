"""Sets a packet: as one document while it is short, in parts that are joined when it is long. Memory stays flat.

A long packet is set by two children side by side, no more. What prints page numbers (the contents, the index of
exhibits) is set last, twice: once to learn how many pages it takes itself, once with the numbers.
"""

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Self

import pikepdf
from django.utils.translation import gettext as _

from cases import pdf
from cases.pdf import Lane, SetPart
from evidence.packet.join import Joiner
from evidence.packet.parts import Joined, places_of
from evidence.packet.pieces import Piece, Script
from evidence.packet.stamps import Stamp, stamp_font

LANES = 2
PARTS_OF_A_LANE = 30
"""After so many parts a child is replaced: what it holds on to stays bounded."""
TRIES = 3
OWN = ("packet",)
FRONT = ("packet", "packet_part")
INNER = ("packet", "packet_part", "packet_inner")

Tell = Callable[[str, int, int], None]
"""Told after each part: its label, how many are done, of how many. Raises what stops the work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """What was set: how many pages and bytes, whether its tags hold, the most memory a child used (kilobytes)."""

    pages: int
    size: int
    is_tagged: bool
    child_peak_kb: int
    places: Mapping[str, int] = field(default_factory=dict)


def labels(script: Script) -> list[str]:
    """Return the names of the parts in which a packet is set, in order of setting."""
    if not script.is_long:
        return [_("the packet")]
    pieces = script.pieces()
    return [piece.label for piece in (*_early(pieces), *_late(pieces))]


def assemble(script: Script, out: BinaryIO, *, tell: Tell | None = None, with_numbers: bool = False) -> Packet:
    """Set a packet into `out`. Raises cases.pdf.PdfError, and whatever `tell` raises."""
    tell = tell or (lambda _label, _done, _all: None)
    if not script.is_long:
        return _at_once(script, out, tell, with_numbers=with_numbers)
    return _in_parts(script, out, tell, with_numbers=with_numbers)


def _at_once(script: Script, out: BinaryIO, tell: Tell, *, with_numbers: bool) -> Packet:
    tell(_("the packet"), 0, 1)
    made = pdf.render(script.whole())
    joiner = Joiner(out)
    joined = joiner.add(made, is_first=True)
    size = joiner.finish([joined], with_numbers=with_numbers)
    return Packet(pages=len(joined.pages), size=size, is_tagged=True, child_peak_kb=0, places=_numbers([joined], 0))


def _in_parts(script: Script, out: BinaryIO, tell: Tell, *, with_numbers: bool) -> Packet:
    pieces = script.pieces()
    early, late = _early(pieces), _late(pieces)
    joiner = Joiner(out, font=stamp_font())
    parts: dict[int, Joined] = {}
    peak = 0
    with _Lanes() as lanes:
        total = len(pieces)
        tell("", 0, total)
        drafts = {id(piece): _Draft.of(made) for piece, made in lanes.set(late, {}, _sheets)}
        for piece, made in lanes.set(early, {}, _sheets):
            parts[id(piece)] = joiner.add(made.pdf, elsewhere=made.elsewhere, is_inside=piece.is_inside)
            tell(piece.label, len(parts), total)
        lates: list[SetPart] = []
        for _try in range(TRIES):
            numbers = _planned(pieces, parts, drafts, script.since)
            lates = [made for _piece, made in lanes.set(late, numbers, _sheets)]
            found = {id(piece): _Draft.of(made) for piece, made in zip(late, lates, strict=True)}
            if found == drafts:
                break
            drafts = found
        else:
            raise pdf.PdfError(_("The contents could not be numbered."))
        for piece, made in zip(late, lates, strict=True):
            parts[id(piece)] = joiner.add(
                made.pdf, elsewhere=made.elsewhere, is_first=piece.is_front, is_inside=piece.is_inside
            )
            tell(piece.label, len(parts), total)
        peak = lanes.peak_kb
    order = [parts[id(piece)] for piece in pieces]
    pages = sum(len(part.pages) for part in order)
    case_ref, since = script.facts.case_ref, script.since

    def stamp(index: int, count: int) -> Stamp:
        number = since + index + 1
        return Stamp(
            running=f"{case_ref}-{number:06}",
            page=f"{number} / {since + count}",
            reads_from_right=script.reads_from_right,
        )

    size = joiner.finish(order, stamp=stamp, first_number=since + 1, with_numbers=with_numbers)
    return Packet(pages=pages, size=size, is_tagged=True, child_peak_kb=peak, places=_numbers(order, since))


def _early(pieces: Iterable[Piece]) -> list[Piece]:
    return [piece for piece in pieces if not piece.is_late]


def _late(pieces: Iterable[Piece]) -> list[Piece]:
    return [piece for piece in pieces if piece.is_late]


def _sheets(piece: Piece) -> Sequence[str]:
    return FRONT if piece.is_front else INNER


@dataclass(frozen=True, slots=True)
class _Draft:
    """How many pages a late part takes, and on which of them (from 0) its named places are."""

    pages: int
    names: Mapping[str, int]

    @classmethod
    def of(cls, made: SetPart) -> Self:
        with pikepdf.open(io.BytesIO(made.pdf)) as document:
            joined = places_of(document)
            return cls(len(document.pages), {name: at for name, at in joined.items() if name not in made.elsewhere})


def _planned(
    pieces: Sequence[Piece], parts: Mapping[int, Joined], drafts: Mapping[int, _Draft], since: int
) -> dict[str, int]:
    """Return on which printed page each named place will be, given how many pages the late parts take."""
    found: dict[str, int] = {}
    start = since + 1
    for piece in pieces:
        if piece.is_late:
            draft = drafts[id(piece)]
            found |= {name: start + at for name, at in draft.names.items()}
            start += draft.pages
            continue
        found |= _on_pages(parts[id(piece)], start)
        start += len(parts[id(piece)].pages)
    return found


def _numbers(order: Sequence[Joined], since: int) -> dict[str, int]:
    found: dict[str, int] = {}
    start = since + 1
    for part in order:
        found |= _on_pages(part, start)
        start += len(part.pages)
    return found


def _on_pages(part: Joined, start: int) -> dict[str, int]:
    places = {page: number for number, page in enumerate(part.pages, start=start)}
    return {name: places[place.page] for name, place in part.names.items()}


class _Lanes:
    """Two children that set parts by turns. What is handed over comes back in the same order."""

    def __init__(self) -> None:
        self._lanes: list[Lane | None] = [None] * LANES
        self.peak_kb = 0

    def __enter__(self) -> "_Lanes":
        return self

    def __exit__(self, *_: object) -> None:
        for lane in self._lanes:
            if lane is not None:
                lane.close()

    def set(
        self,
        pieces: Sequence[Piece],
        numbers: Mapping[str, int],
        sheets: Callable[[Piece], Sequence[str]],
    ) -> Iterator[tuple[Piece, SetPart]]:
        """Set every piece with these page numbers and yield each with its PDF, in order."""
        for place, piece in enumerate(pieces[:LANES]):
            self._lane(place).begin(piece.html(numbers), stylesheets=sheets(piece))
        for place, piece in enumerate(pieces):
            # The page after next is written while both children are at work.
            following = pieces[place + LANES] if place + LANES < len(pieces) else None
            page = following.html(numbers) if following is not None else ""
            made = self._lane(place).finish()
            self.peak_kb = max(self.peak_kb, made.peak_kb)
            if self._lane(place).parts_set >= PARTS_OF_A_LANE:
                self._lane(place).close()
                self._lanes[place % LANES] = None
            if following is not None:
                self._lane(place).begin(page, stylesheets=sheets(following))
            yield piece, made

    def _lane(self, place: int) -> Lane:
        lane = self._lanes[place % LANES]
        if lane is None:
            lane = self._lanes[place % LANES] = Lane()
        return lane
