"""The mailboxes of the demo internet: SMTP that acknowledges, answers, refuses, bounces, dawdles or hangs up."""

import asyncio
import smtplib
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from config.demo.platforms import Platform, find_platform
from config.demo.world import Mail, Mode, World

SLOW_SECONDS = 3.0
LONGEST_MESSAGE = 10 * 1024 * 1024
ANSWERED = frozenset({Mode.ACKNOWLEDGE, Mode.SLOW, Mode.ANSWER, Mode.REFUSE})


class Mailbox:
    """The handler behind the SMTP server. Takes mail for any address under .localhost and .example, for nobody else."""

    def __init__(self, world: World, *, deliver_to: tuple[str, int] | None, slow_seconds: float = SLOW_SECONDS) -> None:
        """`deliver_to` is the loopback SMTP server that answers are sent to besides being written to outgoing/."""
        self.world = world
        self.deliver_to = deliver_to
        self.slow_seconds = slow_seconds
        self._deliveries: set[asyncio.Task[None]] = set()
        for name in ("received", "outgoing"):
            (world.folder / name).mkdir(exist_ok=True)

    async def handle_RCPT(  # noqa: N802  aiosmtpd finds its hooks by these names
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        """Refuse strangers and bouncing mailboxes at once, as a real server does."""
        domain = address.rpartition("@")[2].lower()
        if not domain.endswith((".localhost", ".example")):
            return "550 5.7.1 Relaying denied"
        if self.world.mode(address) is Mode.BOUNCE:
            return f"550 5.1.1 <{address}>: Recipient address rejected: User unknown"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(rcpt_options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the message, then do what the mode of each recipient says."""
        modes = {address: self.world.mode(address) for address in envelope.rcpt_tos}
        if Mode.DROP in modes.values():
            if server.transport is not None:
                server.transport.close()
            return "421 4.4.2 Connection dropped"
        if Mode.SLOW in modes.values():
            await asyncio.sleep(self.slow_seconds)
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        answers = self._receive(content, envelope.mail_from or "", modes, datetime.now(UTC))
        if self.deliver_to is not None and answers:
            # Not awaited: a real platform answers after it has taken the message, not while it does.
            delivery = asyncio.create_task(asyncio.to_thread(_deliver, answers, self.deliver_to))
            self._deliveries.add(delivery)
            delivery.add_done_callback(self._deliveries.discard)
        return "250 2.0.0 OK: queued"

    def _receive(self, content: bytes, sender: str, modes: dict[str, Mode], at: datetime) -> list[EmailMessage]:
        message = message_from_bytes(content, policy=policy.default)
        self.world.mail_number += 1
        name = f"{self.world.mail_number:06}.eml"
        (self.world.folder / "received" / name).write_bytes(content)
        mail = Mail(
            number=self.world.mail_number,
            file=name,
            sender=sender,
            recipients=list(modes),
            subject=_one_line(message.get("Subject", "")),
            message_id=_one_line(message.get("Message-ID", "")),
            modes={address: str(mode) for address, mode in modes.items()},
            answers=[],
            tickets=[],
        )
        # Answering the null sender or another machine's answer would start a loop (RFC 3834, section 2).
        machine = str(message.get("Auto-Submitted", "")).strip().lower().startswith("auto-replied")
        answers: list[EmailMessage] = []
        for address, mode in modes.items():
            platform = find_platform(address.rpartition("@")[2])
            if platform is None or mode not in ANSWERED or not sender or machine:
                continue
            answer, ticket = self._answer(platform, address, mode, message, sender, at)
            answers.append(answer)
            mail.tickets.append(ticket)
            mail.answers.append(self._write(answer, f"{mail.number:06}-{len(answers)}.eml"))
        self.world.mails.append(mail)
        self.world.save()
        return answers

    def _answer(
        self, platform: Platform, address: str, mode: Mode, message: EmailMessage, sender: str, at: datetime
    ) -> tuple[EmailMessage, str]:
        links = self.world.links_in(text_of(message), platform)
        subject = _one_line(message.get("Subject", ""))
        fields = {"subject": subject, "from": sender}
        report = self.world.report(platform, via="mail", links=links, fields=fields, upheld=mode is not Mode.REFUSE)
        if mode is Mode.ANSWER:
            for link in links:
                self.world.remove(link)
        answer = EmailMessage()
        answer["From"] = f"{platform.name} Trust and Safety <{address}>"
        answer["To"] = parseaddr(str(message.get("Reply-To") or ""))[1] or sender
        answer["Subject"] = f"Re: {subject or 'your report'} [{report.ticket}]"
        answer["Date"] = format_datetime(at)
        answer["Message-ID"] = make_msgid(domain=platform.host)
        if original := _one_line(message.get("Message-ID", "")):
            answer["In-Reply-To"] = original
            answer["References"] = _one_line(f"{message.get('References', '')} {original}")
        answer["Auto-Submitted"] = "auto-replied"
        shown = (
            "\n".join(f"  {link.host}{link.path}" for link in links) or "  (we found no link of ours in your message)"
        )
        answer.set_content(_WORDS[mode].format(ticket=report.ticket, links=shown, name=platform.name))
        return answer, report.ticket

    def _write(self, answer: EmailMessage, name: str) -> str:
        (self.world.folder / "outgoing" / name).write_bytes(answer.as_bytes(policy=policy.SMTP))
        return name


_RECEIVED = """Thank you for your report.

Your report number is {ticket}. You named these links:

{links}

A person will look at it. Please quote the number when you write again.

{name} Trust and Safety
"""

_WORDS = {
    Mode.ACKNOWLEDGE: _RECEIVED,
    Mode.SLOW: _RECEIVED,
    Mode.ANSWER: """We looked at your report {ticket} and agree with it.

We have removed:

{links}

{name} Trust and Safety
""",
    Mode.REFUSE: """We looked at your report {ticket}.

We found that the following does not break our rules and leave it up:

{links}

You can ask for a second look by answering this message.

{name} Trust and Safety
""",
}


def _one_line(value: object) -> str:
    return " ".join(str(value).split())


def text_of(message: EmailMessage) -> str:
    """The words of a message: its plain part where there is one, or else its HTML source."""
    body = message.get_body(preferencelist=("plain", "html"))
    if body is None:
        return ""
    try:
        content = body.get_content()
    except LookupError:  # a charset nobody knows
        return ""
    return content if isinstance(content, str) else ""


def read_mail(folder: Path, name: str) -> str:
    """Headers and words of a kept message, for a person to read."""
    message = message_from_bytes((folder / name).read_bytes(), policy=policy.default)
    shown = ("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References")
    head = "\n".join(f"{field}: {message[field]}" for field in shown if message[field])
    return f"{head}\n\n{text_of(message)}"


def _deliver(answers: list[EmailMessage], server: tuple[str, int]) -> None:
    """Hand answers to the casework server. One that is not there loses nothing: the files are in outgoing/."""
    try:
        with smtplib.SMTP(*server, timeout=5) as smtp:
            for answer in answers:
                smtp.send_message(answer)
    except (OSError, smtplib.SMTPException):
        return
