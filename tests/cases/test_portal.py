"""The client's pages: order of steps, leaving, what stays shut after the age answer, languages, strange input."""

import re

import pytest
from django.conf import settings
from django.test import Client

from cases.access import acting_as
from cases.actor import Actor
from cases.languages import SESSION_NAME
from cases.models import Channel, Message, Report, SafeContact, Session
from tests.factories.portal import PIN, Browser, come_in, shown_code

pytestmark = pytest.mark.django_db

STEPS = ("/a/1", "/b/1", "/c", "/d", "/d/1", "/d/2", "/d/3", "/d/4", "/d/5", "/d/6", "/d/7", "/e", "/s", "/m", "/k")


def found_in(pattern: str, page: str) -> str:
    found = re.search(pattern, page)
    assert found is not None, page
    return found.group(1)


def test_nobody_gets_past_the_door_without_coming_in():
    for path in (*STEPS, "/a", "/a/2", "/h"):
        assert Browser().get(path).headers["Location"] == "/", path


def test_the_portals_pages_do_not_exist_on_the_staff_host():
    assert Client(HTTP_HOST=settings.STAFF_HOST).get("/d/1").status_code == 404
    assert Browser().get("/today").status_code == 404


def test_a_page_that_is_not_there_keeps_the_way_to_leave_and_a_title_that_says_nothing():
    page = Browser().get("/nothing-here").content.decode()
    assert "data-leave" in page
    assert f"<title>{settings.PORTAL_NAME}</title>" in page


@pytest.mark.parametrize(
    ("upto", "asked", "led_to"),
    [
        ("start", "/d/3", "/a/1"),
        ("safe", "/d", "/b/1"),
        ("pin", "/d", "/c"),
        ("report", "/d/3", "/d/2"),
        ("report", "/d/6", "/d/2"),
        ("report", "/s", "/d"),
        ("report", "/m", "/d"),
        ("agree", "/s", "/e"),
        ("sent", "/d/1", "/s"),
    ],
)
def test_a_step_that_is_too_early_or_over_leads_to_the_one_that_is_next(upto, asked, led_to):
    assert come_in(upto=upto).browser.get(asked).headers["Location"] == led_to


def test_addresses_are_asked_for_only_after_the_age_answer():
    seen = come_in(upto="age")
    assert seen.browser.get("/e").headers["Location"] == "/d/2"
    assert seen.browser.press("/e", links="https://example.org/1").headers["Location"] == "/d/2"
    steps = seen.browser.get("/d").content.decode()
    assert steps.count("Cannot start yet") == 4


def test_coming_back_resumes_where_it_was_left():
    seen = come_in(upto="what")
    assert seen.browser.get("/a").headers["Location"] == "/d/3"


def test_a_change_from_the_last_page_returns_to_it():
    seen = come_in(upto="check")
    assert "/d/1?c=1" in seen.browser.get("/d/6").content.decode()
    assert seen.browser.press("/d/1?c=1", about="me", name="Wren").headers["Location"] == "/d/6"
    assert "Wren" in seen.browser.get("/d/6").content.decode()


def test_each_step_may_be_passed_over_but_danger_and_age():
    seen = come_in(upto="report")
    assert seen.browser.press("/d/1", skip="1").headers["Location"] == "/d/2"
    assert seen.browser.press("/d/2").status_code == 422
    seen.browser.press("/d/2", answer="adult")
    assert seen.browser.press("/d/3", skip="1").status_code == 302
    assert seen.browser.press("/d/5").headers["Location"] == "/d/6"
    assert seen.browser.press("/d/6").headers["Location"] == "/d/7"


def test_a_threat_now_leads_to_what_helps_now():
    seen = come_in(upto="what")
    assert seen.browser.press("/d/3", threat_now="yes").headers["Location"] == "/d/4"
    page = seen.browser.get("/d/4").content.decode()
    assert "emergency number" in page
    assert "Do not pay" in page


def test_after_the_age_answer_only_help_contact_rules_and_leaving_are_open():
    seen = come_in(upto="age")
    seen.browser.press("/d/2", answer="not_sure")
    for path in STEPS:
        answer = seen.browser.get(path)
        if path in ("/k", "/b/1"):
            assert answer.status_code == 200, path
        else:
            assert answer.headers["Location"] == "/h", path
    page = seen.browser.get("/h").content.decode()
    assert "Please do not send us files" in page
    assert page.index("Report Remove") < page.index("Childline"), "the route of the country that was named"
    assert seen.browser.press("/k/1").status_code == 302


def test_leaving_without_script_ends_the_session_and_tells_the_browser_to_forget():
    seen = come_in(upto="report")
    old = seen.browser.cookies["pid"].value
    answer = seen.browser.get("/leave")
    assert (answer.status_code, answer.headers["Location"]) == (303, settings.EXIT_URL)
    assert answer.headers["Clear-Site-Data"] == '"cookies", "storage", "cache"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.cookies["pid"].value == ""
    seen.browser.cookies["pid"] = old
    assert seen.browser.get("/d").headers["Location"] == "/", "the session is dead on the server too"
    assert not Session.objects.filter(user__kind="client").exists()


def test_a_beacon_without_any_token_ends_the_session_too():
    strict = Browser(enforce_csrf_checks=True)
    strict.cookies = come_in(upto="report").browser.cookies
    assert strict.post("/leave").status_code == 204
    assert strict.get("/d").headers["Location"] == "/"


def test_every_other_form_is_refused_without_its_token():
    strict = Browser(enforce_csrf_checks=True)
    strict.cookies = come_in(upto="report").browser.cookies
    assert strict.press("/d/1", about="me").status_code == 403


def test_staying_keeps_the_session_and_needs_one():
    seen = come_in(upto="report")
    assert seen.browser.post("/stay").status_code == 204
    assert Browser().post("/stay").status_code == 302


def test_the_time_until_the_page_closes_is_the_clients_choice_and_comes_back_with_them():
    seen = come_in(upto="start")
    assert 'value="1200"' in seen.browser.get("/a/1").content.decode()
    seen.browser.press("/a/1", idle="12000")
    assert 'data-idle-seconds="12000"' in seen.browser.get("/b/1").content.decode()
    kept = Session.objects.get(user__kind="client")
    assert (kept.idle_until - kept.seen_at).total_seconds() == 12_000


def test_no_page_says_what_it_is():
    seen = come_in(upto="sent")
    for path in ("/s", "/m", "/k", "/d/7", "/a/2"):
        answer = seen.browser.get(path)
        page = answer.content.decode()
        assert found_in(r"<title>([^<]*)</title>", page) == "My page", path
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Request-OTR"] == "1"
        assert "noindex" in page
        assert settings.ORG_NAME not in page
        assert seen.case.reference not in page


@pytest.mark.parametrize("upto", ["start", "check", "sent"])
def test_every_page_can_be_left_by_its_first_link(upto):
    seen = come_in(upto=upto)
    page = seen.browser.get("/a", follow=True, HTTP_HOST=settings.PORTAL_HOST).content.decode()
    assert found_in(r'<a [^>]*href="([^"]*)"', page) == "/leave"


def test_a_page_says_error_first_in_its_title_and_keeps_what_was_typed():
    answer = come_in(upto="what").browser.press("/d/3", text="<b>It & that</b>", kinds=["shared"])
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "<title>Error: My page</title>" in page
    assert "Select yes or no." in page
    assert "&lt;b&gt;It &amp; that&lt;/b&gt;" in page
    assert "<b>It" not in page


LINKS = "\n".join(f"https://example.org/{number}" for number in range(10_000))


@pytest.mark.parametrize("typed", ["", "<script>alert(1)</script>", "a\x00b", LINKS, "ä" * 60_000])
@pytest.mark.parametrize(
    ("upto", "path", "fields"),
    [
        ("start", "/a/1", ["idle"]),
        ("safe", "/b/1", ["may"]),
        ("pin", "/c", ["pin", "again"]),
        ("age", "/d/1", ["about", "name", "pronouns", "country", "needs"]),
        ("what", "/d/2", ["answer"]),
        ("what", "/d/3", ["kinds", "threat_now", "text"]),
        ("agree", "/d/5", ["powers", "signed_name"]),
        ("sent", "/m", ["text"]),
    ],
)
def test_strange_input_gets_a_clear_answer(upto, path, fields, typed):
    seen = come_in(upto=upto)
    answer = seen.browser.press(path, **dict.fromkeys(fields, typed))
    assert answer.status_code in (302, 422)
    if answer.status_code == 422:
        assert "There is a problem" in answer.content.decode()
        assert "<script>alert" not in answer.content.decode()
    elif path == "/m":
        assert "<script>alert" not in seen.browser.get("/m").content.decode()
    else:
        assert (path, typed) == ("/d/5", ""), "agreeing to nothing is an answer"


def test_a_double_press_writes_a_message_once():
    seen = come_in(upto="sent")
    for _press in range(2):
        answer = seen.browser.post("/m", {"form_token": "t" * 24, "text": "Is there news?"})
        assert answer.headers["Location"] == "/m"
    with acting_as(Actor.user(seen.case.owner)):
        assert Message.objects.filter(case=seen.case).count() == 1
    assert "Is there news?" in seen.browser.get("/m").content.decode()


def rules(seen) -> dict[str, SafeContact]:
    with acting_as(Actor.user(seen.case.owner)):
        found = list(SafeContact.objects.standing().filter(case=seen.case))
        for rule in found:
            rule.opened()
    return {rule.channel: rule for rule in found}


def test_no_answer_about_contact_is_chosen_beforehand():
    seen = come_in(upto="safe")
    page = seen.browser.get("/b/1").content.decode()
    assert "checked" not in page
    assert seen.browser.press("/b/1").status_code == 422


def test_the_five_pages_make_the_rules():
    press = come_in(upto="safe")
    for path, typed in (
        ("/b/1", {"may": "yes"}),
        ("/b/2", {"ways": ["text", "email"]}),
        ("/b/3", {"text_address": "+44 20 7946 0018", "text_say": "no", "email_address": "k@example.org"}),
        ("/b/4", {"when": "hours", "starts": "18:00", "ends": "20:00", "zone": "Europe/London"}),
        ("/b/5", {"code_word": "kite", "who_else_sees": "My partner knows my PIN."}),
    ):
        assert press.browser.get(path).status_code == 200
        answer = press.browser.press(path, **typed)
        assert answer.status_code == 302, answer.content.decode()
    found = rules(press)
    assert {channel for channel, rule in found.items() if rule.is_allowed} == {"page", "text", "email"}
    text = found[Channel.TEXT]
    assert (text.address, text.may_say_who_we_are, text.code_word) == ("+44 20 7946 0018", False, "kite")
    assert (f"{text.window_starts:%H:%M}", text.time_zone, text.confirmed_at) == ("18:00", "Europe/London", None)
    assert press.browser.get("/a").headers["Location"] == "/c"


def test_a_page_about_contact_cannot_be_jumped_over():
    seen = come_in(upto="safe")
    assert seen.browser.get("/b/4").headers["Location"] == "/b/1"
    assert seen.browser.get("/b/9").status_code == 404


@pytest.mark.parametrize(
    ("path", "typed", "words"),
    [
        ("/b/3", {"text_address": "call me", "text_say": "no"}, "Enter a phone number"),
        ("/b/3", {"text_address": "", "text_say": "no"}, "Enter a number for text messages"),
        ("/b/3", {"text_address": "+44 20 7946 0018"}, "Select yes or no"),
    ],
)
def test_a_number_that_cannot_be_one_is_asked_for_again(path, typed, words):
    seen = come_in(upto="safe")
    seen.browser.press("/b/1", may="yes")
    seen.browser.press("/b/2", ways=["text"])
    answer = seen.browser.press(path, **typed)
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_hours_need_a_beginning_an_end_and_a_clock():
    seen = come_in(upto="safe")
    seen.browser.press("/b/1", may="yes")
    seen.browser.press("/b/2", ways=["text"])
    seen.browser.press("/b/3", text_address="+44 20 7946 0018", text_say="no")
    page = seen.browser.press("/b/4", when="hours").content.decode()
    assert "Choose a town with your time." in page
    assert seen.browser.press("/b/4", when="any").status_code == 302


def test_stopping_all_contact_works_with_one_press():
    seen = come_in(upto="sent")
    seen.browser.press("/b/1", may="yes")
    seen.browser.press("/b/2", ways=["email"])
    seen.browser.press("/b/3", email_address="k@example.org")
    seen.browser.press("/b/4", when="any")
    assert seen.browser.press("/b/5").headers["Location"] == "/k"
    assert "Not used yet" in seen.browser.get("/k").content.decode()
    assert seen.browser.press("/k/1").headers["Location"] == "/k"
    assert {channel for channel, rule in rules(seen).items() if rule.is_allowed} == {"page"}


def arabic(browser: Browser) -> None:
    assert browser.post("/language", {"language": "ar", "next": "/d"}).headers["Location"] == "/d"


def test_a_chosen_language_turns_the_page_round_and_leaves_no_cookie_of_its_own():
    seen = come_in(upto="report")
    arabic(seen.browser)
    page = seen.browser.get("/d").content.decode()
    assert 'lang="ar" dir="rtl"' in page
    assert set(seen.browser.cookies) == {"pid"}


@pytest.mark.parametrize(("upto", "path"), [("start", "/a/1"), ("safe", "/b/1"), ("age", "/d/2"), ("agree", "/d/5")])
def test_words_that_keep_safe_or_are_signed_never_appear_unreviewed(upto, path):
    seen = come_in(upto=upto)
    arabic(seen.browser)
    answer = seen.browser.get(path)
    page = answer.content.decode()
    assert 'lang="en" dir="ltr"' in page
    assert 'class="banner" lang="ar"' in page
    assert answer.headers["Content-Language"] == "en"


def test_they_appear_once_a_person_has_reviewed_them(settings):
    settings.REVIEWED_LANGUAGES = ("en", "ar")
    seen = come_in(upto="age")
    arabic(seen.browser)
    assert 'lang="ar" dir="rtl"' in seen.browser.get("/d/2").content.decode()


def test_a_language_that_is_not_switched_on_is_neither_offered_nor_spoken(settings):
    settings.PORTAL_LANGUAGES = ("en",)
    browser = Browser()
    assert "العربية" not in browser.get("/").content.decode()
    browser.post("/language", {"language": "ar", "next": "/"})
    assert SESSION_NAME not in browser.session
    assert 'lang="en"' in browser.get("/", headers={"accept-language": "ar"}).content.decode()


def test_the_browsers_language_is_spoken_when_it_is_offered():
    assert 'lang="ar"' in Browser().get("/", headers={"accept-language": "ar-EG,ar;q=0.9"}).content.decode()


def test_the_chosen_language_is_there_again_at_the_next_opening_and_is_the_cases():
    seen = come_in(upto="check")
    arabic(seen.browser)
    seen.browser.press("/d/6")
    code = shown_code(seen.browser)
    seen.browser.press("/c", current=PIN, pin="550193", again="550193")
    again = Browser()
    again.press("/", code=code, pin="550193")
    assert 'lang="ar" dir="rtl"' in again.get("/s").content.decode()
    with acting_as(Actor.user(seen.case.owner)):
        assert type(seen.case).objects.get(pk=seen.case.pk).language == "ar"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/leave", "/nothing", ""])
def test_the_language_form_leads_nowhere_else(elsewhere):
    assert Browser().post("/language", {"language": "en", "next": elsewhere}).headers["Location"] == "/"


def test_a_report_keeps_its_words_over_an_ended_session():
    seen = come_in(upto="agree")
    seen.browser.get("/leave")
    with acting_as(Actor.user(seen.case.owner)):
        assert Report.objects.get(case=seen.case).answers["what"]["text"] == "It started in May."
    assert PIN not in str(list(Session.objects.values()))


def test_what_is_typed_is_kept_before_it_is_sent_and_gives_way_to_the_answer():
    seen = come_in(upto="what")
    typed = {"text": "half a sent", "kinds": ["shared"]}
    assert seen.browser.post("/d/3/1", typed).status_code == 204
    assert "half a sent" in seen.browser.get("/d/3").content.decode()
    assert seen.browser.press("/d/3", **{**typed, "text": "whole"}, threat_now="no").status_code == 302
    page = seen.browser.get("/d/3").content.decode()
    assert "whole" in page
    assert "half a sent" not in page


def test_what_cannot_be_kept_while_typing_is_passed_over_and_nothing_breaks():
    seen = come_in(upto="what")
    assert seen.browser.post("/d/3/1", {"text": "with a \0 in it", "kinds": ["shared"]}).status_code == 204
    page = seen.browser.get("/d/3").content.decode()
    assert "checked" in page
    assert "with a" not in page


def test_what_was_typed_is_discarded_when_the_age_answer_locks():
    seen = come_in(upto="what")
    seen.browser.post("/d/3/1", {"text": "half a sent"})
    seen.browser.press("/d/2", answer="not_sure")
    with acting_as(Actor.user(seen.case.owner)):
        assert "half a sent" not in str(Report.objects.get(case=seen.case).answers)
