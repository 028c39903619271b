"""What a mail is: more than 500 labelled ones, and the borders between an answer, a receipt and a bounce."""

import io
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from evidence import sandbox
from evidence.sandbox_tools import Refused, incoming_mail
from takedowns.mail_kinds import Decided, MailKind, MailRead, decide
from tests.takedowns.mailbox import mailbox
from tests.takedowns.mailbox.parts import Asked, Labelled, mail

ASKED = Asked(0)
BOX = mailbox([ASKED])
OWN = ("reply.example.org", "removals@example.org")


def read(raw: bytes, folder: Path) -> MailRead:
    """Read a mail by the tool itself, without the sandbox around it."""
    path, out = folder / "mail.eml", io.BytesIO()
    path.write_bytes(raw)
    incoming_mail.main({}, str(path), out)
    return MailRead.of(json.loads(out.getvalue()))


def kind_of(labelled: Labelled, folder: Path) -> MailKind | None:
    try:
        return decide(read(labelled.raw, folder), own=OWN).kind
    except Refused:
        return None


def test_every_mail_of_the_box_gets_its_label(tmp_path):
    wrong = {one.name: got for one in BOX if (got := kind_of(one, tmp_path)) != one.kind}
    assert wrong == {}


def test_the_box_holds_more_than_500_mails_of_every_kind():
    assert len(BOX) >= 500
    assert set(Counter(one.kind for one in BOX)) == {*MailKind, None}
    assert len({one.name for one in BOX}) == len(BOX)


@pytest.mark.parametrize("name", ["reply removed en us-ascii", "bounce qmail 0", "broken sixty deep", "no mail noise"])
def test_the_sandbox_reads_what_the_tool_reads(name, tmp_path):
    (one,) = (labelled for labelled in BOX if labelled.name == name)
    source = sandbox.Source.of(one.raw)
    outcome = sandbox.python("incoming_mail", {}, source=source)
    if one.kind is None:
        assert outcome.refusal == "no_mail"
    else:
        assert MailRead.of(json.loads(outcome.out)) == read(one.raw, tmp_path)


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "it", "pt", "nl", "pl"])
def test_the_words_of_the_older_mail_are_left_out(language, tmp_path):
    (one,) = (labelled for labelled in BOX if labelled.name == f"reply refused {language} utf-8")
    found = read(one.raw, tmp_path)
    assert "came back" in found.text
    assert "came back" not in found.fresh
    assert "Helpline" not in found.fresh


def test_a_mail_that_is_nothing_but_quotes_keeps_its_words(tmp_path):
    found = read(mail({"From": "a@x.example", "To": ASKED.reply}, "> one\n> two"), tmp_path)
    assert found.fresh == "> one\n> two"


def test_a_receipt_that_also_says_removed_is_an_answer(tmp_path):
    head = {"From": "a@x.example", "To": ASKED.reply, "Auto-Submitted": "auto-replied", "Subject": "Received"}
    words = "Thank you for your report. We removed the page."
    assert decide(read(mail(head, words), tmp_path)).kind == MailKind.REPLY
    assert decide(read(mail(head, "Thank you for your report."), tmp_path)).kind == MailKind.RECEIVED


def test_an_away_note_is_told_from_a_mail_that_speaks_of_leave(tmp_path):
    head = {"From": "a@x.example", "To": ASKED.reply, "Subject": "Re: Removal request"}
    words = "I was out of the office, sorry. The page is removed."
    assert decide(read(mail(head, words), tmp_path)).kind == MailKind.REPLY
    away = decide(read(mail(head | {"Auto-Submitted": "auto-replied"}, words), tmp_path))
    assert away.kind == MailKind.AWAY


def test_a_delay_is_no_bounce_and_a_server_that_gave_up_is(tmp_path):
    kinds = {one.name: decide(read(one.raw, tmp_path)) for one in BOX if one.name.endswith(" 0")}
    assert not kinds["late_report 0"].for_good
    assert kinds["bounce gave_up 0"].for_good, "the status is one of 4, but it says failed"
    assert kinds["bounce one_of_two 0"].about == ("other@photos.example", ASKED.platform)


@pytest.mark.parametrize("system", ["postfix", "sendmail", "exchange", "gmail", "exim", "qmail", "domino", "german"])
def test_a_bounce_names_whom_it_could_not_reach(system, tmp_path):
    (one,) = (labelled for labelled in BOX if labelled.name == f"bounce {system} 0")
    decided = decide(read(one.raw, tmp_path))
    assert (decided.kind, decided.about, decided.for_good) == (MailKind.BOUNCE, (ASKED.platform,), True)
    assert ASKED.message_id in (*(read(one.raw, tmp_path).inner or {}).get("message_id", []), *_said(one))


def _said(one: Labelled) -> list[str]:
    """Bounces in words hold no mail inside; their reply address alone says whom they are about."""
    return [ASKED.message_id] if "exim" in one.name or "qmail" in one.name or "german" in one.name else []


def test_a_platform_that_writes_about_delivery_is_no_mail_server(tmp_path):
    head = {"From": "support@photos.example", "To": ASKED.reply, "Subject": "Your mail could not be delivered to legal"}
    assert decide(read(mail(head, "Please write to legal instead."), tmp_path)).kind == MailKind.REPLY


def test_mail_of_ours_that_comes_back_is_never_an_answer(tmp_path):
    mine = mail({"From": f"Helpline <{ASKED.reply}>", "To": ASKED.reply, "Subject": "x"}, "we removed it")
    assert decide(read(mine, tmp_path), own=OWN).kind == MailKind.OURS
    assert decide(read(mine, tmp_path), own=()).kind == MailKind.REPLY, "only what is known to be ours"


def test_no_kind_is_decided_by_what_stands_far_down(tmp_path):
    head = {"From": "a@x.example", "To": ASKED.reply, "Subject": "Your request"}
    words = "Hello, see below.\n" + "Our terms. " * 400 + "We received your"
    assert decide(read(mail(head, words), tmp_path)).kind == MailKind.REPLY


def test_an_answer_in_another_form_than_the_tools_is_no_mail(tmp_path):
    good = json.loads(_json(mail({"From": "a@x.example"}, "x"), tmp_path))
    assert MailRead.of(good).sender == "a@x.example"
    for name in good:
        with pytest.raises(ValueError, match="another form"):
            MailRead.of({key: value for key, value in good.items() if key != name})
    with pytest.raises(ValueError, match="another form"):
        MailRead.of(good | {"signs": ["a"]})


def _json(raw: bytes, folder: Path) -> bytes:
    path, out = folder / "one.eml", io.BytesIO()
    path.write_bytes(raw)
    incoming_mail.main({}, str(path), out)
    return out.getvalue()


def test_an_attachment_is_given_by_its_place(tmp_path):
    (one,) = (labelled for labelled in BOX if labelled.name == "carries paper")
    (listed,) = read(one.raw, tmp_path).attachments
    out = io.BytesIO()
    incoming_mail.main({"attachment": listed["place"]}, str(tmp_path / "mail.eml"), out)
    assert (listed["name"], listed["size"]) == ("letter.pdf", len(out.getvalue()))
    assert out.getvalue().startswith(b"%PDF-1.4")
    for none in (0, 2):
        with pytest.raises(Refused, match="no_attachment"):
            incoming_mail.main({"attachment": none}, str(tmp_path / "mail.eml"), io.BytesIO())


def test_a_mail_larger_than_the_limit_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(incoming_mail, "MOST_BYTES", 50)
    with pytest.raises(Refused, match="too_large"):
        read(mail({"From": "a@x.example"}, "x" * 100), tmp_path)


def test_an_empty_report_is_a_bounce_and_not_a_crash():
    found = decide(replace(MailRead(), report={"type": "delivery-status", "whole": {}, "each": []}))
    assert isinstance(found, Decided)
    assert found.kind == MailKind.BOUNCE
