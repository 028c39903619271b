"""Days of the week in contact times: asked, shown, kept to, and changed at once only in the safer direction."""

from datetime import UTC, datetime, time

import pytest

from cases.access import acting_as
from cases.actions import safe_contact
from cases.actions.safe_contact import Rule, is_safer
from cases.actor import Actor
from cases.models import Channel, SafeContact
from tests.conftest import NOON
from tests.factories.browsers import signed_in
from tests.factories.portal import come_in

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


def rule(**changes) -> SafeContact:
    return SafeContact(channel="call", is_allowed=True, said_at=NOON, **changes)


@pytest.mark.parametrize(
    ("days", "moment", "is_open"),
    [
        ("1", MONDAY, True),
        ("2", MONDAY, False),
        ("1", MONDAY.replace(hour=23, minute=59), True),
        ("7", MONDAY, False),
        ("12345", MONDAY.replace(day=28), False),
    ],
)
def test_a_day_that_was_not_named_is_closed(days, moment, is_open):
    assert rule(days=days).is_open_at(moment) is is_open


def test_a_night_belongs_to_the_day_it_began():
    night = rule(days="1", window_starts=time(22), window_ends=time(2))
    assert night.is_open_at(MONDAY.replace(hour=23))
    assert night.is_open_at(MONDAY.replace(day=24, hour=1))
    assert not night.is_open_at(MONDAY.replace(hour=1)), "that night began on Sunday"
    assert not night.is_open_at(MONDAY.replace(day=24, hour=23))


@pytest.mark.parametrize(
    ("changes", "opens"),
    [
        ({"days": "3"}, datetime(2026, 11, 25, 0, tzinfo=UTC)),
        ({"days": "3", "window_starts": time(18), "window_ends": time(20)}, datetime(2026, 11, 25, 18, tzinfo=UTC)),
        ({"days": "1", "window_starts": time(18), "window_ends": time(20)}, datetime(2026, 11, 23, 18, tzinfo=UTC)),
        ({"days": "1", "window_starts": time(6), "window_ends": time(8)}, datetime(2026, 11, 30, 6, tzinfo=UTC)),
    ],
)
def test_the_next_open_moment_is_on_a_named_day(changes, opens):
    assert rule(**changes).next_open(MONDAY.replace(hour=12) if changes["days"] == "1" else MONDAY) == opens


def test_days_are_days_of_the_clients_own_clock():
    assert not rule(days="1", time_zone="Pacific/Auckland").is_open_at(MONDAY.replace(hour=12))
    assert rule(days="2", time_zone="Pacific/Auckland").is_open_at(MONDAY.replace(hour=12))


@pytest.mark.parametrize(("old", "new", "safer"), [("12345", "123", True), ("123", "1234", False), ("67", "67", True)])
def test_more_days_wait_for_staff_and_fewer_work_at_once(old, new, safer):
    assert is_safer(Rule(Channel.CALL, is_allowed=True, days=new), rule(days=old)) is safer


def test_days_in_another_clock_are_not_taken_as_safer():
    moved = Rule(Channel.CALL, is_allowed=True, days="1", time_zone="Pacific/Auckland")
    assert not is_safer(moved, rule(days="1"))


def test_the_client_names_days_and_everybody_reads_them():
    seen = come_in(upto="safe")
    press = seen.browser.press
    press("/b/1", may="yes")
    press("/b/2", ways=["call"])
    press("/b/3", call_address="+44 20 7946 0018", call_leave="no", call_say="no")
    page = press("/b/4", when="any", days=["1", "3"])
    assert page.status_code == 422
    assert "Choose a town with your time." in page.content.decode()
    assert press("/b/4", when="any", days=["1", "3"], zone="Europe/London").status_code == 302
    press("/b/5")
    assert "Monday, Wednesday" in seen.browser.get("/k").content.decode()
    actor = Actor.user(seen.case.owner)
    with acting_as(actor):
        kept = SafeContact.objects.standing().get(case=seen.case, channel="call")
        assert (kept.days, kept.time_zone) == ("13", "Europe/London")
        safe_contact.confirm(case_id=seen.case.pk, rule_id=kept.pk, how="old_way", by=actor, at=NOON)
    strip = signed_in(seen.case.owner).get(f"/cases/{seen.case.reference}/").content.decode()
    assert "Phone call (Monday, Wednesday) only." in strip


def test_no_day_named_means_every_day():
    seen = come_in(upto="safe")
    press = seen.browser.press
    press("/b/1", may="yes")
    press("/b/2", ways=["email"])
    press("/b/3", email_address="k@mail.example")
    press("/b/4", when="any")
    press("/b/5")
    with acting_as(Actor.user(seen.case.owner)):
        assert SafeContact.objects.standing().get(case=seen.case, channel="email").days == "1234567"
