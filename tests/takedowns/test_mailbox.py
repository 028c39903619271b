"""The mailbox against a real IMAP server: a mail leaves the inbox only once it is kept; none is lost or doubled."""

import imaplib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from cases.access import acting_as
from cases.vault import VaultError
from takedowns import mail_filing, mailbox
from takedowns.mail_filing import MAILBOX
from takedowns.models import IncomingMail
from tests.conftest import NOON
from tests.factories.imap import Post, imap_server
from tests.takedowns.mailbox.parts import mail

pytestmark = pytest.mark.usefixtures("as_worker")


@pytest.fixture(scope="module")
def server() -> Iterator[Post]:
    with TemporaryDirectory() as folder:
        # Dovecot runs as somebody else: the folder must let it pass.
        Path(folder).chmod(0o755)
        with imap_server(Path(folder) / "box") as running:
            yield running


@pytest.fixture
def post(server: Post) -> Post:
    with imaplib.IMAP4("127.0.0.1", server.port) as box:
        box.login("removals", "a-word-of-tests")
        for folder in ("INBOX", mailbox.DONE, mailbox.HELD):
            status, told = box.select(folder)
            if status == "OK" and int(told[0] or b"0"):
                box.store("1:*", "+FLAGS", r"(\Deleted)")
                box.expunge()
    return server


def letter(number: int) -> bytes:
    return mail({"From": "help@photos.example", "Subject": f"Mail {number}", "Message-ID": f"<{number}@x>"}, "words")


def address(post: Post) -> mailbox.Address:
    return mailbox.Address.of(post.url)


def kept() -> int:
    with acting_as(MAILBOX):
        return IncomingMail.objects.count()


def test_what_lies_in_the_inbox_is_kept_and_moved(post):
    for number in range(3):
        post.lay(letter(number), name=f"{number}.test.host")
    assert mailbox.fetch(address(post), at=NOON) == mailbox.Fetched(kept=3)
    assert (kept(), post.lying(), len(post.lying(mailbox.DONE))) == (3, [], 3)
    assert mailbox.fetch(address(post), at=NOON) == mailbox.Fetched()


def test_a_mail_comes_byte_for_byte(post):
    raw = letter(1) + b"\xff\x01 odd bytes\r\n"
    post.lay(raw, name="1.test.host")
    mailbox.fetch(address(post), at=NOON)
    with acting_as(MAILBOX):
        row = IncomingMail.objects.get()
        row.opened()
    assert mail_filing.raw_of(row) == raw


def test_a_mail_that_was_kept_and_not_yet_moved_is_not_kept_twice(post):
    post.lay(letter(1), name="1.test.host")
    assert mail_filing.keep(letter(1), at=NOON) is not None
    assert mailbox.fetch(address(post), at=NOON) == mailbox.Fetched(known=1)
    assert (kept(), post.lying()) == (1, [])


def test_a_store_that_is_away_leaves_the_mail_in_the_inbox(post, monkeypatch):
    def away(*_: object, **__: object) -> None:
        raise VaultError("The file could not be stored.")

    post.lay(letter(1), name="1.test.host")
    with monkeypatch.context() as patch:
        patch.setattr(mail_filing, "keep", away)
        with pytest.raises(mailbox.MailboxAway, match="could not be stored"):
            mailbox.fetch(address(post), at=NOON)
    assert (kept(), len(post.lying())) == (0, 1)
    assert mailbox.fetch(address(post), at=NOON) == mailbox.Fetched(kept=1)


def test_what_is_too_large_is_held_apart_without_being_fetched(post, monkeypatch):
    monkeypatch.setattr(mail_filing, "LARGEST", 100)
    post.lay(letter(1) + b"x" * 500, name="1.test.host")
    assert mailbox.fetch(address(post), at=NOON) == mailbox.Fetched(held=1)
    assert (kept(), post.lying(), len(post.lying(mailbox.HELD))) == (0, [], 1)


def test_a_round_takes_a_bounded_number(post):
    for number in range(5):
        post.lay(letter(number), name=f"{number}.test.host")
    assert mailbox.fetch(address(post), at=NOON, most=2) == mailbox.Fetched(kept=2)
    assert len(post.lying()) == 3


def test_a_wrong_password_is_said_without_the_password(post):
    wrong = mailbox.Address.of(post.url.replace("a-word-of-tests", "not-this-one"))
    with pytest.raises(mailbox.MailboxAway) as told:
        mailbox.fetch(wrong, at=NOON)
    assert "not-this-one" not in str(told.value)


@pytest.mark.parametrize(
    "url",
    ["", "https://a:b@host/x", "imaps://host/INBOX", "imap://a:b@mail.example.org/INBOX", "imaps:///INBOX"],
)
def test_an_address_that_names_no_mailbox_or_sends_a_password_in_the_clear_is_refused(url):
    with pytest.raises(ValueError, match="RECOURSE_MAILBOX"):
        mailbox.Address.of(url)


def test_an_address_may_hold_signs_that_urls_keep_for_themselves():
    found = mailbox.Address.of("imaps://me%40org.example:p%2Fw%3A1@mail.example.org/Answers%20here")
    assert (found.user, found.password, found.folder, found.port) == ("me@org.example", "p/w:1", "Answers here", 993)
    assert found.host == "mail.example.org"
