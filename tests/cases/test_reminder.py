"""A task whose time has passed brings one mail to the person it is assigned to, through a real mail server."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from cases import outbox
from cases.access import acting_as
from cases.actions import case_task, reminder
from cases.actor import Actor
from cases.models import CaseTask, Effect, Event
from cases.states import EffectState, TaskState
from cases.tasks import do_effect, sweep_effects, sweep_reminders
from config.demo.client import DemoSite
from tests.factories.cases import make_case, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoSite]:
    """A real mail server that misbehaves when told to."""
    with DemoSite.start(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture
def server(site, settings):
    """The mail server, empty, and settings that lead to it."""
    site.reset()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", site.smtp_port
    return site


def _late_task():
    case, now = make_case(), timezone.now()
    with acting_as(Actor.user(case.owner)) as actor:
        case_task.create(
            case=case,
            kind="first_contact",
            due_at=now - timedelta(minutes=1),
            path=f"/cases/{case.reference}/",
            dedupe_key="first_contact",
            by=actor,
            at=now,
        )
    return case


@pytest.fixture
def late_case(as_worker):
    """A case with one late task, seen as the worker sees it."""
    return _late_task()


def _work():
    sweep_reminders()
    sweep_effects()


def test_one_mail_goes_to_the_caseworker_and_says_nothing_of_the_client(late_case, server):
    _work()
    _work()
    (mail,) = server.mails()
    message = server.received(mail)
    text = message.get_content()
    assert message["To"] == late_case.owner.email
    assert late_case.reference in message["Subject"]
    assert late_case.alias not in f"{message['Subject']}{text}"
    with acting_as(Actor.system("test")):
        assert Event.objects.filter(case=late_case, kind="cases.task_reminded").count() == 1


def test_a_task_that_was_done_brings_no_mail(late_case, server):
    with acting_as(Actor.user(late_case.owner)):
        CaseTask.objects.update(state=TaskState.DONE, ended_at=timezone.now())
    _work()
    assert not server.mails()


def test_a_reminder_that_bounces_is_failed_where_a_person_sees_it(late_case, server):
    server.mailbox(late_case.owner.email, "bounce")
    _work()
    with acting_as(Actor.system("test")):
        assert Effect.objects.stuck().get().state == EffectState.FAILED
        assert Event.objects.filter(case=late_case, kind="cases.effect_failed").exists()


def test_a_mail_server_that_is_away_is_tried_again_later_with_the_same_message_id(late_case, server, settings):
    settings.EMAIL_PORT = 1
    _work()
    with acting_as(Actor.system("test")):
        effect = Effect.objects.get()
        assert (effect.state, effect.tries) == (EffectState.NEW, 1)
        assert effect.due_at > timezone.now()
        Effect.objects.update(due_at=timezone.now())
    settings.EMAIL_PORT = server.smtp_port
    do_effect(str(effect.pk))
    (mail,) = server.mails()
    assert server.received(mail)["Message-ID"].startswith("<")
    with acting_as(Actor.system("test")):
        assert Effect.objects.get().state == EffectState.DONE


def test_a_connection_that_is_dropped_before_the_yes_is_tried_again(late_case, server):
    server.mailbox(late_case.owner.email, "drop")
    _work()
    with acting_as(Actor.system("test")):
        assert Effect.objects.get().state == EffectState.NEW


def test_a_worker_that_lost_its_lease_sends_nothing(late_case, server):
    sweep_reminders()
    with acting_as(Actor.system("test")):
        effect = Effect.objects.get()
    from cases.effects import staff_reminder

    first = outbox.claim(effect.pk, at=timezone.now() - timedelta(minutes=10))
    assert first is None
    Effect.objects.update(due_at=timezone.now() - timedelta(minutes=30))
    first = outbox.claim(effect.pk, at=timezone.now() - timedelta(minutes=20))
    second = outbox.claim(effect.pk, at=timezone.now())
    assert first is not None
    assert second is not None
    staff_reminder(first, effect)
    assert not server.mails()


def _remind(case):
    with acting_as(Actor.system("reminders")) as by:
        task = CaseTask.objects.get(case=case)
        return reminder.remind(task_id=task.pk, by=by, at=timezone.now())


def _to():
    with acting_as(Actor.system("test")):
        return [effect.payload["to"] for effect in Effect.objects.filter(kind="staff.reminder")]


@pytest.mark.parametrize(
    "meanwhile",
    [{"state": TaskState.DONE, "ended_at": timezone.now()}, {"reminded_at": timezone.now()}, {"due_at": None}],
    ids=["done", "reminded", "no clock"],
)
def test_a_task_that_changed_after_the_sweep_found_it_brings_no_mail(late_case, meanwhile):
    with acting_as(Actor.user(late_case.owner)):
        CaseTask.objects.update(**meanwhile)
    assert _remind(late_case) is False
    assert _to() == []


def test_a_reminder_is_put_once_whoever_asks_again(late_case):
    assert _remind(late_case) is True
    assert _remind(late_case) is False
    assert _to() == [late_case.owner.email]


def test_a_task_whose_time_has_not_come_is_not_found(late_case):
    with acting_as(Actor.user(late_case.owner)):
        CaseTask.objects.update(due_at=timezone.now() + timedelta(hours=1))
    assert sweep_reminders() == 0


def test_the_mail_goes_to_whom_the_task_is_given_and_to_the_owner_when_they_left(late_case):
    colleague = make_staff()
    with acting_as(Actor.user(late_case.owner)):
        CaseTask.objects.update(assigned_to=colleague)
    assert _remind(late_case)
    assert _to() == [colleague.email]
    colleague.is_active = False
    colleague.save(update_fields=["is_active"])
    with acting_as(Actor.system("test")):
        Effect.objects.filter(kind="staff.reminder").delete()
        CaseTask.objects.update(reminded_at=None)
    assert _remind(late_case)
    assert _to() == [late_case.owner.email]
