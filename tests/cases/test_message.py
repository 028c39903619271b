"""Messages to clients: one door that asks the contact rules, and a database that asks again."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from django.db import IntegrityError, transaction
from django.utils import timezone

from cases import outbox
from cases.access import acting_as
from cases.actions import message, safe_contact
from cases.actions.message import MessageRefused
from cases.actions.safe_contact import Rule
from cases.actor import Actor
from cases.events import CaseEvent
from cases.models import Audience, Case, CaseTask, Channel, Effect, Event, Message
from cases.states import AgeAnswer, IllegalMove
from cases.tasks import do_effect
from tests.conftest import NOON, logged_in_as
from tests.factories.cases import make_case, make_client
from tests.journeys.stack import free_port

pytestmark = pytest.mark.django_db

ADDRESS = "kestrel@example.org"


def allow(case: Case, channel: Channel = Channel.EMAIL, *, confirmed: bool = True, **more: Any) -> None:
    actor = Actor.user(case.owner)
    rule = Rule(channel, is_allowed=True, address=ADDRESS, **more)
    with acting_as(actor):
        safe_contact.say(case_id=case.pk, rules=[rule], confirmed=confirmed, by=actor, at=NOON)


def send(
    case: Case, channel: Channel = Channel.PAGE, *, at: datetime = NOON, text: str = "Two links are down."
) -> Message:
    actor = Actor.user(case.owner)
    with acting_as(actor):
        return message.send(case_id=case.pk, channel=channel, text=text, by=actor, at=at)


def refusal_of(case: Case, channel: Channel, *, at: datetime = NOON) -> MessageRefused:
    actor = Actor.user(case.owner)
    with acting_as(actor):
        with pytest.raises(MessageRefused) as caught:
            message.send(case_id=case.pk, channel=channel, text="x", by=actor, at=at)
        assert not Message.objects.exists()
        assert not Effect.objects.exists()
        assert Event.objects.filter(kind=CaseEvent.MESSAGE_REFUSED).count() == 1
    with acting_as(actor):
        assert Event.objects.filter(kind=CaseEvent.MESSAGE_REFUSED).count() == 1, "the record of the refusal stays"
    return caught.value


def effects(case: Case) -> list[Effect]:
    with acting_as(Actor.user(case.owner)):
        return list(Effect.objects.filter(case=case))


def test_a_message_lies_on_the_page_and_nothing_goes_out_without_a_rule():
    case = make_case()
    written = send(case)
    assert written.text == "Two links are down."
    assert effects(case) == []


def test_where_mail_is_allowed_one_neutral_mail_waits_in_the_outbox():
    case = make_case()
    allow(case)
    send(case)
    (effect,) = effects(case)
    assert (effect.kind, effect.audience, effect.channel) == ("client.mail", Audience.CLIENT, "email")
    with acting_as(Actor.user(case.owner)):
        assert "down" not in str(Effect.objects.get().payload)


def test_a_second_message_does_not_make_a_second_mail_while_one_waits():
    case = make_case()
    allow(case, window_starts=time(18), window_ends=time(20), time_zone="UTC")
    send(case)
    send(case, at=NOON + timedelta(minutes=5))
    assert len(effects(case)) == 1


def test_a_mail_waits_for_the_clients_own_hours():
    case = make_case()
    allow(case, window_starts=time(18), window_ends=time(20), time_zone="Europe/Berlin")
    send(case)
    assert effects(case)[0].due_at == datetime(2026, 11, 22, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.TEXT, Channel.CALL, Channel.LETTER, Channel.IN_PERSON])
def test_a_way_that_nobody_called_safe_is_refused_and_recorded(channel):
    assert "did not say that this is safe" in str(refusal_of(make_case(), channel))


def test_a_way_that_is_not_confirmed_is_refused():
    case = make_case(client=make_client())
    allow(case, confirmed=False)
    assert "not confirmed yet" in str(refusal_of(case, Channel.EMAIL))
    with acting_as(Actor.user(case.owner)):
        assert message.why_not(case, Channel.EMAIL, at=NOON)


def test_no_mail_goes_to_an_address_that_is_not_confirmed():
    case = make_case()
    allow(case, confirmed=False)
    send(case)
    assert effects(case) == []


def test_a_call_outside_the_clients_hours_is_refused_and_says_when():
    case = make_case()
    allow(case, Channel.CALL, window_starts=time(18), window_ends=time(20), time_zone="UTC")
    refused = refusal_of(case, Channel.CALL)
    assert refused.opens_at == datetime(2026, 11, 22, 18, 0, tzinfo=UTC)


def test_a_call_inside_the_hours_is_kept_as_said():
    case = make_case()
    allow(case, Channel.CALL, window_starts=time(11), window_ends=time(13), time_zone="UTC")
    assert send(case, Channel.CALL).channel == Channel.CALL
    assert effects(case) == []


@pytest.mark.parametrize("confirmed", [None, False])
def test_the_database_refuses_what_the_code_forgot(confirmed):
    case = make_case()
    if confirmed is not None:
        allow(case, confirmed=confirmed)
    actor = Actor.user(case.owner)
    with acting_as(actor), pytest.raises(IntegrityError, match="Safe contact"), transaction.atomic():
        outbox.put(
            "client.mail",
            case=case,
            audience=Audience.CLIENT,
            channel="email",
            due_at=NOON,
            at=NOON,
            dedupe_key="forgot",
        )


def test_what_a_client_writes_asks_for_an_answer_within_a_day():
    client = make_client()
    case = make_case(client=client)
    actor = Actor.client(client)
    with acting_as(actor):
        message.receive(case_id=case.pk, text="Is there news?", by=actor, at=NOON)
    with acting_as(Actor.user(case.owner)):
        task = CaseTask.objects.open().get(kind="client_message")
        assert task.due_at == NOON + timedelta(hours=24)
    send(case, text="Yes: two are down.")
    with acting_as(Actor.user(case.owner)):
        assert not CaseTask.objects.open().filter(kind="client_message").exists()


def test_each_side_marks_only_what_the_other_wrote_as_read():
    client = make_client()
    case = make_case(client=client)
    actor = Actor.client(client)
    with acting_as(actor):
        message.receive(case_id=case.pk, text="Hello", by=actor, at=NOON)
    send(case, text="Hello back")
    with acting_as(actor):
        assert message.mark_seen(case_id=case.pk, by=actor, at=NOON) == 1
        assert Message.objects.get(seen_at=NOON).text == "Hello back"


class Mailbox:
    """A mail server that keeps what it is given."""

    def __init__(self) -> None:
        self.mails: list[Envelope] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        """Take one mail."""
        self.mails.append(envelope)
        return "250 taken"


@pytest.mark.django_db(transaction=True)
def test_the_mail_says_nothing_about_whom_it_is_from_or_about(settings):
    case = make_case(at=timezone.now())
    allow(case)
    send(case, at=timezone.now(), text="Two links of Kestrel are down.")
    (effect,) = effects(case)
    box = Mailbox()
    server = Controller(box, hostname="127.0.0.1", port=free_port())
    server.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    try:
        with logged_in_as("worker"):
            do_effect(str(effect.pk))
    finally:
        server.stop()
    (mail,) = box.mails
    whole = mail.content.decode()
    assert mail.rcpt_tos == [ADDRESS]
    assert "There is something new on your page." in whole
    for telling in (
        case.reference,
        case.alias,
        "Kestrel",
        "links",
        settings.ORG_NAME,
        "casework",
        "http",
        str(case.pk),
    ):
        assert telling not in whole, telling


def test_a_client_of_a_case_locked_for_age_writes_nothing_either():
    client = make_client()
    case = make_case(client=client, age=AgeAnswer.NOT_SURE)
    actor = Actor.client(client)
    with acting_as(actor), pytest.raises(IllegalMove, match="closed here"):
        message.receive(case_id=case.pk, text="x", by=actor, at=NOON)


def test_staff_write_by_no_way_into_a_case_locked_for_age():
    case = make_case(age=AgeAnswer.UNDER_18)
    assert "locked for age" in str(refusal_of(case, Channel.PAGE))
