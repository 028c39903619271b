"""A first contact: one screen that saves itself, and one press that makes a case of it."""

import pytest
from django.urls import reverse

from cases.access import acting_as
from cases.actions import contact as contacts
from cases.actor import Actor
from cases.models import (
    Case,
    CaseTask,
    Channel,
    Consent,
    ConsentBasis,
    Contact,
    ContactState,
    Effect,
    Party,
    Power,
    SafeContact,
)
from cases.permissions import Role
from cases.states import AgeAnswer, CaseState, IllegalMove
from tests.conftest import NOON
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_staff

pytestmark = pytest.mark.django_db

TOLD = {
    "safe_now": "yes",
    "source": "phone",
    "about": "me",
    "age": "adult",
    "alias": "Heron",
    "name": "Sam",
    "may_contact": "yes",
    "channels": ["text"],
    "phone": "+44 7700 900123",
    "window_starts": "18:00",
    "window_ends": "20:00",
    "time_zone": "Europe/London",
    "may_leave_message": "no",
    "language": "en",
    "country": "GB",
    "what_happened": "Somebody put two videos up.",
    "agrees_ask_sites": "yes",
    "agrees_share_police": "no",
    "witness": "Amira K.",
    "shown": "full",
}


@pytest.fixture
def amira():
    return make_staff()


@pytest.fixture
def contact(amira):
    client = signed_in(amira)
    response = press(client, reverse("cases:new_contact"))
    with acting_as(Actor.user(amira)):
        found = Contact.objects.get()
    assert response.url == reverse("cases:contact", args=[found.pk])
    return found


def _row(contact, user):
    with acting_as(Actor.user(user)):
        fresh = Contact.objects.get(pk=contact.pk)
        return fresh, dict(fresh.answers)


def _open(client, contact, **changes):
    told = {**TOLD, "version": "1", "do": "open", **changes}
    return press(client, reverse("cases:contact", args=[contact.pk]), **told)


def test_a_look_at_the_first_page_makes_no_contact(amira):
    response = signed_in(amira).get(reverse("cases:new_contact"))
    assert "is it safe for you to talk" in response.content.decode()
    with acting_as(Actor.user(amira)):
        assert not Contact.objects.exists()


def test_what_is_typed_saves_itself_and_is_sealed(amira, contact):
    address = reverse("cases:contact_save", args=[contact.pk])
    response = signed_in(amira).post(address, {"what_happened": "a quiet word", "version": "1"})
    assert response.json()["version"] == 2
    row, answers = _row(contact, amira)
    assert answers["what_happened"] == "a quiet word"
    assert b"a quiet word" not in bytes(row.sealed)


def test_one_press_opens_a_case_with_everything_that_was_told(amira, contact):
    response = _open(signed_in(amira), contact)
    with acting_as(Actor.user(amira)):
        case = Case.objects.get()
        assert response.url == reverse("cases:case", args=[case.reference])
        assert (case.alias, case.state, case.age_answer) == ("Heron", CaseState.ACTIVE, AgeAnswer.ADULT)
        assert case.what_happened == "Somebody put two videos up."
        assert Party.objects.get().name == "Sam"
        assert CaseTask.objects.get(kind="first_contact").assigned_to == amira
        rules = {rule.channel: rule for rule in SafeContact.objects.standing()}
        assert rules[Channel.TEXT].is_allowed
        assert rules[Channel.TEXT].address == "+44 7700 900123"
        assert not rules[Channel.CALL].is_allowed
        assert not rules[Channel.EMAIL].is_allowed
        given = {row.power: row for row in Consent.objects.standing()}
        assert given[Power.ASK_SITES].is_given
        assert given[Power.ASK_SITES].basis == ConsentBasis.ORAL
        assert not given[Power.SHARE_POLICE].is_given
        assert Power.ASK_HOSTS not in given
        assert not Effect.objects.exists()


def test_a_contact_that_became_a_case_keeps_the_number_only(amira, contact):
    _open(signed_in(amira), contact)
    row, answers = _row(contact, amira)
    assert row.state == ContactState.BECAME_CASE
    assert set(answers) == {"case"}


def test_a_second_press_opens_no_second_case(amira, contact):
    client = signed_in(amira)
    _open(client, contact)
    _open(client, contact)
    with acting_as(Actor.user(amira)):
        assert Case.objects.count() == 1


@pytest.mark.parametrize("answer", ["under_18", "not_sure"])
def test_under_18_or_not_sure_locks_the_case_and_keeps_no_story(amira, contact, answer):
    client = signed_in(amira)
    _open(client, contact, age=answer, shown="short")
    with acting_as(Actor.user(amira)):
        case = Case.objects.get()
        assert case.is_age_locked
        assert case.what_happened == ""
        assert not Party.objects.exists()
        assert not Consent.objects.exists()
        assert SafeContact.objects.standing().filter(is_allowed=True).exists()
        assert CaseTask.objects.get().kind == "age_lock"
    page = client.get(reverse("cases:case", args=[case.reference])).content.decode()
    assert "Take It Down" in page or "Report Remove" in page
    assert "two videos" not in page


def test_the_screen_of_a_locked_contact_names_who_helps_and_hides_what_was_told(amira, contact):
    client = signed_in(amira)
    address = reverse("cases:contact", args=[contact.pk])
    press(client, address, **{**TOLD, "age": "under_18", "version": "1", "do": "on"})
    page = client.get(address).content.decode()
    assert "Report Remove" in page
    assert "two videos" not in page
    assert 'name="what_happened"' not in page


def test_links_are_not_asked_for_before_the_age_question(amira, contact, settings):
    settings.INTAKE_PARTS = ("tests.cases.test_contact.SAMPLE_PART",)
    client = signed_in(amira)
    address = reverse("cases:contact", args=[contact.pk])
    assert 'class="empty"' not in client.get(address).content.decode()
    press(client, address, **{**TOLD, "version": "1", "do": "on"})
    assert 'class="empty"' in client.get(address).content.decode()


class SamplePart:
    """A part of another app, as settings would name it."""

    key = "sample"
    template = "components/empty.html"
    saved: list[str] = []

    def context(self, answers):
        return {}

    def errors(self, answers):
        return {"sample": "That is no sample."} if answers.get("sample") == "wrong" else {}

    def save(self, *, case, answers, by, at):
        self.saved.append(answers["sample"])


SAMPLE_PART = SamplePart()


def test_a_part_of_another_app_says_what_it_cannot_take_and_is_saved_with_the_case(amira, contact, settings):
    settings.INTAKE_PARTS = ("tests.cases.test_contact.SAMPLE_PART",)
    client = signed_in(amira)
    refused = _open(client, contact, sample="wrong")
    assert refused.status_code == 422
    assert "That is no sample." in refused.content.decode()
    _open(client, contact, sample="right")
    assert SAMPLE_PART.saved == ["right"]


def test_opening_says_what_is_still_to_ask_and_loses_nothing(amira, contact):
    told = {"version": "1", "do": "open", "what_happened": "Told once.", "agrees_ask_sites": "yes", "shown": "full"}
    response = press(signed_in(amira), reverse("cases:contact", args=[contact.pk]), **told)
    page = response.content.decode()
    assert response.status_code == 422
    for words in ("Ask about the age", "Ask whether we may contact", "Write who heard it", "Told once."):
        assert words in page
    with acting_as(Actor.user(amira)):
        assert not Case.objects.exists()


def test_an_alias_can_only_come_from_the_list(amira, contact):
    assert _open(signed_in(amira), contact, alias="Sam Smith").status_code == 422


@pytest.mark.parametrize(
    ("field", "text"),
    [("what_happened", "a\x00b"), ("name", "x" * 101), ("name", "two\nlines"), ("window_starts", "late")],
)
def test_text_that_cannot_be_kept_is_refused_with_the_rest_still_there(amira, contact, field, text):
    told = {**TOLD, "version": "1", "do": "save", "witness": "kept words", field: text}
    response = press(signed_in(amira), reverse("cases:contact", args=[contact.pk]), **told)
    assert response.status_code == 422
    assert "kept words" in response.content.decode()


def test_markup_is_kept_as_text_and_shown_as_text(amira, contact):
    client = signed_in(amira)
    address = reverse("cases:contact", args=[contact.pk])
    press(client, address, **{**TOLD, "version": "1", "do": "save", "what_happened": "<script>alert(1)</script>"})
    page = client.get(address).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_stale_save_shows_both_versions_and_loses_neither(amira, contact):
    client = signed_in(amira)
    address = reverse("cases:contact", args=[contact.pk])
    save = reverse("cases:contact_save", args=[contact.pk])
    client.post(save, {"what_happened": "from the other window", "version": "1"})
    assert client.post(save, {"what_happened": "from this window", "version": "1"}).status_code == 409
    told = {**TOLD, "version": "1", "do": "save", "what_happened": "from this window"}
    both = press(client, address, **told)
    page = both.content.decode()
    assert both.status_code == 409
    assert "from the other window" in page
    assert "from this window" in page
    assert 'name="version" value="2"' in page
    press(client, address, **{**told, "version": "2"})
    assert _row(contact, amira)[1]["what_happened"] == "from this window"


def test_a_contact_may_end_without_a_case_and_keeps_figures_only(amira, contact):
    told = {**TOLD, "version": "1", "do": "end", "outcome": "advice", "minutes": "12"}
    press(signed_in(amira), reverse("cases:contact", args=[contact.pk]), **told)
    row, answers = _row(contact, amira)
    assert row.state == ContactState.ENDED
    assert answers == {"source": "phone", "outcome": "advice", "minutes": 12, "language": "en", "country": "GB"}


def test_no_colleague_but_who_answers_for_the_person_reads_a_contact_while_it_is_being_taken(contact):
    address = reverse("cases:contact", args=[contact.pk])
    assert signed_in(make_staff(roles=[Role.CASEWORKER])).get(address).status_code == 404
    assert signed_in(make_staff(roles=[Role.SUPERVISOR])).get(address).status_code == 200


@pytest.mark.parametrize("left_out", ["age", "may_contact", "alias"])
def test_no_case_is_opened_over_an_open_question_whoever_calls_the_action(left_out):
    user = make_staff()
    actor = Actor.user(user)
    told = {name: value for name, value in TOLD.items() if name != left_out}
    with acting_as(actor):
        row = contacts.start(taken_by=user, alias="", at=NOON)
        with pytest.raises(IllegalMove, match="come before a case"):
            contacts.become_case(contact_id=row.pk, answers=told, version=1, owner=user, by=actor, at=NOON)
        assert not Case.objects.exists()


def test_a_contact_that_was_ended_takes_nothing_more():
    user = make_staff()
    with acting_as(Actor.user(user)):
        row = contacts.start(taken_by=user, alias="", at=NOON)
        contacts.end(contact_id=row.pk, answers={"outcome": "advice"}, version=1, at=NOON)
        with pytest.raises(IllegalMove, match="ended already"):
            contacts.save(contact_id=row.pk, answers={"name": "Sam"}, version=1, at=NOON)
