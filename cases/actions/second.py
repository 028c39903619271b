"""What stands in for a colleague in a small team: a trustee by link, or 24 hours in which anybody says stop."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from cases import approvals, keys, outbox
from cases.actions import approval as approval_actions
from cases.actions.approval import AlreadyDecided
from cases.actor import Actor
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import (
    Approval,
    ApprovalVia,
    Audience,
    TrusteeAnswer,
    TrusteeLink,
    User,
    UserKind,
)
from cases.states import IllegalMove

CODE_DIGITS = 6


class NotUsable(Exception):
    """A link was answered, revoked or is out of date; we do not say which."""


class WrongCode(Exception):
    """The code is not the one that was told; `left` tries are left."""

    def __init__(self, left: int) -> None:
        super().__init__(f"{left} tries left")
        self.left = left


@dataclass(frozen=True)
class Asked:
    """What the asker tells the trustee by voice. Shown once; only its hash is kept."""

    code: str
    trustee: str


def trustees() -> list[str]:
    """Return the addresses of trustees from the settings, without anybody who has an account here."""
    staff = {(email or "").lower() for email in User.objects.values_list("email", flat=True)}
    return [address for address in settings.TRUSTEES if address.lower() not in staff]


def _refuse_unless_instead(row: Approval, way: ApprovalVia, by: Actor) -> None:
    if row.asked_by_id != by.id:
        raise IllegalMove(_("Only the person who asked can choose this."))
    if way not in approvals.instead_of_a_colleague(row.kind, team=approval_actions.team_size()):
        raise IllegalMove(_("For this a colleague decides."))


def _address_hash(address: str) -> bytes:
    return keys.blind_index("trustee", address.lower())[1]


@transaction.atomic
def ask_trustee(*, approval_id: UUID, trustee: str, by: Actor, at: datetime) -> Asked:
    """Mail a trustee a link for 72 hours and return the code to tell by voice; earlier links stop working.

    The asker never sees the link, the mail never holds the code: neither alone is a yes.
    """
    row = approval_actions.locked(approval_id)
    _refuse_unless_instead(row, ApprovalVia.TRUSTEE, by)
    if trustee not in trustees():
        raise IllegalMove(_("Choose one of the trustees."))
    TrusteeLink.objects.filter(approval_id=row.pk, revoked_at=None).update(revoked_at=at)
    token, code = secrets.token_urlsafe(32), f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    link = TrusteeLink.objects.create(
        token_hash=keys.token_hash(token),
        code_hash=make_password(code),
        address_hash=_address_hash(trustee),
        approval_id=row.pk,
        kind=row.kind,
        asked_by_id=row.asked_by_id,
        created_at=at,
        expires_at=min(at + approvals.TRUSTEE_LINK_LASTS, row.expires_at),
    )
    address = f"{settings.SCHEME}://{settings.STAFF_HOST}/trustee/{token}"
    _mail(
        to=trustee,
        subject=_("A second person is needed"),
        text=_(
            "%(name)s asks for your yes or no as a trustee of %(org)s.\n\n"
            "Open this page within 72 hours:\n%(address)s\n\n"
            "You need a code of six digits. %(name)s tells it to you by phone, never by mail."
        )
        % {"name": row.asked_by.name, "org": settings.ORG_NAME, "address": address},
        key=f"trustee:{link.pk}",
        at=at,
    )
    approval_actions.note(kind=CaseEvent.TRUSTEE_ASKED, row=row, by=by, at=at, address_hash=link.address_hash.hex())
    return Asked(code, trustee)


def _mail(*, to: str, subject: str, text: str, key: str, at: datetime) -> None:
    outbox.put(
        "staff.reminder",
        case=None,
        audience=Audience.STAFF,
        due_at=at,
        at=at,
        dedupe_key=key,
        channel="email",
        payload={"to": to, "subject": subject, "text": text + "\n"},
    )


def opened_by(*, token: str, at: datetime) -> TrusteeLink | None:
    """Return the usable link that a token opens. Nothing is spent."""
    return TrusteeLink.objects.usable(at=at).filter(token_hash=keys.token_hash(token)).first()


@transaction.atomic
def _try(*, token: str, at: datetime) -> TrusteeLink:
    """Count one try and return the link: counted before it is checked, so that many at once cannot slip through."""
    link = opened_by(token=token, at=at)
    if link is None:
        raise NotUsable
    left = TrusteeLink.objects.usable(at=at).filter(pk=link.pk, wrong_tries__lt=approvals.TRUSTEE_TRIES)
    if not left.update(wrong_tries=F("wrong_tries") + 1):
        raise NotUsable
    link.refresh_from_db()
    return link


def answer(*, token: str, code: str, says: TrusteeAnswer, at: datetime) -> TrusteeLink:
    """Take a trustee's yes or no; a worker carries it out. Raises WrongCode, and NotUsable after five wrong codes."""
    link = _try(token=token, at=at)
    if not check_password("".join(code.split()), link.code_hash):
        left = approvals.TRUSTEE_TRIES - link.wrong_tries
        if left <= 0:
            TrusteeLink.objects.filter(pk=link.pk).update(revoked_at=at)
        raise WrongCode(left)
    with transaction.atomic():
        if not TrusteeLink.objects.usable(at=at).filter(pk=link.pk).update(answer=says, answered_at=at):
            raise NotUsable
        record(
            CaseEvent.TRUSTEE_ANSWERED,
            case=None,
            by=Actor.system("trustee"),
            at=at,
            subject=link,
            what=link.kind,
            answer=says,
            address_hash=bytes(link.address_hash).hex(),
        )
        transaction.on_commit(lambda: outbox.ring("cases.tasks.sweep_approvals"))
    return link


@transaction.atomic
def carry_out_answer(*, link_id: UUID, by: Actor, at: datetime) -> Approval | None:
    """Do what a trustee said; None when it was done, or the request ended, meanwhile. Run by a worker."""
    if not TrusteeLink.objects.answered().filter(pk=link_id).update(done_at=at):
        return None
    link = TrusteeLink.objects.get(pk=link_id)
    try:
        row = approval_actions.locked(link.approval_id)
    except AlreadyDecided:
        return None
    if link.answer == TrusteeAnswer.REFUSE:
        return approval_actions.end_by_system(
            row=row, via=ApprovalVia.TRUSTEE, by=by, at=at, why=_("A trustee said no.")
        )
    return _carry_out(row, ApprovalVia.TRUSTEE, by=by, at=at)


def _carry_out(row: Approval, way: ApprovalVia, *, by: Actor, at: datetime) -> Approval:
    """Do it if the asker may still ask and the team is still small; else a colleague decides after all."""
    may_ask = row.asked_by.is_active and row.asked_by.may(approvals.rule_of(row.kind).ask)
    if not may_ask:
        why = _("The person who asked may not ask for this any more.")
        return approval_actions.end_by_system(row=row, via=way, by=by, at=at, why=why)
    if way not in approvals.instead_of_a_colleague(row.kind, team=approval_actions.team_size()):
        row.via, row.ready_at = ApprovalVia.PERSON, None
        row.save(update_fields=["via", "ready_at"])
        return row
    return approval_actions.carry_out(row=row, via=way, decided_by=None, by=by, at=at)


@transaction.atomic
def announce(*, approval_id: UUID, by: Actor, at: datetime) -> Approval:
    """Let a request go ahead after 24 hours unless somebody says stop, and tell everybody on the staff by mail."""
    row = approval_actions.locked(approval_id)
    _refuse_unless_instead(row, ApprovalVia.DELAY, by)
    if row.via == ApprovalVia.DELAY:
        raise IllegalMove(_("Everybody was told already."))
    row.via, row.ready_at = ApprovalVia.DELAY, at + approvals.DELAY
    row.save(update_fields=["via", "ready_at"])
    words = {"name": row.asked_by.name, "what": row.get_kind_display(), "when": f"{row.ready_at:%d %b %H:%M} UTC"}
    everybody = User.objects.filter(kind=UserKind.STAFF, is_active=True).exclude(pk=row.asked_by_id)
    for colleague in everybody:
        _mail(
            to=colleague.email or settings.MAIL_FROM,
            subject=_("Goes ahead on %(when)s unless somebody says stop") % words,
            text=_(
                "%(name)s asked for: %(what)s. There is no second colleague to ask.\n\n"
                "It goes ahead on %(when)s. Anybody may stop it until then:"
            )
            % words
            + f"\n{settings.SCHEME}://{settings.STAFF_HOST}/approvals/{row.pk}/",
            key=f"announced:{row.pk}:{colleague.pk}",
            at=at,
        )
    approval_actions.note(kind=CaseEvent.APPROVAL_ANNOUNCED, row=row, by=by, at=at, ready_at=row.ready_at)
    return row


@transaction.atomic
def carry_out_delay(*, approval_id: UUID, by: Actor, at: datetime) -> Approval | None:
    """Do what was announced a day ago; None when somebody stopped or decided it. Run by a worker."""
    try:
        row = approval_actions.locked(approval_id)
    except AlreadyDecided:
        return None
    if row.via != ApprovalVia.DELAY or row.ready_at is None or row.ready_at > at:
        return None
    return _carry_out(row, ApprovalVia.DELAY, by=by, at=at)
