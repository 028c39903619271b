"""The pages of captures: asking, watching, stopping, asking again, and what they say of a half capture."""

import re
from uuid import uuid4

import pytest
from django.test import Client

from cases import pulse
from cases.access import acting_as
from cases.actor import Actor
from cases.models import Case, Event
from cases.permissions import Role
from cases.states import AgeAnswer
from evidence.actions import capture as actions
from evidence.capture import browser
from evidence.capture.panels import captures as captures_panel
from evidence.models import Capture, CaptureState
from tests.conftest import NOON
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.people import let_in

pytestmark = pytest.mark.django_db
URL = "https://site.hostile.net/v/secret-path"


def at_work(*roles: Role, **more) -> tuple[Case, Client]:
    """Return a case and a browser of somebody in it: its owner, or a helper with the given roles."""
    case = make_case(owner=make_staff(name="Amira K."), **more)
    if not roles:
        return case, signed_in(case.owner)
    helper = make_staff(roles=list(roles), name="Helper")
    let_in(case, helper)
    return case, signed_in(helper)


def all_of(case: Case) -> list[Capture]:
    with acting_as(Actor.user(case.owner)):
        return list(Capture.objects.filter(case=case).select_related("exhibit").order_by("requested_at", "pk"))


def text(answer) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def ask(case: Case, browser_: Client, **fields):
    return press(browser_, f"/cases/{case.reference}/captures/new", **{"url": URL, **fields})


def test_a_typed_address_waits_and_its_page_says_so_without_showing_it_at_once():
    case, tab = at_work()
    answer = ask(case, tab)
    (capture,) = all_of(case)
    assert answer.status_code == 302
    assert answer.url.endswith(f"/captures/{capture.pk}/")
    page = text(tab.get(answer.url))
    assert "Waiting" in page
    assert "It waits for its turn" in page
    assert "Stop this capture" in page
    # The address is in the folded part alone.
    assert page.count("secret-path") == 1
    assert page.index("secret-path") > page.index("<details")
    listed = text(tab.get(f"/cases/{case.reference}/captures"))
    assert "site.hostile.net" in listed
    assert "1 capture" in listed


@pytest.mark.parametrize(
    ("url", "said"),
    [("", "Paste the address"), ("http://10.0.0.1/x", "may not visit"), ("javascript:alert(1)", "may not visit")],
)
def test_an_address_that_cannot_be_captured_is_said_and_stays_typed(url, said):
    case, tab = at_work()
    answer = ask(case, tab, url=url)
    assert answer.status_code == 422
    assert said in text(answer)
    assert not all_of(case)
    assert f'value="{url}"' in text(answer) or not url


def test_pictures_are_asked_for_only_by_who_may_look_and_with_their_tick():
    case, tab = at_work(Role.CASEWORKER)
    assert "pictures and films on the page are saved too" in text(tab.get(f"/cases/{case.reference}/captures"))
    ask(case, tab, with_media="on")
    trainee, other = at_work(Role.TRAINEE)
    assert "saved too" not in text(other.get(f"/cases/{trainee.reference}/captures"))
    ask(trainee, other, with_media="on")
    assert [all_of(one)[0].with_media for one in (case, trainee)] == [True, False]


def test_asking_again_for_pictures_needs_somebody_who_may_look():
    case, tab = at_work(Role.TRAINEE)
    actor = Actor.user(case.owner)
    with acting_as(actor):
        old = actions.request(case_id=case.pk, url=URL, link_id=None, with_media=True, by=actor, at=NOON)
        actions.stop(capture_id=old.pk, by=actor, at=NOON)
    press(tab, f"/cases/{case.reference}/captures/{old.pk}/again")
    assert len(all_of(case)) == 1


def test_a_person_stops_it_and_asks_again():
    case, tab = at_work()
    ask(case, tab)
    (capture,) = all_of(case)
    page = f"/cases/{case.reference}/captures/{capture.pk}/"
    press(tab, page + "stop")
    assert "A person stopped it. Nothing was kept." in text(tab.get(page))
    press(tab, page + "stop")
    assert "This capture has ended." in text(tab.get(page))
    answer = press(tab, page + "again")
    assert [one.state for one in all_of(case)] == [CaptureState.STOPPED, CaptureState.QUEUED]
    assert "2 captures" in text(tab.get(answer.url))


def test_one_press_stops_all_that_wait_and_leaves_what_ended_alone():
    case, tab = at_work()
    for number in range(3):
        ask(case, tab, url=f"{URL}/{number}")
    first = all_of(case)[0]
    press(tab, f"/cases/{case.reference}/captures/{first.pk}/stop")
    list_page = text(tab.get(f"/cases/{case.reference}/captures"))
    assert "2 pages wait or are being captured." in list_page
    answer = press(tab, f"/cases/{case.reference}/captures/stop")
    assert answer.url.endswith("/captures")
    assert {one.state for one in all_of(case)} == {CaptureState.STOPPED}
    list_page = text(tab.get(answer.url))
    assert "2 captures were stopped." in list_page
    assert "Stop all that wait" not in list_page
    with acting_as(Actor.user(case.owner)):
        stopped = Event.objects.filter(case=case, kind="evidence.capture_stopped")
        assert len(set(stopped.values_list("subject", flat=True))) == stopped.count() == 3
    press(tab, f"/cases/{case.reference}/captures/stop")
    assert "No capture of this case waits any more." in text(tab.get(answer.url))


def test_what_waits_for_a_worker_that_is_away_says_so_in_words(hearts):
    case, tab = at_work()
    page = ask(case, tab).url
    said = "This waits for a part of the system that is not running"
    assert said in text(tab.get(page))
    assert said in text(tab.get(f"/cases/{case.reference}/captures"))
    hearts.say_alive(hearts.CAPTURE)
    assert said not in text(tab.get(page))
    assert tab.get(page + "changes", {"state": "queued.", "away": "1"}).json()["changes"] == 1
    assert tab.get(page + "changes", {"state": "queued.", "away": "0"}).json()["changes"] == 0


def test_the_page_is_told_when_the_capture_goes_on():
    case, tab = at_work()
    ask(case, tab)
    (capture,) = all_of(case)
    changes = f"/cases/{case.reference}/captures/{capture.pk}/changes"
    assert tab.get(changes + "?state=queued.").json()["changes"] == 0
    assert tab.get(changes + "?state=running.opening").json()["changes"] == 1


def test_a_failure_says_why_and_what_else_can_be_done():
    case, tab = at_work()
    ask(case, tab)
    (capture,) = all_of(case)
    with acting_as(Actor.user(case.owner)):
        capture.state, capture.reason, capture.finished_at = CaptureState.FAILED, "tls_failed", NOON
        capture.save()
    page = text(tab.get(f"/cases/{case.reference}/captures/{capture.pk}/"))
    assert "certificate is not valid" in page
    assert "add a screenshot by hand" in page
    assert "Capture again" in page


def test_where_no_browser_can_be_shut_in_the_button_says_so(monkeypatch):
    monkeypatch.setenv("RECOURSE_CHROMIUM", "/nowhere")
    browser._works.cache_clear()
    try:
        case, tab = at_work()
        page = text(tab.get(f"/cases/{case.reference}/captures"))
    finally:
        browser._works.cache_clear()
    assert "No browser is installed for captures." in page
    assert "Capture this page" not in page


def test_the_worker_that_makes_captures_says_whether_it_can(monkeypatch):
    monkeypatch.setattr(pulse, "TOLD_KEY", f"recourse:told:{uuid4()}")
    case, tab = at_work()
    monkeypatch.setattr(browser, "trouble", lambda: "no_sandbox")
    assert "Captures do not work here" in text(tab.get(f"/cases/{case.reference}/captures"))
    pulse.tell(pulse.CAPTURE, "")
    assert "Captures do not work here" not in text(tab.get(f"/cases/{case.reference}/captures"))
    pulse.tell(pulse.CAPTURE, "no_browser")
    assert "No browser is installed for captures." in text(tab.get(f"/cases/{case.reference}/captures"))
    pulse._client().delete(pulse.TOLD_KEY)


@pytest.mark.parametrize("age", [AgeAnswer.UNDER_18, AgeAnswer.NOT_SURE])
def test_for_a_locked_case_nothing_of_this_exists(age):
    case, tab = at_work(age=age)
    assert tab.get(f"/cases/{case.reference}/captures").status_code == 404
    assert ask(case, tab).status_code == 404


def test_before_the_age_was_asked_no_capture_can_be_asked_for():
    case, tab = at_work(age=None)
    assert "Capture this page" not in text(tab.get(f"/cases/{case.reference}/captures"))
    assert ask(case, tab).status_code == 422
    assert not all_of(case)


def test_the_page_of_evidence_leads_to_captures():
    case, tab = at_work()
    ask(case, tab)
    with acting_as(Actor.user(case.owner)):
        panel = captures_panel(case, Actor.user(case.owner), NOON)
    assert panel is not None
    assert panel.context["captures_count"] == 1


def test_titles_and_sites_of_strangers_are_text_and_nothing_else():
    case, tab = at_work()
    ask(case, tab)
    (capture,) = all_of(case)
    with acting_as(Actor.user(case.owner)):
        capture.title = "<script>alert(1)</script>"
        capture.facts = {
            "addresses": ["<b>x</b>"],
            "status": 200,
            "notes": ["popups"],
            "tls": {"issuer": "<i>", "subject": "<u>"},
        }
        capture.save()
    page = text(tab.get(f"/cases/{case.reference}/captures/{capture.pk}/"))
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert "<b>x</b>" not in page
    assert "<i>" not in page
