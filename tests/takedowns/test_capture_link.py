"""Capturing reported links: from a link's page, many from the list, and how they line up on the link's page."""

import re

import pytest
from django.test import Client

from cases.access import acting_as
from cases.actor import Actor
from cases.models import Case
from cases.permissions import Role
from evidence.models import Capture
from takedowns.actions import captured
from takedowns.models import ReportedUrl
from takedowns.states import LinkState
from tests.conftest import NOON
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.people import let_in
from tests.factories.takedowns import load_platforms, make_links

pytestmark = pytest.mark.django_db


def at_work(count: int = 1, *roles: Role) -> tuple[Case, Client, list[ReportedUrl]]:
    load_platforms()
    case = make_case(owner=make_staff(name="Amira K."))
    helper = make_staff(roles=list(roles), name="Helper") if roles else case.owner
    if roles:
        let_in(case, helper)
    links = make_links(case, "\n".join(f"https://site{n % 3}.hostile.net/v/{n}" for n in range(count)))
    return case, signed_in(helper), links


def captures(case: Case) -> list[Capture]:
    with acting_as(Actor.user(case.owner)):
        return list(Capture.objects.filter(case=case).order_by("requested_at", "pk"))


def text(answer) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def test_a_link_is_captured_from_its_page_with_its_own_address():
    case, browser, (link,) = at_work()
    page = f"/cases/{case.reference}/links/{link.pk}"
    assert "Capture this link" in text(browser.get(page))
    answer = press(browser, page + "/capture", url="https://elsewhere.net/")
    (capture,) = captures(case)
    assert answer.url == f"/cases/{case.reference}/captures/{capture.pk}/"
    with acting_as(Actor.user(case.owner)):
        assert (capture.link_id, capture.address, capture.with_media) == (link.pk, link.address, False)
    shown = text(browser.get(page))
    assert "Captures of this link, newest first" in shown
    assert "Waiting" in shown


def test_the_same_link_is_not_asked_for_twice_at_once():
    case, browser, (link,) = at_work()
    for _ in range(2):
        answer = press(browser, f"/cases/{case.reference}/links/{link.pk}/capture")
    assert len(captures(case)) == 1
    assert "under way already" in text(browser.get(answer.url))


def test_pictures_need_somebody_who_may_look():
    for role, expected in ((Role.CASEWORKER, True), (Role.TRAINEE, False)):
        case, browser, (link,) = at_work(1, role)
        press(browser, f"/cases/{case.reference}/links/{link.pk}/capture", with_media="on")
        assert captures(case)[0].with_media is expected


def test_fifty_links_are_queued_at_once_and_the_rest_is_left():
    case, browser, links = at_work(52)
    answer = press(browser, f"/cases/{case.reference}/links/capture", links=[str(link.pk) for link in links])
    assert len(captures(case)) == 50
    assert not any(one.with_media for one in captures(case))
    assert "50 pages wait to be captured" in text(browser.get(answer.url))


def test_links_under_way_are_left_out_and_said():
    case, browser, links = at_work(2)
    press(browser, f"/cases/{case.reference}/links/{links[0].pk}/capture")
    answer = press(browser, f"/cases/{case.reference}/links/capture", links=[str(link.pk) for link in links])
    shown = text(browser.get(answer.url))
    assert len(captures(case)) == 2
    assert "1 page waits" in shown
    assert "1 link was left out" in shown


@pytest.mark.parametrize("chosen", [[], ["nonsense"], ["00000000-0000-0000-0000-000000000000"]])
def test_choosing_nothing_is_said(chosen):
    case, browser, _ = at_work()
    answer = press(browser, f"/cases/{case.reference}/links/capture", links=chosen)
    assert not captures(case)
    assert "Choose at least one link" in text(browser.get(answer.url))


def test_a_call_taker_captures_nothing():
    case, browser, (link,) = at_work(1, Role.CALL_TAKER)
    assert "Capture this link" not in text(browser.get(f"/cases/{case.reference}/links/{link.pk}"))
    assert press(browser, f"/cases/{case.reference}/links/{link.pk}/capture").status_code in (403, 404)
    assert not captures(case)


@pytest.mark.parametrize(
    ("before", "after"), [(LinkState.FOUND, LinkState.CAPTURED), (LinkState.STILL_UP, LinkState.STILL_UP)]
)
def test_a_link_of_which_nothing_else_is_known_is_called_captured(before, after):
    case, _, (link,) = at_work()
    actor = Actor.user(case.owner)
    with acting_as(actor):
        ReportedUrl.objects.filter(pk=link.pk).update(state=before)
        captured.note(case=case, link_id=link.pk, by=actor, at=NOON)
        assert ReportedUrl.objects.get(pk=link.pk).state == after
