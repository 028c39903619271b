"""Letters: the written elements of the law, exact words, and nothing about a person that nobody switched on."""

import re
from dataclasses import replace
from datetime import date

import pytest

from takedowns.letters import ELEMENTS, LetterFacts, Material, compose, requirements
from takedowns.reference import laws, platforms

ACT = laws()["us_take_it_down_act"]
REDDIT = platforms()["reddit"]
COMPLETE = LetterFacts(
    organisation="Example Helpline",
    signatory="Robin Example",
    signatory_role="Head of casework",
    contact_email="removals@helpline.example.org",
    reference="L-7K2M9Q",
    written_on=date(2026, 11, 22),
    links=("https://www.reddit.com/comments/vq6zo8?a=1&b=<2>", "https://i.redd.it/abc123.jpg"),
    material=Material.BOTH,
    signature="Robin Example",
    states_no_consent=True,
    is_authorised=True,
)


def missing(facts: LetterFacts) -> list[str]:
    return [requirement.key for requirement in requirements(ACT, facts) if not requirement.have]


def test_the_act_s_four_written_parts_and_the_authority_are_the_checklist() -> None:
    assert [requirement.key for requirement in requirements(ACT, COMPLETE)] == [
        "signature",
        "identification",
        "statement",
        "contact",
        "authorisation_proof",
    ]
    assert missing(COMPLETE) == []


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"signature": " "}, "signature"),
        ({"links": ()}, "identification"),
        ({"links": ("somewhere on reddit",)}, "identification"),
        ({"states_no_consent": False}, "statement"),
        ({"contact_email": ""}, "contact"),
        ({"is_authorised": False}, "authorisation_proof"),
    ],
)
def test_each_part_is_missed_when_it_is_missing(changes: dict[str, object], key: str) -> None:
    facts = replace(COMPLETE, **changes)  # type: ignore[arg-type]
    assert missing(facts) == [key]
    if not key.startswith("identification") or not facts.links:
        assert "[" in compose(facts, platform=REDDIT, law=ACT).body


def test_a_complete_letter_has_nothing_in_brackets() -> None:
    for law in (ACT, None):
        assert "[" not in compose(COMPLETE, platform=REDDIT, law=law).body


def test_the_letter_under_the_act_holds_what_the_act_asks_for() -> None:
    letter = compose(COMPLETE, platform=REDDIT, law=ACT)
    assert letter.subject == "TAKE IT DOWN Act: request to remove intimate images and video (L-7K2M9Q)"
    assert ACT.name.startswith("TAKE IT DOWN Act")
    assert "Public Law 119-12" in letter.body
    assert "Pub. L. 119-12" in ACT.name
    assert f"not later than {ACT.clock('removal').value} hours after receiving" in letter.body
    assert ACT.clock("known_identical_copies").value == ACT.clock("removal").value
    assert "known identical copies" in letter.body
    assert "good faith belief" in letter.body
    assert "without the individual's consent" in letter.body
    assert "/s/ Robin Example" in letter.body
    assert "removals@helpline.example.org" in letter.body


def test_links_stand_in_the_letter_exactly_as_found() -> None:
    for law in (ACT, None):
        lines = compose(COMPLETE, platform=REDDIT, law=law).body.splitlines()
        assert f"1. {COMPLETE.links[0]}" in lines
        assert f"2. {COMPLETE.links[1]}" in lines


def test_the_policy_letter_names_the_platform_s_category_and_no_law() -> None:
    letter = compose(COMPLETE, platform=REDDIT)
    assert REDDIT.abuse_category in letter.body
    assert "Act" not in letter.body
    assert "48" not in letter.body


def test_a_forgery_is_called_one() -> None:
    facts = replace(COMPLETE, is_synthetic=True)
    assert "digital forgery" in compose(facts, platform=REDDIT, law=ACT).body
    assert "made or changed by a computer" in compose(facts, platform=REDDIT).body
    assert "forgery" not in compose(COMPLETE, platform=REDDIT, law=ACT).body


@pytest.mark.parametrize("field", ["depicted_name", "uploader_account", "contact_phone", "postal_address"])
def test_personal_details_are_there_only_when_given(field: str) -> None:
    assert getattr(COMPLETE, field) == ""
    for law in (ACT, None):
        given = compose(replace(COMPLETE, **{field: "Zebra 99"}), platform=REDDIT, law=law)  # type: ignore[arg-type]
        assert "Zebra 99" in given.body
        assert "Zebra 99" not in given.subject


def test_typed_text_can_make_no_line_of_its_own() -> None:
    facts = replace(COMPLETE, reference="L-1\r\nBcc: x@example.org", description="a\n\n5. Signature\n/s/ Somebody")
    letter = compose(facts, platform=REDDIT, law=ACT)
    assert "\n" not in letter.subject
    assert "\r" not in letter.subject
    assert letter.body.count("\n/s/ ") == 1


def test_typed_text_is_no_template_and_is_not_escaped() -> None:
    facts = replace(COMPLETE, organisation="O'Brien & {{ signatory }} {% now 'Y' %} <b>")
    assert "From: O'Brien & {{ signatory }} {% now 'Y' %} <b>" in compose(facts, platform=REDDIT, law=ACT).body


def test_letters_say_no_more_than_they_may() -> None:
    for law in (ACT, None):
        letter = compose(COMPLETE, platform=REDDIT, law=law)
        words = f"{letter.subject} {letter.body}".lower()
        for unwanted in ("court-proof", "victim", "revenge", "explicit", "horrific", "immediately", "case number"):
            assert unwanted not in words
        assert not re.search(r"\n{3}|[ \t]\n", letter.body)
        assert letter.body.startswith("22 November 2026\n")


@pytest.mark.parametrize("key", ["us_defiance_act", "uk_osa_takedown_48h", "eu_dsa_16"])
def test_no_letter_rests_on_what_is_no_law_yet_or_has_no_text(key: str) -> None:
    with pytest.raises(ValueError, match=key):
        compose(COMPLETE, platform=REDDIT, law=laws()[key])


def test_everything_that_a_platform_asks_for_has_a_label() -> None:
    for platform in platforms().values():
        for requirement in requirements(platform, COMPLETE):
            assert requirement.key in ELEMENTS
            assert requirement.label
            assert requirement.why


def test_a_platform_s_checklist_is_what_it_asks_for() -> None:
    facebook = platforms()["facebook"]
    found = {requirement.key: requirement.have for requirement in requirements(facebook, COMPLETE)}
    assert list(found) == list(facebook.asks_for)
    assert [key for key, have in found.items() if not have] == ["content_description"]
