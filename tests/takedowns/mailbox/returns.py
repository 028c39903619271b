"""Mails about delivery: bounces of ten mail systems, delays, confirmations; and mails that are broken."""

from collections.abc import Callable, Iterator, Sequence
from itertools import cycle

from takedowns.mail_kinds import MailKind
from tests.takedowns.mailbox.parts import Asked, Labelled, Match, mail, part, several

REPORT = "multipart/report; report-type=delivery-status"


def _original(asked: Asked) -> bytes:
    head = {"Message-ID": asked.message_id, "From": asked.reply, "To": asked.platform, "Subject": "Removal request"}
    return mail(head, "Please remove these pages.")


def _heads(asked: Asked) -> bytes:
    return _original(asked).partition(b"\r\n\r\n")[0] + b"\r\n"


def report(asked: Asked, *, action: str, status: str, words: str, mta: str = "mx.photos.example") -> list[bytes]:
    """Return the parts of a delivery report (RFC 3464)."""
    told = (
        f"Reporting-MTA: dns; {mta}\r\nArrival-Date: Tue, 03 Nov 2026 10:00:00 +0000\r\n\r\n"
        f"Final-Recipient: rfc822; {asked.platform}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; 550 {status} {words}\r\n"
    )
    return [part("text/plain; charset=us-ascii", words.encode()), part("message/delivery-status", told.encode())]


def postfix(asked: Asked) -> bytes:
    """A report with the original in it."""
    head = {"Return-Path": "<>", "From": "MAILER-DAEMON@mx.photos.example (Mail Delivery System)", "To": asked.reply}
    head |= {"Subject": "Undelivered Mail Returned to Sender", "Auto-Submitted": "auto-replied"}
    parts = report(asked, action="failed", status="5.1.1", words="User unknown in virtual mailbox table")
    return several(head, [*parts, part("message/rfc822", _original(asked))], kind=REPORT)


def sendmail(asked: Asked) -> bytes:
    """A report with the head alone."""
    head = {"From": "Mail Delivery Subsystem <MAILER-DAEMON@mx.photos.example>", "To": asked.reply}
    head |= {"Subject": "Returned mail: see transcript for details", "Auto-Submitted": "auto-generated (failure)"}
    parts = report(asked, action="failed", status="5.1.1", words="User unknown")
    return several(head, [*parts, part("text/rfc822-headers", _heads(asked))], kind=REPORT)


def exchange(asked: Asked) -> bytes:
    """A report under postmaster's name, with a long page of advice."""
    head = {"From": "postmaster@photos.example", "To": asked.reply, "Subject": "Undeliverable: Removal request"}
    head |= {"X-MS-Exchange-Generated-Message-Source": "Antispam Agent", "In-Reply-To": asked.message_id}
    parts = report(asked, action="failed", status="5.7.133", words="Sender not authenticated for group")
    return several(head, [*parts, part("message/rfc822", _original(asked))], kind=REPORT)


def gmail(asked: Asked) -> bytes:
    """A report with a page and pictures."""
    head = {"From": "Mail Delivery Subsystem <mailer-daemon@provider.example>", "To": asked.reply}
    head |= {"Subject": "Delivery Status Notification (Failure)", "X-Failed-Recipients": asked.platform}
    head |= {"Auto-Submitted": "auto-replied", "References": asked.message_id}
    parts = report(asked, action="failed", status="5.1.1", words="The address could not be found")
    return several(head, [*parts, part("message/rfc822", _original(asked))], kind=REPORT)


def exim(asked: Asked) -> bytes:
    """Words and one line of the head."""
    head = {"Return-path": "<>", "From": "Mail Delivery System <Mailer-Daemon@mx.photos.example>", "To": asked.reply}
    head |= {"X-Failed-Recipients": asked.platform, "Subject": "Mail delivery failed: returning message to sender"}
    head |= {"Auto-Submitted": "auto-replied"}
    body = (
        "This message was created automatically by mail delivery software.\n\nA message that you sent could not be "
        f"delivered to one or more of its recipients.\n\n  {asked.platform}\n    550 Unrouteable address\n"
    )
    return mail(head, body)


def qmail(asked: Asked) -> bytes:
    """Words alone."""
    head = {"Return-Path": "<>", "From": "MAILER-DAEMON@mx.photos.example", "To": asked.reply}
    head |= {"Subject": "failure notice"}
    body = (
        "Hi. This is the qmail-send program at mx.photos.example.\nI'm afraid I wasn't able to deliver your message to "
        f"the following addresses.\n\n<{asked.platform}>:\n550 5.1.1 no mailbox here by that name\n\n"
        f"--- Below this line is a copy of the message.\n\n{_heads(asked).decode()}"
    )
    return mail(head, body)


def domino(asked: Asked) -> bytes:
    """A report whose status stands without an action of the first group."""
    head = {"From": "Postmaster@photos.example", "To": asked.reply, "Subject": "DELIVERY FAILURE: no such user"}
    parts = report(asked, action="failed", status="5.0.0", words="User not listed in public directory")
    return several(head, [*parts, part("message/rfc822", _original(asked))], kind=REPORT)


def german(asked: Asked) -> bytes:
    """Words in another language, from a daemon that marks nothing."""
    head = {"From": "Mailer-Daemon <mailer-daemon@mx.anbieter.example>", "To": asked.reply}
    head |= {"Subject": "Unzustellbar: Antrag"}
    return mail(head, f"Ihre Nachricht an <{asked.platform}> wurde nicht zugestellt.\n554 5.7.1 rejected", way="base64")


def gave_up(asked: Asked) -> bytes:
    """A server that stopped trying: the status is one of 4, the action is final."""
    head = {"From": "MAILER-DAEMON@mx.example.org", "To": asked.reply, "Subject": "Undelivered Mail Returned to Sender"}
    parts = report(asked, action="failed", status="4.4.1", words="Connection timed out")
    return several(head, [*parts, part("message/rfc822", _original(asked))], kind=REPORT)


def one_of_two(asked: Asked) -> bytes:
    """A report of two recipients, of which one failed."""
    head = {"From": "MAILER-DAEMON@mx.example.org", "To": asked.reply, "Subject": "Undelivered Mail Returned to Sender"}
    told = (
        "Reporting-MTA: dns; mx.example.org\r\n\r\n"
        "Final-Recipient: rfc822; other@photos.example\r\nAction: delivered\r\n"
        f"Status: 2.0.0\r\n\r\nFinal-Recipient: rfc822; {asked.platform}\r\nAction: failed\r\nStatus: 5.2.2\r\n"
    )
    parts = [part("text/plain", b"Some were not reached."), part("message/delivery-status", told.encode())]
    return several(head, [*parts, part("message/rfc822", _original(asked))], kind=REPORT)


def late_report(asked: Asked) -> bytes:
    """A report of a delay."""
    head = {"From": "MAILER-DAEMON@mx.example.org", "To": asked.reply, "Subject": "Delayed Mail (still being retried)"}
    parts = report(asked, action="delayed", status="4.4.1", words="Connection timed out")
    return several(head, [*parts, part("text/rfc822-headers", _heads(asked))], kind=REPORT)


def late_words(asked: Asked) -> bytes:
    """A delay in words, as Exim writes it."""
    head = {"Return-path": "<>", "From": "Mailer-Daemon@mx.example.org", "To": asked.reply}
    head |= {"Subject": "Warning: message delayed 24 hours", "X-Failed-Recipients": asked.platform}
    return mail(head, "Your message has not yet been delivered. No action is required. It will be retried.")


def delivered(asked: Asked) -> bytes:
    """A confirmation that it was delivered."""
    head = {"From": "MAILER-DAEMON@mx.photos.example", "To": asked.reply, "Subject": "Successful Mail Delivery Report"}
    parts = report(asked, action="delivered", status="2.0.0", words="delivered to mailbox")
    return several(head, [*parts, part("text/rfc822-headers", _heads(asked))], kind=REPORT)


def shown(asked: Asked) -> bytes:
    """A receipt that it was opened (RFC 8098)."""
    head = {"From": asked.platform, "To": asked.reply, "Subject": "Read: Removal request"}
    told = (
        f"Final-Recipient: rfc822; {asked.platform}\r\nOriginal-Message-ID: {asked.message_id}\r\n"
        "Disposition: manual-action/MDN-sent-manually; displayed\r\n"
    )
    kind = "multipart/report; report-type=disposition-notification"
    parts = [part("text/plain", b"It was opened."), part("message/disposition-notification", told.encode())]
    return several(head, parts, kind=kind)


BOUNCES: tuple[Callable[[Asked], bytes], ...] = (
    *(postfix, sendmail, exchange, gmail, exim, qmail, domino, german, gave_up, one_of_two),
)
OTHERS: tuple[tuple[Callable[[Asked], bytes], MailKind], ...] = (
    (late_report, MailKind.DELAY),
    (late_words, MailKind.DELAY),
    (delivered, MailKind.DELIVERED),
    (shown, MailKind.DELIVERED),
)


def returns(all_asked: Sequence[Asked]) -> Iterator[Labelled]:
    """Each system's bounce for several notices, and what else a mail server writes."""
    asked_in_turn = cycle(all_asked)
    for number in range(13):
        for make in BOUNCES:
            asked = next(asked_in_turn)
            yield Labelled(f"bounce {make.__name__} {number}", make(asked), MailKind.BOUNCE, "token", asked.number)
        for make, kind in OTHERS:
            asked = next(asked_in_turn)
            yield Labelled(f"{make.__name__} {number}", make(asked), kind, "token", asked.number)


def broken(all_asked: Sequence[Asked]) -> Iterator[Labelled]:
    """Mails that no program should write and some do. A kind of None is a file that is no mail at all."""
    asked = all_asked[0]
    to = {"From": asked.platform, "To": asked.reply, "Subject": "Re: Removal request"}
    text = part("text/plain; charset=utf-8", b"we removed the pages")
    token: Match = "token"
    cases: dict[str, bytes] = {
        "no end": several(to, [text, text], end=False),
        "wrong charset": mail(to, "we removed the pages").replace(b"utf-8", b"x-unknown-9"),
        "wrong bytes": mail(to, "we removed the pages") + b"\xff\xfe\x00\x80",
        "bad base64": mail(to, "we removed the pages", way="base64")[:-4] + b"!!\r\n",
        "no date": mail(to, "we removed the pages"),
        "bad date": mail(to | {"Date": "yesterday, 99:99"}, "we removed the pages"),
        "line feeds alone": mail(to, "we removed the pages").replace(b"\r\n", b"\n"),
        "bad encoded word": mail(to | {"Subject": "=?utf-8?Q?=ZZ=?= =?x?B?!!?="}, "we removed the pages"),
        "bad message-id": mail(to | {"Message-ID": "no brackets at all"}, "we removed the pages"),
        "long line": mail(to, "we removed the pages " + "x" * 1_000_000),
        "a thousand lines of head": mail({f"X-Line-{n}": "x" * 500 for n in range(1000)} | to, "we removed the pages"),
        "hundred parts": several(to, [text] + [part("image/gif", b"GIF89a")] * 100),
        "boundary missing": mail(to, "we removed the pages").replace(b"text/plain", b"multipart/mixed"),
        "nul bytes": mail(to, "we removed\x00 the pages"),
    }
    for name, raw in cases.items():
        yield Labelled(f"broken {name}", raw, MailKind.REPLY, token, asked.number)
    deep = text
    for _level in range(60):
        deep = several({}, [deep])
    yield Labelled("broken sixty deep", several(to, [text, deep]), MailKind.REPLY, token, asked.number)
    for name, raw in {
        "empty": b"",
        "picture": b"\x89PNG\r\n\x1a\n" + bytes(100),
        "noise": bytes(range(256)) * 40,
    }.items():
        yield Labelled(f"no mail {name}", raw, None)
