"""Let somebody look at covered material on purpose, count what they saw, end it. No byte leaves before the grant."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from cases import keys
from cases.actions import case_task
from cases.actions import limit as limit_actions
from cases.actions.approval import person
from cases.actions.case import lock
from cases.actor import Actor
from cases.ledger import record
from cases.limits import Counted
from cases.models import Case, Rest, Session, User
from cases.permissions import Permission
from cases.states import IllegalMove, TaskState
from evidence.events import EvidenceEvent
from evidence.looking import exposure
from evidence.looking.grant import (
    HELD,
    LASTS,
    LOADING,
    SHOWN_AT_MOST,
    TIMED,
    TONES,
    make_token,
)
from evidence.looking.subject import subject_of
from evidence.models import Ending, Exhibit, ExhibitState, Preview, Tone, Viewing, ViewingMode, ViewingReason

COLLEAGUE_WITHIN = timedelta(hours=24)
MOVING, SOUND = "moving", "sound"
STEPS = (Tone.SHARP.value, Tone.COLOUR.value, MOVING, SOUND)
"""What a look may be widened to, each by a press of its own."""


@dataclass(frozen=True, slots=True)
class Granted:
    """A look that may begin, and the secret of its addresses, which is not stored."""

    viewing: Viewing
    token: str


@transaction.atomic
def grant(*, exhibit_id: UUID, reason: ViewingReason, words: str, session_key: str, by: Actor, at: datetime) -> Granted:
    """Let a person look at one exhibit in one session; the event is written before a byte can leave.

    Raises IllegalMove in plain words where there is nothing to look at or nobody who may, OverLimit past the counts.
    """
    exhibit = _exhibit(exhibit_id, by)
    case = lock(exhibit.case_id)
    _refuse_unless_shown(exhibit, case)
    looker = _looker(by, at=at)
    if reason == ViewingReason.OTHER and not words.strip():
        raise IllegalMove(_("Say in a few words why you look."))
    session = _session(session_key, looker, at=at)
    limit_actions.count(kind=Counted.LOOK, by=by, at=at)
    for running in Viewing.objects.visible_to(by).running().filter(person=looker).select_for_update(of=("self",)):
        _end(running, Ending.NEXT, by=by, at=at)
    viewing_id = uuid4()
    token = make_token(viewing_id=viewing_id, person_id=looker.pk, session_key=session_key)
    viewing: Viewing = Viewing.make(
        id=viewing_id,
        case=case,
        exhibit=exhibit,
        person=looker,
        session_id=session.pk,
        token_hash=keys.token_hash(token),
        mode=ViewingMode.MEDIA,
        reason=reason,
        granted_at=at,
        expires_at=at + LASTS,
        words=words.strip(),
    )
    viewing.save(force_insert=True)
    record(
        EvidenceEvent.LOOK_GRANTED,
        case=case,
        by=by,
        at=at,
        subject=exhibit,
        exhibit=exhibit.label,
        reason=reason,
        words=words.strip(),
        look=viewing.pk,
    )
    return Granted(viewing, token)


@transaction.atomic
def read_text(*, exhibit_id: UUID, what: str, by: Actor, at: datetime) -> Viewing:
    """Write down that somebody chose the text of an exhibit instead of looking at it; `what` names the text."""
    exhibit = _exhibit(exhibit_id, by)
    case = lock(exhibit.case_id)
    _refuse_locked(case)
    reader = person(by)
    viewing: Viewing = Viewing.make(
        case=case,
        exhibit=exhibit,
        person=reader,
        session_id=UUID(int=0),
        mode=ViewingMode.TEXT,
        reason=ViewingReason.DESCRIBE,
        granted_at=at,
        expires_at=at,
        ended_at=at,
        ending=Ending.READ,
        seconds=0,
    )
    viewing.save(force_insert=True)
    said = {"exhibit": exhibit.label, "what": what}
    record(EvidenceEvent.TEXT_CHOSEN, case=case, by=by, at=at, subject=exhibit, **said)
    return viewing


@transaction.atomic
def widen(*, viewing_id: UUID, session_key: str, step: str, by: Actor, at: datetime) -> Viewing:
    """Let a look show more: not blurred, in colour, moving, with sound. The event of its end tells how far it went."""
    viewing = _own(viewing_id, session_key, by, at=at)
    if step not in STEPS:
        raise IllegalMove(_("That cannot be shown."))
    subject = subject_of(viewing.exhibit)
    if step in (MOVING, SOUND) and (subject is None or subject.shape != "film"):
        raise IllegalMove(_("Only a film moves."))
    if step == SOUND and not viewing.is_moving:
        raise IllegalMove(_("Sound comes with the film: let it move first."))
    if step == MOVING:
        viewing.is_moving = True
    elif step == SOUND:
        viewing.is_sounding = True
    else:
        viewing.tone = max(Tone(viewing.tone), Tone(step), key=TONES.index)
    viewing.save(update_fields=["tone", "is_moving", "is_sounding"])
    return viewing


@transaction.atomic
def hold(*, viewing_id: UUID, session_key: str, is_shown: bool, by: Actor, at: datetime) -> Viewing:
    """Count what was shown since the page last spoke, and open or shut the span in which bytes leave.

    Ends the look once all its seconds were shown. Raises IllegalMove when the look is over.
    """
    viewing = _own(viewing_id, session_key, by, at=at)
    _count(viewing, at=at)
    if viewing.shown_ms >= SHOWN_AT_MOST.total_seconds() * 1000:
        return _end(viewing, Ending.SPENT, by=by, at=at)
    viewing.shown_since = at if is_shown else None
    viewing.open_until = min(at + HELD, viewing.expires_at) if is_shown else None
    viewing.save(update_fields=["shown_since", "open_until", "shown_ms"])
    return viewing


@transaction.atomic
def show_timed(*, viewing_id: UUID, session_key: str, by: Actor, at: datetime) -> Viewing:
    """Open the span for ten seconds at one press, for a page without script; they are counted in full at once."""
    viewing = _own(viewing_id, session_key, by, at=at)
    _count(viewing, at=at)
    left = SHOWN_AT_MOST.total_seconds() * 1000 - viewing.shown_ms
    if left <= 0:
        return _end(viewing, Ending.SPENT, by=by, at=at)
    viewing.shown_ms += round(min(TIMED.total_seconds() * 1000, left))
    viewing.shown_since = None
    viewing.open_until = min(at + TIMED + LOADING, viewing.expires_at)
    viewing.save(update_fields=["shown_since", "open_until", "shown_ms"])
    return viewing


@transaction.atomic
def end(*, viewing_id: UUID, session_key: str, ending: Ending, by: Actor, at: datetime) -> Viewing:
    """End one's own look; one that ended already stays as it is."""
    found: Viewing | None = _mine(viewing_id, session_key, by)
    if found is None:
        raise IllegalMove(_("This look is over."))
    return found if found.ended_at is not None else _end(found, ending, by=by, at=at)


@transaction.atomic
def lapse(*, viewing_id: UUID, by: Actor, at: datetime) -> bool:
    """End a look whose time is over and whose page said no more; False when somebody was first."""
    case_id = Viewing.objects.filter(pk=viewing_id).values_list("case_id", flat=True).first()
    if case_id is None:
        return False
    case = lock(case_id)
    rows = Viewing.objects.running().select_for_update(of=("self",)).select_related("exhibit", "case")
    viewing: Viewing | None = rows.filter(pk=viewing_id, expires_at__lte=at).first()
    if viewing is None:
        return False
    was_open = viewing.shown_since is not None
    ending = Ending.AGE if case.is_age_locked else Ending.LOST if was_open else Ending.SPENT
    _end(viewing, ending, by=by, at=at)
    return True


@transaction.atomic
def note_served(*, viewing_id: UUID, by: Actor, at: datetime) -> None:
    """Write when the first byte of a look left."""
    Viewing.objects.visible_to(by).running().filter(pk=viewing_id, served_at=None).update(served_at=at)


@transaction.atomic
def keep_preview(
    *, viewing_id: UUID, variant: str, media_type: str, locked: bytes, by: Actor, at: datetime
) -> Preview | None:
    """Keep a made rendition while its look lasts; None when the look ended meanwhile."""
    viewing = Viewing.objects.visible_to(by).running().select_for_update(of=("self",)).filter(pk=viewing_id).first()
    if viewing is None:
        return None
    row = Preview(
        case_id=viewing.case_id, viewing=viewing, variant=variant, media_type=media_type, locked=locked, made_at=at
    )
    Preview.objects.bulk_create([row], ignore_conflicts=True)
    return Preview.objects.filter(viewing=viewing, variant=variant).first()


@transaction.atomic
def ask_colleague(*, exhibit_id: UUID, colleague_id: UUID, by: Actor, at: datetime) -> None:
    """Ask somebody else on the case to look instead; it stands on their Today."""
    exhibit = _exhibit(exhibit_id, by)
    case = lock(exhibit.case_id)
    _refuse_unless_shown(exhibit, case)
    colleague = User.objects.filter(pk=colleague_id, is_active=True).first()
    if colleague is None or colleague.pk == by.id or not colleague.may(Permission.EVIDENCE_LOOK):
        raise IllegalMove(_("Choose a colleague who may look."))
    if not Case.objects.visible_to(Actor.user(colleague)).filter(pk=case.pk).exists():
        raise IllegalMove(_("They do not work on this case."))
    case_task.create(
        case=case,
        kind="look_asked",
        due_at=at + COLLEAGUE_WITHIN,
        path=reverse("evidence:look", args=[case.reference, exhibit.pk]),
        dedupe_key=f"look:{exhibit.pk}",
        by=by,
        at=at,
        subject_id=exhibit.pk,
        facts={"exhibit": exhibit.label},
        assigned_to_id=colleague.pk,
    )
    record(EvidenceEvent.LOOK_ASKED, case=case, by=by, at=at, subject=exhibit, exhibit=exhibit.label, of=colleague.pk)


def rest(*, by: Actor, at: datetime) -> None:
    """End a person's looks because their break begins."""
    running = Viewing.objects.visible_to(by).running().filter(person=by.id)
    for viewing in running.select_for_update(of=("self",)).select_related("exhibit", "case"):
        _end(viewing, Ending.REST, by=by, at=at)


def freeze_for_age(*, case: Case, by: Actor, at: datetime) -> None:
    """End every look at a case that was locked for age, in the transaction that locks it."""
    _end_all(case, Ending.AGE, by=by, at=at)


def stop(*, case: Case, by: Actor, at: datetime) -> None:
    """End every look at a case that is being closed."""
    _end_all(case, Ending.STOPPED, by=by, at=at)


def _end_all(case: Case, ending: Ending, *, by: Actor, at: datetime) -> None:
    running = Viewing.objects.running().filter(case=case).select_for_update(of=("self",)).select_related("exhibit")
    for viewing in running:
        _end(viewing, ending, by=by, at=at)


def _end(viewing: Viewing, ending: Ending, *, by: Actor, at: datetime) -> Viewing:
    """Shut a locked, running look, count its last seconds, forget its previews and record what was shown.

    Seconds are not known when contact was lost while something was held: what was counted until then is the least.
    """
    if ending != Ending.LOST:
        _count(viewing, at=at)
    least = -(-viewing.shown_ms // 1000)
    viewing.seconds = None if ending == Ending.LOST else least
    viewing.ended_at, viewing.ending = at, ending
    viewing.shown_since = viewing.open_until = None
    fields = ["ended_at", "ending", "seconds", "shown_ms", "shown_since", "open_until"]
    viewing.save(update_fields=fields)
    Preview.objects.filter(viewing=viewing).delete()
    record(
        EvidenceEvent.LOOK_ENDED,
        case=viewing.case_id,
        by=by,
        at=at,
        subject=viewing.exhibit,
        exhibit=viewing.exhibit.label,
        seconds="unknown" if viewing.seconds is None else viewing.seconds,
        at_least=least,
        # When somebody needed a break is theirs alone: the record says that it was covered.
        how=Ending.COVERED if ending == Ending.REST else ending,
        tone=viewing.tone if viewing.served_at else "",
        moving=viewing.is_moving,
        sound=viewing.is_sounding,
        look=viewing.pk,
    )
    if least and viewing.served_at:
        _answer_request(viewing, at=at)
    return viewing


def _answer_request(viewing: Viewing, *, at: datetime) -> None:
    """Somebody looked who was asked to: their task is done."""
    tasks = viewing.case.tasks.open().filter(dedupe_key=f"look:{viewing.exhibit_id}", assigned_to=viewing.person_id)
    tasks.update(state=TaskState.DONE, ended_at=at)


def _count(viewing: Viewing, *, at: datetime) -> None:
    """Add what was shown since the page last spoke: at most as long as bytes could leave, never past the grant."""
    if viewing.shown_since is None:
        return
    shown = min(at - viewing.shown_since, HELD)
    span = min(at, viewing.expires_at) - viewing.granted_at
    counted = viewing.shown_ms + max(0, round(shown.total_seconds() * 1000))
    viewing.shown_ms = max(viewing.shown_ms, min(counted, round(span.total_seconds() * 1000)))


def _exhibit(exhibit_id: UUID, by: Actor) -> Exhibit:
    found: Exhibit | None = Exhibit.objects.visible_to(by).filter(pk=exhibit_id).first()
    if found is None:
        raise IllegalMove(_("This file is not here any more."))
    return found


def _refuse_locked(case: Case) -> None:
    if case.is_age_locked:
        raise IllegalMove(_("This case is locked: someone shown may be under 18. Nobody looks."))


def _refuse_unless_shown(exhibit: Exhibit, case: Case) -> None:
    _refuse_locked(case)
    if exhibit.state != ExhibitState.SEALED:
        raise IllegalMove(_("This file is not kept any more. Its facts are."))
    if subject_of(exhibit) is None:
        raise IllegalMove(_("A file of this kind cannot be shown here. Its facts and its text are all there is."))


def _looker(by: Actor, *, at: datetime) -> User:
    """Return who looks; raise IllegalMove without the permission, on a break, or past the minutes of the house."""
    looker = person(by)
    if not looker.may(Permission.EVIDENCE_LOOK):
        raise IllegalMove(_("You cannot look at covered material. Ask a colleague."))
    if Rest.objects.standing(at=at).of(looker.pk).exists():
        raise IllegalMove(_("You are on a break. Everything stays covered until you end it."))
    used = exposure.allowance(looker.pk, at=at, zone=ZoneInfo(looker.time_zone))
    if used.is_day_used_up:
        raise IllegalMove(_("You have seen enough for today. Ask a colleague, or your supervisor."))
    if used.is_used_up:
        raise IllegalMove(_("You have seen enough for this week. Ask a colleague, or your supervisor."))
    if used.waits_until is not None:
        raise IllegalMove(_("That were ten minutes in a row. The cover stays for a while: rest your eyes."))
    return looker


def _session(session_key: str, looker: User, *, at: datetime) -> Session:
    live = Session.objects.filter(user=looker, idle_until__gt=at, ends_at__gt=at)
    found: Session | None = live.filter(key_hash=keys.token_hash(session_key)).first()
    if found is None:
        raise IllegalMove(_("Sign in again, then look."))
    return found


def _mine(viewing_id: UUID, session_key: str, by: Actor) -> Viewing | None:
    """Return one's own look in one's own session, with its case and its row locked; None for anybody else's."""
    mine = Viewing.objects.visible_to(by).filter(pk=viewing_id, person=by.id, mode=ViewingMode.MEDIA)
    case_id = mine.values_list("case_id", flat=True).first()
    if case_id is None:
        return None
    lock(case_id)
    viewing: Viewing | None = mine.select_for_update(of=("self",)).select_related("exhibit", "case").first()
    if viewing is None:
        return None
    token = make_token(viewing_id=viewing.pk, person_id=viewing.person_id, session_key=session_key)
    return viewing if keys.token_hash(token) == bytes(viewing.token_hash or b"") else None


def _own(viewing_id: UUID, session_key: str, by: Actor, *, at: datetime) -> Viewing:
    """Return one's own look while it lasts; raise IllegalMove once it is over, also by its time or an age lock."""
    viewing = _mine(viewing_id, session_key, by)
    if viewing is None or viewing.ended_at is not None:
        raise IllegalMove(_("This look is over."))
    if viewing.expires_at <= at:
        raise IllegalMove(_("This look is over: its time is up."))
    _refuse_locked(viewing.case)
    return viewing
