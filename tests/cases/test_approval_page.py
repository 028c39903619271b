"""The pages of two people: what waits for me, what I asked, one request, yes and no."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cases import limits
from cases.access import acting_as
from cases.actor import Actor
from cases.models import Approval, ApprovalState, ApprovalVia, TrusteeLink
from cases.permissions import Role
from tests.cases.test_approval import ask, grant, join, two_supervisors
from tests.cases.test_limit import look
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_staff

pytestmark = pytest.mark.django_db
working = override_settings(APPROVALS=("tests.cases.test_approval.DOES",))
failing = override_settings(APPROVALS=("tests.cases.test_approval.REFUSES",))
LIST = "/approvals"


def page_of(who, address):
    return signed_in(who).get(address).content.decode()


def one(row):
    return reverse("cases:approval", args=[row.pk])


def decide(row, who, **fields):
    return press(signed_in(who), reverse("cases:approval_decide", args=[row.pk]), **fields)


def state_of(row, who):
    with acting_as(Actor.user(who)):
        return Approval.objects.get(pk=row.pk)


def test_what_waits_for_me_is_listed_counted_in_the_rail_and_on_today():
    case, asker, second_person = two_supervisors()
    ask(case, asker)
    page = page_of(second_person, LIST)
    assert "Waits for you" in page
    assert "Look and decide" in page
    assert case.reference in page
    assert "Lift a legal hold, asked by Sam" in page_of(second_person, "/today")
    assert "Nothing waits for your yes." in page_of(asker, LIST)
    assert "You asked" in page_of(asker, LIST)


def test_a_request_without_a_case_shows_on_today_too():
    asker, second_person = make_staff(roles=[Role.SUPERVISOR], name="Sam"), make_staff(roles=[Role.SUPERVISOR])
    ask(None, asker, kind="register_deletion", subject_id=uuid4())
    assert "Delete an entry of the register, asked by Sam" in page_of(second_person, "/today")


@working
def test_yes_does_it_and_the_list_says_who_decided():
    case, asker, second_person = two_supervisors()
    row = ask(case, asker)
    assert decide(row, second_person, do="grant").status_code == 302
    assert state_of(row, asker).state == ApprovalState.GRANTED
    assert "Bo" in page_of(asker, LIST)
    assert "Granted" in page_of(asker, one(row))


@failing
def test_a_yes_that_could_not_be_done_says_so_in_words():
    case, asker, second_person = two_supervisors()
    row = ask(case, asker)
    browser = signed_in(second_person)
    page = press(browser, reverse("cases:approval_decide", args=[row.pk]), do="grant")
    shown = browser.get(page["Location"]).content.decode()
    assert "You said yes, but it could not be done: The case was closed meanwhile." in shown
    assert "Could not be done" in shown


def test_no_needs_a_reason_and_the_asker_reads_it():
    case, asker, second_person = two_supervisors()
    row = ask(case, asker)
    assert decide(row, second_person, do="refuse", why="").status_code == 422
    assert state_of(row, asker).is_waiting
    assert decide(row, second_person, do="refuse", why="The appeal runs.").status_code == 302
    assert "The appeal runs." in page_of(asker, one(row))


@working
def test_who_comes_second_is_told_who_was_first():
    case, asker, second_person = two_supervisors()
    third = make_staff(roles=[Role.SUPERVISOR])
    join(case, third)
    row = ask(case, asker)
    grant(row, second_person)
    browser = signed_in(third)
    answer = press(browser, reverse("cases:approval_decide", args=[row.pk]), do="grant")
    assert "Somebody was first: this is granted." in browser.get(answer["Location"]).content.decode()


def test_the_asker_is_offered_to_take_it_back_and_nothing_else():
    case, asker, _second = two_supervisors()
    row = ask(case, asker)
    page = page_of(asker, one(row))
    assert "Take it back" in page
    assert "Yes, do it" not in page
    decide(row, asker, do="grant")
    assert state_of(row, asker).is_waiting
    decide(row, asker, do="withdraw")
    assert state_of(row, asker).state == ApprovalState.WITHDRAWN


def test_who_may_not_decide_reads_but_finds_no_button():
    case, asker, _second = two_supervisors()
    row = ask(case, asker)
    page = page_of(case.owner, one(row))
    assert "This is for somebody else to decide." in page
    assert "Yes, do it" not in page
    decide(row, case.owner, do="grant")
    assert state_of(row, asker).is_waiting


def test_a_stranger_to_the_case_finds_no_request():
    case, asker, _second = two_supervisors()
    row = ask(case, asker)
    outsider = make_staff()
    assert signed_in(outsider).get(one(row)).status_code == 404
    assert decide(row, outsider, do="grant").status_code == 404
    assert case.reference not in page_of(outsider, LIST)


@override_settings(TRUSTEES=("board@trust.example",))
def test_a_small_team_is_offered_a_trustee_and_sees_the_code_once():
    case = make_case(owner=make_staff(roles=[Role.SUPERVISOR]))
    row = ask(case, case.owner)
    browser = signed_in(case.owner)
    assert "Ask a trustee" in browser.get(one(row)).content.decode()
    press(browser, reverse("cases:approval_instead", args=[row.pk]), trustee="board@trust.example")
    first, again = browser.get(one(row)).content.decode(), browser.get(one(row)).content.decode()
    assert "Tell the trustee this code" in first
    assert "Tell the trustee this code" not in again
    assert TrusteeLink.objects.count() == 1
    make_staff()
    make_staff()
    assert "Ask a trustee" not in browser.get(one(row)).content.decode()


def test_what_goes_ahead_by_itself_stands_on_everybodys_page_without_its_words():
    case = make_case(owner=make_staff(roles=[Role.SUPERVISOR], name="Sam"))
    outsider = make_staff()
    row = ask(case, case.owner, reason="Her lawyer wrote.")
    press(signed_in(case.owner), reverse("cases:approval_instead", args=[row.pk]), do="announce")
    assert state_of(row, case.owner).via == ApprovalVia.DELAY
    today, page = page_of(outsider, "/today"), page_of(outsider, one(row))
    assert "unless somebody says stop" in today
    assert "Stop it" in page
    for text in (today, page, page_of(outsider, LIST)):
        assert case.reference not in text
        assert case.alias not in text
        assert "lawyer" not in text
    assert decide(row, outsider, do="stop", why="").status_code == 422
    assert decide(row, outsider, do="stop", why="Wait for Monday.").status_code == 302
    assert state_of(row, case.owner).state == ApprovalState.REFUSED


@override_settings(LIMITS=limits.table("look.hour=2:4,look.day=50:60"))
def test_a_supervisor_reads_one_sentence_about_what_is_unusual_and_nobody_is_ranked():
    person, supervisor = make_staff(name="Amira"), make_staff(roles=[Role.SUPERVISOR])
    look(person, 2, at=timezone.now())
    page = " ".join(page_of(supervisor, "/today").split())
    assert "Unusual: please ask" in page
    assert "<bdi>Amira</bdi>: 2 in one hour, usual is up to 1" in page
    assert "Unusual: please ask" not in page_of(make_staff(), "/today")


def test_the_list_costs_the_same_for_one_request_and_for_ten():
    asker, second_person = make_staff(roles=[Role.SUPERVISOR]), make_staff(roles=[Role.SUPERVISOR])
    counts = []
    for more in (1, 9):
        for _number in range(more):
            case = make_case()
            join(case, asker, second_person)
            ask(case, asker)
        browser = signed_in(second_person)
        with CaptureQueriesContext(connection) as queries:
            browser.get(LIST)
        counts.append(len(queries))
    assert counts[0] == counts[1]
