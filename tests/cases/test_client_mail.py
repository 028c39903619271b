"""The mail that tells a client to look at their page: neutral, asked again before it leaves, never twice."""

import os
import socket
from collections.abc import Iterator
from datetime import datetime, time, timedelta

import psycopg
import pytest
from aiosmtpd.controller import Controller
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext, override

from cases import outbox
from cases.access import acting_as
from cases.actor import Actor
from cases.effects import client_mail
from cases.models import Audience, Case, Channel, Effect, SafeContact
from cases.states import EffectState
from cases.tasks import sweep_effects
from config.demo.client import DemoSite
from tests.factories.cases import make_case
from tests.factories.record import record_refuses

pytestmark = pytest.mark.django_db
ADDRESS = "her@mail.example"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoSite]:
    """A real mail server."""
    with DemoSite.start(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture
def server(site, settings):
    """The mail server, empty, and settings that lead to it."""
    site.reset()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", site.smtp_port
    return site


def put_mail(case: Case, *, key: str, at: datetime) -> None:
    """Put a mail to a case's client into the outbox, due at once."""
    outbox.put(
        "client.mail",
        case=case,
        audience=Audience.CLIENT,
        channel="email",
        due_at=at,
        at=at,
        dedupe_key=f"client.mail:{key}",
    )


@pytest.fixture
def waiting(as_worker):
    """A case whose client allows mail, with one mail in the outbox."""
    case, now = make_case(), timezone.now()
    with acting_as(Actor.user(case.owner)):
        rule = SafeContact.make(
            case=case, channel=Channel.EMAIL, is_allowed=True, said_at=now, confirmed_at=now, address=ADDRESS
        )
        rule.save()
        put_mail(case, key="1", at=now)
    return case


def _effect():
    with acting_as(Actor.system("test")):
        return Effect.objects.get(kind="client.mail")


def test_it_says_nothing_but_that_there_is_something_new(waiting, server, settings):
    sweep_effects()
    sweep_effects()
    (mail,) = server.mails()
    message = server.received(mail)
    whole = str(message)
    assert message["Subject"] == "Your update"
    assert message["From"] == settings.CLIENT_MAIL_FROM
    for word in (
        waiting.reference,
        waiting.alias,
        settings.ORG_NAME,
        settings.STAFF_HOST,
        settings.PORTAL_HOST,
        "List-",
    ):
        assert word not in whole
    assert _effect().state == EffectState.DONE


def test_a_rule_that_was_withdrawn_meanwhile_stops_it(waiting, server):
    with acting_as(Actor.user(waiting.owner)):
        SafeContact.objects.update(ended_at=timezone.now())
    sweep_effects()
    assert not server.mails()
    assert _effect().state == EffectState.CANCELLED


def test_outside_the_clients_hours_it_waits_for_them_and_that_is_no_failure(waiting, server):
    now = timezone.now()
    opens = (now + timedelta(hours=3)).time().replace(second=0, microsecond=0)
    with acting_as(Actor.user(waiting.owner)):
        closes = time((opens.hour + 1) % 24, opens.minute)
        SafeContact.objects.update(window_starts=opens, window_ends=closes, time_zone="UTC")
    sweep_effects()
    assert not server.mails()
    effect = _effect()
    assert (effect.state, effect.tries) == (EffectState.NEW, 0)
    assert now + timedelta(hours=2, minutes=58) <= effect.due_at <= now + timedelta(hours=3)


class Watching:
    """A mail server that notes what the outbox says at the moment in which the mail arrives."""

    def __init__(self):
        self.states = []
        self.answer = "250 2.0.0 OK"

    async def handle_DATA(self, _server, _session, _envelope):
        with psycopg.connect(os.environ["RECOURSE_CLUSTER_URL"], dbname=connection.settings_dict["NAME"]) as look:
            found = look.execute("select state from cases_effect where kind = 'client.mail'").fetchone()
        self.states.append(found[0])
        return self.answer


@pytest.fixture
def watching(settings):
    """A mail server that watches the outbox, and settings that lead to it."""
    handler = Watching()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(handler, hostname="127.0.0.1", port=port)
    server.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    yield handler
    server.stop()


def test_while_it_is_on_its_way_the_outbox_already_says_that_nobody_may_send_it_again(waiting, watching):
    sweep_effects()
    assert watching.states == ["unknown"]
    assert _effect().state == EffectState.DONE


def test_a_fault_of_ours_after_the_mail_left_sends_no_second_one(waiting, watching):
    # What the server refuses is written down by whoever may write the record: here nobody may, so that write fails.
    watching.answer = "554 5.7.1 No"
    with record_refuses("recourse_worker"):
        for _time in range(3):
            sweep_effects()
            Effect.objects.filter(state=EffectState.NEW).update(due_at=timezone.now())
    effect = _effect()
    assert len(watching.states) == 1
    assert effect.state == EffectState.UNKNOWN
    with acting_as(Actor.user(waiting.owner)) as reader:
        assert list(Effect.objects.visible_to(reader).stuck()) == [effect], "a person sees it"


def test_a_worker_that_lost_its_lease_while_it_wrote_the_mail_does_not_send_it(waiting, watching):
    effect = _effect()
    Effect.objects.update(due_at=timezone.now() - timedelta(hours=1))
    late = outbox.claim(effect.pk, at=timezone.now() - outbox.LEASE - timedelta(seconds=1))
    assert late is not None
    sweep_effects()
    client_mail(late, effect)
    assert watching.states == ["unknown"]
    assert _effect().state == EffectState.DONE


def test_a_mail_in_doubt_is_left_for_a_person_and_not_sent_again(waiting, server):
    server.mailbox(ADDRESS, "drop")
    sweep_effects()
    effect = _effect()
    assert effect.state == EffectState.FAILED
    server.mailbox(ADDRESS, "silent")
    sweep_effects()
    assert _effect().state == EffectState.FAILED


@pytest.mark.parametrize(
    "meanwhile",
    [
        {"is_allowed": False},
        {"confirmed_at": None},
        {"valid_until": timezone.now() - timedelta(minutes=1)},
        {"channel": Channel.TEXT},
        {"address": ""},
    ],
    ids=["forbidden", "unconfirmed", "run out", "another channel", "no address"],
)
def test_a_rule_that_does_not_permit_any_more_stops_it(waiting, server, meanwhile):
    with acting_as(Actor.user(waiting.owner)):
        if "address" in meanwhile:
            rule = SafeContact.objects.get()
            rule.address = ""
            rule.save(update_fields=["sealed"])
        else:
            SafeContact.objects.update(**meanwhile)
    sweep_effects()
    assert not server.mails()
    assert _effect().state == EffectState.CANCELLED


def test_another_cases_rule_permits_nothing_here(waiting, server):
    now = timezone.now()
    other = make_case()
    with acting_as(Actor.user(other.owner)):
        SafeContact.make(
            case=other,
            channel=Channel.EMAIL,
            is_allowed=True,
            said_at=now,
            confirmed_at=now,
            address="else@mail.example",
        ).save()
    with acting_as(Actor.user(waiting.owner)):
        SafeContact.objects.filter(case=waiting).update(ended_at=now)
    sweep_effects()
    assert not server.mails()


def test_it_speaks_the_clients_language_when_that_is_offered_and_english_otherwise(waiting, server, settings):
    settings.PORTAL_LANGUAGES = ("en", "ar")
    with acting_as(Actor.user(waiting.owner)):
        Case.objects.filter(pk=waiting.pk).update(language="ar")
    sweep_effects()
    (mail,) = server.mails()
    with override("ar"):
        assert server.received(mail)["Subject"] == gettext("Your update")
        assert gettext("Your update") != "Your update"


def test_its_message_id_names_neither_the_case_nor_the_staffs_domain(waiting, server, settings):
    settings.CLIENT_MAIL_FROM = "hello@neutral.example"
    sweep_effects()
    (mail,) = server.mails()
    assert server.received(mail)["Message-ID"].endswith("@neutral.example>")


@pytest.mark.parametrize(
    "lacks",
    [
        {"is_allowed": False},
        {"confirmed_at": None},
        {"ended_at": timezone.now()},
        {"valid_until": timezone.now() - timedelta(minutes=1)},
        {"channel": Channel.TEXT},
    ],
    ids=["forbidden", "unconfirmed", "ended", "run out", "another channel"],
)
def test_the_database_itself_takes_no_mail_to_a_client_without_a_permitting_rule(waiting, lacks):
    now = timezone.now()
    with acting_as(Actor.user(waiting.owner)):
        SafeContact.objects.update(**lacks)
        with pytest.raises(IntegrityError, match="Safe contact"), transaction.atomic():
            put_mail(waiting, key="2", at=now)


def test_the_database_takes_no_mail_by_another_cases_rule(waiting):
    now, other = timezone.now(), make_case()
    with acting_as(Actor.user(other.owner)), pytest.raises(IntegrityError, match="Safe contact"), transaction.atomic():
        put_mail(other, key="3", at=now)
