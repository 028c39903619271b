"""`manage.py clock`: text for people, one JSON list for programs, clear errors."""

import json
from datetime import datetime

import pytest
from django.core.management import CommandError, call_command


def run(capsys, *args: str) -> str:
    call_command("clock", *args)
    return capsys.readouterr().out


def told(capsys, *args: str) -> list[dict]:
    return json.loads(run(capsys, *args, "--json"))


def test_each_lever_is_an_object_in_the_order_given(capsys):
    found = told(
        capsys,
        "us_dmca_512",
        "2026-11-20T18:00",
        "us_take_it_down_act",
        "2026-11-20T18:00",
        "--zone",
        "America/New_York",
    )
    assert [one["lever"] for one in found] == ["us_dmca_512", "us_take_it_down_act"]
    (removal, _copies) = found[1]["deadlines"]
    assert removal["instant"] == "2026-11-22T18:00:00-05:00"
    assert (removal["local_date"], removal["owner"]) == ("2026-11-22", "platform")
    assert removal["reason"]
    earliest = found[0]["deadlines"][0]
    assert (earliest["instant"], earliest["local_date"]) == ("2026-12-07T23:59:59-05:00", "2026-12-07")
    assert found[0]["without_number"][0]["wording"] == "expeditiously"


def test_every_instant_has_an_offset_and_is_not_before_the_start(capsys):
    for zone in ("Europe/Berlin", "Pacific/Honolulu", "Asia/Kolkata", "UTC"):
        (found,) = told(capsys, "eu_gdpr_17", "2026-12-31T23:30", "--zone", zone)
        start = datetime.fromisoformat(found["start"])
        for one in found["deadlines"]:
            instant = datetime.fromisoformat(one["instant"])
            assert instant.utcoffset() is not None
            assert instant > start


def test_the_zone_names_the_member_state_unless_another_is_given(capsys):
    (german,) = told(capsys, "eu_gdpr_17", "2026-09-03T12:00", "--zone", "Europe/Berlin")
    (french,) = told(capsys, "eu_gdpr_17", "2026-09-03T12:00", "--zone", "Europe/Berlin", "--country", "fr")
    assert (german["country"], french["country"]) == ("DE", "FR")
    assert (german["counted_in"], french["counted_in"]) == ("Europe/Berlin", "Europe/Paris")


def test_an_hour_that_comes_twice_and_one_that_is_skipped_are_said(capsys):
    (twice,) = told(capsys, "in_it_rules_3_2_b", "2026-10-25T02:30", "--zone", "Europe/Berlin")
    assert twice["start"] == "2026-10-25T02:30:00+01:00"
    assert "comes twice" in twice["notes"][0]
    (skipped,) = told(capsys, "our_follow_up", "2027-03-28T02:30", "--zone", "Europe/Berlin")
    assert skipped["start"] == "2027-03-28T03:30:00+02:00"
    assert "skip" in skipped["notes"][0]


def test_a_date_alone_will_do_where_no_hours_are_counted(capsys):
    (found,) = told(capsys, "eu_dsa_20", "2026-08-31", "--zone", "Europe/Berlin")
    assert found["deadlines"][0]["local_date"] == "2027-03-01"
    with pytest.raises(CommandError, match="time of day"):
        call_command("clock", "us_take_it_down_act", "2026-08-31", "--zone", "Europe/Berlin")


def test_a_law_that_is_not_in_force_and_one_without_clocks_are_said(capsys):
    (background,) = told(capsys, "uk_osa_takedown_48h", "2026-11-20T18:00", "--zone", "Europe/London")
    assert background["in_force"] is False
    assert "never cite it" in background["notes"][0]
    (offence,) = told(capsys, "kr_14_2", "2026-11-20T18:00", "--zone", "Asia/Seoul")
    assert offence["deadlines"] == []
    assert offence["notes"] == ["This lever sets no clock."]


def test_the_text_says_the_same_to_people(capsys):
    text = run(capsys, "us_dmca_512", "2026-11-20T18:00", "--zone", "Europe/Berlin")
    for part in (
        "local date 2026-12-07",
        "(platform)",
        "days counted in Pacific/Honolulu",
        "Check before use",
        "no number",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["us_dmca", "2026-11-20T18:00", "--zone", "Europe/Berlin"], "us_dmca_512"),
        (["us_dmca_512", "tomorrow", "--zone", "Europe/Berlin"], "no local time"),
        (["us_dmca_512", "2026-11-20T18:00", "--zone", "Mars/Base"], "no time zone"),
        (["us_dmca_512", "2026-11-20T18:00", "eu_dsa_20", "--zone", "Europe/Berlin"], "and its start"),
        (["eu_dsa_20", "2026-11-20T18:00", "--zone", "Europe/Berlin", "--country", "US"], "no member state"),
    ],
)
def test_what_is_wrong_is_said_and_the_command_fails(capsys, args, said):
    with pytest.raises(CommandError, match=said) as failure:
        call_command("clock", *args)
    assert failure.value.returncode != 0
    assert capsys.readouterr().out == ""
