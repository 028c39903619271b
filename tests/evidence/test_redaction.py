"""Hidden words: one stand-in throughout, in any spelling, and never half a word of somebody else's."""

import pytest

from evidence.packet.redaction import Hidden, HiddenKind, Redactor, letters, named


def words(*found: str, why: str = "Not a party") -> Hidden:
    return Hidden(kind=HiddenKind.WORDS, alias="", why=why, words=found)


def redactor(*hidden: Hidden) -> Redactor:
    return Redactor(named(hidden))


def test_each_thing_gets_a_stand_in_of_its_own_and_keeps_it():
    found = named([words("Max Muster"), words("@nora_k"), Hidden(kind=HiddenKind.LINK, alias="", why="x", thing="1")])
    assert [one.alias for one in found] == ["Person A", "Person B", "Link A"]
    assert named(found) == found


def test_letters_go_on_after_z():
    assert [letters(number) for number in (0, 25, 26, 27, 51, 52)] == ["A", "Z", "AA", "AB", "AZ", "BA"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Max Muster wrote.", "Person A wrote."),
        ("max  MUSTER wrote.", "Person A wrote."),
        ("Max\nMuster wrote.", "Person A wrote."),
        ("Maximilian Muster wrote.", "Maximilian Muster wrote."),
        ("https://x.example/@nora_k/1", "https://x.example/Person B/1"),
        ("(@nora_k)", "(Person B)"),
        ("my@nora_kk", "my@nora_kk"),
        ("BigMax Muster wrote.", "BigMax Muster wrote."),
        ("李明说", "李明说"),
    ],
)
def test_a_hidden_word_is_found_as_a_whole_and_in_any_case(text, shown):
    assert redactor(words("Max Muster"), words("@nora_k")).text(text) == shown


def test_a_word_of_another_script_is_hidden():
    hiding = redactor(words("محمد العربي"), words("李明"))
    assert hiding.text("قال محمد العربي شيئا، 李明.") == "قال Person A شيئا، Person B."


def test_the_longest_name_goes_first():
    hiding = redactor(words("Max", "Max Muster"), words("Muster GmbH"))
    assert hiding.text("Max Muster, Max, Muster GmbH") == "Person A, Person A, Person B"


def test_tags_stay_and_what_is_escaped_is_found():
    hiding = redactor(words("Müller & Co"), words("p"))
    assert hiding.html('<p class="p">Müller &amp; Co</p>') == '<p class="p">Person A</p>'
    assert hiding.html("<p>p</p>") == "<p>Person B</p>"


def test_nothing_hidden_changes_nothing():
    assert Redactor([]).html("<p>Max</p>") == "<p>Max</p>"
    assert not Redactor([]).holds("Max")
    assert redactor(words("Max")).holds("by max.")


def test_what_is_hidden_comes_back_from_its_row():
    one = named([words("Max Muster", "@max")])[0]
    assert Hidden.of_row(one.as_row()) == one
