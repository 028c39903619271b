"""The reference facts: whole, typed, sourced, and loud when wrong."""

import tomllib
from pathlib import Path

import pytest

from cases.clocks import PLACES, place_of
from cases.facts import BadFacts
from takedowns.reference import PLAYBOOKS, laws, platforms, read_platforms


def test_all_facts_are_read() -> None:
    assert (len(platforms()), len(laws())) == (51, 51)


def test_the_file_is_read_once() -> None:
    assert platforms() is platforms()
    assert laws() is laws()


def test_every_platform_and_law_has_a_source_or_says_that_it_has_none() -> None:
    for platform in platforms().values():
        assert platform.sources or platform.confidence == "well-known-but-not-found"
    for law in laws().values():
        assert law.sources or law.confidence == "well-known-but-not-found"


def test_the_vocabulary_of_the_header_matches_the_facts() -> None:
    law = laws()["us_take_it_down_act"]
    assert (law.clock("removal").value, law.clock("removal").unit) == (48, "hours")
    assert law.may_be_cited
    assert not laws()["us_defiance_act"].may_be_cited
    assert not laws()["uk_osa_takedown_48h"].may_be_cited


def test_an_unknown_clock_is_an_error() -> None:
    with pytest.raises(KeyError):
        laws()["us_take_it_down_act"].clock("never")


def test_every_law_with_a_counted_clock_has_a_place_to_count_in() -> None:
    for law in laws().values():
        if any(clock.is_counted for clock in law.clocks):
            assert law.jurisdiction == "EU" or law.jurisdiction in PLACES
            place_of(law.jurisdiction)


def test_the_longest_domain_wins_by_whole_labels() -> None:
    known = platforms()
    found = {host: known.by_host(host) for host in ("drive.google.com", "a.google.com", "netflix.com", "com", "x.com")}
    assert {host: facts.key if facts else None for host, facts in found.items()} == {
        "drive.google.com": "google_drive",
        "a.google.com": "google_search",
        "netflix.com": None,
        "com": None,
        "x.com": "x",
    }


def test_the_generic_site_stands_for_the_rest() -> None:
    assert platforms().generic.key == "generic_site"
    assert platforms().get("no_such_platform") is None


def edited(tmp_path: Path, name: str, old: str, new: str) -> Path:
    text = (PLAYBOOKS / name).read_text("utf-8")
    assert old in text
    path = tmp_path / name
    path.write_text(text.replace(old, new, 1), "utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('kind = "social"', 'kind = "sociable"', "'facebook': key 'kind'"),
        ('account_needed = "no"', "", "'facebook': key 'account_needed' is missing"),
        ('account_needed = "no"', 'account_needed = "no"\nacount = 1', "'facebook': key 'acount' is not a known key"),
        ("published_response_hours = 48", "published_response_hours = true", "key 'published_response_hours'"),
        ("published_response_hours = 48", "published_response_hours = -1", "may not be negative"),
        ('"content_urls",\n', '"content_uris",\n', "key 'asks_for' 'content_uris'"),
        ('kind = "text", value = "You must', 'kind = "txt", value = "You must', "not_removed_markers[0]: key 'kind'"),
        ("match = '^(?i:https?", "match = '^((?i:https?", "canonical_rules[0]: key 'match' is no regular expression"),
        ('domains = ["instagram.com",', 'domains = ["facebook.com",', "'facebook.com' in 'facebook' and 'instagram'"),
        ('key = "instagram"', 'key = "facebook"', "used twice ('facebook')"),
        ('domains = ["*"]', 'domains = ["any.site"]', "no entry has the domain '*'"),
        ("schema_version = 1", "schema_version = 2", "'schema_version' should be 1"),
        ('compiled = "', "compiled = ", "platforms.toml: "),
    ],
)
def test_a_wrong_fact_names_its_file_and_key(tmp_path: Path, old: str, new: str, named: str) -> None:
    with pytest.raises(BadFacts) as problem:
        platforms(edited(tmp_path, "platforms.toml", old, new))
    assert "platforms.toml" in str(problem.value)
    assert named in str(problem.value)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('status = "in_force"', 'status = "in force"', "'us_take_it_down_act': key 'status'"),
        ('basis = "calendar"', 'basis = "lunar"', "clocks[0]: key 'basis'"),
        ('sources = [\n  { title = "S.146', 'sources = [\n  { tittle = "S.146', "sources[0]: key 'title' is missing"),
    ],
)
def test_a_wrong_law_names_its_file_and_key(tmp_path: Path, old: str, new: str, named: str) -> None:
    with pytest.raises(BadFacts) as problem:
        laws(edited(tmp_path, "laws.toml", old, new))
    assert "laws.toml" in str(problem.value)
    assert named in str(problem.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadFacts, match=r"none\.toml"):
        laws(tmp_path / "none.toml")


def test_a_file_of_one_s_own_may_hold_a_few_platforms(tmp_path: Path) -> None:
    path = tmp_path / "few.toml"
    text = (PLAYBOOKS / "platforms.toml").read_text("utf-8")
    start, end = text.index("\n[[platform]]"), text.index("\n[[platform]]", text.index("\n[[platform]]") + 1)
    path.write_text("schema_version = 1\n" + text[start:end], "utf-8")
    assert [facts.key for facts in read_platforms(path)] == ["facebook"]


def test_markers_for_machines_are_marked_as_such() -> None:
    for facts in platforms().values():
        for mark in facts.removed_markers + facts.not_removed_markers:
            assert mark.kind == "http" or not (mark.statuses or mark.redirect_to or mark.drops)
            assert mark.kind == "json" or not mark.pattern
    assert tomllib.loads((PLAYBOOKS / "platforms.toml").read_text("utf-8"))["schema_version"] == 1
