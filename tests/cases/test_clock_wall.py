"""A local time that a person types, and the instant that it is: once, twice, or never."""

from zoneinfo import ZoneInfo

import pytest

from cases.clocks.wall import Doubt, NotATime, read, zone_named

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("typed", "instant", "doubt"),
    [
        ("2026-11-20T17:00", "2026-11-20T17:00:00+01:00", Doubt.NONE),
        ("2026-11-20 17:00:30", "2026-11-20T17:00:30+01:00", Doubt.NONE),
        ("2026-07-20", "2026-07-20T00:00:00+02:00", Doubt.NO_TIME),
        ("2026-10-25T02:30", "2026-10-25T02:30:00+01:00", Doubt.TWICE),
        ("2026-10-25T02:30+02:00", "2026-10-25T02:30:00+02:00", Doubt.NONE),
        ("2026-10-25T02:30+01:00", "2026-10-25T02:30:00+01:00", Doubt.NONE),
        ("2027-03-28T02:30", "2027-03-28T03:30:00+02:00", Doubt.SKIPPED),
        ("2027-03-28T03:00", "2027-03-28T03:00:00+02:00", Doubt.NONE),
    ],
)
def test_of_two_instants_the_later_one_counts(typed: str, instant: str, doubt: Doubt) -> None:
    found = read(typed, BERLIN)
    assert (found.at.isoformat(), found.doubt) == (instant, doubt)


def test_a_date_whose_midnight_is_skipped_begins_with_its_first_moment() -> None:
    # In Beirut the clocks skip the first hour of that Sunday.
    found = read("2026-03-29", ZoneInfo("Asia/Beirut"))
    assert found.at.isoformat() == "2026-03-29T01:00:00+03:00"


@pytest.mark.parametrize(
    "typed", ["", "soon", "20.11.2026 17:00", "2026-02-30T10:00", "2026-11-20T25:00", "9999-12-31"]
)
def test_what_is_no_time_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(NotATime):
        read(typed, BERLIN)


def test_an_offset_that_the_zone_does_not_have_then_is_refused() -> None:
    with pytest.raises(NotATime, match="another offset"):
        read("2026-11-20T17:00+02:00", BERLIN)
    with pytest.raises(NotATime, match="another offset"):
        read("2027-03-28T02:30+01:00", BERLIN)


@pytest.mark.parametrize("name", ["Europe/Berln", "", "../etc/passwd", "/etc/passwd", "Berlin"])
def test_a_zone_that_there_is_not_is_refused(name: str) -> None:
    with pytest.raises(NotATime, match="no time zone"):
        zone_named(name)
