"""Every mail that the system can write, to clients and to staff: what stands in none of them."""

import re
from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest
from django.utils import timezone

from cases import effects, outbox
from cases.access import acting_as
from cases.actions import message as messages
from cases.actions import safe_contact
from cases.actions.safe_contact import Rule
from cases.actor import Actor
from cases.models import Audience, Channel, Effect, PartyRole
from cases.tasks import sweep_effects
from config.demo.client import DemoSite
from tests.conftest import logged_in_as
from tests.factories.cases import make_case

pytestmark = pytest.mark.django_db
BASE = Path(__file__).resolve().parents[2]
NAME, STORY, ADDRESS = "Ophelia Quill", "He put the film on a site", "her@mail.example"
NEVER = (
    *("image", "photo", "video", "film", "nude", "intimate", "leak", "porn", "revenge", "abuse", "sext", "victim"),
    *("survivor", "perpetrator", "police", "lawyer", "court", "takedown", "notice", "case", "report", "recourse"),
    *("helpline", "caseworker", "casework", "evidence", "blackmail", "threat", "harass", "crisis", "urgent", "safe"),
)
"""Words that must stand in no mail to a client: any of them says on a shared screen what the mail is about."""
CLIENT_KINDS = {"client.mail"}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A real mail server."""
    with DemoSite.start(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture
def server(site, settings):
    """The mail server, empty, and settings that lead to it."""
    site.reset()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", site.smtp_port
    return site


def client_kinds() -> set[str]:
    """Return every kind of effect that some code of ours puts in for a client."""
    found = set()
    for app in ("cases", "evidence", "takedowns"):
        for path in (BASE / app).rglob("*.py"):
            text = path.read_text()
            for call in re.finditer(r"outbox\.put\((.{0,400}?)Audience\.CLIENT", text, re.S):
                kind = call.group(1).strip().split(",")[0].strip().strip('"')
                found.add({"MAIL": "client.mail"}.get(kind, kind))
    return found


def test_one_kind_of_mail_goes_to_clients_and_this_file_knows_it():
    assert client_kinds() == CLIENT_KINDS
    assert set(effects.all_handlers()) >= CLIENT_KINDS


def sent(server, language: str = "en"):
    """Let staff write a telling message to a client who allows mail; return the mail as it left, and its case."""
    with logged_in_as("web"):
        case = make_case()
        actor, now = Actor.user(case.owner), timezone.now()
        with acting_as(actor):
            from cases.actions import party

            party.save(case_id=case.pk, role=PartyRole.CLIENT, name=NAME, by=actor, at=now)
            rule = Rule(Channel.EMAIL, is_allowed=True, address=ADDRESS)
            safe_contact.say(case_id=case.pk, rules=[rule], confirmed=True, by=actor, at=now)
            type(case).objects.filter(pk=case.pk).update(language=language)
            messages.send(case_id=case.pk, channel=Channel.EMAIL, text=f"{NAME}: {STORY}", by=actor, at=now)
    sweep_effects()
    (mail,) = server.mails()
    raw = server.received(mail).as_bytes()
    return BytesParser(policy=policy.default).parsebytes(raw), case


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_mail_to_a_client_says_nothing_to_whoever_looks(as_worker, server, settings, language):
    settings.PORTAL_LANGUAGES = ("en", "ar")
    mail, case = sent(server, language)
    whole = mail.as_string() + str(mail.get_content())
    for word in (NAME, *NAME.split(), STORY, case.reference, case.alias, str(case.pk), settings.ORG_NAME):
        assert word not in whole, word
    for host in (settings.STAFF_HOST, settings.PORTAL_HOST, "localhost", "http"):
        assert host not in whole, host
    own_words = f"{mail['Subject']} {mail.get_content()} {mail['From']}".lower()
    for word in NEVER:
        assert word not in own_words, word


def test_its_head_is_neutral_and_it_holds_nothing_that_calls_home(as_worker, server, settings):
    mail, _case = sent(server)
    known = {
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"),
        *("Content-Type", "Content-Transfer-Encoding", "MIME-Version", "Received", "Return-Path"),
    }
    assert {name for name in mail.keys() if not name.startswith("X-Demo")} <= known  # noqa: SIM118 — a mail's keys repeat
    assert mail.get_content_type() == "text/plain"
    assert not list(mail.iter_attachments())
    assert mail["From"] == settings.CLIENT_MAIL_FROM
    domain = settings.CLIENT_MAIL_FROM.rsplit("@", 1)[-1].rstrip(">")
    assert re.fullmatch(rf"<[0-9a-f]{{32}}@{re.escape(domain)}>", mail["Message-ID"])


def test_two_mails_to_one_client_share_nothing_that_joins_them(as_worker, server):
    first, _case = sent(server)
    server.reset()
    second, _other = sent(server)
    assert first["Message-ID"] != second["Message-ID"]


def test_other_names_in_the_settings_are_the_names_that_are_used(as_worker, server, settings):
    settings.CLIENT_MAIL_FROM = "Post <post@letters.example>"
    mail, _case = sent(server)
    assert mail["From"] == "Post <post@letters.example>"
    assert mail["Message-ID"].endswith("@letters.example>")


def test_a_reminder_to_staff_holds_nothing_of_a_client(as_worker, server):
    from cases.actions import case_task
    from cases.tasks import sweep_reminders

    with logged_in_as("web"):
        case = make_case()
        actor, now = Actor.user(case.owner), timezone.now()
        with acting_as(actor):
            from cases.actions import party

            party.save(case_id=case.pk, role=PartyRole.CLIENT, name=NAME, phone="+44 20 7946 0018", by=actor, at=now)
            case_task.create(
                case=case,
                kind="client_message",
                due_at=now,
                path=f"/cases/{case.reference}/client",
                dedupe_key="x",
                by=actor,
                at=now,
            )
    sweep_reminders()
    sweep_effects()
    mails = server.mails()
    assert mails
    for mail in mails:
        whole = server.received(mail).as_string()
        for word in (*NAME.split(), "7946", case.alias, STORY):
            assert word not in whole, word
    with acting_as(Actor.system("test")):
        assert set(Effect.objects.values_list("audience", flat=True)) == {Audience.STAFF}


def test_a_mail_that_nobody_allowed_cannot_even_be_put_in():
    from django.db import IntegrityError

    case = make_case()
    with pytest.raises(IntegrityError, match="Safe contact"), acting_as(Actor.user(case.owner)):
        now = timezone.now()
        outbox.put(
            "client.mail", case=case, audience=Audience.CLIENT, channel="email", due_at=now, at=now, dedupe_key="y"
        )
