"""A case page: how to reach the person first, what to do next, and nothing of a case that is not yours."""

from datetime import date, time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.access import acting_as
from cases.actions import case_task, safe_contact
from cases.actions.safe_contact import Rule
from cases.actor import Actor
from cases.contact_strip import strip
from cases.contributions import Panel, Tab
from cases.models import Case, Channel, SafeContact
from cases.permissions import Role
from cases.states import AgeAnswer, CaseState
from tests.conftest import NOON
from tests.factories.browsers import signed_in
from tests.factories.cases import make_case, make_staff

pytestmark = pytest.mark.django_db


def _page(case, user=None):
    response = signed_in(user or case.owner).get(reverse("cases:case", args=[case.reference]))
    assert response.status_code == 200
    return response.content.decode()


def _say(case, *rules):
    actor = Actor.user(case.owner)
    with acting_as(actor):
        safe_contact.say(case_id=case.pk, rules=rules, confirmed=True, by=actor, at=timezone.now())


def _rule(channel=Channel.TEXT, **changes):
    return SafeContact(channel=channel, **{"is_allowed": True, "said_at": NOON, **changes})


def test_the_contact_rules_are_the_first_thing_on_the_page():
    case = make_case()
    evening = {"window_starts": time(18), "window_ends": time(20)}
    _say(case, Rule(Channel.TEXT, is_allowed=True, address="1", **evening), Rule(Channel.CALL, is_allowed=False))
    main = _page(case).split('id="main"')[1]
    assert "Text message 18:00 to 20:00 only. Do not call. Do not leave a message. Do not say who we are." in main
    assert main.index("Safe contact") < main.index("<h1")


@pytest.mark.parametrize(
    ("rules", "state"),
    [
        ([], "none"),
        ([_rule(is_allowed=False)], "never"),
        ([_rule(Channel.PAGE)], "never"),
        ([_rule()], "set"),
        ([_rule(review_on=date(2026, 11, 22))], "due"),
        ([_rule(review_on=date(2026, 11, 23))], "set"),
        ([_rule(valid_until=NOON)], "never"),
        ([_rule(ended_at=NOON)], "none"),
    ],
)
def test_an_unknown_way_is_a_closed_way(rules, state):
    assert strip(Case(age_answer=AgeAnswer.ADULT), rules, at=NOON).state == state


def test_the_age_answer_is_shown_as_said_by_somebody_and_never_as_confirmed():
    page = _page(make_case())
    assert "Adult: client said so" in page
    assert "confirmed" not in page.split("<main")[1].lower()


def test_a_case_locked_for_age_shows_its_number_how_to_reach_the_person_and_who_helps():
    case = make_case(age=None)
    actor = Actor.user(case.owner)
    with acting_as(actor):
        from cases.actions.case import answer_age

        Case.objects.get(pk=case.pk)
        answer_age(case_id=case.pk, answer=AgeAnswer.NOT_SURE, said_by="caller", by=actor, at=timezone.now())
    page = _page(case)
    main = page.split('id="main"')[1]
    assert case.reference in main
    assert "Who helps" in main
    assert "Take It Down" in main
    for tab in ("Links", "Evidence", "Timeline", "Do next", "Latest"):
        assert tab not in main
    client = signed_in(case.owner)
    assert client.get(reverse("cases:timeline", args=[case.reference])).status_code == 404
    supervisor = signed_in(make_staff(roles=[Role.SUPERVISOR]))
    assert supervisor.get(reverse("cases:timeline", args=[case.reference])).status_code == 200


def test_a_foreign_case_does_not_exist():
    case, other = make_case(), make_staff()
    for name in ("cases:case", "cases:timeline", "cases:client"):
        assert signed_in(other).get(reverse(name, args=[case.reference])).status_code == 404
    assert case.reference not in signed_in(other).get(reverse("cases:cases")).content.decode()


def test_do_next_is_in_order_of_clock_and_the_next_clock_is_a_fact():
    case = make_case()
    actor, now = Actor.user(case.owner), timezone.now()
    with acting_as(actor):
        for key, hours in (("second", 30), ("first", -6)):
            case_task.create(
                case=case, kind="first_contact", due_at=now + timedelta(hours=hours, minutes=-1), path="/",
                dedupe_key=key, by=actor, at=now,
            )  # fmt: skip
    page = _page(case)
    assert '<dd class="late">6 h late' in page
    assert page.index("Past the limit") < page.index("Later")
    assert page.count("btn--primary") == 1


def test_a_fresh_case_says_what_is_needed_before_the_first_notice():
    case = make_case()
    page = _page(case)
    assert "Before the first notice" in page
    _say(case, Rule(Channel.TEXT, is_allowed=True, address="1"))
    checklist = _page(case).split("Before the first notice")[1]
    assert checklist.index("is-have") < checklist.index("Safe contact asked")


def some_tabs(case, actor):
    """Stand for an upper app's tabs."""
    return [Tab("notices", "Letters", "/somewhere", 3, order=10)]


def some_panel(case, actor, at):
    """Stand for an upper app's panel."""
    facts = [{"label": "Links down", "value": "22", "note": "of 31"}]
    return Panel("cases/_signs.html", {"title": "a panel", "facts": facts})


def test_upper_apps_add_tabs_panels_and_facts(settings):
    settings.CASE_TABS = (f"{__name__}.some_tabs",)
    settings.CASE_PANELS = (f"{__name__}.some_panel",)
    page = _page(make_case())
    assert page.index("Overview") < page.index("Letters") < page.index("Timeline</a>")
    assert 'class="pairs small"' in page
    assert "Links down" in page
    assert "Before the first notice" not in page, "a notice was written already"


def test_the_list_can_be_narrowed_and_goes_on_by_key():
    owner = make_staff()
    cases = [make_case(owner=owner, at=NOON + timedelta(minutes=number)) for number in range(52)]
    client = signed_in(owner)
    first = client.get(reverse("cases:cases"))
    second = client.get(first.context["older"])
    shown = [case.pk for page in (first, second) for case in page.context["cases"]]
    assert shown == [case.pk for case in reversed(cases)]
    closed = client.get(reverse("cases:cases"), {"state": CaseState.CLOSED.value, "owner": "me"})
    assert "No cases match" in closed.content.decode()


@pytest.mark.parametrize("query", ["?state=evil", "?after=%00", "?after=2026_x", "?owner=%3Cb%3E", "?after=2026-1-2_1"])
def test_a_made_up_filter_shows_the_list(query):
    case = make_case()
    response = signed_in(case.owner).get(reverse("cases:cases") + query)
    assert response.status_code == 200
    assert case.reference in response.content.decode()


def test_the_list_costs_the_same_queries_for_one_case_and_for_ten(django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    few, many = make_staff(), make_staff()
    make_case(owner=few)
    for _number in range(10):
        make_case(owner=many)
    counts = []
    for person in (few, many):
        client = signed_in(person)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("cases:cases"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_an_administrator_sees_no_case_and_is_led_to_people():
    client = signed_in(make_staff(roles=[Role.ADMINISTRATOR]))
    assert client.get(reverse("cases:cases")).status_code == 404
    assert client.get("/").url == reverse("cases:people")


def test_somebody_without_a_role_is_told_so():
    person = make_staff()
    person.roles = []
    person.save()
    assert "no role yet" in signed_in(person).get("/").content.decode()
