"""Who else can help: the route table for anyone shown under 18, and people before offices for adults."""

from pathlib import Path

import pytest

from cases.facts import BadFacts
from cases.helplines import PLAYBOOK, ROUTES_UNDER_18, UNDER_18, for_country, helplines

ROUTED = sorted(ROUTES_UNDER_18)


def keys(country: str, *, under_18: bool) -> list[str]:
    return [line.key for line in for_country(country, under_18)]


def test_all_helplines_are_read() -> None:
    assert len(helplines()) == 64


@pytest.mark.parametrize("country", ROUTED)
def test_the_route_table_leads_where_anyone_shown_was_under_18(country: str) -> None:
    first = list(ROUTES_UNDER_18[country])
    assert keys(country, under_18=True)[: len(first)] == first
    assert {"ncmec_take_it_down", "inhope"} <= set(keys(country, under_18=True))


@pytest.mark.parametrize("country", [*ROUTED, "", "AT", "SE", "ZZ"])
def test_a_service_for_adults_alone_is_never_shown_for_a_minor(country: str) -> None:
    shown = keys(country, under_18=True)
    assert "stopncii" not in shown
    assert "de_hateaid" not in shown
    for line in for_country(country, True):
        # A route named by the table may also be a police number for everybody.
        assert UNDER_18 & set(line.who) or line.key in ROUTES_UNDER_18.get(country, ())


def test_an_unknown_country_still_has_somewhere_to_go() -> None:
    assert keys("", under_18=True)[:2] == ["ncmec_take_it_down", "inhope"]
    assert "stopncii" in keys("", under_18=False)


def test_no_service_is_shown_twice() -> None:
    for country in ROUTED:
        for under_18 in (True, False):
            shown = keys(country, under_18=under_18)
            assert len(shown) == len(set(shown))


def test_an_adult_sees_people_of_the_country_first() -> None:
    shown = keys("GB", under_18=False)
    assert shown[0] == "revenge_porn_helpline"
    assert shown.index("stopncii") > shown.index("revenge_porn_helpline")
    assert "childline_uk" not in shown


def test_a_member_state_has_the_union_s_services() -> None:
    assert "eu_116111" in keys("AT", under_18=True)
    assert "dsa_contact_points" in keys("AT", under_18=False)
    assert "dsa_contact_points" not in keys("GB", under_18=False)


def test_a_number_is_shown_only_where_it_can_be_dialled() -> None:
    line = helplines()["revenge_porn_helpline"]
    assert line.dialled_from("GB") == line.phone
    assert line.dialled_from("FR") == ""
    assert helplines()["ncmec_take_it_down"].dialled_from("FR") == ""


def test_a_wrong_fact_names_its_file_and_key(tmp_path: Path) -> None:
    path = tmp_path / "helplines.toml"
    path.write_text(PLAYBOOK.read_text("utf-8").replace('kind = "hash-matching"', 'kind = "magic"', 1), "utf-8")
    with pytest.raises(BadFacts, match=r"helplines\.toml, helpline 'stopncii': key 'kind'"):
        helplines(path)
