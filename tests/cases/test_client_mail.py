"""The mail that tells a client to look at their page: neutral, asked again before it leaves, never twice."""

from collections.abc import Iterator
from datetime import time, timedelta

import pytest
from django.utils import timezone

from cases import outbox
from cases.access import acting_as
from cases.actor import Actor
from cases.models import Audience, Channel, Effect, SafeContact
from cases.states import EffectState
from cases.tasks import sweep_effects
from config.demo.client import DemoSite
from tests.factories.cases import make_case

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


@pytest.fixture
def waiting(as_worker):
    """A case whose client allows mail, with one mail in the outbox."""
    case, now = make_case(), timezone.now()
    with acting_as(Actor.user(case.owner)):
        rule = SafeContact.make(
            case=case, channel=Channel.EMAIL, is_allowed=True, said_at=now, confirmed_at=now, address=ADDRESS
        )
        rule.save()
        outbox.put(
            "client.mail",
            case=case,
            audience=Audience.CLIENT,
            channel="email",
            due_at=now,
            at=now,
            dedupe_key="client.mail:1",
        )
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


def test_a_mail_in_doubt_is_left_for_a_person_and_not_sent_again(waiting, server):
    server.mailbox(ADDRESS, "drop")
    sweep_effects()
    effect = _effect()
    assert effect.state == EffectState.FAILED
    server.mailbox(ADDRESS, "silent")
    sweep_effects()
    assert _effect().state == EffectState.FAILED
