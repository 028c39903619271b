"""The line of time: sorted by what is known, honest about what is not, through changes of clocks and zones."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cases.access import acting_as
from cases.actor import Actor
from cases.models import Case, Event
from evidence.findings.chronology import ABOUT, TimeLine, exists, lines, span_of
from evidence.models import ChronologyEntry, Paper, Reader
from evidence.order import BundleOrder
from tests.conftest import NOON
from tests.factories.cases import make_case, make_staff
from tests.factories.findings import make_draft, make_entry
from tests.factories.takedowns import make_links

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")


def order_for(reader: Reader) -> BundleOrder:
    """Return a new order: sections keep in it what they made of one case."""
    return BundleOrder(reader=reader)


@pytest.fixture
def case() -> Case:
    return make_case(owner=make_staff(name="Amira K."))


def told(case: Case, *, at: datetime = NOON + timedelta(days=1)) -> list[TimeLine]:
    with acting_as(Actor.user(case.owner)):
        return lines(case, order_for(Reader.POLICE), at)


def entry(**values: Any) -> ChronologyEntry:
    given = {"precision": "exact", "day": "2026-11-03", "time": "14:05", "zone": "Europe/Berlin", **values}
    return ChronologyEntry.make(case_id=None, **given)


@pytest.mark.parametrize(
    ("values", "start", "end"),
    [
        ({}, "2026-11-03T13:05", "2026-11-03T13:06"),
        ({"zone": "UTC"}, "2026-11-03T14:05", "2026-11-03T14:06"),
        ({"precision": "day"}, "2026-11-02T23:00", "2026-11-03T23:00"),
        ({"precision": "month"}, "2026-10-31T23:00", "2026-11-30T23:00"),
        ({"precision": "month", "day": "2026-12-31"}, "2026-11-30T23:00", "2026-12-31T23:00"),
        ({"precision": "about"}, "2026-10-26T23:00", "2026-11-10T23:00"),
        # The night on which clocks are put back has 25 hours, and its hour from 2 to 3 twice.
        ({"precision": "day", "day": "2026-10-25"}, "2026-10-24T22:00", "2026-10-25T23:00"),
        ({"day": "2026-10-25", "time": "02:30"}, "2026-10-25T00:30", "2026-10-25T01:31"),
    ],
)
def test_a_time_is_a_span_and_no_narrower_than_known(values: dict[str, str], start: str, end: str):
    span = span_of(entry(**values))
    assert span is not None
    assert f"{span.start:%Y-%m-%dT%H:%M}" == start
    assert f"{span.end:%Y-%m-%dT%H:%M}" == end


@pytest.mark.parametrize("values", [{"precision": "unknown"}, {"day": ""}, {"day": "soon"}, {"zone": "Mars/Olympus"}])
def test_what_has_no_day_has_no_span(values: dict[str, str]):
    assert span_of(entry(**values)) is None


def test_a_time_in_the_hour_that_clocks_skip_never_was():
    assert not exists(date(2026, 3, 29), time(2, 30), BERLIN)
    assert exists(date(2026, 3, 29), time(3, 0), BERLIN)
    assert exists(date(2026, 10, 25), time(2, 30), BERLIN)


def test_a_time_that_clocks_showed_twice_is_not_called_exact(case: Case):
    make_entry(case, day="2026-10-25", time="02:30")
    (line,) = [line for line in told(case) if line.entry]
    assert line.when_utc == ""


def test_an_uncertain_line_says_where_else_it_may_belong(case: Case):
    make_entry(case, precision="day", day="2026-11-03", time="", words="the whole day")
    make_entry(case, time="09:00", words="in the morning")
    make_entry(case, time="21:00", words="in the evening")
    make_entry(case, day="2026-11-04", time="00:30", words="the night after")
    found = {line.text.partition(": ")[2]: (line.number, line.upto) for line in told(case) if line.entry}
    assert found == {
        "the whole day": (1, 3),
        "in the morning": (2, 0),
        "in the evening": (3, 0),
        "the night after": (4, 0),
    }


def test_about_a_day_takes_in_a_week_on_either_side(case: Case):
    make_entry(case, precision="about", day="2026-11-10", time="", words="about")
    make_entry(case, day="2026-11-17", time="23:00", words="a week later")
    make_entry(case, day="2026-11-19", time="00:30", words="too late")
    about = next(line for line in told(case) if line.text.endswith("about"))
    assert (about.number, about.upto) == (1, 2)
    assert timedelta(days=7) == ABOUT


def test_what_has_no_day_stands_last_and_says_so(case: Case):
    make_entry(case, precision="unknown", day="", time="", words="once")
    last = told(case)[-1]
    assert (last.when, last.span, last.upto) == ("Day not known", None, 0)


def test_entries_of_two_zones_stand_in_their_true_order(case: Case):
    make_entry(case, time="14:05", words="in Berlin")
    make_entry(case, time="08:30", zone="America/New_York", words="in New York")
    make_entry(case, time="17:40", zone="Asia/Kolkata", words="in India")
    assert [line.text.rpartition(": ")[2] for line in told(case) if line.entry] == [
        "in India",
        "in Berlin",
        "in New York",
    ]


def test_a_zone_is_named_only_where_it_is_not_that_of_the_paper(case: Case):
    make_draft(case, Paper.SUMMARY, zone="Europe/Berlin")
    make_entry(case)
    make_entry(case, zone="Asia/Kolkata")
    whens = [line.when for line in told(case) if line.entry]
    assert whens == ["3 Nov 2026, 14:05 (Asia/Kolkata)", "3 Nov 2026, 14:05"]


def test_the_record_gives_its_disclosed_events_and_no_other(case: Case):
    make_links(case, "https://vidnest.example/v/1")
    make_entry(case)
    with acting_as(Actor.user(case.owner)):
        withheld = Event.objects.filter(case=case, kind="evidence.finding_written").get()
    numbers = [line.source for line in told(case) if line.entry is None]
    assert "record, entry 1" in numbers
    assert f"record, entry {withheld.seq}" not in numbers


def test_nothing_after_the_moment_of_the_packet_is_told(case: Case):
    make_links(case, "https://vidnest.example/v/1", at=NOON + timedelta(hours=3))
    before = [line.text for line in told(case, at=NOON + timedelta(hours=1))]
    assert not [text for text in before if "link" in text]
    assert [line.text for line in told(case) if "link" in line.text]


def test_a_source_names_its_exhibit_unless_the_bundle_hides_it(case: Case):
    make_entry(case, told_by="other")
    assert [line.source for line in told(case) if line.entry] == ["somebody else states"]


def test_utc_stands_beside_an_exact_time(case: Case):
    make_entry(case)
    (line,) = [line for line in told(case) if line.entry]
    assert line.when_utc == "3 Nov 2026, 13:05"
    assert datetime(2026, 11, 3, 13, 5, tzinfo=UTC) == line.span.start if line.span else False
