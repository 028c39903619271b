"""Answers of platforms: replies, receipts and away notes in twelve languages, in the shapes of mail programs."""

import json
from collections.abc import Iterator, Sequence
from itertools import cycle

from takedowns.mail_kinds import MailKind
from tests.takedowns.mailbox import words
from tests.takedowns.mailbox.parts import Asked, Labelled, Match, file, mail, part, several

WAYS = ("8bit", "quoted-printable", "base64")


def _how(asked: Asked, match: Match) -> tuple[dict[str, str], str]:
    """Return the lines of a head and the words by which the mail names the notice."""
    head = {"To": "Removals <removals@example.org>"}
    if match == "token":
        head = {"To": f"Removals <{asked.reply.upper()}>"}
    elif match == "references":
        head |= {"In-Reply-To": asked.message_id, "References": f"<first@photos.example> {asked.message_id}"}
    elif match == "ticket":
        return head, f"\n\nTicket {asked.ticket}"
    elif match == "link":
        return head, f"\n\n{asked.link}"
    return head, ""


def _head(asked: Asked, subject: str, number: int) -> dict[str, str]:
    return {
        "Received": "from mx.photos.example by mx.example.org with ESMTPS; Tue, 03 Nov 2026 10:00:00 +0000",
        "From": f"Photos team <{asked.platform}>",
        "Subject": subject,
        "Date": "Tue, 03 Nov 2026 10:00:00 +0000",
        "Message-ID": f"<answer-{number}@photos.example>",
    }


def replies(all_asked: Sequence[Asked]) -> Iterator[Labelled]:
    """Decisions and questions, with the older mail quoted as each language's programs do."""
    asked_in_turn, ways = cycle(all_asked), cycle(WAYS)
    matches = cycle(("token", "references", "ticket", "link", ""))
    for what, texts in (("removed", words.REMOVED), ("refused", words.REFUSED), ("asked", words.ASKED)):
        for language, text in texts.items():
            for charset in words.CHARSETS[language]:
                asked, match = next(asked_in_turn), next(matches)
                head, named = _how(asked, match)
                body = text + named
                if language in words.QUOTED_BY:
                    older = words.QUOTED_BY[language].format(reply=asked.reply if match == "token" else "us")
                    body += f"\n\n{older}\n" + words.QUOTED.format(n="elsewhere")
                way = next(ways) if charset not in ("us-ascii", "iso-2022-jp") else "quoted-printable"
                yield Labelled(
                    f"reply {what} {language} {charset}",
                    mail(_head(asked, f"Re: {language} {what}", asked.number) | head, body, charset=charset, way=way),
                    MailKind.REPLY,
                    match,
                    asked.number if match not in ("", "link") else None,
                )


def pages(all_asked: Sequence[Asked]) -> Iterator[Labelled]:
    """Replies as HTML alone, as both, with pictures inside, with an Outlook head above what they quote."""
    asked_in_turn = cycle(all_asked)
    for language, text in words.REMOVED.items():
        asked = next(asked_in_turn)
        page = (
            "<html><head><style>p{color:red}</style><script>alert('removed')</script></head><body>"
            + "".join(f"<p>{line}</p>" for line in text.split("\n") if line)
            + '<img src="https://tracker.example/pixel.gif"></body></html>'
        )
        head = _head(asked, "Your request", asked.number) | {"To": asked.reply}
        yield Labelled(
            f"page alone {language}",
            mail(head, page, kind="text/html", way="base64"),
            MailKind.REPLY,
            "token",
            asked.number,
        )
        both = [part("text/plain; charset=utf-8", text.encode()), part("text/html; charset=utf-8", page.encode())]
        yield Labelled(
            f"page and text {language}",
            several(head, both, kind="multipart/alternative"),
            MailKind.REPLY,
            "token",
            asked.number,
        )
        empty = [part("text/plain; charset=utf-8", b"\r\n"), both[1]]
        yield Labelled(
            f"page and empty text {language}",
            several(head, empty, kind="multipart/alternative"),
            MailKind.REPLY,
            "token",
            asked.number,
        )
        outlook = (
            f"{text}\n\nFrom: Helpline <{asked.reply}>\nSent: Tuesday, 3 November 2026 10:00\n"
            f"To: Photos team\nSubject: Removal request\n\nPlease remove these pages."
        )
        yield Labelled(f"outlook {language}", mail(head, outlook), MailKind.REPLY, "token", asked.number)


def receipts(all_asked: Sequence[Asked]) -> Iterator[Labelled]:
    """Receipts: marked by RFC 3834, marked in other ways, and not marked at all."""
    marks: tuple[dict[str, str], ...] = (
        {"Auto-Submitted": "auto-replied"},
        {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
        {"X-Autoreply": "yes", "Precedence": "bulk"},
        {"Precedence": "auto_reply"},
        {},
    )
    asked_in_turn, matches = cycle(all_asked), cycle(("token", "references", "ticket"))
    for language, text in words.RECEIVED.items():
        for mark in marks:
            asked, match = next(asked_in_turn), next(matches)
            head, named = _how(asked, match)
            yield Labelled(
                f"receipt {language} {'-'.join(mark) or 'unmarked'}",
                mail(_head(asked, f"[PX #{asked.number}] {language}", asked.number) | head | mark, text + named),
                MailKind.RECEIVED,
                match,
                asked.number,
            )


def away(all_asked: Sequence[Asked]) -> Iterator[Labelled]:
    """Away notes: by subject, by mark, by both."""
    asked_in_turn = cycle(all_asked)
    for language, text in words.AWAY.items():
        for by_subject, mark in (
            (True, {}),
            (True, {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"}),
            (False, {"Auto-Submitted": "auto-replied (vacation)"}),
        ):
            asked = next(asked_in_turn)
            subject = words.AWAY_SUBJECT[language] if by_subject else "Re: Removal request"
            head = _head(asked, subject, asked.number) | {"To": asked.reply} | mark
            yield Labelled(
                f"away {language} {'subject' if by_subject else 'mark'} {len(mark)}",
                mail(head, text, way="base64"),
                MailKind.AWAY,
                "token",
                asked.number,
            )


def carried(all_asked: Sequence[Asked]) -> Iterator[Labelled]:
    """Replies with files, forwards, winmail.dat, a calendar sheet, a signature, and 20 MB."""
    asked_in_turn = cycle(all_asked)
    text = part("text/plain; charset=utf-8", words.REMOVED["en"].encode())
    things = {
        "picture": file("proof.png", "image/png", b"\x89PNG\r\n\x1a\n" + bytes(200)),
        "paper": file("letter.pdf", "application/pdf", b"%PDF-1.4\n" + bytes(200)),
        "arabic name": file("=?utf-8?B?2LHYs9in2YTYqS5wZGY=?=", "application/pdf", b"%PDF-1.4\n"),
        "path as name": file("../../etc/passwd", "text/plain", b"x"),
        "winmail": file("winmail.dat", "application/ms-tnef", b"\x78\x9f\x3e\x22" + bytes(500)),
        "calendar": part("text/calendar; method=REPLY", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"),
        "signature": part("application/pgp-signature", b"-----BEGIN PGP SIGNATURE-----\r\n"),
        "twenty megabytes": file("film.mp4", "video/mp4", bytes(20 << 20)),
    }
    for name, thing in things.items():
        asked = next(asked_in_turn)
        head = _head(asked, "Re: Removal request", asked.number) | {"To": asked.reply}
        yield Labelled(f"carries {name}", several(head, [text, thing]), MailKind.REPLY, "token", asked.number)
    for number in range(12):
        asked = next(asked_in_turn)
        inner = mail(
            {"Message-ID": asked.message_id, "From": asked.reply, "To": asked.platform, "Subject": "Removal request"},
            "Please remove these pages.",
        )
        head = _head(asked, "Fwd: Removal request", number) | {"From": "Legal desk <legal@photos.example>"}
        note = part("text/plain; charset=utf-8", b"This desk is responsible: we removed the pages.")
        yield Labelled(
            f"forwarded inside {number}",
            several(head | {"To": "removals@example.org"}, [note, part("message/rfc822", inner)]),
            MailKind.REPLY,
            "inner",
            asked.number,
        )


def others(all_asked: Sequence[Asked]) -> Iterator[Labelled]:
    """Newsletters, our own mail come back, strangers, and help desks whose answers look like newsletters."""
    for number in range(12):
        asked = all_asked[number % len(all_asked)]
        news = _head(asked, f"News {number}", number) | {"To": "removals@example.org", "From": "news@shop.example"}
        news |= {"List-Unsubscribe": "<https://shop.example/bye>", "List-Id": "<news.shop.example>"}
        yield Labelled(f"newsletter {number}", mail(news, "Ten offers for you."), MailKind.BULK)
        own = _head(asked, f"Removal request {number}", number) | {"From": asked.reply, "To": asked.reply}
        yield Labelled(
            f"our own {number}", mail(own, "Please remove these pages."), MailKind.OURS, "token", asked.number
        )
        stranger = _head(asked, f"Question {number}", number) | {"From": f"somebody{number}@mail.example"}
        stranger |= {"To": "removals@example.org"}
        yield Labelled(f"stranger {number}", mail(stranger, "Can you help me, please?"), MailKind.REPLY)
        desk = _head(asked, "Re: Removal request", number) | {"To": asked.reply, "In-Reply-To": asked.message_id}
        desk |= {"List-Unsubscribe": "<https://desk.example/bye>", "Precedence": "bulk"}
        yield Labelled(f"desk {number}", mail(desk, words.REMOVED["en"]), MailKind.REPLY, "token", asked.number)


def structured(all_asked: Sequence[Asked]) -> Iterator[Labelled]:
    """Complaints about mails of ours, as providers send them."""
    for number in range(10):
        asked = all_asked[number % len(all_asked)]
        head = {"From": "feedback@provider.example", "To": "removals@example.org", "Subject": "complaint"}
        original = mail({"Message-ID": asked.message_id, "From": asked.reply, "Subject": "Removal request"}, "words")
        report = b"Feedback-Type: abuse\r\nUser-Agent: Loop/1.0\r\nVersion: 1\r\n"
        parts = [
            part("text/plain", b"This is a complaint."),
            part("message/feedback-report", report),
            part("message/rfc822", original),
        ]
        yield Labelled(
            f"complaint {number}",
            several(head, parts, kind="multipart/report; report-type=feedback-report"),
            MailKind.COMPLAINT,
            "inner",
            asked.number,
        )
        told = json.dumps({"Version": "4", "ReportClass": "Messaging", "ReportType": "spam"}).encode()
        xarf = [part("text/plain", b"Machine readable report inside."), file("xarf.json", "application/json", told)]
        yield Labelled(f"x-arf {number}", several(head | {"X-XARF": "PLAIN"}, xarf), MailKind.COMPLAINT)
