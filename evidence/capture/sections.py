"""The section of a packet on web captures: every capture with its facts, no picture."""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from cases.models import Case
from evidence.bag import Payload
from evidence.capture.listing import Row, lines
from evidence.capture.warc import as_json
from evidence.manifest import defanged
from evidence.models import Capture, CaptureState
from evidence.order import BundleOrder
from evidence.sections import PacketSection, Section

CAPTURES_PATH = "data/records/captures.json"
ENDED = (CaptureState.KEPT, CaptureState.FAILED)


@dataclass(frozen=True, slots=True)
class CaptureLine:
    """One capture as the packet tells it. Addresses are defanged: a packet holds no live link."""

    number: int
    exhibit: str
    at: datetime
    state: str
    reason: str
    status: int
    final_url: str
    title: str
    addresses: str
    text_sha256: str
    picture_sha256: str
    text_said: str
    left_out: bool
    notes: list[str] = field(default_factory=list)
    redirects: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PageLine:
    """One page as the packet tells it, with its captures in order of time."""

    address: str
    looks: list[CaptureLine]


def captures(case: Case, order: BundleOrder, at: datetime) -> Section | None:
    """Tell every capture that ended up to `at`, lined up by link; the same as records. None without captures.

    Hidden links and exhibits are left out; a supplement tells only what ended since the packet that it goes on from.
    """
    ended = Capture.objects.filter(case=case, state__in=ENDED, finished_at__lte=at).select_related("exhibit")
    shown = [capture for capture in ended if capture.address and not _is_hidden(capture, order)]
    told, kept = [], []
    for line in sorted(lines(shown), key=lambda line: line.rows[0].capture.requested_at):
        new = [_told(number, row) for number, row in enumerate(line.rows, start=1) if _is_new(row.capture, order)]
        kept += [row.capture for row in line.rows if _is_new(row.capture, order)]
        if new:
            told.append(PageLine(defanged(line.address), new))
    if not told:
        return None
    return PacketSection(
        key="captures",
        title=_("Web captures"),
        template="evidence/packet/captures.html",
        context={"lines": told},
        records=[Payload.of(CAPTURES_PATH, as_json({"captures": [_record(capture) for capture in kept]}))],
        rows="lines",
    )


def _is_hidden(capture: Capture, order: BundleOrder) -> bool:
    return any(thing is not None and order.hides(thing) for thing in (capture.link_id, capture.exhibit_id))


def _is_new(capture: Capture, order: BundleOrder) -> bool:
    return order.after is None or (capture.finished_at is not None and capture.finished_at > order.after)


def _told(number: int, row: Row) -> CaptureLine:
    capture, facts = row.capture, row.capture.facts
    return CaptureLine(
        number=number,
        exhibit=capture.exhibit.label if capture.exhibit else "",
        at=row.at,
        state=row.state,
        reason=row.reason,
        status=row.status,
        final_url=defanged(capture.final_url) if capture.final_url != capture.address else "",
        title=row.title,
        addresses=", ".join(facts.get("addresses", [])),
        text_sha256=capture.text_sha256,
        picture_sha256=capture.picture_sha256,
        text_said=row.text_said,
        left_out=not capture.with_media,
        notes=list(row.notes),
        redirects=[defanged(url) for url in facts.get("redirects", [])],
    )


def _record(capture: Capture) -> dict[str, object]:
    facts = capture.facts
    return {
        "address": capture.address,
        "exhibit": capture.exhibit.label if capture.exhibit else "",
        "requested_at": capture.requested_at.isoformat(),
        "started_at": capture.started_at.isoformat() if capture.started_at else "",
        "finished_at": capture.finished_at.isoformat() if capture.finished_at else "",
        "state": capture.state,
        "result": capture.result,
        "reason": capture.reason,
        "final_url": capture.final_url,
        "title": capture.title,
        "text_sha256": capture.text_sha256,
        "picture_sha256": capture.picture_sha256,
        "content_not_downloaded": not capture.with_media,
        **{
            name: facts.get(name) for name in ("status", "addresses", "redirects", "blocked", "notes", "browser", "tls")
        },
    }
