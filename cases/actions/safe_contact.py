"""Say, stop and confirm how a client may be reached. A client's change works at once only in the safer direction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from django.db import connection, transaction

from cases import normal
from cases.actions import case_task
from cases.actions.case import lock
from cases.actor import Actor, ActorKind
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import Case, Channel, Lookup, LookupKind, SafeContact
from cases.models.safe_contact import EVERY_DAY
from cases.states import IllegalMove

REVIEW_AFTER = timedelta(days=30)
"""How long an answer is trusted before staff ask again whether it is still safe (house rule)."""
CONFIRM_WITHIN = timedelta(hours=24)
CONFIRM_TASK = "confirm_contact"


@dataclass(frozen=True)
class Rule:
    """What was said about one way to reach the client."""

    channel: Channel
    is_allowed: bool
    address: str = ""
    window_starts: time | None = None
    window_ends: time | None = None
    time_zone: str = "UTC"
    may_leave_message: bool = False
    may_say_who_we_are: bool = False
    code_word: str = ""
    who_else_sees: str = ""
    days: str = EVERY_DAY


def is_safer(new: Rule, old: SafeContact | None) -> bool:
    """Whether a new rule opens nothing that the old one had closed: same address, no wider hours, no new freedom."""
    if not new.is_allowed:
        return True
    if old is None or not old.is_allowed or new.address != old.address or new.code_word != old.code_word:
        return False
    louder = (new.may_leave_message and not old.may_leave_message) or (
        new.may_say_who_we_are and not old.may_say_who_we_are
    )
    return not louder and set(new.days) <= set(old.days) and _within(new, old)


def _within(new: Rule, old: SafeContact) -> bool:
    if old.days != EVERY_DAY and new.time_zone != old.time_zone:
        return False
    if old.window_starts is None or old.window_ends is None:
        return True
    if new.window_starts is None or new.window_ends is None or new.time_zone != old.time_zone:
        return False
    inside = (_minutes(new.window_starts, new.window_ends), _minutes(old.window_starts, old.window_ends))
    return inside[0] <= inside[1]


def _minutes(starts: time, ends: time) -> frozenset[int]:
    """Return the quarter hours of a day that a window covers; it may run over midnight."""
    first, last = starts.hour * 4 + starts.minute // 15, ends.hour * 4 + ends.minute // 15
    covered = range(first, last) if first < last else (*range(first, 96), *range(last))
    return frozenset(covered)


@transaction.atomic
def say(*, case_id: UUID, rules: Sequence[Rule], confirmed: bool, by: Actor, at: datetime) -> list[SafeContact]:
    """Replace the rules of the channels named; others stay.

    `confirmed` is for staff who heard it from the client by a way already known to be theirs. From the client's page
    nothing new is confirmed: a rule that opens something waits for staff, a rule that closes something works at once.
    """
    case = lock(case_id)
    if confirmed and by.kind != ActorKind.USER:
        raise IllegalMove("Only staff can confirm how a client is reached.")
    standing = {rule.channel: rule for rule in SafeContact.objects.standing().filter(case=case).select_for_update()}
    made = [_replace(case, rule, standing.get(rule.channel), confirmed=confirmed, at=at) for rule in rules]
    waiting = [
        row.channel for row in made if row.is_allowed and row.confirmed_at is None and row.channel != Channel.PAGE
    ]
    record(
        CaseEvent.SAFE_CONTACT_SET,
        case=case,
        by=by,
        at=at,
        allowed=[row.channel for row in made if row.is_allowed],
        closed=[row.channel for row in made if not row.is_allowed],
        waiting=waiting,
        who_else_sees=next((rule.who_else_sees for rule in rules if rule.who_else_sees), ""),
    )
    if waiting:
        _ask_to_confirm(case, waiting, by=by, at=at)
    _stop_reaching(case, at=at)
    return made


def _stop_reaching(case: Case, *, at: datetime) -> None:
    """End the question whether a new way is theirs where none waits, and mail that no rule permits any more.

    The database does it: a client may add a task and a mail of their own case, and see or change none.
    """
    with connection.cursor() as cursor:
        cursor.execute("select recourse_stop_reaching(%s::uuid, %s)", [case.pk, at])


def _replace(case: Case, rule: Rule, old: SafeContact | None, *, confirmed: bool, at: datetime) -> SafeContact:
    trusted = at if confirmed else None
    if old is not None:
        if trusted is None and is_safer(rule, old):
            trusted = old.confirmed_at
        old.ended_at = at
        old.save(update_fields=["ended_at"])
    row = SafeContact(
        case=case,
        channel=rule.channel,
        is_allowed=rule.is_allowed,
        window_starts=rule.window_starts,
        window_ends=rule.window_ends,
        time_zone=rule.time_zone,
        days=rule.days,
        may_leave_message=rule.may_leave_message,
        may_say_who_we_are=rule.may_say_who_we_are,
        review_on=(at + REVIEW_AFTER).date(),
        confirmed_at=trusted if rule.is_allowed else None,
        said_at=at,
    )
    row.address, row.code_word, row.who_else_sees = rule.address, rule.code_word, rule.who_else_sees
    row.save(force_insert=True)
    _index(case, row, old)
    return row


def _index(case: Case, row: SafeContact, old: SafeContact | None) -> None:
    """Let a caller be found by the address they named; one that they gave up finds nobody any more."""
    if old is not None:
        Lookup.objects.filter(case_id=case.pk, subject_id=old.pk).delete()
    kind = LookupKind.EMAIL if row.channel == Channel.EMAIL else LookupKind.PHONE
    value = normal.findable(kind, row.address, country=case.country)
    if value and row.channel in (Channel.EMAIL, Channel.TEXT, Channel.CALL):
        Lookup.of(kind=kind, value=value, case_id=case.pk, subject_id=row.pk).save()


def _ask_to_confirm(case: Case, channels: list[str], *, by: Actor, at: datetime) -> None:
    case_task.create(
        case=case,
        kind=CONFIRM_TASK,
        due_at=at + CONFIRM_WITHIN,
        path=f"/cases/{case.reference}/client",
        dedupe_key=CONFIRM_TASK,
        by=by,
        at=at,
        facts={"channels": channels},
    )


@transaction.atomic
def stop(*, case_id: UUID, by: Actor, at: datetime) -> list[SafeContact]:
    """Stop every way but the page, at once and without questions; it can be said anew later."""
    others = [channel for channel in Channel if channel != Channel.PAGE]
    closed = [Rule(channel, is_allowed=False) for channel in others]
    return say(case_id=case_id, rules=[*closed, Rule(Channel.PAGE, is_allowed=True)], confirmed=False, by=by, at=at)


@transaction.atomic
def confirm(*, case_id: UUID, rule_id: UUID, how: str, by: Actor, at: datetime) -> SafeContact:
    """Say that a new address is the client's, heard by the old way or with the code word; from now on it is used."""
    case = lock(case_id)
    if by.kind != ActorKind.USER:
        raise IllegalMove("Only staff can confirm how a client is reached.")
    rule: SafeContact = SafeContact.objects.standing().select_for_update().get(pk=rule_id, case=case)
    if not rule.is_allowed:
        raise IllegalMove("This way is not allowed. There is nothing to confirm.")
    if rule.confirmed_at is not None:
        raise IllegalMove("This was confirmed already.")
    rule.confirmed_at = at
    rule.save(update_fields=["confirmed_at"])
    record(CaseEvent.SAFE_CONTACT_CONFIRMED, case=case, by=by, at=at, subject=rule, channel=rule.channel, how=how)
    _stop_reaching(case, at=at)
    return rule
