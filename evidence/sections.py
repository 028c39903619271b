"""What a packet is made of: sections, each from the app that owns its facts, listed in BUNDLE_SECTIONS in order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.module_loading import import_string

from evidence.bag import Payload
from evidence.manifest import BundleFacts

if TYPE_CHECKING:
    from cases.models.case import Case


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
    """The ordinary section."""

    key: str
    title: str
    template: str
    context: Mapping[str, Any]
    records: Sequence[Payload] = field(default=())


class SectionMaker(Protocol):
    """What BUNDLE_SECTIONS names by dotted path: tells a case up to `at`, or None where there is nothing to tell."""

    def __call__(self, case: "Case", at: datetime) -> Section | None: ...


def made_sections(case: "Case", at: datetime) -> list[Section]:
    """Every section of settings.BUNDLE_SECTIONS that has something to tell, in that order."""
    makers: Iterable[SectionMaker] = (import_string(path) for path in settings.BUNDLE_SECTIONS)
    return [section for maker in makers if (section := maker(case, at)) is not None]


def packet_html(
    facts: BundleFacts, sections: Sequence[Section], *, counts: Mapping[str, int], language: str = "en"
) -> str:
    """The whole packet as one page for cases.pdf.render, all times in UTC.

    `counts` holds `exhibits`, `links` and `events` for the cover.
    """
    with translation.override(language), timezone.override(UTC):
        return render_to_string(
            "evidence/packet/packet.html",
            {
                "facts": facts,
                "sections": sections,
                "counts": counts,
                "language": translation.get_language(),
                "is_rtl": translation.get_language_bidi(),
            },
        )
