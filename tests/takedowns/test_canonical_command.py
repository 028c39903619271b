"""`manage.py canonical`: one object for each address, in the order given; what cannot be read is told, not a crash."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from takedowns.reference import platforms
from tests.factories.takedowns import load_platforms

pytestmark = pytest.mark.django_db


def told(*urls: str, as_json: bool = True) -> list[dict[str, str]]:
    out = StringIO()
    call_command("canonical", *urls, *(["--json"] if as_json else []), stdout=out)
    found: list[dict[str, str]] = json.loads(out.getvalue())
    return found


def test_every_example_of_the_playbook_is_told_in_order():
    rules = [(key, rule) for key, platform in platforms().items() for rule in platform.canonical_rules]
    answers = told(*(rule.example_in for _key, rule in rules))
    assert [(answer["platform"], answer["canonical"]) for answer in answers] == [
        (key, rule.example_out) for key, rule in rules
    ]
    assert all(answer["identity"].startswith(f"{answer['platform']}:") for answer in answers)


def test_the_playbook_that_was_loaded_is_the_one_that_is_asked():
    load_platforms()
    (answer,) = told("http://vidnest.localhost:8100/v/8f2k1?utm_source=chat")
    assert answer["platform"] == "vidnest"


def test_what_cannot_be_read_is_an_object_with_an_error_between_the_others():
    answers = told("https://youtu.be/abcdefghij_", "no link", "", "https://a.org/\udcff", "https://x.com/a/status/1")
    assert [bool(answer.get("error")) for answer in answers] == [False, True, True, True, False]
    assert answers[0]["identity"] == "youtube:/watch?v=abcdefghij_"
    assert answers[1]["platform"] is None


def test_two_addresses_in_one_argument_are_not_chosen_between():
    (answer,) = told("https://a.org/1 https://a.org/2")
    assert "more than one" in answer["error"]


def test_an_unknown_site_is_generic_and_a_copy_names_its_archive():
    plain, copy = told("example.org/a?utm_source=x", "https://web.archive.org/web/2024/https://example.org/a")
    assert (plain["platform"], plain["identity"]) == ("generic_site", copy["identity"])
    assert copy["archive"] == "web.archive.org"


def test_plain_text_names_each_address():
    out = StringIO()
    call_command("canonical", "https://x.com/a/status/1", "words", stdout=out)
    assert out.getvalue().splitlines()[:2] == ["x:/i/status/1", "  https://x.com/i/status/1"]
    assert "words" in out.getvalue()
