"""Wording about fakes: each sentence says who says so, and none of ours says that something is fake."""

from itertools import product

import pytest

from evidence.findings.wording import (
    CHECKED,
    OPINIONS,
    WHAT_IS_CLAIMED,
    WHO_CLAIMS,
    Known,
    assessment_sentence,
    claim_sentence,
    comparison_sentence,
    sentences,
    too_sure,
)
from evidence.models import (
    Assessment,
    CheckAnswer,
    CheckItem,
    ClaimNature,
    Comparison,
    Exhibit,
    Opinion,
    SaidBy,
    SourceCheck,
    SyntheticClaim,
)


def claim(**values: str) -> SyntheticClaim:
    return SyntheticClaim.make(case_id=None, **{"nature": "swapped", "said_by": "client", **values})


def assessment(**values: str) -> Assessment:
    given = {
        "kind": "expert", "who": "Dr. Example", "organisation": "Example Laboratory", "method": "Reading of light",
        "opinion": "supports", "confidence": "moderate", "limits": "a copy only", "assessed_on": "2026-11-18",
    }  # fmt: skip
    return Assessment.make(case_id=None, **{**given, **values})


def test_every_claim_by_everybody_has_its_sentence():
    assert set(WHAT_IS_CLAIMED) == set(ClaimNature)
    assert set(WHO_CLAIMS) == set(SaidBy)
    assert set(OPINIONS) == set(Opinion)
    assert set(CHECKED) == set(product(CheckItem, (CheckAnswer.YES, CheckAnswer.NO)))


@pytest.mark.parametrize(("nature", "who"), list(product(ClaimNature.values, SaidBy.values)))
def test_no_sentence_of_ours_is_too_sure(nature: str, who: str):
    said = claim_sentence(claim(nature=nature, said_by=who, said_on="2026-11-20"), {})
    assert too_sure(said) == []
    assert "20 November 2026" in said


@pytest.mark.parametrize(("opinion", "kind"), list(product(Opinion.values, ["expert", "detector"])))
def test_an_assessment_is_told_as_somebody_elses(opinion: str, kind: str):
    said = assessment_sentence(assessment(opinion=opinion, kind=kind, tool="FakeScan 2.0"), {})
    assert too_sure(said) == []
    assert ("not definitive" in said) == (kind == "detector")
    assert "Limits as stated: a copy only." in said
    assert "Confidence as stated: moderate." in said


def test_confidence_that_nobody_stated_is_not_made_up():
    said = assessment_sentence(assessment(confidence="", limits=""), {})
    assert "Confidence as stated: none." in said
    assert "Limits as stated: none." in said


@pytest.mark.parametrize(
    "text",
    [
        "The picture is fake.",
        "This video was clearly a deepfake.",
        "We looked. It is authentic.",
        "The report proves it.",
        "Without doubt a computer made it.",
        "It is 100 % certain.",
        "This packet is court-proof.",
        "The client called us.\nThe pictures are forged",
    ],
)
def test_a_sentence_that_claims_too_much_is_found(text: str):
    assert len(too_sure(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "The client states that it is a fake.",
        "In the assessment of Dr. Example it is authentic.",
        "The poster wrote: this is a deepfake.",
        "The findings support that a computer made it.",
        "",
        "Das Bild ist eine Fälschung.",
    ],
)
def test_a_sentence_that_says_who_says_so_passes(text: str):
    assert too_sure(text) == []


def test_what_nobody_did_makes_no_sentence():
    answers = {"original": {"answer": "no", "notes": ""}, "reverse": {"answer": "not_done", "notes": "no time"}}
    known = Known(checks=[SourceCheck.make(case_id=None, answers=answers)])
    assert sentences(known) == ["The material of this case: The original was looked for and not found."]


def test_a_comparison_tells_what_a_person_saw():
    one, other = (Exhibit(producer="AK", number=n) for n in (1, 2))
    said = comparison_sentence(Comparison.make(case_id=None, exhibit=one, other=other, differences="The light"))
    assert said == (
        "Exhibit AK/001 was compared with AK/002, which is said to be its original. "
        "Differences seen by a person: The light."
    )


def test_an_emptied_row_makes_no_sentence_and_no_error():
    known = Known(claims=[claim(nature="", said_by="")], assessments=[assessment(opinion="")])
    assert sentences(known) == []


def test_a_claim_that_the_context_is_false_is_not_one_of_a_fake():
    assert claim(nature="swapped").is_synthetic
    assert not claim(nature="context").is_synthetic
    assert not claim(nature="").is_synthetic
