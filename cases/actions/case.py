"""Open, activate and close a case; answer the age question; lock."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction

from cases import duty, keys, naming
from cases.actions import case_task
from cases.actor import Actor
from cases.contributions import contributed
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import Case, Membership, MembershipRole, Shift, User
from cases.permissions import Role
from cases.states import CASE_MOVES, AgeAnswer, CaseState, IllegalMove, check_move

FIRST_CONTACT_WITHIN = timedelta(hours=24)
"""Our own promise on the client's last page: somebody answers within a day."""


CALL_KEPT = timedelta(hours=12)
"""How long a call-taker reaches a case that they opened when the roster says nothing."""


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

    A call-taker or trainee given as `owner` opens it for whoever is on duty in their team: see `_given_to`.

    Memberships come first and the case last: row-level security lets a person write only what they may see.
    """
    if alias is not None and not naming.is_alias(alias):
        raise IllegalMove("An alias is chosen from the list of words, so that it can never name a person.")
    opener, owner = owner, _given_to(owner, at=at)
    case = Case(
        id=uuid4(),
        reference=naming.next_reference(),
        alias=alias or naming.suggest_alias(),
        source=source,
        country=country,
        language=language,
        owner=owner,
        team=duty.team_of(opener),
        opened_at=at,
        is_demo=is_demo or bool(settings.DEMO_SITE),
    )
    Membership.objects.create(case_id=case.pk, user=owner, role=MembershipRole.OWNER, since=at)
    kept = _keep_opener(case, opener, at=at) if opener.pk != owner.pk else None
    if client is not None:
        Membership.objects.create(case_id=case.pk, user=client, role=MembershipRole.CLIENT, since=at)
    keys.make_case_key(case.pk)
    case.save(force_insert=True)
    record(CaseEvent.CASE_OPENED, case=case, by=by, at=at, subject=case, source=source, alias=case.alias)
    if kept is not None:
        said = {"role": kept.role, "person": opener.pk, "name": opener.name, "until": kept.until}
        record(CaseEvent.MEMBER_ADDED, case=case, by=by, at=at, subject=kept, reason=kept.reason, why="", **said)
    return case


def _given_to(opener: User, *, at: datetime) -> User:
    """Return the owner of a new case: who opens it, or for a call-taker or trainee whoever is on duty in their team."""
    if duty.may_own(opener):
        return opener
    return duty.duty_owner(team=duty.team_of(opener), at=at)


def _keep_opener(case: Case, opener: User, *, at: datetime) -> Membership:
    """Let who opened a case for somebody else go on with it: a trainee as helper, a call-taker until the shift ends."""
    if opener.has_role(Role.TRAINEE):
        row = Membership(role=MembershipRole.HELPER, until=None)
    else:
        shift = Shift.objects.running(at=at).filter(user=opener).order_by("-ends_at").first()
        until = shift.ends_at if shift is not None else at + CALL_KEPT
        row = Membership(role=MembershipRole.DESK, until=until)
    row.case_id, row.user, row.reason, row.since = case.pk, opener, "call", at
    row.save(force_insert=True)
    return row


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


class Stale(Exception):
    """Somebody saved the case meanwhile; `saved` holds what they kept and `version` its number."""

    def __init__(self, case: Case) -> None:
        super().__init__("saved meanwhile")
        self.version = case.version
        self.saved = {name: str(getattr(case, name)) for name in EDITED}


EDITED = ("what_happened", "who_is_it_about", "country", "language")


@transaction.atomic
def edit(*, case_id: UUID, version: int, by: Actor, at: datetime, **texts: str) -> Case:
    """Change what was written of a case: what happened, who it is about, country, language.

    Raises Stale when `version` is not the newest, and IllegalMove for a case that is closed or locked for age.
    """
    case = lock(case_id)
    unknown = set(texts) - set(EDITED)
    if unknown:
        raise TypeError(f"A case has no {', '.join(sorted(unknown))}.")
    if case.version != version:
        raise Stale(case)
    if case.is_age_locked or case.state == CaseState.CLOSED:
        raise IllegalMove("This case takes no changes now.")
    changed = sorted(name for name, text in texts.items() if getattr(case, name) != text)
    for name in changed:
        setattr(case, name, texts[name])
    case.version += 1
    case.save(update_fields=["country", "language", "version"])
    record(CaseEvent.CASE_EDITED, case=case, by=by, at=at, subject=case, changed=changed)
    return case
