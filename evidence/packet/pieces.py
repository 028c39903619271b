"""Cuts the sections of a long packet into parts that are set one by one, each small enough to be quick and lean."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.text import slugify
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from evidence.manifest import BundleFacts
from evidence.packet.redaction import Redactor
from evidence.sections import PacketSection, Section, page_html

EXHIBITS_AT_ONCE, ROWS_AT_ONCE = 25, 400
"""Up to here a packet is one document: so many exhibits, and so many rows in any other list."""
SHEETS, INDEX_ROWS, LISTED = 20, 250, 60
"""Exhibit sheets and rows of their index in one part; up to so many exhibits the contents name each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One part of a packet: what the progress calls it, and its page, given the printed number of named places.

    `is_late` marks parts that print page numbers: they are set last, when the numbers are known. `is_inside`
    marks those that go on with the chapter of the one before.
    """

    label: str
    html: Callable[[Mapping[str, int]], str]
    is_front: bool = False
    is_late: bool = False
    is_inside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """Everything a packet prints, before it is set."""

    facts: BundleFacts
    sections: Sequence[Section]
    counts: Mapping[str, int]
    language: str
    redactor: Redactor
    since: int = 0

    @property
    def is_long(self) -> bool:
        """Whether it is set in parts: it is long, or its numbers go on from another packet."""
        return self.since > 0 or any(_length(section) > _most(section) for section in self.sections)

    @property
    def reads_from_right(self) -> bool:
        """Whether the language is written from right to left."""
        return bool(get_language_info(self.language)["bidi"])

    def page(self, template: str, **context: Any) -> str:
        """Return one page with hidden words taken out."""
        return self.redactor.html(page_html(template, self.language, facts=self.facts, **context))

    def whole(self) -> str:
        """Return the packet as one page."""
        return self.page(
            "evidence/packet/packet.html",
            sections=[_with_part(section, {"first": True, "last": True}, {}) for section in self.sections],
            chapters=self.chapters({}),
            counts=self.counts,
        )

    def chapters(self, pages: Mapping[str, int]) -> list[dict[str, Any]]:
        """Return what the contents list: each section, and each exhibit while they are few."""
        found = [{"key": "verify", "title": _("How to check this packet"), "page": pages.get("verify")}]
        for section in self.sections:
            row: dict[str, Any] = {"key": section.key, "title": section.title, "page": pages.get(section.key)}
            if section.key == "exhibits" and len(section.context["exhibits"]) <= LISTED:
                row["inner"] = [
                    {
                        "key": anchor(_entry(one).exhibit),
                        "title": f"{_entry(one).exhibit} · {_entry(one).description}",
                        "page": pages.get(anchor(_entry(one).exhibit)),
                    }
                    for one in section.context["exhibits"]
                ]
            found.append(row)
        return found

    def pieces(self) -> list[Piece]:
        """Return the parts in the order in which they stand in the packet."""
        found = [Piece(label=_("cover and contents"), html=self._front, is_front=True, is_late=True)]
        for section in self.sections:
            found += self._exhibits(section) if section.key == "exhibits" else self._cut(section)
        return found

    def _front(self, pages: Mapping[str, int]) -> str:
        return self.page("evidence/packet/front.html", chapters=self.chapters(pages), counts=self.counts, given=True)

    def _cut(self, section: Section) -> list[Piece]:
        name = getattr(section, "rows", "")
        rows = list(section.context.get(name, ())) if name else []
        most = getattr(section, "per_part", ROWS_AT_ONCE)
        cuts = _cuts([_weight(row) for row in rows], most) if rows else [(0, 0)]
        found = []
        for start, end in cuts:
            label = section.title
            if len(cuts) > 1:
                label = _("%(title)s: %(first)d–%(last)d of %(all)d") % {
                    "title": section.title,
                    "first": start + 1,
                    "last": end,
                    "all": len(rows),
                }
            own = {name: rows[start:end]} if name else {}
            part = {"first": start == 0, "last": end == len(rows)}
            found.append(Piece(label=label, html=self._piece(section, part, own), is_inside=not part["first"]))
        return found

    def _exhibits(self, section: Section) -> list[Piece]:
        rows = list(section.context["exhibits"])
        found = []
        for start in range(0, max(len(rows), 1), INDEX_ROWS):
            part = {"first": start == 0, "last": start + INDEX_ROWS >= len(rows), "index": True}
            own = {"exhibits": rows[start : start + INDEX_ROWS]}
            if not part["last"]:
                own["omitted"] = []
            found.append(
                Piece(
                    label=_("index of exhibits"),
                    html=self._piece(section, part, own),
                    is_late=True,
                    is_inside=not part["first"],
                )
            )
        for start in range(0, len(rows), SHEETS):
            label = _("exhibits %(first)d–%(last)d of %(all)d") % {
                "first": start + 1,
                "last": min(start + SHEETS, len(rows)),
                "all": len(rows),
            }
            part = {"first": False, "last": False, "sheets": True}
            own = {"exhibits": rows[start : start + SHEETS]}
            found.append(Piece(label=label, html=self._piece(section, part, own), is_inside=not part["first"]))
        return found

    def _piece(
        self, section: Section, part: Mapping[str, bool], own: Mapping[str, Any]
    ) -> Callable[[Mapping[str, int]], str]:
        def html(pages: Mapping[str, int]) -> str:
            shown = _with_part(section, part, {**own, "pages": pages})
            return self.page("evidence/packet/part.html", section=shown)

        return html


def anchor(label: str) -> str:
    """Return the name of the place where an exhibit's sheet is."""
    return f"exhibit-{slugify(label)}"


def _with_part(section: Section, part: Mapping[str, bool], own: Mapping[str, Any]) -> PacketSection:
    return PacketSection(
        key=section.key,
        title=section.title,
        template=section.template,
        context={**section.context, **own, "part": part},
    )


def _entry(row: Any) -> Any:
    return row["entry"] if isinstance(row, Mapping) else row.entry


def _length(section: Section) -> int:
    if section.key == "exhibits":
        return len(section.context["exhibits"])
    return sum(_weight(row) for row in section.context.get(getattr(section, "rows", ""), ()))


def _most(section: Section) -> int:
    return EXHIBITS_AT_ONCE if section.key == "exhibits" else ROWS_AT_ONCE


def _weight(row: Any) -> int:
    """How many rows of a table an entry is about: a link with its looks is as long as they are many."""
    return 1 + len(getattr(row, "looks", ()))


def _cuts(weights: Sequence[int], most: int) -> list[tuple[int, int]]:
    """Cut a list into runs whose weights stay within `most`; an entry that is heavier stands alone."""
    cuts, start, weight = [], 0, 0
    for place, one in enumerate(weights):
        if place > start and weight + one > most:
            cuts.append((start, place))
            start, weight = place, 0
        weight += one
    return [*cuts, (start, len(weights))]
