"""Look a person up over the organisation: one word, no list, no trace of the text, and a supervisor who decides."""

from uuid import uuid4

import pytest
from django.db import ProgrammingError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from cases import keys
from cases.access import acting_as
from cases.actions import contact as contacts
from cases.actions import look_up, match
from cases.actions import party as parties
from cases.actions.look_up import Answer
from cases.actor import Actor
from cases.limits import OverLimit
from cases.models import Bar, Case, CaseLink, Event, Lookup, LookupKind, Match, MatchDecision, PartyRole
from cases.permissions import Role
from cases.states import IllegalMove
from cases.tasks import sweep_effects
from tests.conftest import NOON, logged_in_as
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_client, make_staff

pytestmark = pytest.mark.django_db
NUMBER = "+44 20 7946 0018"


def known(case: Case, **texts) -> Case:
    """Write a person with these values into a case."""
    actor = Actor.user(case.owner)
    with acting_as(actor):
        parties.save(
            case_id=case.pk, role=PartyRole.CLIENT, by=actor, at=NOON, **(texts or {"phone": NUMBER, "name": "Ada Lee"})
        )
    return case


def ask(user, *, at=NOON, case=None, **values):
    actor = Actor.user(user)
    asked = {LookupKind(kind): text for kind, text in (values or {"phone": NUMBER}).items()}
    with acting_as(actor):
        return look_up.ask(values=asked, by=actor, at=at, case=case)


def test_the_answer_is_none_one_of_yours_or_ask_the_supervisor():
    asker = make_staff()
    assert ask(asker).answer == Answer.NONE
    known(make_case())
    elsewhere = ask(asker)
    assert (elsewhere.answer, elsewhere.cases) == (Answer.SUPERVISOR, ())
    mine = known(make_case(owner=asker))
    both = ask(asker)
    assert both.answer == Answer.YOURS
    assert [case.pk for case in both.cases] == [mine.pk]


@pytest.mark.parametrize(
    "values",
    [{"phone": "0044 20 79460018"}, {"name": "lee, ADA"}, {"email": "ada@mail.example"}, {"account": "@Ada_L"}],
)
def test_each_kind_finds_the_same_person(values):
    known(make_case(), phone=NUMBER, name="Ada Lee", email="Ada@mail.example", account="ada_l")
    assert ask(make_staff(), **values).answer == Answer.SUPERVISOR


def test_the_address_somebody_named_for_safe_contact_finds_them_until_they_give_it_up():
    from cases.actions import safe_contact
    from cases.actions.safe_contact import Rule
    from cases.models import Channel

    case = make_case()
    actor = Actor.user(case.owner)
    with acting_as(actor):
        rule = Rule(Channel.CALL, is_allowed=True, address=NUMBER)
        safe_contact.say(case_id=case.pk, rules=[rule], confirmed=True, by=actor, at=NOON)
    assert ask(make_staff()).answer == Answer.SUPERVISOR
    with acting_as(actor):
        safe_contact.stop(case_id=case.pk, by=actor, at=NOON)
    assert ask(make_staff()).answer == Answer.NONE


def test_the_asker_learns_no_reference_and_cannot_read_what_was_met():
    case, asker = known(make_case()), make_staff()
    ask(asker)
    page = press(signed_in(asker), reverse("cases:look_up"), phone=NUMBER).content.decode()
    assert "Ask your supervisor" in page
    assert case.reference not in page
    with acting_as(Actor.user(asker)):
        assert not Match.objects.exists()
        assert not Lookup.objects.filter(case=case).exists()
        assert match.people(uuid4()) == []
    assert signed_in(asker).get(reverse("cases:matches")).status_code == 404


def test_the_web_login_can_write_and_remove_no_match():
    case, asker = known(make_case()), make_staff()
    ask(asker)
    for statement in ("delete from cases_match", "delete from cases_caselink"):
        with (
            acting_as(Actor.user(make_staff(roles=[Role.SUPERVISOR]))),
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    assert case


def _raw(actor, *, asking_case=None):
    _version, mac = keys.blind_index("phone", "+442079460018")
    with acting_as(actor), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "select recourse_look_up(%s::text[], %s::bytea[], %s, null, now())", [["phone"], [mac], asking_case]
        )
        return cursor.fetchone()[0]


def test_clients_people_who_left_and_foreign_cases_ask_nothing_even_in_sql():
    case = known(make_case())
    client, left = make_client(), make_staff()
    left.is_active = False
    left.save()
    for actor in (Actor.client(client), Actor.user(left), Actor.system("web")):
        with pytest.raises(ProgrammingError, match="Only staff"):
            _raw(actor)
    with pytest.raises(ProgrammingError, match="not yours"):
        _raw(Actor.user(make_staff()), asking_case=case.pk)


def test_the_record_says_that_it_was_asked_and_never_what():
    asker = make_staff()
    case = make_case(owner=asker)
    ask(asker, case=case, phone=NUMBER, name="Ada Lee")
    with acting_as(Actor.user(asker)):
        event = Event.objects.get(case=case, kind="cases.look_up_asked")
        assert event.body["kinds"] == ["name", "phone"]
        assert keys.blind_index("phone", "+442079460018")[1].hex() in event.body["hashes"]
        assert "Ada" not in str(event.body)
        assert "7946" not in str(event.body)


def test_too_many_questions_are_refused(settings):
    from cases import limits

    settings.LIMITS = limits.table("look_up.hour=1:2")
    asker = make_staff()
    ask(asker)
    ask(asker)
    with pytest.raises(OverLimit):
        ask(asker)
    page = press(signed_in(asker), reverse("cases:look_up"), phone=NUMBER)
    assert page.status_code in (200, 429)
    assert ask(make_staff()).answer == Answer.NONE


def test_nothing_to_look_up_is_asked_again_and_not_counted():
    asker = make_staff()
    answer = press(signed_in(asker), reverse("cases:look_up"), name="Ada")
    assert answer.status_code == 422
    assert "first and last name" in answer.content.decode()


def contact(user, **answers):
    actor = Actor.user(user)
    now = timezone.now()
    with acting_as(actor):
        row = contacts.start(taken_by=user, alias="Quiet Harbour", at=now)
        contacts.save(contact_id=row.pk, answers=answers, version=1, at=now)
    return row


TOLD = {"name": "Ada Lee", "phone": NUMBER, "age": "adult", "may_contact": "no", "about": "me"}


def become(user, row):
    from cases import naming

    actor = Actor.user(user)
    now = timezone.now()
    with acting_as(actor):
        return contacts.become_case(
            contact_id=row.pk,
            answers={"alias": naming.suggest_alias()},
            version=2,
            owner=user,
            by=actor,
            at=now,
        )


def test_every_contact_that_becomes_a_case_is_looked_up_and_the_match_is_about_the_case():
    other, taker = known(make_case()), make_staff(roles=[Role.CASEWORKER])
    made = become(taker, contact(taker, **TOLD))
    supervisor = make_staff(roles=[Role.SUPERVISOR])
    with acting_as(Actor.user(supervisor)):
        (row,) = Match.objects.open()
        assert (row.asked_reference, row.other_reference) == (made.reference, other.reference)
        assert row.kinds == ["name", "phone"]
        assert row.asked_by_id == taker.pk


def test_the_contact_page_says_what_was_found_and_asks_again_only_for_something_new():
    mine_owner = make_staff()
    mine = known(make_case(owner=mine_owner))
    row = contact(mine_owner)
    client = signed_in(mine_owner)
    where = reverse("cases:contact", args=[row.pk])
    typed = {"name": "Ada Lee", "phone": NUMBER, "shown": "full", "do": "on"}
    for version in ("2", "3"):
        assert press(client, where, version=version, **typed).status_code == 302
    page = client.get(where).content.decode()
    assert "One of yours:" in page
    assert mine.reference in page
    with acting_as(Actor.user(make_staff(roles=[Role.SUPERVISOR]))):
        assert Event.objects.filter(kind="cases.look_up_asked").count() == 1


def test_an_answer_cannot_be_typed_into_a_contact():
    taker = make_staff()
    row = contact(taker)
    press(signed_in(taker), reverse("cases:contact", args=[row.pk]), version="2", shown="full", do="save", met="yours")
    assert signed_in(taker).get(reverse("cases:contact", args=[row.pk])).status_code == 200


@pytest.fixture
def met(as_worker):
    """Two cases that share a number, as a supervisor finds them. The worker's login, so that effects run."""
    with logged_in_as("web"):
        other = known(make_case(owner=make_staff(name="Bo L.")))
        asker = make_staff(name="Ana M.")
        case = make_case(owner=asker)
        ask(asker, case=case)
        supervisor = make_staff(roles=[Role.SUPERVISOR], name="Sol P.")
        with acting_as(Actor.user(supervisor)):
            found = Match.objects.get()
    return case, other, found, supervisor


def decide(met, decision, *kept_apart):
    case, _other, found, supervisor = met
    with logged_in_as("web"):
        client = signed_in(supervisor)
        where = reverse("cases:match", args=[found.pk])
        assert case.reference in client.get(where).content.decode()
        answer = press(client, where, decision=decision, kept_apart=[str(user.pk) for user in kept_apart])
    sweep_effects()
    sweep_effects()
    return answer


def test_the_same_person_links_both_cases_and_merges_nothing(met):
    case, other, _found, _supervisor = met
    assert decide(met, "same_person").status_code == 302
    with logged_in_as("web"):
        page = signed_in(case.owner).get(reverse("cases:parties", args=[case.reference])).content.decode()
        assert "The same person" in page
        assert "a case that is not yours" in page
        assert other.reference not in page
        with acting_as(Actor.user(other.owner)):
            assert CaseLink.objects.get(case=other).other_id == case.pk
            assert Event.objects.filter(case=other, kind="cases.cases_linked").count() == 1


def test_opposing_interests_bar_the_named_and_tell_nobody(met):
    case, other, _found, supervisor = met
    assert decide(met, "opposing").status_code == 422
    assert decide(met, "opposing", case.owner).status_code == 302
    with logged_in_as("web"):
        for one in (case, other):
            page = signed_in(one.owner).get(reverse("cases:parties", args=[one.reference])).content.decode()
            assert "Opposing" not in page
            with acting_as(Actor.user(one.owner)):
                assert not CaseLink.objects.exists()
                assert not Event.objects.filter(kind="cases.cases_linked").exists()
        with acting_as(Actor.user(supervisor)):
            assert CaseLink.objects.filter(kind="opposing").count() == 2
            assert Bar.objects.get().user_id == case.owner_id
            assert Bar.objects.get().case_id == other.pk


def test_nothing_to_do_with_each_other_ends_it(met):
    assert decide(met, "nothing").status_code == 302
    with logged_in_as("web"), acting_as(Actor.user(met[3])):
        assert not Match.objects.open().exists()
        assert not CaseLink.objects.exists()


def test_a_match_is_decided_once(met):
    supervisor = Actor.user(met[3])
    with logged_in_as("web"), acting_as(supervisor):
        again = {"match_id": met[2].pk, "by": supervisor, "at": NOON}
        match.decide(decision=MatchDecision.NOTHING, **again)
        with pytest.raises(IllegalMove, match="already"):
            match.decide(decision=MatchDecision.SAME_PERSON, **again)


def test_a_supervisor_who_is_kept_out_of_a_case_decides_nothing_about_it(met):
    from cases.actions import membership

    _case, other, _found, supervisor = met
    with logged_in_as("web"):
        with acting_as(Actor.user(supervisor)):
            membership.bar(case_id=other.pk, user=supervisor, reason="conflict", by=Actor.user(supervisor), at=NOON)
        with acting_as(Actor.user(supervisor)):
            assert not Match.objects.exists()


def test_a_question_without_a_case_can_only_end_as_nothing():
    known(make_case())
    ask(make_staff())
    supervisor = Actor.user(make_staff(roles=[Role.SUPERVISOR]))
    with acting_as(supervisor):
        row = Match.objects.get()
        with pytest.raises(IllegalMove, match="no case yet"):
            match.decide(match_id=row.pk, decision=MatchDecision.SAME_PERSON, by=supervisor, at=NOON)
        match.decide(match_id=row.pk, decision=MatchDecision.NOTHING, by=supervisor, at=NOON)


def test_today_tells_supervisors_that_something_waits():
    known(make_case())
    asker = make_staff()
    ask(asker)
    words = "1 person was met in two cases"
    assert words in signed_in(make_staff(roles=[Role.SUPERVISOR])).get("/today").content.decode()
    assert words not in signed_in(asker).get("/today").content.decode()
