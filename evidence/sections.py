"""What a packet is made of: sections, each from the app that owns its facts, listed in BUNDLE_SECTIONS in order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from evidence.bag import Payload
from evidence.manifest import BundleFacts

if TYPE_CHECKING:
    from cases.models.case import Case
    from evidence.order import BundleOrder

WHOLE: Mapping[str, bool] = {"first": True, "last": True}
"""What `own.part` is where a section stands in one piece; templates ask it for their first and last words."""


class Section(Protocol):
    """A chapter of the packet and the records that stand beside it in the bag.

    `key` is its anchor (ASCII, one per packet); `template` is included with `context`; `records` are files of
    data/records. By default no names of staff, no contact facts: every bundle may be read by the other side.
    """

    @property
    def key(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def template(self) -> str: ...
    @property
    def context(self) -> Mapping[str, Any]: ...
    @property
    def records(self) -> Sequence[Payload]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PacketSection:
    """The ordinary section.

    A section that can be long names in `rows` the list of its context that it may be cut along, and in `weigh` how
    many rows of a table one entry is about (1 unless told). Its template is then included once for each piece, with
    that piece's entries alone, and `own.part.first` and `own.part.last` say where it stands.
    """

    key: str
    title: str
    template: str
    context: Mapping[str, Any]
    records: Sequence[Payload] = field(default=())
    rows: str = ""
    per_part: int = 300


class SectionMaker(Protocol):
    """What BUNDLE_SECTIONS names by dotted path: tells a case up to `at`, or None where there is nothing to tell."""

    def __call__(self, case: "Case", order: "BundleOrder", at: datetime) -> Section | None: ...


def made_sections(case: "Case", order: "BundleOrder", at: datetime) -> list[Section]:
    """Every section of settings.BUNDLE_SECTIONS that has something to tell, in that order."""
    makers: Iterable[SectionMaker] = (import_string(path) for path in settings.BUNDLE_SECTIONS)
    return [section for maker in makers if (section := maker(case, order, at)) is not None]


def packet_html(
    facts: BundleFacts, sections: Sequence[Section], *, counts: Mapping[str, int], language: str = "en"
) -> str:
    """The whole packet as one page for cases.pdf.render, all times in UTC.

    `counts` holds `exhibits`, `links` and `events` for the cover.
    """
    return page_html(
        "evidence/packet/packet.html",
        language,
        facts=facts,
        sections=[_whole(section) for section in sections],
        chapters=[
            {"key": "verify", "title": _("How to check this packet")},
            *({"key": section.key, "title": section.title} for section in sections),
        ],
        counts=counts,
    )


def page_html(template: str, language: str, **context: Any) -> str:
    """One page of a packet as text, in a language, all times in UTC."""
    with translation.override(language), timezone.override(UTC):
        about = {"language": translation.get_language(), "is_rtl": translation.get_language_bidi()}
        return render_to_string(template, {**about, **context})


def _whole(section: Section) -> PacketSection:
    return PacketSection(
        key=section.key,
        title=section.title,
        template=section.template,
        context={"part": WHOLE, **section.context},
    )
