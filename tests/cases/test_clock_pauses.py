"""What happens to a clock: started, paused, resumed, restarted, met, stopped, whatever order it becomes known in."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cases.clocks import PLACES, ClockEvent, ClockFacts, Happened, Place, due, is_working_day, place_of, run

PATIENT = settings(deadline=None)  # the first look at a country's holidays takes its time
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
GERMANY = place_of("EU", member_state="DE")
PLACES_TRIED = st.sampled_from([GERMANY, PLACES["US"], PLACES["GB"], PLACES["JP"]])
PERIODS = st.sampled_from(
    [
        ClockFacts("removal", 48, "hours", "calendar", "request received"),
        ClockFacts("counter", 10, "days", "business", "counter-notice received"),
        ClockFacts("answer", 7, "days", "calendar", "request received"),
        ClockFacts("answer", 1, "months", "calendar", "request received"),
    ]
)
MOMENTS = st.integers(min_value=0, max_value=60 * 24 * 90).map(lambda minutes: MONDAY + timedelta(minutes=minutes))


def event(kind: Happened, at: datetime) -> ClockEvent:
    return ClockEvent(kind, at, "they ask who we are" if kind in (Happened.PAUSED, Happened.RESTARTED) else "")


EVENTS = st.lists(st.builds(event, st.sampled_from(Happened), MOMENTS), max_size=7)


def ends(events: list[ClockEvent], clock: ClockFacts, place: Place = GERMANY) -> datetime | None:
    found = run(clock, events, place=place).ends
    return found.due_at if found else None


FORTY_EIGHT = ClockFacts("removal", 48, "hours", "calendar", "request received")
TEN_BUSINESS = ClockFacts("counter", 10, "days", "business", "counter-notice received")
MONTH = ClockFacts("answer", 1, "months", "calendar", "request received")
US = PLACES["US"]


@PATIENT
@given(events=EVENTS, clock=PERIODS, place=PLACES_TRIED, data=st.data())
def test_the_order_in_which_events_become_known_changes_nothing(events, clock, place, data):
    other = data.draw(st.permutations(events))
    assert run(clock, events, place=place) == run(clock, other, place=place)


@PATIENT
@given(start=MOMENTS, clock=PERIODS, place=PLACES_TRIED, spans=st.lists(st.tuples(MOMENTS, MOMENTS), max_size=3))
def test_standing_still_never_shortens_and_nothing_ends_before_its_start(start, clock, place, spans):
    plain = due(clock, started_at=start, place=place)
    still = due(clock, started_at=start, place=place, still=[(min(span), max(span)) for span in spans])
    assert plain is not None
    assert still is not None
    assert still >= plain > start


@PATIENT
@given(start=MOMENTS, later=MOMENTS, clock=PERIODS, place=PLACES_TRIED, pause=st.tuples(MOMENTS, MOMENTS))
def test_a_later_start_never_ends_earlier_with_the_same_pause(start, later, clock, place, pause):
    still = [(min(pause), max(pause))]
    # A month is as long as the calendar has it: after a pause, a later start may have the shorter one.
    assume(clock.unit not in ("months", "years"))
    first, second = sorted((start, later))
    early = due(clock, started_at=first, place=place, still=still)
    late = due(clock, started_at=second, place=place, still=still)
    assert early is not None
    assert late is not None
    assert early <= late


@PATIENT
@given(start=MOMENTS, place=PLACES_TRIED, pause=st.tuples(MOMENTS, MOMENTS))
def test_business_days_with_a_pause_still_end_on_a_working_day(start, place, pause):
    found = run(
        TEN_BUSINESS,
        [
            event(Happened.STARTED, start),
            event(Happened.PAUSED, min(pause)),
            event(Happened.RESUMED, max(pause) + timedelta(1)),
        ],
        place=place,
    ).ends
    assert found is not None
    assert is_working_day(found.last_day, place)


def test_hours_that_stood_still_are_added_to_the_minute():
    events = [
        event(Happened.STARTED, MONDAY),
        event(Happened.PAUSED, MONDAY + timedelta(hours=5)),
        event(Happened.RESUMED, MONDAY + timedelta(hours=12, minutes=30)),
    ]
    assert ends(events, FORTY_EIGHT, US) == MONDAY + timedelta(hours=48 + 7, minutes=30)


def test_a_local_day_that_is_touched_by_a_pause_does_not_count():
    zone = ZoneInfo("America/New_York")
    place = Place("US", zone)
    noon = datetime(2026, 11, 20, 12, 0, tzinfo=zone)
    pause = datetime(2026, 11, 24, 23, 0, tzinfo=zone)
    events = [
        event(Happened.STARTED, noon),
        event(Happened.PAUSED, pause),
        event(Happened.RESUMED, pause + timedelta(hours=2)),
    ]
    found = run(TEN_BUSINESS, events, place=place).ends
    assert found is not None
    # Tuesday and Wednesday stand still, Thursday is Thanksgiving.
    assert found.last_day.isoformat() == "2026-12-09"


def test_a_pause_of_a_month_puts_its_days_behind_the_end():
    events = [
        event(Happened.STARTED, datetime(2026, 6, 1, 9, tzinfo=UTC)),
        event(Happened.PAUSED, datetime(2026, 6, 10, 9, tzinfo=UTC)),
        event(Happened.RESUMED, datetime(2026, 6, 11, 9, tzinfo=UTC)),
    ]
    found = run(MONTH, events, place=GERMANY).ends
    assert found is not None
    assert found.last_day.isoformat() == "2026-07-03"


def test_while_it_stands_still_it_has_no_end_and_says_why():
    pause = event(Happened.PAUSED, MONDAY + timedelta(hours=1))
    found = run(FORTY_EIGHT, [event(Happened.STARTED, MONDAY), pause], place=US)
    assert found.ends is None
    assert found.paused == pause


def test_a_receipt_that_is_told_twice_moves_nothing():
    later = [event(Happened.STARTED, MONDAY + timedelta(days=1)), event(Happened.STARTED, MONDAY)]
    assert ends(later, FORTY_EIGHT, US) == MONDAY + timedelta(hours=48)


def test_a_restart_begins_anew_and_forgets_what_was_before_it():
    again = MONDAY + timedelta(days=3)
    events = [
        event(Happened.STARTED, MONDAY),
        event(Happened.PAUSED, MONDAY + timedelta(hours=1)),
        event(Happened.STOPPED, MONDAY + timedelta(hours=2)),
        event(Happened.RESTARTED, again),
    ]
    for order in permutations(events):
        found = run(FORTY_EIGHT, order, place=US)
        assert found.ends is not None
        assert found.ends.due_at == again + timedelta(hours=48)
        assert found.paused is None
        assert found.ended is None


def test_the_first_end_counts():
    met = event(Happened.MET, MONDAY + timedelta(hours=1))
    events = [event(Happened.STOPPED, MONDAY + timedelta(hours=9)), met, event(Happened.STARTED, MONDAY)]
    assert run(FORTY_EIGHT, events, place=US).ended == met


def test_what_never_started_has_no_end():
    assert run(FORTY_EIGHT, [event(Happened.PAUSED, MONDAY)], place=US).started_at is None


def test_a_pause_or_restart_needs_a_reason_and_every_event_a_zone():
    with pytest.raises(ValueError, match="Say why"):
        ClockEvent(Happened.PAUSED, MONDAY, " ")
    with pytest.raises(ValueError, match="zone"):
        ClockEvent(Happened.STARTED, MONDAY.replace(tzinfo=None))
