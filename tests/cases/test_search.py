"""Exact look-ups: a number or an alias, whole, and only among the cases one may see."""

import pytest
from django.urls import reverse

from cases.contributions import Hit
from tests.factories.browsers import signed_in
from tests.factories.cases import make_case, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _this_app_alone(settings):
    settings.SEARCH_SOURCES = ("cases.search.cases",)


def _ask(user, text):
    return signed_in(user).get(reverse("cases:search"), {"q": text})


@pytest.mark.parametrize("shape", ["{ref}", "{lower}", "{number}", " {ref} ", "C {number}", "{alias}", "{alias_lower}"])
def test_a_number_or_an_alias_opens_the_case(shape):
    case = make_case()
    number = case.reference.removeprefix("C-")
    ref, alias = case.reference, case.alias
    text = shape.format(ref=ref, lower=ref.lower(), number=number, alias=alias, alias_lower=alias.lower())
    assert _ask(case.owner, text).url == reverse("cases:case", args=[case.reference])


def test_a_part_of_a_word_finds_nothing():
    case = make_case()
    page = _ask(case.owner, case.alias[:2]).content.decode()
    assert "Nothing found that you may see." in page


def test_a_foreign_case_is_not_found():
    case = make_case()
    assert "Nothing found" in _ask(make_staff(), case.reference).content.decode()


@pytest.mark.parametrize(
    ("text", "words"), [("", "Type a case number"), ("a\x00", "cannot be stored"), ("x" * 2001, "Shorten")]
)
def test_what_cannot_be_looked_up_says_why(text, words):
    response = _ask(make_staff(), text)
    assert response.status_code == 422
    assert words in response.content.decode()


def some_hits(text, actor):
    """Stand for an upper app's source."""
    return [Hit("<b>one</b>", "here", "/one"), Hit("two", "there", "/two")]


def test_several_hits_are_listed_as_text(settings):
    settings.SEARCH_SOURCES = (f"{__name__}.some_hits",)
    page = _ask(make_staff(), "anything").content.decode()
    assert "<b>one</b>" not in page
    assert "&lt;b&gt;one" in page
    assert 'href="/two"' in page
