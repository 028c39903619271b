"""Text that comes in is kept as it is, or refused in plain words; nothing is dropped silently."""

import pytest
from django import forms
from django.core.exceptions import ValidationError

from cases.forms import CleanedForm, PlainText


class OneText(CleanedForm):
    """A line, a longer text and a choice."""

    line = PlainText(max_length=10)
    text = PlainText(several_lines=True, required=False)
    choice = forms.ChoiceField(choices=[("a", "A")])
    missing = {"line": "Write a line."}


def _errors(**fields):
    return {name: found[0] for name, found in OneText(fields).errors.items()}


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\u009f"])
def test_control_characters_are_refused_and_their_place_is_named(sign):
    said = _errors(line=f"ab{sign}c", choice="a")["line"]
    assert "cannot be stored" in said
    assert "place 3" in said


def test_half_a_character_is_refused():
    with pytest.raises(ValidationError, match="broken character"):
        PlainText().clean("ab\ud800c")


def test_a_line_stays_on_one_line_and_a_text_may_have_several():
    assert _errors(line="a\nb", choice="a")["line"] == "Write this on one line."
    assert PlainText(several_lines=True).clean("a\r\nb\rc\td") == "a\nb\nc\td"


@pytest.mark.parametrize("text", ["e\u0301", "‮abc", "👩‍👧", "سارة", "<b>&amp;", "a b"])
def test_every_script_and_sign_of_people_comes_through_unchanged(text):
    assert PlainText().clean(f"  {text} ") == text


def test_blank_is_empty_and_says_what_to_do():
    assert _errors(line=" \t ", choice="") == {"line": "Write a line.", "choice": "Choose one of these."}


def test_what_is_too_long_says_how_long_it_is():
    assert _errors(line="x" * 11, choice="a")["line"] == "Shorten this to 10 characters (it has 11)."


def test_a_choice_that_was_not_offered_is_not_repeated_to_the_reader():
    assert _errors(line="x", choice="<script>")["choice"] == "Choose from the list."


def test_the_browser_never_cuts_a_pasted_text():
    assert "maxlength" not in str(OneText()["line"])


def test_a_sign_that_cannot_be_stored_is_said_once():
    assert len(OneText({"line": "a\0b", "choice": "a"}).errors["line"]) == 1


def test_a_line_has_200_characters_and_a_text_20_000_unless_told_otherwise():
    PlainText().clean("x" * 200)
    PlainText(several_lines=True).clean("x" * 20_000)
    with pytest.raises(ValidationError, match="Shorten this to 200"):
        PlainText().clean("x" * 201)
    with pytest.raises(ValidationError, match="Shorten this to 20000"):
        PlainText(several_lines=True).clean("x" * 20_001)
