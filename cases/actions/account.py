"""A member of staff's own account: what changes in it ends every other session, is in the record, and is told."""

from datetime import datetime
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from cases import sessions
from cases.actions import sign_in
from cases.actor import Actor
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import Session, User

FACTORS = ("totp", "webauthn", "recovery_codes")
CHANGES = ("added", "removed", "made_anew")


@transaction.atomic
def password_changed(*, user: User, how: str, session: str, keep_key: str | None, by: Actor, at: datetime) -> None:
    """Take note of a new password (`how`: changed or reset). `keep_key` is the session that goes on."""
    ended = sessions.end_all(user, keep_key)
    record(CaseEvent.PASSWORD_CHANGED, case=None, by=by, at=at, subject=user, how=how, ended=ended, session=session)
    with override(user.language):
        _tell(user, _("The password of your account was changed."), at=at)


@transaction.atomic
def factor_changed(
    *, user: User, factor: str, change: str, session: str, keep_key: str | None, by: Actor, at: datetime
) -> None:
    """Take note of a second factor that was added, removed or made anew. `keep_key` is the session that goes on."""
    ended = sessions.end_all(user, keep_key)
    record(
        CaseEvent.FACTOR_CHANGED,
        case=None,
        by=by,
        at=at,
        subject=user,
        factor=factor,
        change=change,
        ended=ended,
        session=session,
    )
    with override(user.language):
        _tell(user, _change_words(factor, change), at=at)


def _change_words(factor: str, change: str) -> str:
    words = {
        ("totp", "added"): _("An authenticator app was added to your account."),
        ("totp", "removed"): _("The authenticator app was removed from your account."),
        ("webauthn", "added"): _("A passkey was added to your account."),
        ("webauthn", "removed"): _("A passkey was removed from your account."),
    }
    return words.get((factor, change), _("The recovery codes of your account were made anew."))


def _tell(user: User, what: str, *, at: datetime) -> None:
    when = date_format(timezone.localtime(at, ZoneInfo(user.time_zone)), "l j F Y, H:i")
    lines = [
        what,
        _("When: %(when)s.") % {"when": when},
        "",
        _("If this was you, there is nothing to do. All other devices were signed out."),
        _("If it was not you, tell your administrator now, by phone or in person."),
    ]
    sign_in.send_letter(
        user_id=user.pk,
        to=user.email or "",
        subject=_("A change to how you sign in"),
        text="\n".join(lines),
        dedupe_key=f"account:{user.pk}:{uuid4()}",
        at=at,
    )


@transaction.atomic
def end_session(*, user: User, session_id: UUID, session: str, by: Actor, at: datetime) -> int:
    """End one session of one's own; return how many ended (none, when it had ended already)."""
    ended: int = Session.objects.filter(user=user, pk=session_id).delete()[0]
    if ended:
        record(CaseEvent.SESSIONS_ENDED, case=None, by=by, at=at, subject=user, ended=ended, session=session)
    return ended


@transaction.atomic
def end_other_sessions(*, user: User, keep_key: str, session: str, by: Actor, at: datetime) -> int:
    """End every session of one's own but the one that asks; return how many ended."""
    ended = sessions.end_all(user, keep_key)
    record(CaseEvent.SESSIONS_ENDED, case=None, by=by, at=at, subject=user, ended=ended, session=session)
    return ended
