"""Contact rules: unknown means no, a client's change works at once only in the safer direction."""

from datetime import UTC, datetime, time

import pytest

from cases.access import acting_as
from cases.actions import safe_contact
from cases.actions.safe_contact import Rule
from cases.actor import Actor
from cases.models import Case, CaseTask, Channel, SafeContact, User
from cases.states import IllegalMove
from tests.conftest import NOON
from tests.factories.cases import make_case, make_client

pytestmark = pytest.mark.django_db

MAIL = Rule(Channel.EMAIL, is_allowed=True, address="old@example.org")


@pytest.fixture
def client_user() -> User:
    return make_client()


@pytest.fixture
def case(client_user: User) -> Case:
    return make_case(client=client_user)


def say(case: Case, *rules: Rule, by: Actor, confirmed: bool = False) -> list[SafeContact]:
    with acting_as(by):
        return safe_contact.say(case_id=case.pk, rules=rules, confirmed=confirmed, by=by, at=NOON)


def by_staff(case: Case, *rules: Rule) -> list[SafeContact]:
    return say(case, *rules, by=Actor.user(case.owner), confirmed=True)


def test_a_new_address_from_the_page_waits_for_staff(case, client_user):
    (rule,) = say(case, MAIL, by=Actor.client(client_user))
    assert rule.confirmed_at is None
    with acting_as(Actor.user(case.owner)):
        assert CaseTask.objects.open().get(kind="confirm_contact").case == case


def test_a_changed_address_stops_the_old_one_and_waits(case, client_user):
    by_staff(case, MAIL)
    say(case, Rule(Channel.EMAIL, is_allowed=True, address="new@example.org"), by=Actor.client(client_user))
    with acting_as(Actor.user(case.owner)):
        standing = SafeContact.objects.standing().get(channel=Channel.EMAIL)
        assert (standing.address, standing.confirmed_at) == ("new@example.org", None)


def test_closing_a_way_works_at_once_and_needs_no_confirmation(case, client_user):
    by_staff(case, MAIL)
    say(case, Rule(Channel.EMAIL, is_allowed=False), by=Actor.client(client_user))
    with acting_as(Actor.user(case.owner)):
        assert not SafeContact.objects.permitting(Channel.EMAIL, at=NOON).exists()
        assert not CaseTask.objects.open().filter(kind="confirm_contact").exists()


EVENING = {"window_starts": time(18), "window_ends": time(20), "time_zone": "Europe/Berlin"}


@pytest.mark.parametrize(
    ("before", "after", "stays"),
    [
        ({}, EVENING, True),
        (EVENING, {}, False),
        (EVENING, {**EVENING, "window_ends": time(19)}, True),
        (EVENING, {**EVENING, "window_ends": time(21)}, False),
        (EVENING, {**EVENING, "time_zone": "America/New_York"}, False),
        (
            {**EVENING, "window_starts": time(22), "window_ends": time(6)},
            {**EVENING, "window_starts": time(23), "window_ends": time(2)},
            True,
        ),
        ({"may_leave_message": True}, {"may_leave_message": False}, True),
        ({}, {"may_leave_message": True}, False),
        ({}, {"may_say_who_we_are": True}, False),
        ({}, {"address": "other@example.org"}, False),
        ({"code_word": "kite"}, {"code_word": "boat"}, False),
        ({"days": "12345"}, {"days": "1234"}, True),
        ({"days": "12345"}, {"days": "123456"}, False),
        ({"days": "12345"}, {}, False),
        ({"days": "12345"}, {"days": "12345", "time_zone": "Asia/Tokyo"}, False),
        ({"may_say_who_we_are": True}, {}, True),
        ({"is_allowed": False}, {}, False),
    ],
)
def test_only_a_safer_rule_stays_confirmed(case, client_user, before, after, stays):
    by_staff(case, Rule(Channel.EMAIL, **{"is_allowed": True, "address": "old@example.org", **before}))
    (rule,) = say(
        case,
        Rule(Channel.EMAIL, **{"is_allowed": True, "address": "old@example.org", **after}),
        by=Actor.client(client_user),
    )
    assert (rule.confirmed_at is not None) is stays


def test_stop_closes_every_way_but_the_page(case, client_user):
    by_staff(case, MAIL, Rule(Channel.CALL, is_allowed=True, address="+44 20 7946 0018"))
    actor = Actor.client(client_user)
    with acting_as(actor):
        safe_contact.stop(case_id=case.pk, by=actor, at=NOON)
        allowed = SafeContact.objects.standing().filter(is_allowed=True).values_list("channel", flat=True)
        assert list(allowed) == [Channel.PAGE]


def test_what_was_said_before_stays_in_the_table_as_ended(case, client_user):
    by_staff(case, MAIL)
    say(case, Rule(Channel.EMAIL, is_allowed=False), by=Actor.client(client_user))
    with acting_as(Actor.user(case.owner)):
        ended = SafeContact.objects.exclude(ended_at=None).get()
        assert (ended.address, ended.ended_at) == ("old@example.org", NOON)


def test_staff_confirm_and_the_task_ends(case, client_user):
    (rule,) = say(case, MAIL, by=Actor.client(client_user))
    actor = Actor.user(case.owner)
    with acting_as(actor):
        safe_contact.confirm(case_id=case.pk, rule_id=rule.pk, how="code_word", by=actor, at=NOON)
        assert SafeContact.objects.get(pk=rule.pk).confirmed_at == NOON
        assert not CaseTask.objects.open().filter(kind="confirm_contact").exists()


def test_a_client_cannot_confirm_for_themselves(case, client_user):
    actor = Actor.client(client_user)
    (rule,) = say(case, MAIL, by=actor)
    with acting_as(actor):
        with pytest.raises(IllegalMove):
            safe_contact.confirm(case_id=case.pk, rule_id=rule.pk, how="code_word", by=actor, at=NOON)
        with pytest.raises(IllegalMove):
            safe_contact.say(case_id=case.pk, rules=[MAIL], confirmed=True, by=actor, at=NOON)


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        (datetime(2026, 11, 22, 12, 0, tzinfo=UTC), datetime(2026, 11, 22, 17, 0, tzinfo=UTC)),
        (datetime(2026, 11, 22, 18, 30, tzinfo=UTC), datetime(2026, 11, 22, 18, 30, tzinfo=UTC)),
        (datetime(2026, 11, 22, 20, 0, tzinfo=UTC), datetime(2026, 11, 23, 17, 0, tzinfo=UTC)),
    ],
)
def test_the_clients_hours_open_by_the_clients_own_clock(at, opens):
    rule = SafeContact(channel="email", is_allowed=True, said_at=NOON, **EVENING)
    assert rule.next_open(at) == opens


NIGHT = {"window_starts": time(22), "window_ends": time(6), "time_zone": "UTC", "days": "7"}


@pytest.mark.parametrize(
    ("rule", "at", "is_open"),
    [
        (EVENING, datetime(2026, 11, 22, 17, 0, tzinfo=UTC), True),
        (EVENING, datetime(2026, 11, 22, 19, 0, tzinfo=UTC), False),
        (EVENING, datetime(2026, 11, 22, 18, 59, tzinfo=UTC), True),
        ({**EVENING, "days": "1"}, datetime(2026, 11, 22, 18, 0, tzinfo=UTC), False),
        (NIGHT, datetime(2026, 11, 22, 23, 0, tzinfo=UTC), True),
        (NIGHT, datetime(2026, 11, 23, 5, 59, tzinfo=UTC), True),
        (NIGHT, datetime(2026, 11, 22, 5, 0, tzinfo=UTC), False),
        (NIGHT, datetime(2026, 11, 23, 23, 0, tzinfo=UTC), False),
    ],
)
def test_a_window_opens_with_its_first_minute_and_a_night_belongs_to_its_evening(rule, at, is_open):
    assert SafeContact(channel="email", is_allowed=True, said_at=NOON, **rule).is_open_at(at) is is_open


def test_a_weekly_window_opens_on_its_own_day_next():
    rule = SafeContact(channel="email", is_allowed=True, said_at=NOON, **{**EVENING, "days": "3"})
    assert rule.next_open(NOON) == datetime(2026, 11, 25, 17, 0, tzinfo=UTC)


def test_only_a_standing_allowed_rule_that_has_not_run_out_permits(case):
    by_staff(case, MAIL)
    with acting_as(Actor.user(case.owner)):
        rule = SafeContact.objects.filter(case=case)

        def permits() -> bool:
            return SafeContact.objects.permitting(Channel.EMAIL, at=NOON).exists()

        assert permits()
        for change in ({"valid_until": NOON}, {"is_allowed": False}, {"ended_at": NOON}):
            rule.update(**{"valid_until": None, "is_allowed": True, "ended_at": None} | change)
            assert not permits(), change
        rule.update(ended_at=None, valid_until=datetime(2026, 11, 22, 12, 1, tzinfo=UTC))
        assert permits()
        assert not SafeContact.objects.permitting(Channel.CALL, at=NOON).exists()


def test_a_rule_is_confirmed_once_and_a_closed_one_never(case, client_user):
    (waits,) = say(case, MAIL, by=Actor.client(client_user))
    (closed,) = by_staff(case, Rule(Channel.CALL, is_allowed=False))
    assert closed.confirmed_at is None
    with acting_as(Actor.user(case.owner)) as by:
        safe_contact.confirm(case_id=case.pk, rule_id=waits.pk, how="code_word", by=by, at=NOON)
        with pytest.raises(IllegalMove, match="confirmed already"):
            safe_contact.confirm(case_id=case.pk, rule_id=waits.pk, how="code_word", by=by, at=NOON)
        with pytest.raises(IllegalMove, match="not allowed"):
            safe_contact.confirm(case_id=case.pk, rule_id=closed.pk, how="code_word", by=by, at=NOON)


def test_allowing_the_page_alone_asks_nobody_to_confirm(case, client_user):
    say(case, Rule(Channel.PAGE, is_allowed=True), by=Actor.client(client_user))
    with acting_as(Actor.user(case.owner)):
        assert not CaseTask.objects.open().filter(kind="confirm_contact").exists()


def test_what_was_replaced_keeps_what_it_said(case, client_user):
    by_staff(case, MAIL)
    say(case, Rule(Channel.EMAIL, is_allowed=False), by=Actor.client(client_user))
    with acting_as(Actor.user(case.owner)):
        assert SafeContact.objects.exclude(ended_at=None).get().is_allowed
