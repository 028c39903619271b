"""A mail on its way from the mailbox into its case: kept, read, matched or laid before a person, filed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from cases import keys
from cases.actor import Actor, ActorKind
from cases.ledger import record
from cases.states import IllegalMove
from cases.vault import Stored
from takedowns.events import TakedownEvent
from takedowns.mail_kinds import MailKind
from takedowns.mail_matching import Found
from takedowns.models import IncomingMail, IncomingState, MatchedBy, Notice

NEEDS_NOBODY = frozenset({MailKind.BULK, MailKind.OURS, MailKind.AWAY, MailKind.DELIVERED, MailKind.DELAY})
"""Kinds that are set aside where no notice is found: there is nothing to sort."""
MARK = "mail"
MOST_TRIES = 5


@dataclass(frozen=True, kw_only=True)
class Words:
    """What a person sees of a mail that waits."""

    sender: str = ""
    subject: str = ""
    words: str = ""
    why: str = ""
    attachments: Sequence[dict[str, Any]] = field(default_factory=list)


def is_known(sha256: str) -> bool:
    """Whether a mail with these bytes was kept before."""
    for version in keys.ring().versions("lookup"):
        number, mac = keys.blind_index(MARK, sha256, version)
        if IncomingMail.objects.filter(mark_version=number, mark=mac).exists():
            return True
    return False


@transaction.atomic
def keep(
    *, mail_id: UUID, stored: Stored, sha256: str, plain_bytes: int, by: Actor, at: datetime
) -> IncomingMail | None:
    """Write down a mail whose sealed bytes are stored; None where the same bytes were kept meanwhile."""
    if is_known(sha256):
        return None
    version, mac = keys.blind_index(MARK, sha256)
    row = IncomingMail.make(
        pk=mail_id,
        received_at=at,
        mark_version=version,
        mark=mac,
        object_name=stored.name,
        sealed_bytes=stored.sealed_bytes,
        sealed_sha256=stored.sealed_sha256,
        plain_bytes=plain_bytes,
    )
    row.save(force_insert=True)
    return row


@transaction.atomic
def sort(*, mail_id: UUID, kind: MailKind, words: Words, found: Found, by: Actor, at: datetime) -> IncomingState:
    """Write down what a new mail is and where it belongs: to a notice, before a person, or aside."""
    row = _locked(mail_id, IncomingState.NEW)
    _take_words(row, words)
    row.kind = kind
    row.matched_why = found.why
    row.suggestions = [
        {"notice": str(one.notice.pk), "case": str(one.notice.case_id), "why": one.why} for one in found.suggestions
    ]
    row.suggested_cases = sorted({one.notice.case_id for one in found.suggestions})
    if found.notice is not None and found.by is not None:
        row.state, row.matched_notice = IncomingState.MATCHED, found.notice.pk
        row.suggestions = [{"notice": str(found.notice.pk), "by": found.by.value, "why": found.why}]
    elif kind in NEEDS_NOBODY and not found.suggestions:
        row.state = IncomingState.SET_ASIDE
    else:
        row.state = IncomingState.WAITING
    row.save()
    return IncomingState(row.state)


@transaction.atomic
def not_read(*, mail_id: UUID, why: str, by: Actor, at: datetime) -> None:
    """Lay a mail that nothing could read before a person; its bytes are kept as they came."""
    row = _locked(mail_id, IncomingState.NEW)
    row.state, row.trouble = IncomingState.WAITING, why
    row.save()


@transaction.atomic
def choose(*, mail_id: UUID, notice_id: UUID, by: Actor, at: datetime) -> IncomingMail:
    """A person says which notice a mail belongs to; a worker then files it. The caller has checked that they see both.

    Raises IllegalMove when somebody was quicker, or for a notice that never left.
    """
    row = _locked(mail_id, IncomingState.WAITING, IncomingState.SET_ASIDE)
    notice = Notice.objects.select_related("case").get(pk=notice_id)
    if notice.sent_at is None:
        raise IllegalMove(_("This notice has not been sent yet."))
    row.state, row.matched_notice, row.trouble = IncomingState.MATCHED, notice.pk, ""
    row.settled_by_id = by.id if by.kind == ActorKind.USER else None
    row.suggestions = [{"notice": str(notice.pk), "by": MatchedBy.PERSON.value, "why": _("A person chose.")}]
    row.kind = row.kind or MailKind.REPLY
    row.save()
    return row


@transaction.atomic
def set_aside(*, mail_id: UUID, reason: str, by: Actor, at: datetime) -> None:
    """A person says that a mail belongs to no notice. It is kept for a while and can be taken up again."""
    row = _locked(mail_id, IncomingState.WAITING)
    row.state = IncomingState.SET_ASIDE
    row.settled_by_id = by.id if by.kind == ActorKind.USER else None
    row.matched_why = reason
    row.save()
    record(TakedownEvent.MAIL_SET_ASIDE, case=None, by=by, at=at, subject=row, reason=reason, what=row.kind)


@transaction.atomic
def give_back(*, mail_id: UUID, why: str, by: Actor, at: datetime) -> None:
    """A mail could not be filed: a person must know. It waits again, with the reason."""
    row = _locked(mail_id, IncomingState.MATCHED)
    assert row.matched_notice is not None
    notice = Notice.objects.get(pk=row.matched_notice)
    row.state, row.matched_notice, row.trouble = IncomingState.WAITING, None, why
    row.suggestions = [{"notice": str(notice.pk), "case": str(notice.case_id), "why": row.matched_why}]
    row.suggested_cases = [notice.case_id]
    row.save()


@transaction.atomic
def tried(*, mail_id: UUID, by: Actor, at: datetime) -> None:
    """Count a try that failed. After MOST_TRIES of them a person is asked; the bytes stay."""
    row: IncomingMail = IncomingMail.objects.select_for_update(of=("self",)).get(pk=mail_id)
    row.tries += 1
    if row.tries >= MOST_TRIES and row.state in (IncomingState.NEW, IncomingState.MATCHED):
        row.state, row.matched_notice = IncomingState.WAITING, None
        row.trouble = _("This mail could not be filed after several tries. It is kept as it came.")
        row.tries = 0
    row.save()


def settled(row: IncomingMail, *, at: datetime) -> None:
    """Empty the row of a mail that lies in its case now. Called by the action that files it, in its transaction."""
    row.state, row.settled_at, row.settled_case = IncomingState.FILED, at, None
    row.sender = row.subject = row.words = row.why = row.matched_why = row.trouble = ""
    row.suggestions, row.attachments, row.suggested_cases = [], [], []
    row.object_name, row.sealed_sha256, row.sealed_bytes, row.plain_bytes = "", "", 0, 0
    row.save()


def new_id() -> UUID:
    """Return the id that a mail gets before it is stored; its sealed bytes are bound to it."""
    return uuid4()


def _locked(mail_id: UUID, *states: IncomingState) -> IncomingMail:
    row: IncomingMail = IncomingMail.objects.select_for_update(of=("self",)).get(pk=mail_id)
    if row.state not in states:
        raise IllegalMove(_("Somebody has sorted this mail already."))
    return row


def _take_words(row: IncomingMail, words: Words) -> None:
    row.sender, row.subject, row.words, row.why = words.sender, words.subject, words.words, words.why
    row.attachments = list(words.attachments)
