"""A task whose time has passed brings one mail to the person it is assigned to, through a real mail server."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from cases import outbox
from cases.access import acting_as
from cases.actions import case_task, reminder
from cases.actor import Actor
from cases.models import Bar, CaseTask, Effect, Event, Membership, MembershipRole
from cases.permissions import Role
from cases.states import EffectState, TaskState
from cases.tasks import do_effect, sweep_effects, sweep_reminders
from config.demo.client import DemoSite
from tests.factories.cases import make_case, make_client, make_staff

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
    [{"state": TaskState.DONE, "ended_at": timezone.now()}, {"reminded": 3}, {"due_at": None}],
    ids=["done", "everybody was told", "no clock"],
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


def _late_by(hours):
    with acting_as(Actor.system("test")):
        CaseTask.objects.update(due_at=timezone.now() - timedelta(hours=hours))


def _member(case, person, role):
    with acting_as(Actor.user(case.owner)):
        Membership.objects.create(case_id=case.pk, user=person, role=role, since=timezone.now())


def test_the_backup_is_told_after_four_hours_and_a_supervisor_after_a_day(late_case):
    backup, supervisor = make_staff(name="Ben"), make_staff(name="Salma", roles=[Role.SUPERVISOR])
    _member(late_case, backup, MembershipRole.BACKUP)
    told = [late_case.owner.email, backup.email, supervisor.email]
    for turn, hours in enumerate((0.1, 4.1, 24.1), start=1):
        _late_by(hours)
        sweep_reminders()
        sweep_reminders()
        assert sorted(_to()) == sorted(told[:turn])
    _late_by(1000)
    assert sweep_reminders() == 0


def test_what_is_a_day_late_is_told_to_one_person_at_a_time(late_case):
    backup = make_staff(name="Ben")
    _member(late_case, backup, MembershipRole.BACKUP)
    _late_by(1000)
    sweep_reminders()
    assert _to() == [late_case.owner.email]


def test_without_a_backup_the_supervisor_is_next_and_nobody_is_told_twice(late_case):
    supervisor = make_staff(name="Salma", roles=[Role.SUPERVISOR])
    for hours in (0.1, 4.1, 24.1, 48):
        _late_by(hours)
        sweep_reminders()
    assert sorted(_to()) == sorted([late_case.owner.email, supervisor.email])


def test_whoever_is_barred_from_the_case_or_is_a_client_hears_nothing(late_case):
    barred = make_staff(name="Salma", roles=[Role.SUPERVISOR])
    client = make_client()
    _member(late_case, client, MembershipRole.CLIENT)
    with acting_as(Actor.user(late_case.owner)):
        Bar.objects.create(case=late_case, user=barred, set_at=timezone.now())
        CaseTask.objects.update(assigned_to=client)
    for hours in (0.1, 4.1, 24.1):
        _late_by(hours)
        sweep_reminders()
    assert _to() == [late_case.owner.email]


def _platform_tasks(owner, n, platform="Vidnest"):
    for place in range(n):
        case = make_case(owner=owner)
        with acting_as(Actor.user(owner)) as by:
            case_task.create(
                case=case,
                kind="notice_escalate",
                due_at=timezone.now() - timedelta(minutes=place + 1),
                path=f"/cases/{case.reference}/",
                dedupe_key="escalate",
                facts={"platform": platform, "count": 1},
                by=by,
                at=timezone.now(),
            )


def test_reminders_of_one_platform_go_in_one_mail(as_worker, server):
    owner = make_staff(name="Amira")
    _platform_tasks(owner, 3)
    _platform_tasks(owner, 1, platform="Shoutbox")
    _work()
    _work()
    texts = sorted(server.received(mail).get_content() for mail in server.mails())
    assert sorted(text.count("still open") for text in texts) == [1, 3]
    assert not any("Vidnest" in text for text in texts)
    with acting_as(Actor.system("test")):
        assert Event.objects.filter(kind="cases.task_reminded").count() == 4


def test_what_was_answered_while_the_mail_waited_is_not_in_it(as_worker, server):
    _platform_tasks(make_staff(name="Amira"), 2)
    sweep_reminders()
    with acting_as(Actor.system("test")):
        first = CaseTask.objects.order_by("due_at").first()
        CaseTask.objects.filter(pk=first.pk).update(state=TaskState.DONE, ended_at=timezone.now())
    sweep_effects()
    (mail,) = server.mails()
    assert server.received(mail).get_content().count("still open") == 1


def test_a_worker_that_was_killed_before_its_commit_leaves_the_reminder_to_the_next(late_case):
    class Killed(Exception):
        pass

    with pytest.raises(Killed), acting_as(Actor.system("reminders")) as by:
        assert reminder.remind(task_id=CaseTask.objects.get().pk, by=by, at=timezone.now())
        raise Killed
    assert _to() == []
    sweep_reminders()
    assert _to() == [late_case.owner.email]


def test_two_beats_at_one_moment_put_one_mail(late_case):
    with acting_as(Actor.system("test")):
        seen_by_both = list(CaseTask.objects.to_remind(at=timezone.now()).values_list("pk", flat=True))
    told = []
    for _beat in range(2):
        with acting_as(Actor.system("reminders")) as by:
            told.append(reminder.remind_together(task_ids=seen_by_both, by=by, at=timezone.now()))
    assert told == [1, 0]
    assert len(_to()) == 1


def test_a_clock_that_runs_out_is_told_of_once_by_what_follows_it(late_case):
    with acting_as(Actor.system("test")):
        CaseTask.objects.update(dedupe_key="clock:1")
    assert sweep_reminders() == 0
    _late_by(1.1)
    assert sweep_reminders() == 1, "its own sweep seems to be dead"


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
        CaseTask.objects.update(reminded_at=None, reminded=0)
    assert _remind(late_case)
    assert _to() == [late_case.owner.email]
