"""Deadlines: hours in UTC, days in the place's zone, weekends and holidays as the law counts them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.clocks import (
    PLACES,
    ClockFacts,
    Place,
    Tone,
    add_months,
    due,
    is_working_day,
    place_of,
    remaining,
)

PATIENT = settings(deadline=None)  # the first look at a country's holidays takes its time
LONDON = ZoneInfo("Europe/London")
INSTANTS = st.integers(min_value=1_577_836_800, max_value=2_051_222_400).map(lambda at: datetime.fromtimestamp(at, UTC))


def clock(value: int, unit: str = "hours", basis: str = "calendar") -> ClockFacts:
    return ClockFacts("removal", value, unit, basis, "request received")


def ends(value: int, unit: str, started_at: datetime, place: Place, basis: str = "calendar") -> datetime:
    found = due(clock(value, unit, basis), started_at=started_at, place=place)
    assert found is not None
    return found


def test_48_hours_end_an_hour_earlier_on_the_wall_when_summer_time_ends() -> None:
    end = ends(48, "hours", datetime(2026, 10, 24, 12, 0, tzinfo=LONDON), PLACES["GB"])
    assert end.astimezone(LONDON) == datetime(2026, 10, 26, 11, 0, tzinfo=LONDON)


def test_48_hours_end_an_hour_later_on_the_wall_when_summer_time_begins() -> None:
    end = ends(48, "hours", datetime(2027, 3, 27, 12, 0, tzinfo=LONDON), PLACES["GB"])
    assert end.astimezone(LONDON) == datetime(2027, 3, 29, 13, 0, tzinfo=LONDON)


def test_the_two_half_past_ones_of_the_autumn_night_are_an_hour_apart() -> None:
    first = datetime(2026, 10, 25, 1, 30, tzinfo=LONDON, fold=0)
    second = datetime(2026, 10, 25, 1, 30, tzinfo=LONDON, fold=1)
    assert ends(24, "hours", second, PLACES["GB"]) - ends(24, "hours", first, PLACES["GB"]) == timedelta(hours=1)


def test_hours_run_on_over_a_weekend_and_a_holiday() -> None:
    friday = datetime(2026, 12, 24, 20, 0, tzinfo=UTC)
    assert ends(48, "hours", friday, PLACES["US"]) == datetime(2026, 12, 26, 20, 0, tzinfo=UTC)


def test_under_union_rules_the_hour_of_the_event_does_not_count() -> None:
    end = ends(24, "hours", datetime(2026, 6, 1, 12, 20, tzinfo=UTC), place_of("EU"))
    assert end == datetime(2026, 6, 2, 13, 0, tzinfo=UTC)


def test_ten_business_days_skip_thanksgiving() -> None:
    monday = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
    end = ends(10, "days", monday, PLACES["US"], "business")
    assert end.astimezone(PLACES["US"].zone) == datetime(2026, 12, 9, 0, 0, tzinfo=PLACES["US"].zone)


def test_a_month_from_the_31st_ends_with_the_last_day_of_february() -> None:
    assert add_months(date(2027, 1, 31), 1) == date(2027, 2, 28)
    assert add_months(date(2028, 1, 31), 1) == date(2028, 2, 29)
    assert add_months(date(2026, 12, 15), 2) == date(2027, 2, 15)


def test_a_union_month_that_ends_on_christmas_runs_to_the_next_working_day_of_the_member_state() -> None:
    start = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
    place = place_of("EU", member_state="DE")
    # 25 and 26 December are holidays, 27 is a Sunday.
    assert ends(1, "months", start, place) == datetime(2026, 12, 29, 0, 0, tzinfo=place.zone)


def test_two_union_days_hold_two_working_days() -> None:
    friday = datetime(2026, 6, 5, 9, 0, tzinfo=UTC)
    place = place_of("EU", member_state="DE")
    assert ends(2, "days", friday, place) == datetime(2026, 6, 10, 0, 0, tzinfo=place.zone)


def test_calendar_days_elsewhere_do_not_move_on() -> None:
    friday = datetime(2026, 6, 5, 3, 0, tzinfo=UTC)
    place = PLACES["JP"]
    assert ends(2, "days", friday, place) == datetime(2026, 6, 8, 0, 0, tzinfo=place.zone)


def test_the_local_day_of_the_event_is_day_zero() -> None:
    late_evening_in_tokyo = datetime(2026, 6, 5, 15, 30, tzinfo=UTC)
    place = PLACES["JP"]
    assert ends(1, "days", late_evening_in_tokyo, place) == datetime(2026, 6, 8, 0, 0, tzinfo=place.zone)


def test_wording_without_a_number_has_no_end() -> None:
    assert due(clock(0, "expeditiously"), started_at=datetime(2026, 1, 1, tzinfo=UTC), place=PLACES["US"]) is None


def test_a_naive_start_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        due(clock(48), started_at=datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None), place=PLACES["US"])


def test_an_unknown_basis_is_refused() -> None:
    with pytest.raises(ValueError, match="lunar"):
        due(clock(2, "days", "lunar"), started_at=datetime(2026, 1, 1, tzinfo=UTC), place=PLACES["US"])


def test_an_unknown_member_state_is_refused() -> None:
    with pytest.raises(KeyError):
        place_of("EU", member_state="GB")


@PATIENT
@given(started_at=INSTANTS, hours=st.integers(min_value=1, max_value=1000), code=st.sampled_from(sorted(PLACES)))
def test_hours_are_never_stretched(started_at: datetime, hours: int, code: str) -> None:
    assert ends(hours, "hours", started_at, PLACES[code]) - started_at == timedelta(hours=hours)


@PATIENT
@given(started_at=INSTANTS, days=st.integers(min_value=1, max_value=30), code=st.sampled_from(["US", "GB", "DE", "FR"]))
def test_business_days_never_end_on_a_rest_day_and_hold_the_promised_number(
    started_at: datetime, days: int, code: str
) -> None:
    place = PLACES[code]
    end = ends(days, "days", started_at, place, "business")
    last = (end.astimezone(place.zone) - timedelta(minutes=1)).date()
    first = started_at.astimezone(place.zone).date()
    between = [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]
    assert is_working_day(last, place)
    assert sum(is_working_day(day, place) for day in between) == days


@PATIENT
@given(
    started_at=INSTANTS,
    later=st.timedeltas(min_value=timedelta(), max_value=timedelta(days=40)),
    unit=st.sampled_from(["hours", "days", "months", "years"]),
    value=st.integers(min_value=1, max_value=90),
    state=st.sampled_from(["DE", "IE", "FR", "PL"]),
)
def test_a_later_start_never_ends_earlier(
    started_at: datetime, later: timedelta, unit: str, value: int, state: str
) -> None:
    place = place_of("EU", member_state=state)
    assert ends(value, unit, started_at, place) <= ends(value, unit, started_at + later, place)
    assert ends(value, unit, started_at, place) > started_at


@pytest.mark.parametrize(
    ("left", "words", "tone"),
    [
        (timedelta(minutes=38, seconds=59), "38 m", Tone.SOON),
        (timedelta(hours=5, minutes=59), "5 h", Tone.SOON),
        (timedelta(hours=6), "6 h", Tone.OK),
        (timedelta(hours=47, minutes=59), "47 h", Tone.OK),
        (timedelta(hours=48), "2 days", Tone.OK),
        (timedelta(), "under 1 m", Tone.SOON),
        (timedelta(seconds=-30), "under 1 m late", Tone.LATE),
        (timedelta(hours=-6, minutes=-10), "6 h late", Tone.LATE),
        (timedelta(days=-3), "3 days late", Tone.LATE),
    ],
)
def test_time_left_reads_in_one_unit(left: timedelta, words: str, tone: Tone) -> None:
    now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    found = remaining(now + left, now)
    assert (found.words, found.tone) == (words, tone)
