"""Notes: said to be a fact, the client's words or an opinion, and never changed."""

import pytest
from django.urls import reverse

from cases.access import acting_as
from cases.actions import note
from cases.actor import Actor
from cases.events import CaseEvent
from cases.models import Event, Note, NoteNature
from cases.states import AgeAnswer, IllegalMove
from tests.conftest import NOON
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_staff

pytestmark = pytest.mark.django_db


def _write(case, user=None, **fields):
    return press(signed_in(user or case.owner), reverse("cases:note", args=[case.reference]), **fields)


def test_a_note_says_what_it_is_and_stands_in_the_timeline():
    case = make_case()
    response = _write(case, nature="client_words", text="“I only told my sister.”\nShe said it twice.")
    page = signed_in(case.owner).get(response.url).content.decode()
    assert "Client’s words:" in page or "Client&#x27;s words:" in page
    assert "“I only told my sister.”<br>She said it twice." in page
    with acting_as(Actor.user(case.owner)):
        note = Note.objects.get()
        assert (note.nature, note.author) == (NoteNature.CLIENT_WORDS, case.owner)
        assert b"sister" not in bytes(note.sealed)
        assert Event.objects.filter(kind=CaseEvent.NOTE_WRITTEN, subject=f"cases_note:{note.pk}").exists()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"text": "kept words"}, "Say what it is"),
        ({"nature": "fact", "text": ""}, "Write the note."),
        ({"nature": "fact", "text": " \n "}, "Write the note."),
        ({"nature": "fact", "text": "kept words\x00"}, "cannot be stored"),
        ({"nature": "fact", "text": "kept words" + "x" * 5000}, "Shorten this"),
        ({"nature": "gossip", "text": "kept words"}, "Choose from the list."),
    ],
)
def test_a_note_that_cannot_be_kept_says_why_and_keeps_the_text(fields, words):
    case = make_case()
    response = _write(case, **fields)
    page = response.content.decode()
    assert response.status_code == 422
    assert words in page
    assert "<title>Error:" in page
    if "kept words" in fields["text"]:
        assert "kept words" in page
    with acting_as(Actor.user(case.owner)):
        assert not Note.objects.exists()


def test_a_second_press_keeps_one_note():
    case = make_case()
    client = signed_in(case.owner)
    address = reverse("cases:note", args=[case.reference])
    fields = {"nature": "fact", "text": "once", "form_token": "a-token-of-this-one-form"}
    client.post(address, fields)
    client.post(address, fields)
    with acting_as(Actor.user(case.owner)):
        assert Note.objects.count() == 1


def test_a_locked_case_and_a_foreign_case_take_no_note():
    locked = make_case(age=AgeAnswer.UNDER_18)
    assert _write(locked, nature="fact", text="x").status_code == 404
    assert _write(make_case(), make_staff(), nature="fact", text="x").status_code == 404


def test_a_locked_case_takes_no_note_from_whoever_calls_the_action():
    case = make_case(age=AgeAnswer.UNDER_18)
    actor = Actor.user(case.owner)
    with acting_as(actor), pytest.raises(IllegalMove, match="locked for age"):
        note.write(case_id=case.pk, nature=NoteNature.FACT, text="x", author=case.owner, by=actor, at=NOON)
