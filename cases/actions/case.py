"""Open, activate and close a case; answer the age question; lock."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction

from cases import keys, naming
from cases.actions import case_task
from cases.actor import Actor
from cases.contributions import contributed
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import Case, Membership, MembershipRole, User
from cases.states import CASE_MOVES, AgeAnswer, CaseState, IllegalMove, check_move

FIRST_CONTACT_WITHIN = timedelta(hours=24)
"""Our own promise on the client's last page: somebody answers within a day."""


def lock(case_id: UUID) -> Case:
    """Lock a case row for the rest of the transaction; every action does this first, it orders the record."""
    case: Case = Case.objects.select_for_update(of=("self",)).get(pk=case_id)
    return case


@transaction.atomic
def open_case(
    *,
    by: Actor,
    at: datetime,
    owner: User,
    alias: str | None = None,
    source: str = "phone",
    country: str = "",
    language: str = "en",
    client: User | None = None,
    is_demo: bool = False,
) -> Case:
    """Open a case with its key, its owner and, where there is one, the client's own membership.

    Memberships come first and the case last: row-level security lets a person write only what they may see.
    """
    if alias is not None and not naming.is_alias(alias):
        raise IllegalMove("An alias is chosen from the list of words, so that it can never name a person.")
    case = Case(
        id=uuid4(),
        reference=naming.next_reference(),
        alias=alias or naming.suggest_alias(),
        source=source,
        country=country,
        language=language,
        owner=owner,
        opened_at=at,
        is_demo=is_demo or bool(settings.DEMO_SITE),
    )
    Membership.objects.create(case_id=case.pk, user=owner, role=MembershipRole.OWNER, since=at)
    if client is not None:
        Membership.objects.create(case_id=case.pk, user=client, role=MembershipRole.CLIENT, since=at)
    keys.make_case_key(case.pk)
    case.save(force_insert=True)
    record(CaseEvent.CASE_OPENED, case=case, by=by, at=at, subject=case, source=source, alias=case.alias)
    return case


@transaction.atomic
def answer_age(*, case_id: UUID, answer: AgeAnswer, said_by: str, by: Actor, at: datetime) -> Case:
    """Record what was said about the age of everyone shown. Under 18 or not sure locks the case at once."""
    case = lock(case_id)
    if case.is_age_locked and not answer.locks:
        raise IllegalMove("Only a supervisor with a second person can lift an age lock.")
    case.age_answer, case.age_said_by, case.age_said_at = answer, said_by, at
    case.save(update_fields=["age_answer", "age_said_by", "age_said_at"])
    record(CaseEvent.AGE_ANSWERED, case=case, by=by, at=at, subject=case, answer=answer, said_by=said_by)
    if answer.locks:
        _lock_for_age(case, by=by, at=at)
    return case


def _lock_for_age(case: Case, *, by: Actor, at: datetime) -> None:
    """Discard what was typed, freeze what exists without deleting it, and call the supervisor today."""
    case.what_happened = ""
    case.save(update_fields=["sealed"])
    for part in contributed("AGE_LOCK_PARTS"):
        part(case=case, by=by, at=at)
    record(CaseEvent.CASE_AGE_LOCKED, case=case, by=by, at=at, subject=case)
    case_task.create(
        case=case,
        kind="age_lock",
        due_at=at + timedelta(hours=8),
        path=f"/cases/{case.reference}/",
        dedupe_key="age_lock",
        by=by,
        at=at,
    )


@transaction.atomic
def report_received(*, case_id: UUID, by: Actor, at: datetime) -> Case:
    """The first report is complete: the case is open and the first-contact clock runs."""
    case = lock(case_id)
    if case.state == CaseState.INTAKE:
        check_move(CASE_MOVES, case.state, CaseState.ACTIVE, "case")
        case.state = CaseState.ACTIVE
    case.reported_at = at
    case.save(update_fields=["state", "reported_at"])
    record(CaseEvent.CASE_REPORTED, case=case, by=by, at=at, subject=case)
    case_task.create(
        case=case,
        kind="first_contact",
        due_at=at + FIRST_CONTACT_WITHIN,
        path=f"/cases/{case.reference}/client",
        dedupe_key="first_contact",
        by=by,
        at=at,
    )
    return case
