"""Every lever's clocks, worked out by hand: weekends, holidays, clock changes, leap days, three zones, year ends."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from cases.clocks import is_working_day
from takedowns import reference
from takedowns.levers import AFTER, DOUBTFUL, OWNERS, SAID, Duty, UnknownLever, lever_named, levers, owner_of, reckon

BERLIN, LONDON, ROME = "Europe/Berlin", "Europe/London", "Europe/Rome"
NEW_YORK, ANGELES, TOKYO = "America/New_York", "America/Los_Angeles", "Asia/Tokyo"
KOLKATA, SYDNEY, AUCKLAND, MEXICO = "Asia/Kolkata", "Australia/Sydney", "Pacific/Auckland", "America/Mexico_City"

INDIA = "in_it_rules_3_2_b"
US_ACT, UK_DUTY = "us_take_it_down_act", "uk_osa_takedown_48h"

# lever, clock, start, zone, last second in that zone, whose
HOURS = [
    # Friday evening in three zones: hours know no weekend.
    (US_ACT, "removal", "2026-11-20T18:00", NEW_YORK, "2026-11-22T18:00:00-05:00", "platform"),
    (US_ACT, "removal", "2026-11-20T18:00", BERLIN, "2026-11-22T18:00:00+01:00", "platform"),
    (US_ACT, "removal", "2026-11-20T18:00", TOKYO, "2026-11-22T18:00:00+09:00", "platform"),
    # The clocks go back on 1 November 2026 in New York, forward on 14 March 2027.
    (US_ACT, "removal", "2026-10-31T12:00", NEW_YORK, "2026-11-02T11:00:00-05:00", "platform"),
    (US_ACT, "removal", "2027-03-13T12:00", NEW_YORK, "2027-03-15T13:00:00-04:00", "platform"),
    (US_ACT, "known_identical_copies", "2026-12-31T20:00", ANGELES, "2027-01-02T20:00:00-08:00", "platform"),
    (US_ACT, "removal", "2028-02-28T09:00", ANGELES, "2028-03-01T09:00:00-08:00", "platform"),
    (UK_DUTY, "removal", "2026-10-24T12:00", LONDON, "2026-10-26T11:00:00+00:00", "platform"),
    (UK_DUTY, "same_or_similar_copies", "2027-03-27T12:00", LONDON, "2027-03-29T13:00:00+01:00", "platform"),
    ("it_garante_144bis", "authority_decision", "2026-10-24T23:30", ROME, "2026-10-26T22:30:00+01:00", "regulator"),
    # The clocks go forward on 4 October 2026 in Sydney, back on 4 April 2027 in Auckland.
    ("au_osa_s77", "removal_by_service", "2026-10-03T12:00", SYDNEY, "2026-10-04T13:00:00+11:00", "platform"),
    ("au_osa_s77", "removal_by_poster", "2026-12-31T12:00", SYDNEY, "2027-01-01T12:00:00+11:00", "poster"),
    ("nz_hdca", "host_tells_author", "2027-04-03T12:00", AUCKLAND, "2027-04-05T11:00:00+12:00", "platform"),
    ("nz_hdca", "removal_if_author_unreachable", "2026-11-20T18:00", AUCKLAND, "2026-11-22T18:00:00+13:00", "platform"),
    ("nz_hdca", "author_answer", "2026-11-20T18:00", AUCKLAND, "2026-11-22T18:00:00+13:00", "poster"),
    ("nz_hdca", "removal_if_no_answer", "2026-11-20T18:00", AUCKLAND, "2026-11-22T18:00:00+13:00", "platform"),
    (INDIA, "removal_nudity_or_impersonation", "2026-12-31T23:30", KOLKATA, "2027-01-01T01:30:00+05:30", "platform"),
    (INDIA, "court_or_government_order", "2026-11-20T23:00", KOLKATA, "2026-11-21T02:00:00+05:30", "platform"),
    (INDIA, "urgent_removal_request_other", "2028-02-28T18:00", KOLKATA, "2028-03-01T06:00:00+05:30", "platform"),
    ("reddit", "published_answer", "2026-11-20T18:00", BERLIN, "2026-11-22T18:00:00+01:00", "platform"),
    ("our_follow_up", "follow_up", "2026-10-23T18:00", BERLIN, "2026-10-26T17:00:00+01:00", "ours"),
    ("our_next_step", "follow_up", "2027-03-27T18:00", BERLIN, "2027-03-28T19:00:00+02:00", "ours"),
]  # fmt: skip

# lever, clock, start, zone, last day as it is counted there, whose
DAYS = [
    # Friday evening in three zones; 26 November is Thanksgiving.
    ("us_dmca_512", "counter_notice_restore_earliest", "2026-11-20T18:00", NEW_YORK, "2026-12-07", "platform"),
    ("us_dmca_512", "counter_notice_restore_earliest", "2026-11-20T18:00", BERLIN, "2026-12-07", "platform"),
    ("us_dmca_512", "counter_notice_restore_earliest", "2026-11-20T20:00", TOKYO, "2026-12-07", "platform"),
    # Over Christmas and New Year's Day, both Fridays.
    ("us_dmca_512", "counter_notice_restore_latest", "2026-12-18T18:00", ANGELES, "2027-01-11", "platform"),
    # 4 July 2026 is a Saturday: Friday the 3rd is kept.
    ("us_dmca_512", "counter_notice_restore_earliest", "2026-06-30T09:00", NEW_YORK, "2026-07-15", "platform"),
    # A leap day that was no working day's neighbour; 29 February 2028 is a Tuesday, 21 February Washington's Birthday.
    ("us_dmca_512", "counter_notice_restore_earliest", "2028-02-18T12:00", NEW_YORK, "2028-03-06", "platform"),
    # 1 January 2028 is a Saturday and a holiday: on to Monday, 3 January.
    ("us_ny_52b", "limitation", "2025-01-01T12:00", NEW_YORK, "2028-01-03", "client"),
    ("us_ny_52b", "limitation_from_discovery", "2028-02-29T12:00", NEW_YORK, "2029-02-28", "client"),
    ("eu_dsa_20", "window_to_complain", "2026-08-31T12:00", BERLIN, "2027-03-01", "ours"),
    ("eu_dsa_20", "window_to_complain", "2027-08-31T12:00", BERLIN, "2028-02-29", "ours"),
    ("eu_dsa_21", "body_decision", "2026-10-01T12:00", BERLIN, "2026-12-30", "dispute body"),
    # 25 December is a Friday, 26 in Germany a holiday too, 27 a Sunday.
    ("eu_dsa_21", "body_decision", "2026-09-26T12:00", BERLIN, "2026-12-28", "dispute body"),
    ("eu_dsa_21", "body_decision_complex", "2026-07-06T12:00", BERLIN, "2027-01-04", "dispute body"),
    ("eu_dsa_22", "annual_report", "2028-02-29T12:00", BERLIN, "2029-02-28", "ours"),
    ("eu_gdpr_17", "answer", "2026-01-31T10:00", BERLIN, "2026-03-02", "platform"),
    ("eu_gdpr_17", "answer", "2028-01-31T10:00", BERLIN, "2028-02-29", "platform"),
    ("eu_gdpr_17", "answer", "2026-11-25T10:00", BERLIN, "2026-12-28", "platform"),
    # Easter Monday in Germany is 6 April 2026; two months later Saturday 6 June moves on.
    ("eu_gdpr_17", "answer", "2026-03-06T10:00", BERLIN, "2026-04-07", "platform"),
    ("eu_gdpr_17", "extension", "2026-03-06T10:00", BERLIN, "2026-06-08", "platform"),
    # Saint Patrick's Day is a holiday in Ireland, where most services are; not in Germany.
    ("eu_gdpr_17", "answer", "2027-02-17T10:00", "UTC", "2027-03-18", "platform"),
    ("eu_gdpr_17", "answer", "2027-02-17T10:00", BERLIN, "2027-03-17", "platform"),
    ("uk_gdpr", "answer", "2026-11-25T10:00", LONDON, "2026-12-29", "platform"),
    ("uk_gdpr", "extension", "2026-11-25T10:00", LONDON, "2027-03-01", "platform"),
    ("it_garante_144bis", "platform_keeps_evidence", "2028-02-29T10:00", ROME, "2029-02-28", "platform"),
    ("in_it_rules_3_2_b", "grievance_answer", "2026-12-28T23:30", KOLKATA, "2027-01-04", "platform"),
    # Late on Friday in Berlin is Saturday in Tokyo already.
    ("jp_info_platform_act", "answer", "2026-11-20T18:00", BERLIN, "2026-11-28", "platform"),
    ("jp_info_platform_act", "answer", "2026-11-20T18:00", TOKYO, "2026-11-27", "platform"),
    ("jp_revenge_porn_act", "uploader_silence_before_removal", "2028-02-28T12:00", TOKYO, "2028-03-01", "poster"),
    ("mx_ley_olimpia", "hearing_on_protection_measures", "2026-12-29T12:00", MEXICO, "2027-01-03", "court"),
]  # fmt: skip


def told(lever: str, clock: str, start: str, zone: str):
    begun = datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(zone))
    found = reckon(lever_named(lever), started_at=begun, zone=ZoneInfo(zone))
    return next(one for one in found.told if one.clock.name == clock)


@pytest.mark.parametrize(("lever", "clock", "start", "zone", "end", "owner"), HOURS)
def test_hours_end_as_worked_out_by_hand(lever, clock, start, zone, end, owner):
    found = told(lever, clock, start, zone)
    assert found.ends.last_second.astimezone(ZoneInfo(zone)).isoformat() == end
    assert found.owner.value == owner


@pytest.mark.parametrize(("lever", "clock", "start", "zone", "day", "owner"), DAYS)
def test_days_end_as_worked_out_by_hand(lever, clock, start, zone, day, owner):
    found = told(lever, clock, start, zone)
    assert found.ends.last_day.isoformat() == day
    assert found.ends.last_second.date() == found.ends.last_day
    assert found.owner.value == owner


def test_every_counted_clock_of_every_lever_has_a_worked_example():
    worked = {(row[0], row[1]) for row in [*HOURS, *DAYS]}
    laws = {(law.key, clock.name) for law in reference.laws().values() for clock in law.clocks if clock.is_counted}
    assert laws <= worked


def test_the_tables_name_clocks_that_there_are():
    known = {(law.key, clock.name) for law in reference.laws().values() for clock in law.clocks}
    assert {*OWNERS, *AFTER, *SAID, *DOUBTFUL} <= known
    assert all((key, before) in known for (key, _name), before in AFTER.items())


def test_every_lever_can_be_reckoned_and_nothing_ends_before_its_start():
    start = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    for lever in levers().values():
        found = reckon(lever, started_at=start, zone=ZoneInfo("UTC"))
        assert len(found.told) + len(found.worded) == len(lever.clocks)
        for one in found.told:
            assert one.ends.due_at > start
            assert str(one.clock.value) in one.reason


def test_a_wording_without_a_number_is_told_as_such():
    found = reckon(lever_named("eu_dsa_16"), started_at=datetime(2026, 1, 1, tzinfo=UTC), zone=ZoneInfo(BERLIN))
    assert found.told == []
    assert [clock.unit for clock in found.worded] == ["without_undue_delay", "timely"]


def test_the_reason_names_the_holidays_that_were_left_out_and_the_rule_that_moved_the_end():
    thanksgiving = told("us_dmca_512", "counter_notice_restore_earliest", "2026-11-20T18:00", NEW_YORK)
    assert "Thu 26 Nov 2026 (Thanksgiving" in thanksgiving.reason
    assert "act by day 9, Fri 4 Dec 2026" in thanksgiving.reason
    assert "does not define business days" in thanksgiving.check
    easter = told("eu_gdpr_17", "answer", "2026-03-06T10:00", BERLIN)
    assert "Mon 6 Apr 2026, no working day (Easter Monday)" in easter.reason
    assert "1182/71, Article 3(4)" in easter.reason
    assert not easter.check


def test_the_stricter_reading_of_the_three_months_is_told_beside_the_slower():
    assert (
        "Read strictly, 3 months from the first day: Thu 30 Apr 2026"
        in told("eu_gdpr_17", "extension", "2026-01-31T10:00", BERLIN).reason
    )


def test_where_no_rule_was_found_the_answer_is_to_be_checked():
    assert "No source" in told("it_garante_144bis", "platform_keeps_evidence", "2026-02-02T10:00", ROME).check
    assert (
        "calendar or working days"
        in told("mx_ley_olimpia", "hearing_on_protection_measures", "2026-02-02T10:00", MEXICO).check
    )
    assert told("us_take_it_down_act", "removal", "2026-02-02T10:00", NEW_YORK).check == ""


def test_a_business_day_is_never_a_rest_day_whatever_the_member_state_says():
    for state in ("DE", "FR", "PL", "GR"):
        found = reckon(
            lever_named("eu_gdpr_17"),
            started_at=datetime(2026, 11, 25, 10, tzinfo=UTC),
            zone=ZoneInfo("UTC"),
            member_state=state,
        )
        assert all(is_working_day(one.ends.last_day, found.place) for one in found.told)


def test_an_unknown_lever_names_near_ones():
    with pytest.raises(UnknownLever, match="us_dmca_512"):
        lever_named("dmca_512")
    with pytest.raises(UnknownLever, match="us_take_it_down_act"):
        lever_named("take it down")


def test_laws_that_are_not_in_force_say_so_and_ours_are_ours():
    assert not lever_named("uk_osa_takedown_48h").is_in_force
    ours = lever_named("our_follow_up")
    assert owner_of(ours, ours.clocks[0]) == Duty.OURS
