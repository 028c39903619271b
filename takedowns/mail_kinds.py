"""What kind of mail came in: decided from what the sandbox read of it, with the reasons. Pure: no database, no clock.

A kind says how a mail is treated. None ends, starts or restarts a clock by itself: a person reads what was answered.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from takedowns.mail_words import AUTOMATIC_SUBJECTS, AWAY, DECIDED, NOT_DELIVERED, RECEIVED, STILL_TRYING

FIRST_WORDS = 3000
"""So many characters of a mail are looked at for its kind; what stands further down is footers."""
SHORT_RECEIPT = 2500
DAEMONS = ("mailer-daemon", "postmaster", "mail-daemon", "mailerdaemon", "mdaemon", "noreply-dmarc-support")


class MailKind(TextChoices):
    """How a mail that came in is treated."""

    REPLY = "reply", gettext_lazy("Answer")
    RECEIVED = "received", gettext_lazy("Automatic receipt")
    AWAY = "away", gettext_lazy("Away note")
    BOUNCE = "bounce", gettext_lazy("Could not be delivered")
    DELAY = "delay", gettext_lazy("Delivery is late")
    DELIVERED = "delivered", gettext_lazy("Delivery confirmed")
    COMPLAINT = "complaint", gettext_lazy("Complaint about a mail of ours")
    BULK = "bulk", gettext_lazy("Newsletter")
    OURS = "ours", gettext_lazy("Our own mail, come back")


WANTS_A_PERSON = frozenset({MailKind.REPLY, MailKind.BOUNCE, MailKind.COMPLAINT})
"""Somebody must read these; the others are kept beside their notice."""


@dataclass(frozen=True)
class MailRead:
    """What the sandbox read of one mail (evidence/sandbox_tools/incoming_mail.py); every value is its sender's claim.

    `fresh` are the words without those of an older mail. `inner` is the head of a mail that this one carries.
    """

    message_id: str = ""
    references: Sequence[str] = ()
    sender: str = ""
    sender_shown: str = ""
    to: Sequence[str] = ()
    subject: str = ""
    date: str = ""
    at: str = ""
    type: str = ""
    signs: Mapping[str, str] = field(default_factory=dict)
    report: Mapping[str, Any] | None = None
    inner: Mapping[str, Any] | None = None
    text: str = ""
    fresh: str = ""
    attachments: Sequence[Mapping[str, Any]] = ()
    defects: Sequence[str] = ()
    is_cut: bool = False

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """Take the tool's JSON; a value of a type that it never gives raises ValueError."""
        try:
            return cls(
                message_id=str(next(iter(told["message_id"]), "")),
                references=tuple(map(str, told["references"])),
                sender=str(told["from"]),
                sender_shown=str(told["from_shown"]),
                to=tuple(map(str, told["to"])),
                subject=str(told["subject"]),
                date=str(told["date"]),
                at=str(told["at"]),
                type=str(told["type"]),
                signs={str(name): str(value) for name, value in told["signs"].items()},
                report=told["report"],
                inner=told["inner"],
                text=str(told["text"]),
                fresh=str(told["fresh"]),
                attachments=tuple(dict(one) for one in told["attachments"]),
                defects=tuple(map(str, told["defects"])),
                is_cut=bool(told["is_cut"]),
            )
        except (KeyError, TypeError, AttributeError) as wrong:
            raise ValueError("The tool answered in another form.") from wrong


@dataclass(frozen=True)
class Decided:
    """A kind, why, and for mails about delivery whom they are about and whether it is final."""

    kind: MailKind
    why: str
    for_good: bool = False
    about: tuple[str, ...] = ()
    detail: str = ""


def decide(read: MailRead, *, own: Sequence[str] = ()) -> Decided:
    """Say what kind of mail this is. `own` are domains and addresses that our own mail leaves from, in lower case."""
    return (
        _from_report(read)
        or _from_us(read, own)
        or _from_daemon(read)
        or _complaint_without_report(read)
        or _automatic(read)
        or _bulk(read)
        or Decided(MailKind.REPLY, _("Somebody wrote, as far as can be seen."))
    )


def _from_report(read: MailRead) -> Decided | None:
    if read.report is None:
        return None
    kind = read.report.get("type")
    if kind == "delivery-status":
        return _bounce(read.report.get("each") or [read.report.get("whole") or {}])
    if kind == "feedback-report":
        whole = read.report.get("whole") or {}
        detail = str(whole.get("feedback-type", ""))
        return Decided(MailKind.COMPLAINT, _("A complaint in the form of RFC 5965."), detail=detail)
    if kind == "disposition-notification":
        return Decided(MailKind.DELIVERED, _("A receipt in the form of RFC 8098: it was shown or deleted."))
    return None


def _bounce(each: Sequence[Mapping[str, str]]) -> Decided:
    """Read the groups of a delivery report (RFC 3464, 2.3): one that failed outweighs those that went well."""
    about = tuple(dict.fromkeys(filter(None, map(_recipient, each))))
    actions = {str(one.get("action", "")).strip().lower() for one in each}
    detail = next((str(one.get("diagnostic-code", "")) for one in each if one.get("diagnostic-code")), "")
    statuses = [str(one.get("status", "")) for one in each]
    if "failed" in actions or (not actions & {"delayed", "delivered", "relayed", "expanded"}):
        # A server that gives up after days of trying says "failed" with a status of 4: it is final for this mail.
        return Decided(MailKind.BOUNCE, _("The server reports a failure."), True, about, detail[:300])
    if "delayed" in actions:
        why = _("The server reports that it is still trying.")
        return Decided(MailKind.DELAY, why, False, about, (detail or next(iter(statuses), ""))[:300])
    return Decided(MailKind.DELIVERED, _("The server reports that it was delivered."), False, about)


def _recipient(fields: Mapping[str, str]) -> str:
    said = fields.get("original-recipient") or fields.get("final-recipient") or ""
    return said.rpartition(";")[2].strip().strip("<>").lower()


def _from_us(read: MailRead, own: Sequence[str]) -> Decided | None:
    """A mail under one of our own addresses: an answer to it would be an answer to ourselves."""
    if read.sender and (read.sender in own or read.sender.rpartition("@")[2] in own):
        return Decided(MailKind.OURS, _("It came from an address of our own."))
    return None


def _from_daemon(read: MailRead) -> Decided | None:
    """A bounce in words, as qmail, Exim, Exchange and many others write them (no report to read)."""
    failed = read.signs.get("x-failed-recipients", "")
    by_daemon = read.sender.partition("@")[0] in DAEMONS or read.signs.get("return-path", "").strip() == "<>"
    said = folded(f"{read.subject}\n{read.text[:FIRST_WORDS]}")
    if not failed and not (by_daemon and any(words in said for words in (*NOT_DELIVERED, *STILL_TRYING))):
        return None
    about = tuple(re.findall(r"[^\s<>,;:]+@[^\s<>,;:]+\w", failed.lower())) or _named(read)
    if any(words in said for words in STILL_TRYING):
        return Decided(MailKind.DELAY, _("A mail server writes that it is still trying."), False, about)
    code = re.search(r"\b[45]\d\d[ -](?:#?[45]\.\d{1,3}\.\d{1,3})?[^\n]{0,200}", read.text[:20_000])
    why = _("A mail server writes that it could not deliver.")
    return Decided(MailKind.BOUNCE, why, True, about, code[0][:300] if code else "")


def _named(read: MailRead) -> tuple[str, ...]:
    """Return the addresses in the first words of a bounce, without the receiver's own."""
    before_the_copy = re.split(r"^-{3}", read.text[:FIRST_WORDS].lower(), maxsplit=1, flags=re.M)[0]
    found = re.findall(r"<([^\s<>@]{1,100}@[^\s<>@]{3,200})>", before_the_copy)
    return tuple(dict.fromkeys(address for address in found if address not in read.to))[:10]


def _complaint_without_report(read: MailRead) -> Decided | None:
    if "x-xarf" in read.signs:
        return Decided(MailKind.COMPLAINT, _("A complaint in the form of X-ARF."), detail=read.signs["x-xarf"][:100])
    return None


def _automatic(read: MailRead) -> Decided | None:
    """An away note or a receipt: by the marks of RFC 3834 and of mail servers, or by its words."""
    subject, said = folded(read.subject), folded(f"{read.subject}\n{read.fresh[:FIRST_WORDS]}")
    marked = is_marked_automatic(read.signs)
    by_subject = any(words in subject for words in AUTOMATIC_SUBJECTS)
    away = any(words in said for words in AWAY) if marked or by_subject else any(words in subject for words in AWAY)
    if away:
        return Decided(MailKind.AWAY, _("It says that somebody is away."))
    decided = any(words in said for words in DECIDED)
    received = any(words in said for words in RECEIVED)
    if decided:
        return None
    if marked or by_subject:
        return Decided(MailKind.RECEIVED, _("It is marked as sent by a machine, and decides nothing."))
    if received and len(read.fresh) <= SHORT_RECEIPT:
        return Decided(MailKind.RECEIVED, _("It says only that something was received."))
    return None


def is_marked_automatic(signs: Mapping[str, str]) -> bool:
    """Whether a mail says of itself that a machine sent it (RFC 3834, section 5, and what servers add beside it)."""
    submitted = signs.get("auto-submitted", "no").partition(";")[0].strip().lower()
    if submitted not in ("", "no"):
        return True
    if signs.get("precedence", "").strip().lower() in ("auto_reply", "auto-reply"):
        return True
    return any(signs.get(name, "no").strip().lower() not in ("", "no") for name in ("x-autoreply", "x-autorespond"))


def _bulk(read: MailRead) -> Decided | None:
    """A newsletter, unless it answers something: help desks put such marks on answers too."""
    if read.references or not ("list-id" in read.signs or "list-unsubscribe" in read.signs):
        return None
    return Decided(MailKind.BULK, _("It went to a list of receivers and answers nothing."))


def folded(text: str) -> str:
    """Return a text for comparing words: lower case, one kind of apostrophe, runs of white space as one space."""
    return re.sub(r"\s+", " ", text.replace("’", "'").replace("`", "'").casefold())
