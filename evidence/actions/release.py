"""Let one sealed original leave for one reader: one person asks, another allows, and it is over after some days."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from cases.actions import approval as approval_actions
from cases.actions import limit as limit_actions
from cases.actions.case import lock
from cases.actor import Actor
from cases.doors import ALPHABET
from cases.ledger import record
from cases.limits import Counted
from cases.models import Approval, ApprovalKind, ApprovalState, Case, Consent
from cases.permissions import Permission
from cases.states import IllegalMove
from evidence.events import EvidenceEvent
from evidence.models import Exhibit, ExhibitState, Reader, Release, ReleaseState

MAX_DAYS = 14
GROUPS, GROUP = 5, 5
"""25 signs of an alphabet without look-alikes, more than 110 bits: a copied file can be tried for ever."""


def make_passphrase() -> str:
    """Return a fresh passphrase as it is typed: groups of five, joined by dashes."""
    groups = ("".join(secrets.choice(ALPHABET) for _place in range(GROUP)) for _group in range(GROUPS))
    return "-".join(groups)


@transaction.atomic
def ask(
    *,
    exhibit_id: UUID,
    reader: Reader,
    recipient: str,
    request_text: str,
    reason: str,
    days: int,
    by: Actor,
    at: datetime,
) -> Release:
    """Ask a second person to let an original leave, on a written request and with the client's consent.

    `request_text` says who asked in writing and when. Raises IllegalMove where a basis is missing.
    """
    exhibit: Exhibit | None = Exhibit.objects.visible_to(by).filter(pk=exhibit_id).first()
    if exhibit is None:
        raise IllegalMove(_("This file is not here any more."))
    case = lock(exhibit.case_id)
    asker = approval_actions.person(by)
    if not asker.may(Permission.ORIGINAL_RELEASE):
        raise IllegalMove(_("You cannot ask for this."))
    if not 1 <= days <= MAX_DAYS:
        raise IllegalMove(_("A release lasts at most %(days)d days.") % {"days": MAX_DAYS})
    if not (recipient.strip() and request_text.strip() and reason.strip()):
        raise IllegalMove(_("Say who receives it, who asked for it in writing, and why."))
    _refuse_without_basis(exhibit, case, reader)
    _forget_refused(exhibit, reader)
    held = Release.objects.filter(exhibit=exhibit, reader=reader)
    if held.filter(state__in=[ReleaseState.ASKED, ReleaseState.ALLOWED]).exists():
        raise IllegalMove(_("This was asked already for this kind of reader. End that release first."))
    release: Release = Release.make(
        id=uuid4(), case=case, exhibit=exhibit, reader=reader, asked_by=asker, asked_at=at, days=days,
        recipient=recipient.strip(), request_text=request_text.strip(), reason=reason.strip(),
    )  # fmt: skip
    release.save(force_insert=True)
    approval = approval_actions.ask(
        kind=ApprovalKind.ORIGINAL_RELEASE,
        case=case,
        subject_id=release.pk,
        reason=reason.strip(),
        facts={
            "exhibit": exhibit.label,
            "sha256": exhibit.sha256,
            "reader": reader.value,
            "recipient": recipient.strip(),
            "request": request_text.strip(),
            "days": days,
            "page": reverse("evidence:exhibit", args=[case.reference, exhibit.pk]),
        },
        by=by,
        at=at,
    )
    release.approval_id = approval.pk
    release.save(update_fields=["approval_id"])
    record(
        EvidenceEvent.RELEASE_ASKED,
        case=case,
        by=by,
        at=at,
        subject=exhibit,
        exhibit=exhibit.label,
        reader=reader,
        recipient=release.recipient,
        request=release.request_text,
        reason=release.reason,
        days=days,
    )
    return release


def allowed(approval: Approval, by: Actor, at: datetime) -> None:
    """Allow what was asked, in the transaction of the second person's yes; checked again as if asked now."""
    asked = approval.subject_id
    found = Release.objects.filter(pk=asked).values_list("case_id", flat=True).first() if asked else None
    if asked is None or found is None:
        raise IllegalMove(_("What was asked is not there any more."))
    case = lock(found)
    rows = Release.objects.select_for_update(of=("self",)).select_related("exhibit")
    release: Release = rows.get(pk=asked)
    if release.state != ReleaseState.ASKED:
        raise IllegalMove(_("This release is over."))
    same = (release.recipient, release.reader, release.exhibit.sha256)
    if same != tuple(approval.facts[name] for name in ("recipient", "reader", "sha256")):
        raise IllegalMove(_("What was asked is not what is here now. Ask anew."))
    _refuse_without_basis(release.exhibit, case, Reader(release.reader))
    release.state, release.allowed_at, release.expires_at = ReleaseState.ALLOWED, at, at + timedelta(days=release.days)
    release.approval_id = approval.pk
    release.passphrase = make_passphrase()
    release.save(update_fields=["state", "allowed_at", "expires_at", "approval_id", "sealed"])
    _note(EvidenceEvent.RELEASE_ALLOWED, release, by=by, at=at, until=release.expires_at, asked_by=release.asked_by_id)


@transaction.atomic
def tell(*, release_id: UUID, by: Actor, at: datetime) -> str:
    """Return the passphrase, once, to the person who asked; counted as an original opened. Raises OverLimit."""
    release = _locked(release_id, by)
    if release.state != ReleaseState.ALLOWED or release.expires_at is None or release.expires_at <= at:
        raise IllegalMove(_("This release is over."))
    if release.asked_by_id != by.id:
        raise IllegalMove(_("Only the person who asked is told the passphrase."))
    if release.told_at is not None:
        raise IllegalMove(_("It was shown once and is not shown again. End this release and ask anew."))
    _refuse_without_basis(release.exhibit, release.case, Reader(release.reader))
    limit_actions.count(kind=Counted.UNSEAL, by=by, at=at)
    release.told_at = at
    release.save(update_fields=["told_at"])
    _note(EvidenceEvent.RELEASE_TOLD, release, by=by, at=at)
    return release.passphrase


@transaction.atomic
def note_packed(*, release_id: UUID, bundle: str, by: Actor, at: datetime) -> None:
    """Record that an original went into a bundle, in the transaction that seals it. Raises IllegalMove when over."""
    case_id = Release.objects.filter(pk=release_id).values_list("case_id", flat=True).first()
    if case_id is None:
        raise IllegalMove(_("This release is over."))
    case = lock(case_id)
    release: Release = Release.objects.select_for_update(of=("self",)).select_related("exhibit").get(pk=release_id)
    if case.is_age_locked or not Release.objects.allowed(at=at).filter(pk=release.pk).exists():
        raise IllegalMove(_("This release is over."))
    release.packed += 1
    release.save(update_fields=["packed"])
    _note(EvidenceEvent.ORIGINAL_RELEASED, release, by=by, at=at, bundle=bundle, sha256=release.exhibit.sha256)


@transaction.atomic
def end(*, release_id: UUID, by: Actor, at: datetime) -> Release:
    """End a release now: no later bundle holds the original. What left stays with whoever has it."""
    release = _locked(release_id, by)
    if release.state == ReleaseState.ASKED:
        approval_actions.withdraw_for(
            kind=ApprovalKind.ORIGINAL_RELEASE, subject_id=release.pk, why=_("Taken back."), by=by, at=at
        )
    elif release.state != ReleaseState.ALLOWED:
        raise IllegalMove(_("This release is over."))
    return _end(release, "ended", by=by, at=at)


@transaction.atomic
def end_over(*, at: datetime, by: Actor) -> int:
    """End releases whose days are over, and forget their passphrases; return how many."""
    over = list(Release.objects.over(at=at).values_list("pk", "case_id"))
    for release_id, case_id in over:
        lock(case_id)
        rows = Release.objects.over(at=at).select_for_update(of=("self",)).select_related("exhibit")
        for release in rows.filter(pk=release_id):
            _end(release, "days", by=by, at=at)
    return len(over)


def freeze_for_age(*, case: Case, by: Actor, at: datetime) -> None:
    """End every release of a case that was locked for age, in the transaction that locks it."""
    _end_all(case, "age", by=by, at=at)


def stop(*, case: Case, by: Actor, at: datetime) -> None:
    """End every release of a case that is being closed."""
    _end_all(case, "closed", by=by, at=at)


def _end_all(case: Case, why: str, *, by: Actor, at: datetime) -> None:
    standing = Release.objects.filter(case=case, state__in=[ReleaseState.ASKED, ReleaseState.ALLOWED])
    for release in standing.select_for_update(of=("self",)).select_related("exhibit"):
        approval_actions.withdraw_for(
            kind=ApprovalKind.ORIGINAL_RELEASE, subject_id=release.pk, why=_("Its case ended or was locked."), by=by,
            at=at,
        )  # fmt: skip
        _end(release, why, by=by, at=at)


def _end(release: Release, why: str, *, by: Actor, at: datetime) -> Release:
    release.state, release.ended_at, release.passphrase = ReleaseState.ENDED, at, ""
    release.save(update_fields=["state", "ended_at", "sealed"])
    _note(EvidenceEvent.RELEASE_ENDED, release, by=by, at=at, why=why)
    return release


def _forget_refused(exhibit: Exhibit, reader: Reader) -> None:
    """Close what a second person refused or let lie, so that it may be asked anew; their answer is the event."""
    for release in Release.objects.filter(exhibit=exhibit, reader=reader, state=ReleaseState.ASKED):
        waiting = Approval.objects.filter(pk=release.approval_id, state=ApprovalState.WAITING)
        if not waiting.exists():
            Release.objects.filter(pk=release.pk).update(state=ReleaseState.REFUSED)


def _refuse_without_basis(exhibit: Exhibit, case: Case, reader: Reader) -> None:
    if case.is_age_locked:
        raise IllegalMove(_("This case is locked: someone shown may be under 18. No original leaves."))
    if exhibit.state != ExhibitState.SEALED:
        raise IllegalMove(_("This file is not kept any more."))
    power = reader.power
    if power is not None and not Consent.objects.filter(case=case).allows(power):
        raise IllegalMove(
            _("The client has not agreed in writing to “%(power)s”. Ask first; then it can be released.")
            % {"power": str(power.label)}
        )


def _locked(release_id: UUID, by: Actor) -> Release:
    case_id = Release.objects.visible_to(by).filter(pk=release_id).values_list("case_id", flat=True).first()
    if case_id is None:
        raise IllegalMove(_("This release is not here any more."))
    lock(case_id)
    rows = Release.objects.visible_to(by).select_for_update(of=("self",)).select_related("exhibit", "case")
    release: Release = rows.get(pk=release_id)
    return release


def _note(kind: EvidenceEvent, release: Release, *, by: Actor, at: datetime, **body: object) -> None:
    exhibit = release.exhibit
    said = {"exhibit": exhibit.label, "reader": release.reader, "recipient": release.recipient, **body}
    record(kind, case=release.case_id, by=by, at=at, subject=exhibit, **said)
