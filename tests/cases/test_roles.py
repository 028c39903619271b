"""What each role meets: its first page, its rail, and no button that would answer "not found"."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.access import acting_as
from cases.actions import case as case_actions
from cases.actor import Actor
from cases.permissions import Role
from cases.states import AgeAnswer
from tests.factories.browsers import signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.people import let_in

pytestmark = pytest.mark.django_db
FORM = re.compile(r"<form[^>]*?action=\"(/[^\"]*)\"")
LINK = re.compile(r"<a[^>]*? href=\"(/[^\"#?]*)")


def _case_of(person):
    """Return a case that a person reaches in the way their role does."""
    if person.has_role(Role.CALL_TAKER):
        make_staff(roles=[Role.SUPERVISOR])
        by = Actor.user(person)
        with acting_as(by):
            case = case_actions.open_case(by=by, at=timezone.now(), owner=person)
            answer = {"answer": AgeAnswer.ADULT, "said_by": "client"}
            return case_actions.answer_age(case_id=case.pk, by=by, at=timezone.now(), **answer)
    case = make_case()
    if person.has_role(Role.SUPERVISOR):
        return case
    let_in(case, person)
    return case


@pytest.mark.parametrize("role", [Role.CALL_TAKER, Role.TRAINEE, Role.CASEWORKER, Role.SUPERVISOR])
def test_no_page_of_a_case_shows_a_way_that_is_shut(role):
    person = make_staff(roles=[role])
    client = signed_in(person)
    start = reverse("cases:case", args=[_case_of(person).reference])
    pages = {start, *LINK.findall(client.get(start).content.decode())}
    shut = []
    for page in sorted(pages):
        response = client.get(page)
        if response.status_code == 404:
            shut.append(f"link {page}")
            continue
        for target in set(FORM.findall(response.content.decode())) - {reverse("account_logout")}:
            if client.post(target).status_code == 404:
                shut.append(f"form {target} on {page}")
    assert not shut
    assert client.get(start).status_code == 200
    assert len(pages) > 8


def test_a_call_taker_sees_neither_evidence_nor_notices_nor_bundles():
    tam = make_staff(roles=[Role.CALL_TAKER])
    case = _case_of(tam)
    page = signed_in(tam).get(reverse("cases:case", args=[case.reference])).content.decode()
    for path in ("evidence", "notices", "bundle"):
        assert f"/cases/{case.reference}/{path}" not in page
    assert f"/cases/{case.reference}/links" in page


def test_an_administrator_lands_on_people_and_reads_no_case():
    ines = make_staff(roles=[Role.ADMINISTRATOR])
    case = make_case()
    client = signed_in(ines)
    assert client.get("/", follow=True).request["PATH_INFO"] == reverse("cases:people")
    for name in ("today", "cases", "emergency", "roster"):
        assert client.get(reverse(f"cases:{name}")).status_code == 404
    for name in ("case", "timeline", "client", "case_people"):
        assert client.get(reverse(f"cases:{name}", args=[case.reference])).status_code == 404


def test_the_rail_is_grouped_and_says_what_somebody_is():
    both = make_staff(roles=[Role.ADMINISTRATOR, Role.SUPERVISOR])
    page = signed_in(both).get(reverse("cases:today")).content.decode()
    labels = re.findall(r'<h2 class="nav-label"[^>]*>([^<]+)</h2>', page)
    assert labels == ["Casework", "Team", "Running it"]
    assert "Administrator, Supervisor" in page
