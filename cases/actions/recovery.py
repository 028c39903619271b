"""The way back in when no administrator can sign in: made on the host, in the record, told to administrators."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from cases import sessions
from cases.actions import sign_in
from cases.actions import staff as staff_actions
from cases.actor import Actor
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import User, UserKind
from cases.permissions import Role
from cases.states import IllegalMove


@dataclass(frozen=True)
class Recovered:
    """What was done: whose account, the token of their link, and what ended with it."""

    user: User
    token: str
    is_new: bool
    factors: int
    sessions: int
    told: int


@transaction.atomic
def recover_administrator(*, email: str, name: str, without_factors: bool, by: Actor, at: datetime) -> Recovered:
    """Make a one-time link with which a new or an existing member of staff becomes administrator.

    An existing account is closed until its person has used the link and chosen a password: the old password may be
    known to others. Its second factors stay unless `without_factors`. Raises IllegalMove when a new person has no name.
    """
    user = User.objects.select_for_update().filter(kind=UserKind.STAFF, email__iexact=email).first()
    is_new = user is None
    factors = ended = 0
    if user is None:
        if not name:
            raise IllegalMove("Nobody here has this e-mail address. For a new administrator give --name as well.")
        user, token = staff_actions.invite(email=email, name=name, roles=[Role.ADMINISTRATOR], by=by, at=at)
    else:
        user.roles = sorted({*user.roles, Role.ADMINISTRATOR})
        user.is_active = False
        user.set_unusable_password()
        user.save(update_fields=["roles", "is_active", "password"])
        ended = sessions.end_all(user)
        if without_factors:
            factors = Authenticator.objects.filter(user=user).delete()[0]
        user, token = staff_actions.invite_again(user_id=user.pk, by=by, at=at)
    record(
        CaseEvent.ADMINISTRATOR_RECOVERED,
        case=None,
        by=by,
        at=at,
        subject=user,
        how="new" if is_new else "existing",
        without_factors=without_factors,
        factors=factors,
        ended=ended,
    )
    return Recovered(user, token, is_new, factors, ended, _tell_administrators(user, at=at))


def _tell_administrators(user: User, *, at: datetime) -> int:
    wanted = User.objects.filter(kind=UserKind.STAFF, is_active=True, roles__contains=[Role.ADMINISTRATOR])
    everybody = {reader.pk: reader for reader in [*wanted, user]}
    for reader in everybody.values():
        with override(reader.language):
            when = date_format(timezone.localtime(at, ZoneInfo(reader.time_zone)), "l j F Y, H:i")
            text = _(
                "On the host, a link was made with which %(name)s becomes administrator.\nWhen: %(when)s.\n\n"
                "If you do not know of this, look who can reach the host, now."
            )
            sign_in.send_letter(
                user_id=reader.pk,
                to=reader.email or "",
                subject=_("A link for an administrator was made"),
                text=text % {"name": user.name, "when": when},
                dedupe_key=f"recovery:{user.pk}:{uuid4()}",
                at=at,
            )
    return len(everybody)
