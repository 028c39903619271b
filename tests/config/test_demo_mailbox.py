"""The mailboxes of the demo internet treat a message as their modes are named."""

import re
import smtplib
import time
from collections.abc import Iterator
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path

import pytest

from config.demo.client import DemoSite

SLOW = 0.3
MAIL_TO = "abuse@vidnest.localhost"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoSite]:
    with DemoSite.start(tmp_path_factory.mktemp("mail"), slow=SLOW) as site:
        yield site


@pytest.fixture
def demo(running: DemoSite) -> DemoSite:
    running.reset()
    return running


def send(demo: DemoSite, text: str, to: str = MAIL_TO, **headers: str) -> EmailMessage:
    """Send one message to a mailbox of the demo internet."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "desk@casework.example", to, "Removal request R-1"
    message["Message-ID"] = make_msgid(domain="casework.example")
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    with smtplib.SMTP("127.0.0.1", demo.smtp_port, timeout=10) as smtp:
        smtp.send_message(message)
    return message


def test_an_acknowledging_mailbox_answers_in_the_thread_with_a_ticket(demo: DemoSite) -> None:
    first = "<first@casework.example>"
    sent = send(demo, f"Please remove {demo.url('vidnest', '/v/film')}.", References=first)
    (mail,) = demo.mails()
    (answer,) = demo.answers(mail)
    assert demo.received(mail)["Message-ID"] == sent["Message-ID"]
    assert answer["In-Reply-To"] == sent["Message-ID"]
    assert str(answer["References"]).split() == [first, sent["Message-ID"]]
    assert answer["Message-ID"].endswith("@vidnest.localhost>")
    assert answer["To"] == "desk@casework.example"
    assert re.fullmatch(r"VN-\d{6}", mail.tickets[0])
    assert mail.tickets[0] in answer["Subject"]
    assert demo.reports()[0].links == ["vidnest.localhost/v/film"]
    demo.step(2)
    assert demo.fetch("vidnest", "/v/film").status == 404


def test_an_answer_goes_to_the_reply_address(demo: DemoSite) -> None:
    send(demo, "No link.", Reply_To="Desk <r.abc@reply.casework.example>")
    assert demo.answers(demo.mails()[0])[0]["To"] == "r.abc@reply.casework.example"


def test_an_answering_mailbox_removes_the_links_of_the_mail_at_once(demo: DemoSite) -> None:
    demo.mailbox(MAIL_TO, "answer")
    send(demo, f"{demo.url('vidnest', '/v/a')} and {demo.url('photopost', '/p/b')}")
    assert demo.fetch("vidnest", "/v/a").status == 404
    assert demo.fetch("photopost", "/p/b").status == 200, "it is not theirs to remove"
    assert "We have removed" in demo.answers(demo.mails()[0])[0].get_content()


def test_a_refusing_mailbox_leaves_the_links_up(demo: DemoSite) -> None:
    demo.mailbox(MAIL_TO, "refuse")
    send(demo, demo.url("vidnest", "/v/a"))
    demo.step(3)
    assert demo.fetch("vidnest", "/v/a").status == 200
    assert "leave it up" in demo.answers(demo.mails()[0])[0].get_content()


def test_a_bouncing_mailbox_refuses_its_recipient(demo: DemoSite) -> None:
    demo.mailbox(MAIL_TO, "bounce")
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        send(demo, "Nobody is here.")
    assert refused.value.recipients[MAIL_TO][0] == 550
    assert demo.mails() == []


def test_a_slow_mailbox_keeps_its_sender_waiting(demo: DemoSite) -> None:
    demo.mailbox(MAIL_TO, "slow")
    began = time.monotonic()
    send(demo, "Are you there?")
    assert time.monotonic() - began >= SLOW
    assert demo.mails()[0].tickets


def test_a_dropping_mailbox_hangs_up_before_it_has_taken_the_message(demo: DemoSite) -> None:
    demo.mailbox(MAIL_TO, "drop")
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(demo, "Hello?")
    assert demo.mails() == []


def test_a_mail_to_staff_is_kept_for_a_person_to_read_and_not_answered(demo: DemoSite) -> None:
    send(demo, "A clock has passed <now>.", to="ana@casework.example")
    (mail,) = demo.mails()
    assert mail.answers == []
    assert "A clock has passed &lt;now&gt;." in demo.fetch("control", f"/mail/{mail.number}").text


def test_no_mail_leaves_the_demo_internet(demo: DemoSite) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(demo, "Hello", to="someone@elsewhere.test")


def test_machines_do_not_answer_machines(demo: DemoSite) -> None:
    send(demo, "I am away.", Auto_Submitted="auto-replied")
    assert demo.mails()[0].answers == []


def test_answers_are_delivered_to_the_casework_server_when_it_is_named(demo: DemoSite, tmp_path: Path) -> None:
    with DemoSite.start(tmp_path, deliver_to=f"127.0.0.1:{demo.smtp_port}") as other:
        send(other, "No link.")
        deadline = time.monotonic() + 60
        while not demo.mails() and time.monotonic() < deadline:
            other.state()
    assert demo.mails()[0].recipients == ["desk@casework.example"]
