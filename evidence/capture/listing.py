"""How captures read on pages and in packets: rows, and the captures of one link lined up in time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.utils.translation import gettext as _

from cases.actor import Actor
from evidence.capture.judge import note_words, words
from evidence.models import Capture, CaptureResult, CaptureState

TONES = {CaptureResult.WHOLE: "ok", CaptureResult.PARTIAL: "soon", CaptureResult.OTHER: "soon"}


@dataclass(frozen=True, slots=True)
class Row:
    """One capture as a page shows it. `text_said` and `picture_said` compare it with the kept one before it."""

    capture: Capture
    at: datetime
    state: str
    tone: str
    icon: str
    reason: str
    title: str
    text_said: str = ""
    picture_said: str = ""
    notes: Sequence[str] = ()
    status: int = 0


class Link(Protocol):
    """What is to be known of a reported link, which belongs to the app above."""

    pk: UUID
    case_id: UUID


@dataclass(frozen=True, slots=True)
class Line:
    """The captures of one link or typed address, oldest first."""

    address: str
    site: str
    link_id: UUID | None
    rows: Sequence[Row] = field(default=())

    @property
    def latest(self) -> Row:
        """The newest capture."""
        return self.rows[-1]


def row_of(capture: Capture, before: Capture | None = None) -> Row:
    """Return one row; `before` is the kept capture before it, if any. Call inside `acting_as`."""
    state, tone, icon = _state(capture)
    facts: dict[str, Any] = capture.facts
    return Row(
        capture=capture,
        at=capture.started_at or capture.requested_at,
        state=state,
        tone=tone,
        icon=icon,
        reason=words(capture.reason) if capture.reason else "",
        title=capture.title,
        text_said=_compared(capture, before, "text_sha256", _("New text"), _("Same text"), first=_("First")),
        picture_said=_compared(capture, before, "picture_sha256", _("Looks different"), _("Looks the same"), first=""),
        notes=note_words(facts.get("notes", [])),
        status=int(facts.get("status", 0)),
    )


def _state(capture: Capture) -> tuple[str, str, str]:
    if capture.state == CaptureState.KEPT:
        result = CaptureResult(capture.result)
        return str(result.label), TONES[result], "check" if result == CaptureResult.WHOLE else "alert"
    if capture.state == CaptureState.RUNNING and capture.step:
        return str(capture.get_step_display()), "info", "wait"
    tone = {CaptureState.FAILED: "late", CaptureState.STOPPED: "plain"}.get(CaptureState(capture.state), "info")
    icon = {CaptureState.FAILED: "alert", CaptureState.STOPPED: "none"}.get(CaptureState(capture.state), "wait")
    return str(capture.get_state_display()), tone, icon


def _compared(capture: Capture, before: Capture | None, name: str, changed: str, same: str, *, first: str) -> str:
    now = getattr(capture, name)
    if capture.state != CaptureState.KEPT or not now:
        return ""
    if before is None:
        return first
    return same if getattr(before, name) == now else changed


def captures_of_link(link: Link, actor: Actor) -> list[Row]:
    """Return the captures of one reported link, newest first; call inside `acting_as`."""
    found = Capture.objects.visible_to(actor).filter(case_id=link.case_id, link_id=link.pk).select_related("exhibit")
    return list(reversed(rows_of(list(found.order_by("requested_at", "pk")))))


def lines(captures: Iterable[Capture]) -> list[Line]:
    """Group captures by link or address, each oldest first, the group with the newest capture first."""
    groups: dict[object, list[Capture]] = {}
    for capture in sorted(captures, key=lambda one: (one.requested_at, str(one.pk))):
        groups.setdefault(capture.link_id or capture.address, []).append(capture)
    made = [
        Line(address=group[-1].address, site=group[-1].site, link_id=group[-1].link_id, rows=rows_of(group))
        for group in groups.values()
    ]
    return sorted(made, key=lambda line: line.latest.capture.requested_at, reverse=True)


def rows_of(captures: Sequence[Capture]) -> list[Row]:
    """Return rows of one line, oldest first, each compared with the kept one before it."""
    rows, before = [], None
    for capture in captures:
        rows.append(row_of(capture, before))
        if capture.state == CaptureState.KEPT and capture.text_sha256:
            before = capture
    return rows
