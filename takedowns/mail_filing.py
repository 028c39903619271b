"""From raw bytes to a reply in its case, step by step: what breaks off goes on where it stopped, nothing twice.

Keep (sealed, before anything is read), sort (what it is, where it belongs), file (exhibits, reply). Every step is safe
to run again: a mail is known by its bytes, an exhibit by its hash within the case, a reply by its mail.
"""

import hashlib
import logging
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from cases import keys
from cases.access import acting_as
from cases.actor import Actor, ActorKind
from cases.keys import SYSTEM_CHAIN, case_key
from cases.rvlt import NotOpened
from cases.states import IllegalMove
from cases.vault import Vault, VaultError
from evidence.actions import exhibit as exhibit_actions
from evidence.actions.exhibit import Incoming, Statement
from evidence.intake import ClientName, StagedFile, Staging, finding_of
from evidence.kinds import NotTaken
from evidence.models import AcquisitionMethod, EvidenceKind, Exhibit
from evidence.scanning import Scan
from evidence.uploads import refusal_of
from takedowns import mail_matching, mail_reading
from takedowns.actions import incoming_mail, reply
from takedowns.actions.incoming_mail import Words
from takedowns.mail_kinds import Decided, MailKind, MailRead, decide
from takedowns.models import IncomingMail, IncomingState, Notice

MAILBOX = Actor(ActorKind.MAILBOX, None, "mailbox")
PRODUCER = "PF"
"""The producer's letters of what platforms send."""
LARGEST = 64 << 20
MOST_WORDS = 20_000
log = logging.getLogger("recourse.mail")


class NotKept(Exception):
    """A mail that is not kept at all: empty, or larger than what is taken."""


def own_addresses() -> tuple[str, ...]:
    """Return the domains and addresses that mail of ours leaves from, in lower case."""
    sender = settings.MAIL_FROM.rpartition("<")[2].strip("<> ").lower()
    return (settings.REPLY_DOMAIN.lower(), sender)


def keep(raw: bytes, *, at: datetime, vault: Vault | None = None) -> IncomingMail | None:
    """Seal and store one mail before anybody reads it; None where the same bytes are here already.

    Call outside of `acting_as`. Raises NotKept, VaultError or OSError; nothing is left then.
    """
    if not raw or len(raw) > LARGEST:
        raise NotKept("empty" if not raw else "too_large")
    sha256 = hashlib.sha256(raw).hexdigest()
    mail_id = incoming_mail.new_id()
    with acting_as(MAILBOX):
        if incoming_mail.is_known(sha256):
            return None
        key = keys.case_key(SYSTEM_CHAIN)
    vault = vault or Vault()
    with Staging(settings.STAGING_DIR, key, SYSTEM_CHAIN, limit=LARGEST, file_id=mail_id) as staging:
        staging.write(raw)
        staged = staging.finish()
    try:
        stored = vault.put(staged)
    finally:
        staged.discard()
    with acting_as(MAILBOX):
        kept = incoming_mail.keep(
            mail_id=mail_id, stored=stored, sha256=sha256, plain_bytes=len(raw), by=MAILBOX, at=at
        )
    if kept is None:
        vault.delete(stored.name)
    return kept


def raw_of(mail: IncomingMail, *, vault: Vault | None = None) -> bytes:
    """Return a mail as it came. Raises VaultError or NotOpened."""
    with acting_as(MAILBOX):
        key = keys.case_key(SYSTEM_CHAIN)
    with (vault or Vault()).open(
        mail.object_name, key, SYSTEM_CHAIN, mail.pk, sealed_bytes=mail.sealed_bytes
    ) as opener:
        return b"".join(opener.iter_chunks())


def sort(mail: IncomingMail, *, at: datetime) -> IncomingState:
    """Read a kept mail and say where it belongs. Raises mail_reading.TryLater without a sandbox."""
    try:
        read = mail_reading.read(raw_of(mail))
    except mail_reading.NotRead as reason:
        why = _("This file could not be read as a mail (%(reason)s). It is kept as it came.") % {"reason": reason}
        with acting_as(MAILBOX):
            incoming_mail.not_read(mail_id=mail.pk, why=why, by=MAILBOX, at=at)
        return IncomingState.WAITING
    decided = decide(read, own=own_addresses())
    words = Words(
        sender=read.sender_shown or read.sender,
        subject=read.subject,
        words=read.fresh[:MOST_WORDS],
        why=decided.why,
        attachments=[dict(one) for one in read.attachments],
    )
    with acting_as(MAILBOX):
        found = mail_matching.find(read, reply_domain=settings.REPLY_DOMAIN)
        return incoming_mail.sort(mail_id=mail.pk, kind=decided.kind, words=words, found=found, by=MAILBOX, at=at)


def file(mail: IncomingMail, *, at: datetime, vault: Vault | None = None) -> bool:
    """Lay a matched mail and its attachments into its case as exhibits, then as a reply. False: it waits again.

    Call outside of `acting_as`. Raises VaultError or mail_reading.TryLater for what may pass.
    """
    vault = vault or Vault()
    with acting_as(MAILBOX):
        notice = Notice.objects.select_related("case", "platform").get(pk=mail.matched_notice)
    raw = raw_of(mail, vault=vault)
    try:
        read = mail_reading.read(raw)
        decided = decide(read, own=own_addresses())
    except mail_reading.NotRead:
        read, decided = MailRead(subject=_("A mail that could not be read")), Decided(MailKind.REPLY, mail.trouble)
    kind = EvidenceKind.PLATFORM if decided.kind in (MailKind.REPLY, MailKind.RECEIVED) else EvidenceKind.EMAIL
    name = _("Mail to notice %(number)s.eml") % {"number": notice.facts.get("reference", "")}
    try:
        exhibit = _take_in(notice, raw, name=name, claimed="message/rfc822", kind=kind, read=read, at=at, vault=vault)
    except (IllegalMove, NotTaken) as refusal:
        with acting_as(MAILBOX):
            incoming_mail.give_back(mail_id=mail.pk, why=str(refusal), by=MAILBOX, at=at)
        return False
    files = [_attached(notice, raw, dict(one), read=read, at=at, vault=vault) for one in read.attachments]
    with acting_as(MAILBOX):
        tickets = mail_matching.tickets_of(read, notice.platform)
        reply.file(
            mail_id=mail.pk,
            read=read,
            decided=decided,
            exhibit_id=exhibit.pk,
            files=files,
            tickets=tickets,
            by=MAILBOX,
            at=at,
        )
    # Only now: a reply that is written names an exhibit with the same bytes.
    vault.delete(mail.object_name)
    return True


def _attached(
    notice: Notice, raw: bytes, listed: dict[str, Any], *, read: MailRead, at: datetime, vault: Vault
) -> dict[str, Any]:
    """Take in one attachment by the rules of every upload; what is refused is named with the reason, and recorded."""
    told = {"name": listed["name"], "type": listed["type"], "size": listed["size"]}
    try:
        data = mail_reading.attachment(raw, int(listed["place"]))
        exhibit = _take_in(
            notice, data, name=listed["name"], claimed=listed["type"], kind=None, read=read, at=at, vault=vault
        )
    except (IllegalMove, NotTaken, mail_reading.NotRead) as refusal:
        with acting_as(MAILBOX):
            exhibit_actions.refuse(case_id=notice.case_id, name=told["name"], reason="kind", by=MAILBOX, at=at)
        return {**told, "refused": str(refusal)}
    return {**told, "exhibit": str(exhibit.pk), "label": exhibit.label}


def _take_in(
    notice: Notice,
    data: bytes,
    *,
    name: str,
    claimed: str,
    kind: EvidenceKind | None,
    read: MailRead,
    at: datetime,
    vault: Vault,
) -> Exhibit:
    with acting_as(MAILBOX):
        key = case_key(notice.case_id)
        platform = notice.platform.name
        exhibit_actions.check_open(notice.case)
    shown = ClientName.of(name)
    staged = _staged(data, key, notice)
    try:
        finding = finding_of(staged, shown, claimed)
        outcome = exhibit_actions.take_in(
            case_id=notice.case_id,
            incoming=Incoming(staged=staged, name=shown, finding=finding, claimed_type=claimed),
            statement=Statement(
                description=_("Mail of %(platform)s: %(subject)s")
                % {"platform": platform, "subject": read.subject[:120]},
                method=AcquisitionMethod.PLATFORM,
                source=read.sender,
                discovered_at=at,
                evidence_kind=kind,
            ),
            producer=PRODUCER,
            by=MAILBOX,
            at=at,
            vault=vault,
            acquisition={"copy": "original", "edited": "no"},
            route="mail",
        )
    finally:
        staged.discard()
    return outcome.exhibit


def _staged(data: bytes, key: bytes, notice: Notice) -> StagedFile:
    """Seal the bytes into the staging folder, past the scanner where there is one. Raises NotTaken."""
    scan = Scan(settings.CLAMD) if settings.CLAMD else None
    try:
        with Staging(settings.STAGING_DIR, key, notice.case_id, limit=LARGEST) as staging:
            for start in range(0, len(data), 1 << 20):
                piece = data[start : start + (1 << 20)]
                staging.write(piece)
                if scan is not None:
                    scan.feed(piece)
            staged = staging.finish()
        if scan is not None and (refused := refusal_of(scan.verdict())):
            staged.discard()
            raise NotTaken(refused[1])
        return staged
    finally:
        if scan is not None:
            scan.close()


def work(*, at: datetime, most: int = 50) -> int:
    """Sort and file what is here, oldest first; one mail that fails leaves the others alone. Return how many moved."""
    moved = 0
    for state, step in ((IncomingState.NEW, sort), (IncomingState.MATCHED, file)):
        with acting_as(MAILBOX):
            rows = list(IncomingMail.objects.to_do(state)[:most])
            for row in rows:
                row.opened()
        for row in rows:
            moved += _try(row, step, at=at)
    return moved


def _try(row: IncomingMail, step: Any, *, at: datetime) -> int:
    try:
        step(row, at=at)
    except mail_reading.TryLater:
        return 0
    except (VaultError, NotOpened, OSError, IllegalMove) as failure:
        log.warning("a mail could not be handled", extra={"mail": str(row.pk), "error": type(failure).__name__})
        with acting_as(MAILBOX):
            incoming_mail.tried(mail_id=row.pk, by=MAILBOX, at=at)
        return 0
    return 1
