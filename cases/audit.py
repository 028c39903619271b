"""The audit: who did what and when over the whole record, without what any case says.

The rows come from `recourse_audit`, which gives neither a case nor a body to anybody. What the reader may see anyway,
by the rules of each row, is read a second time the ordinary way: the reference of a case of theirs, and a few values
that say nothing about a person.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.access import acting_as
from cases.actor import Actor, ActorKind
from cases.keys import KeyMissing
from cases.models import Case, Event, User
from cases.sealed import CannotOpen

PAGE_SIZE = 50
EXPORT_STEP = 1000

GROUPS: Mapping[str, tuple[Any, tuple[str, ...]]] = {
    "sign-in": (gettext_lazy("Signing in"), ("signed_", "sign_in", "door_", "step_up", "factor", "session")),
    "refused": (gettext_lazy("Refused or failed"), ("refused", "failed", "alarmed", "barred", "lapsed")),
    "access": (
        gettext_lazy("Reading and taking away"),
        ("page_opened", "downloaded", "revealed", "look_", "exported", "share_opened", "emergency"),
    ),
    "people": (gettext_lazy("People and roles"), ("staff_", "member_", "access_", "role", "team_", "shift_", "bar_")),
    "outside": (gettext_lazy("Exports and shares"), ("export", "share", "bundle_downloaded", "original_")),
    "keys": (gettext_lazy("Keys"), ("key", "escrow", "kek")),
    "erasing": (gettext_lazy("Erasing and holds"), ("eras", "hold_", "retention", "removal", "discarded")),
    "approvals": (gettext_lazy("A second person"), ("approval", "trustee")),
    "record": (gettext_lazy("The record itself"), ("anchor", "stamp", "effect_failed")),
}
"""Kinds of event by what their names hold: a new kind that is named like its sisters is found with them."""

BAD_ENDS = ("refused", "failed", "lapsed", "bounced", "missed", "alarmed")

VALUES: Mapping[str, tuple[str, ...]] = {
    "cases.sign_in_failed": ("step",),
    "cases.door_refused": ("door", "tries"),
    "cases.request_refused": ("route", "more"),
    "cases.page_opened": ("page", "right"),
    "cases.record_anchored": ("day", "chains"),
    "cases.anchor_stamped": ("day", "authority"),
    "cases.stamp_refused": ("day", "authority", "error"),
    "cases.anchors_exported": ("days",),
    "cases.member_added": ("role", "reason"),
    "cases.member_removed": ("role", "reason"),
    "cases.approval_asked": ("what",),
    "cases.approval_announced": ("what",),
    "cases.approval_granted": ("what", "via"),
    "cases.approval_refused": ("what",),
    "cases.approval_withdrawn": ("what",),
    "cases.approval_lapsed": ("what",),
    "cases.approval_failed": ("what",),
    "cases.export_asked": ("what", "rows"),
    "cases.export_built": ("what", "rows"),
    "cases.export_downloaded": ("what", "rows"),
    "cases.export_failed": ("what", "state"),
    "cases.export_removed": ("what", "state"),
    "cases.limit_alarmed": ("what", "window", "count"),
    "cases.limit_reached": ("what", "window", "limit"),
}
"""The values of an event that the audit shows to who may open it. Never a name, an address or anything typed."""


@dataclass(frozen=True)
class Search:
    """What to look for. `what` is a group or a kind, `who` the id of a member of staff or a kind of actor."""

    what: str = ""
    who: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Row:
    """One line of the audit. `case` is a reference the reader may open, `mark` stands for a case they may not."""

    id: UUID
    at: datetime
    recorded_at: datetime
    who: str
    kind: str
    words: str
    is_bad: bool
    case: str
    mark: str
    values: str


@dataclass(frozen=True)
class Found:
    """One page of the audit, and where the next one goes on."""

    rows: list[Row]
    older: str


def kinds() -> list[str]:
    """Return the kinds of event in the record; empty for who may not search it. Needs the reader's context."""
    with connection.cursor() as cursor:
        cursor.execute("select recourse_audit_kinds()")
        return [kind for (kind,) in cursor.fetchall()]


def words_of(kind: str) -> str:
    """Return the name of a kind as words: `cases.sign_in_failed` is "Sign in failed"."""
    return kind.partition(".")[2].replace("_", " ").capitalize()


def search(wanted: Search, actor: Actor, *, before: str = "", most: int = PAGE_SIZE) -> Found:
    """Return one page, newest first. Needs the reader's context; gives nothing to who may not search the record."""
    at, number = _place(before)
    rows = _ask(wanted, before_at=at, before_id=number, most=most + 1)
    shown = rows[:most]
    older = f"{shown[-1][1].isoformat()}_{shown[-1][0]}" if len(rows) > len(shown) else ""
    return Found(_read(shown, actor), older)


def export_rows(actor: Actor, filters: Mapping[str, Any]) -> Iterator[list[str]]:
    """Yield the audit as rows of texts, headings first, for the person who asked for the export.

    `filters` may hold what, who, since, until (aware times or ISO texts) and case (a reference). Times are UTC.
    """
    wanted = Search(
        what=str(filters.get("what") or ""),
        who=str(filters.get("who") or ""),
        since=_moment(filters.get("since")),
        until=_moment(filters.get("until")),
    )
    yield ["happened", "recorded", "who", "what", "refused or failed", "case", "values"]
    before, only = "", str(filters.get("case") or "")
    while True:
        with acting_as(actor):
            found = search(wanted, actor, before=before, most=EXPORT_STEP)
        for row in found.rows:
            if only and row.case != only:
                continue
            case = row.case or (f"a case ({row.mark})" if row.mark else "")
            bad = "yes" if row.is_bad else ""
            yield [row.at.isoformat(), row.recorded_at.isoformat(), row.who, row.kind, bad, case, row.values]
        if not found.older:
            return
        before = found.older


def _moment(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value
    found = datetime.fromisoformat(str(value)) if value else None
    return timezone.make_aware(found) if found is not None and found.tzinfo is None else found


def _place(before: str) -> tuple[datetime | None, UUID | None]:
    moment, _dot, number = before.rpartition("_")
    try:
        at, event = datetime.fromisoformat(moment), UUID(number)
    except ValueError:
        return None, None
    return (at, event) if at.tzinfo is not None else (None, None)


def _ask(wanted: Search, *, before_at: datetime | None, before_id: UUID | None, most: int) -> list[tuple[Any, ...]]:
    of_kind: list[str] | None = None
    if wanted.what in GROUPS:
        parts = GROUPS[wanted.what][1]
        of_kind = [kind for kind in kinds() if any(part in kind.partition(".")[2] for part in parts)]
    elif wanted.what:
        of_kind = [wanted.what]
    actor_kind = wanted.who if wanted.who in ActorKind.values else None
    person = wanted.who if wanted.who and actor_kind is None else None
    with connection.cursor() as cursor:
        cursor.execute(
            "select * from recourse_audit(%s, %s, %s, %s, %s, %s, %s, %s)",
            [of_kind, actor_kind, person, wanted.since, wanted.until, before_at, before_id, most],
        )
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _read(rows: list[tuple[Any, ...]], actor: Actor) -> list[Row]:
    names = {str(pk): name for pk, name in User.objects.filter(pk__in=_staff(rows)).values_list("pk", "name")}
    cases = Case.objects.visible_to(actor)
    events = Event.objects.filter(pk__in=[row[0] for row in rows]).filter(Q(case=None) | Q(case__in=cases))
    opened = {event.pk: event for event in events.select_related("case")}
    found = []
    for number, recorded_at, at, actor_kind, actor_id, kind, mark in rows:
        event = opened.get(number)
        case = event.case.reference if event is not None and event.case is not None else ""
        found.append(
            Row(
                id=number,
                at=at,
                recorded_at=recorded_at,
                who=_who(actor_kind, actor_id, names),
                kind=kind,
                words=words_of(kind),
                is_bad=kind.endswith(BAD_ENDS),
                case=case,
                mark="" if case else mark,
                values=_values(event),
            )
        )
    return found


def _staff(rows: list[tuple[Any, ...]]) -> list[UUID]:
    return [UUID(row[4]) for row in rows if row[3] == ActorKind.USER and row[4]]


def _who(actor_kind: str, actor_id: str, names: Mapping[str, str]) -> str:
    match actor_kind:
        case ActorKind.USER:
            return names.get(actor_id, _("Staff"))
        case ActorKind.CLIENT:
            return _("A client")
        case ActorKind.RECIPIENT:
            return _("Recipient of a share")
        case ActorKind.MAILBOX:
            return _("By mail")
        case _:
            return f"Recourse ({actor_id})" if actor_id else "Recourse"


def _values(event: Event | None) -> str:
    names = VALUES.get(event.kind, ()) if event is not None else ()
    if event is None or not names:
        return ""
    try:
        body = event.body
    except (KeyMissing, CannotOpen):
        return ""
    return ", ".join(f"{name}: {body[name]}" for name in names if body.get(name) not in (None, "", 0))


EXPORTS: Mapping[str, Any] = {"audit": export_rows}
"""What the export page offers from here; see settings.EXPORTS."""
