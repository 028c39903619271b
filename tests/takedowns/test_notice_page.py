"""The notice composer: one page in four parts, by mail or by form, with nothing lost on an error."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cases.access import acting_as
from cases.actor import Actor
from cases.models import Case
from takedowns.models import Notice, ReportedUrl, Route
from takedowns.states import NoticeState
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.takedowns import load_platforms, make_consent, make_links, make_notice

pytestmark = pytest.mark.django_db
TWO_LINKS = "http://vidnest.localhost:8100/v/one\nhttp://vidnest.localhost:8100/v/two"


def at_work(text: str = TWO_LINKS, *, consent: bool = True) -> tuple[Case, list[ReportedUrl], Client]:
    load_platforms()
    case = make_case()
    if consent:
        make_consent(case)
    return case, make_links(case, text), signed_in(case.owner)


def the_notice(case: Case) -> Notice:
    with acting_as(Actor.user(case.owner)):
        notice: Notice = Notice.objects.select_related("case", "platform").get(case=case)
        notice.opened()
        return notice


def typed(notice: Notice, **more: Any) -> dict[str, Any]:
    """What the page of a draft sends when nothing was changed."""
    return {
        "version": notice.version,
        "route": notice.route,
        "material": "images",
        "subject": notice.subject,
        "text": notice.text,
        "recipient": notice.recipient,
        **more,
    }


def path_of(notice: Notice, *rest: str) -> str:
    return f"/cases/{notice.case.reference}/notices/{notice.pk}/{''.join(rest)}"


def test_a_notice_is_written_for_the_ticked_links():
    case, urls, browser = at_work()
    page = browser.get(f"/cases/{case.reference}/notices/new").content.decode()
    assert "Take It Down Act" in page
    assert "Their agent for removal requests reads it" in page
    answer = press(
        browser,
        f"/cases/{case.reference}/notices/new",
        do="write",
        links=[str(url.pk) for url in urls],
        route=Route.TAKE_IT_DOWN,
    )
    assert answer.status_code == 302
    page = browser.get(answer.url).content.decode()
    assert "http://vidnest.localhost:8100/v/one" in page
    assert "thing is missing" in page
    assert 'href="#id_states_no_consent"' in page
    assert 'rel="noopener noreferrer nofollow"' in page


def test_links_of_two_sites_are_refused_with_the_ticks_kept():
    case, urls, browser = at_work(TWO_LINKS + "\nhttp://photopost.localhost:8100/p/one")
    answer = press(
        browser,
        f"/cases/{case.reference}/notices/new",
        do="choose",
        links=[str(url.pk) for url in urls],
        route=Route.POLICY,
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "more than one site (photopost.localhost, vidnest.localhost)" in page
    assert " checked" in page


def test_no_link_chosen_says_so():
    case, _urls, browser = at_work()
    answer = press(browser, f"/cases/{case.reference}/notices/new", do="write", route=Route.POLICY)
    assert answer.status_code == 422
    assert "Choose at least one link" in answer.content.decode()


def test_without_consent_the_page_leads_to_the_client():
    case, urls, browser = at_work(consent=False)
    page = browser.get(f"/cases/{case.reference}/notices/new").content.decode()
    assert "has not agreed that we ask sites" in page
    assert f"/cases/{case.reference}/client" in page
    press(
        browser,
        f"/cases/{case.reference}/notices/new",
        do="write",
        links=[str(url.pk) for url in urls],
        route=Route.POLICY,
    )
    with acting_as(Actor.user(case.owner)):
        assert not Notice.objects.exists()


def test_ticking_the_statement_writes_it_into_the_letter_and_fills_the_gap():
    case, urls, browser = at_work()
    notice = make_notice(case, urls, route=Route.TAKE_IT_DOWN)
    press(browser, path_of(notice), **typed(notice, do="rewrite", states_no_consent="on"))
    notice = the_notice(case)
    assert "has a good faith belief" in notice.text
    assert "Nothing is missing." in browser.get(path_of(notice)).content.decode()


def test_a_tick_alone_is_enough_while_nobody_changed_the_letter_by_hand():
    case, urls, browser = at_work()
    notice = make_notice(case, urls, route=Route.TAKE_IT_DOWN)
    press(browser, path_of(notice), **typed(notice, do="mail", states_no_consent="on"))
    notice = the_notice(case)
    assert notice.state == NoticeState.SENDING
    assert notice.is_complete
    assert "has a good faith belief" in notice.text


def test_a_letter_does_not_change_under_the_hands_of_who_types():
    case, urls, browser = at_work()
    notice = make_notice(case, urls, route=Route.TAKE_IT_DOWN)
    before = notice.text
    answer = browser.post(path_of(notice, "save"), typed(notice, states_no_consent="on"))
    assert the_notice(case).text.strip() == before.strip()
    more = {"version": answer.json()["version"], "states_no_consent": "on"}
    press(browser, path_of(notice), **{**typed(notice), **more})
    assert "has a good faith belief" in the_notice(case).text


def test_words_typed_by_hand_are_never_replaced_by_a_tick():
    case, urls, browser = at_work()
    notice = make_notice(case, urls, route=Route.TAKE_IT_DOWN)
    mine = notice.text + "\nPlease hurry."
    press(browser, path_of(notice), **typed(notice, text=mine, states_no_consent="on"))
    kept = the_notice(case)
    assert "Please hurry." in kept.text
    assert "statement that it was published without consent is missing" in kept.text
    page = browser.get(path_of(notice)).content.decode()
    assert "1 thing is missing" in page


def test_another_route_writes_another_letter():
    case, urls, browser = at_work()
    notice = make_notice(case, urls, route=Route.POLICY)
    press(browser, path_of(notice), **typed(notice, do="route", route=Route.TAKE_IT_DOWN))
    assert "TAKE IT DOWN Act" in the_notice(case).subject


def test_an_error_keeps_every_typed_word():
    case, urls, browser = at_work()
    notice = make_notice(case, urls)
    answer = press(
        browser, path_of(notice), **typed(notice, do="mail", recipient="not an address", text="My <b>own</b> words")
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "My &lt;b&gt;own&lt;/b&gt; words" in page
    assert "Enter one e-mail address" in page
    assert the_notice(case).state == NoticeState.DRAFT


@pytest.mark.parametrize("bad", ["a\x00b", "a\ud800b"])
def test_signs_that_cannot_be_stored_are_refused_in_words(bad):
    case, urls, browser = at_work()
    notice = make_notice(case, urls)
    answer = press(browser, path_of(notice), **typed(notice, subject=bad.encode("utf-8", "surrogatepass")))
    assert answer.status_code in (302, 422)
    answer = press(browser, path_of(notice), **typed(notice, subject="a\x00b"))
    assert answer.status_code == 422


def test_the_page_says_how_long_a_mail_can_be_called_back(settings):
    settings.NOTICE_UNDO_SECONDS = 45
    case, urls, browser = at_work()
    assert "call it back for 45 seconds" in browser.get(path_of(make_notice(case, urls))).content.decode()


def test_a_mail_leaves_only_after_the_time_to_call_it_back():
    case, urls, browser = at_work()
    notice = make_notice(case, urls)
    press(browser, path_of(notice), **typed(notice, do="mail"))
    notice = the_notice(case)
    assert notice.state == NoticeState.SENDING
    page = browser.get(path_of(notice)).content.decode()
    assert "It leaves at" in page
    press(browser, path_of(notice, "back"))
    assert the_notice(case).state == NoticeState.DRAFT


def test_something_missing_under_the_act_asks_for_a_reason():
    case, urls, browser = at_work()
    notice = make_notice(case, urls, route=Route.TAKE_IT_DOWN)
    answer = press(browser, path_of(notice), **typed(notice, do="mail"))
    assert answer.status_code == 422
    assert "say why you send it anyway" in answer.content.decode()
    press(browser, path_of(notice), **typed(notice, do="mail", reason="It spreads."))
    assert the_notice(case).state == NoticeState.SENDING


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"ticket": "", "sent_at": "2026-11-22T12:00"}, "None was given"),
        ({"ticket": "VN-1", "sent_at": ""}, "Enter when you sent it"),
        ({"ticket": "VN-1", "sent_at": "2099-01-01T12:00"}, "has not come yet"),
        ({"ticket": "VN-1", "sent_at": "yesterday"}, "Enter the day and time"),
    ],
)
def test_sent_by_form_needs_a_ticket_or_none_and_a_time(given, said):
    case, urls, browser = at_work()
    notice = make_notice(case, urls)
    answer = press(browser, path_of(notice), **typed(notice, do="form", **given))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert the_notice(case).state == NoticeState.DRAFT


def test_sent_by_form_shows_the_frozen_letter_the_ticket_and_the_clock():
    case, urls, browser = at_work()
    notice = make_notice(case, urls)
    now = timezone.localtime(timezone.now())
    press(browser, path_of(notice), **typed(notice, do="form", ticket="VN-123456", sent_at=f"{now:%Y-%m-%dT%H:%M}"))
    page = browser.get(path_of(notice)).content.decode()
    assert "VN-123456" in page
    assert "It does not change any more" in page
    assert "<textarea" not in page.split("Record answer")[0]
    assert browser.get(f"/cases/{case.reference}/notices").content.decode().count("VidNest") >= 1


def test_the_form_fields_come_in_the_platforms_own_order():
    case, urls, browser = at_work()
    notice = make_notice(case, urls)
    page = browser.get(path_of(notice)).content.decode()
    page = page[page.index('id="by-form"') :]
    places = [page.index(f'id="copy-{key}"') for key in ("content_urls", "contact_email", "signature", "letter")]
    assert places == sorted(places)


def test_an_answer_is_recorded_and_shown():
    case, urls, browser = at_work()
    notice = make_notice(case, urls)
    now = timezone.localtime(timezone.now())
    press(browser, path_of(notice), **typed(notice, do="form", no_ticket="on", sent_at=f"{now:%Y-%m-%dT%H:%M}"))
    assert press(browser, path_of(notice, "answer"), answer="").status_code == 422
    press(browser, path_of(notice, "answer"), answer="upheld", note="Removed <i>today</i>.", ticket="")
    page = browser.get(path_of(notice)).content.decode()
    assert "They agreed" in page
    assert "Removed &lt;i&gt;today&lt;/i&gt;." in page


def test_two_people_in_one_draft_lose_nothing():
    case, urls, browser = at_work()
    notice = make_notice(case, urls)
    press(browser, path_of(notice), **typed(notice, text="The first one's text"))
    answer = press(browser, path_of(notice), **typed(notice, text="The second one's text"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "The first one&#x27;s text" in page
    assert "The second one&#x27;s text" in page
    assert f'name="version" value="{the_notice(case).version}"' in page


def test_a_draft_saves_itself_and_says_when_it_is_stale():
    case, urls, browser = at_work()
    notice = make_notice(case, urls)
    answer = browser.post(path_of(notice, "save"), typed(notice, text="Typed so far"))
    assert answer.json()["version"] == notice.version + 1
    assert the_notice(case).text == "Typed so far"
    assert browser.post(path_of(notice, "save"), typed(notice)).status_code == 409


def test_a_stranger_finds_no_notice():
    case, urls, _browser = at_work()
    notice = make_notice(case, urls)
    stranger = signed_in(make_staff())
    assert stranger.get(path_of(notice)).status_code == 404
    for rest in ("", "back", "answer", "withdraw", "again"):
        assert press(stranger, path_of(notice, rest), **typed(notice, do="mail")).status_code == 404
    assert stranger.post(path_of(notice, "save"), typed(notice)).status_code == 404
    assert the_notice(case).state == NoticeState.DRAFT
