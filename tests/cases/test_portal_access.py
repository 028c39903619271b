"""Who has been here: visits, openings, a new PIN, passkeys, less of the page; all for the client to see and to end."""

import json
import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from cases.access import acting_as
from cases.actions import door, portal_use
from cases.actor import Actor
from cases.models import CaseTask, Passkey, Session
from cases.states import IdentityCheck, IllegalMove, PortalUse
from tests.factories.browsers import press, signed_in
from tests.factories.passkeys import Passkey as SoftwarePasskey
from tests.factories.portal import PIN, AtTheDoor, Browser, come_in, shown_code

pytestmark = pytest.mark.django_db


def with_code(upto: str = "sent") -> tuple[AtTheDoor, str]:
    """Walk a client in and return the code that opens their page."""
    seen = come_in(upto=upto)
    code = shown_code(seen.browser)
    seen.browser.press("/c", current=PIN, pin="550193", again="550193")
    return seen, code


def again(code: str, pin: str = "550193") -> Browser:
    browser = Browser()
    assert browser.press("/", code=code, pin=pin).status_code == 302
    return browser


def test_it_shows_this_visit_the_others_and_when_the_page_was_opened():
    seen, code = with_code()
    again(code)
    page = seen.browser.get("/n").content.decode()
    assert page.count("since") == 2
    assert "This visit" in page
    assert page.count("<li>") >= 4
    for word in ("127.0.0", "Firefox", seen.case.reference):
        assert word not in page


def test_the_other_visits_end_with_one_press_and_this_one_goes_on():
    seen, code = with_code()
    other = again(code)
    assert seen.browser.press("/n/1").headers["Location"] == "/n"
    assert other.get("/s").headers["Location"] == "/"
    assert seen.browser.get("/s").status_code == 200
    assert "No other visit is open" in seen.browser.get("/n").content.decode()


def test_a_client_sees_and_ends_no_visit_and_no_opening_of_somebody_else():
    mine, _code = with_code()
    other, _other_code = with_code()
    assert mine.browser.get("/n").content.decode().count("since") == 1
    mine.browser.press("/n/1")
    assert other.browser.get("/s").status_code == 200


def test_a_new_pin_ends_the_visits_that_were_open_with_the_old_one():
    seen, code = with_code()
    other = again(code)
    seen.browser.get("/c")
    assert seen.browser.press("/c", current="550193", pin="660284", again="660284").status_code == 302
    assert other.get("/s").headers["Location"] == "/"
    assert seen.browser.get("/s").status_code == 200


def test_the_pin_of_now_cannot_be_guessed_on_an_open_page():
    seen, _code = with_code()
    seen.browser.get("/c")
    for _guess in range(5):
        assert seen.browser.press("/c", current="918273", pin="660284", again="660284").status_code == 422
    slowed = seen.browser.press("/c", current="550193", pin="660284", again="660284")
    assert slowed.status_code == 429
    assert "then try again" in slowed.content.decode()


@pytest.mark.parametrize("path", ["/", "/c"])
def test_a_pin_can_be_seen_while_it_is_typed_without_a_script(path):
    browser = Browser() if path == "/" else with_code()[0].browser
    assert 'type="password"' in browser.get(path).content.decode()
    page = browser.get(f"{path}?v=1").content.decode()
    assert 'type="password"' not in page
    assert "Hide the PIN" in page


def test_a_pin_that_was_wrong_is_never_written_back_into_the_page():
    answer = Browser().press("/?v=1", code="AAAAAAAA", pin="918273")
    assert answer.status_code == 422
    assert "918273" not in answer.content.decode()


def portal_key() -> SoftwarePasskey:
    host = settings.PORTAL_HOST
    return SoftwarePasskey(site=host.rsplit(":", 1)[0], origin=f"http://{host}")


def asked(page: str) -> dict:
    found = re.search(r'<script id="passkey-asked" type="application/json">(.*?)</script>', page, re.S)
    assert found is not None, page
    question: dict = json.loads(found.group(1))["publicKey"]
    return question


def make_passkey(seen: AtTheDoor, key: SoftwarePasskey, *, pin: str = "550193"):
    question = asked(seen.browser.get("/n/2").content.decode())
    return seen.browser.press("/n/2", current=pin, credential=key.register(question["challenge"]))


def come_with(key: SoftwarePasskey, browser: Browser | None = None, *, challenge: str = ""):
    browser = browser or Browser()
    question = asked(browser.get("/p").content.decode())
    signed = key.sign_in(challenge or question["challenge"], user_id="nobody")
    return browser, browser.press("/p", credential=signed)


def test_a_passkey_opens_the_page_instead_of_code_and_pin():
    seen, _code = with_code()
    key = portal_key()
    assert make_passkey(seen, key).headers["Location"] == "/n"
    browser, answer = come_with(key)
    assert answer.headers["Location"] == "/a"
    assert browser.get("/s").status_code == 200
    assert "Passkey made" in browser.get("/n").content.decode()
    with acting_as(Actor.user(seen.case.owner)):
        task = CaseTask.objects.open().get(case=seen.case, kind="first_opening")
        assert task.case_id == seen.case.pk


def test_what_a_phone_keeps_names_nobody_and_nothing():
    seen, _code = with_code()
    question = asked(seen.browser.get("/n/2").content.decode())
    assert question["rp"] == {"id": "portal.localhost", "name": "My page"}
    assert question["user"]["name"] == question["user"]["displayName"] == "My page"
    assert question["authenticatorSelection"]["userVerification"] == "required"
    assert question["authenticatorSelection"]["residentKey"] == "required"
    handles = {asked(seen.browser.get("/n/2").content.decode())["user"]["id"] for _time in range(2)}
    assert len(handles) == 2


def test_a_passkey_needs_the_pin_of_now():
    seen, _code = with_code()
    assert make_passkey(seen, portal_key(), pin="918273").status_code == 422
    assert not Passkey.objects.exists()


def test_its_key_and_id_are_sealed_and_found_by_a_hash_only():
    seen, _code = with_code()
    key = portal_key()
    make_passkey(seen, key)
    row = Passkey.objects.get()
    assert key.credential_id not in bytes(row.sealed)
    assert bytes(row.credential_hash) != key.credential_id


@pytest.mark.parametrize("wrong", ["unknown", "replayed", "other site", "removed", "not signed", "nonsense"])
def test_every_other_passkey_gets_the_same_answer(wrong):
    seen, _code = with_code()
    key = portal_key()
    make_passkey(seen, key)
    row = Passkey.objects.get()
    browser, typed, challenge = Browser(), key, ""
    if wrong == "unknown":
        typed = portal_key()
    elif wrong == "replayed":
        challenge = asked(Browser().get("/p").content.decode())["challenge"]
    elif wrong == "other site":
        typed = SoftwarePasskey(
            site=key.site, origin="http://evil.example", key=key.key, credential_id=key.credential_id
        )
    elif wrong == "removed":
        seen.browser.press(f"/n/3/{row.pk}")
        assert not Passkey.objects.exists()
    elif wrong == "not signed":
        typed = SoftwarePasskey(site=key.site, origin=key.origin, credential_id=key.credential_id)
    if wrong == "nonsense":
        browser.get("/p")
        answer = browser.press("/p", credential='{"id": 1}')
    else:
        _browser, answer = come_with(typed, browser, challenge=challenge)
    assert answer.status_code == 422
    assert "does not open anything here" in answer.content.decode()


def test_an_answer_to_one_question_works_once():
    seen, _code = with_code()
    key = portal_key()
    make_passkey(seen, key)
    browser = Browser()
    question = asked(browser.get("/p").content.decode())
    signed = key.sign_in(question["challenge"], user_id="nobody")
    assert browser.press("/p", credential=signed).status_code == 302
    browser.get("/leave")
    assert browser.press("/p", credential=signed).status_code == 422


def test_a_copied_passkey_whose_counter_stands_still_is_refused():
    seen, _code = with_code()
    key = portal_key()
    make_passkey(seen, key)
    come_with(key)
    key.uses -= 1
    assert come_with(key)[1].status_code == 422


def test_a_passkey_of_somebody_else_cannot_be_taken_away():
    mine, _code = with_code()
    other, _other = with_code()
    make_passkey(other, portal_key())
    mine.browser.press(f"/n/3/{Passkey.objects.get().pk}")
    assert Passkey.objects.count() == 1


@pytest.mark.parametrize("how", ["close", "give_code"])
def test_what_staff_do_about_a_lost_phone_ends_its_passkeys(how):
    seen, _code = with_code()
    key = portal_key()
    make_passkey(seen, key)
    actor = Actor.user(seen.case.owner)
    with acting_as(actor):
        more = {} if how == "close" else {"checked": IdentityCheck.CODE_WORD, "remark": ""}
        getattr(door, how)(case_id=seen.case.pk, by=actor, at=timezone.now(), **more)
    assert come_with(key)[1].status_code == 422


def test_messages_only_leaves_messages_and_contact_and_nothing_else():
    seen, _code = with_code()
    assert seen.browser.press("/n/4", use="messages").headers["Location"] == "/m"
    for path in ("/s", "/t", "/e", "/d/7"):
        assert seen.browser.get(path).headers["Location"] == "/m", path
    for path in ("/m", "/k", "/n"):
        assert seen.browser.get(path).status_code == 200, path
    assert seen.browser.get("/a").headers["Location"] == "/m"
    assert "How much of this page" not in seen.browser.get("/n").content.decode()


def test_no_page_at_all_closes_every_way_in_at_once():
    seen, code = with_code()
    key = portal_key()
    make_passkey(seen, key)
    assert seen.browser.press("/n/4", use="none").headers["Location"] == "/ended"
    assert seen.browser.get("/s").headers["Location"] == "/"
    assert Browser().press("/", code=code, pin="550193").status_code == 422
    assert come_with(key)[1].status_code == 422
    assert not Session.objects.filter(user__kind="client").exists()
    actor = Actor.user(seen.case.owner)
    with acting_as(actor), pytest.raises(IllegalMove, match="wants no page"):
        door.invite(case_id=seen.case.pk, by=actor, at=timezone.now())


def test_from_the_page_there_is_only_less_and_more_again_is_for_staff():
    seen, _code = with_code()
    seen.browser.press("/n/4", use="messages")
    client = Actor.client(Session.objects.filter(user__kind="client").first().user)
    with acting_as(client), pytest.raises(IllegalMove, match="ask us"):
        portal_use.choose(case_id=seen.case.pk, use=PortalUse.WHOLE, by=client, at=timezone.now())
    assert seen.browser.press("/n/4", use="whole").headers["Location"] == "/n"
    where = f"/cases/{seen.case.reference}/client/page"
    assert press(signed_in(seen.case.owner), where, use="whole").status_code == 302
    assert seen.browser.get("/s").status_code == 200


def test_each_first_opening_of_a_way_in_is_shown_to_the_caseworker_and_later_ones_are_not():
    seen, code = with_code()

    def openings() -> int:
        with acting_as(Actor.user(seen.case.owner)):
            tasks = CaseTask.objects.filter(case=seen.case, kind="first_opening")
            tasks.open().update(state="done", ended_at=timezone.now())
            return tasks.count()

    assert openings() == 1, "the invitation"
    again(code)
    assert openings() == 1, "a code that the client chose inside is theirs"
    actor = Actor.user(seen.case.owner)
    with acting_as(actor):
        made = door.give_code(
            case_id=seen.case.pk, checked=IdentityCheck.CODE_WORD, remark="", by=actor, at=timezone.now()
        )
    again(made.code, made.pin)
    assert openings() == 2
    again(made.code, made.pin)
    assert openings() == 2
    assert "Ask the client whether they opened" not in signed_in(seen.case.owner).get("/today").content.decode()


def test_what_was_agreed_can_be_read_but_not_saved_as_a_file():
    seen, _code = with_code()
    page = seen.browser.get("/t").content.decode()
    assert "Kestrel Example" in page
    assert page.count("<b>Yes</b>") == 2
    assert "download" not in page.lower()


def test_a_visit_that_has_run_out_is_not_listed():
    seen, code = with_code()
    again(code)
    Session.objects.filter(user__kind="client").order_by("-started_at").first()
    newest = Session.objects.filter(user__kind="client").order_by("-started_at").first()
    Session.objects.filter(pk=newest.pk).update(idle_until=timezone.now() - timedelta(minutes=1))
    assert seen.browser.get("/n").content.decode().count("since") == 1


def test_a_message_that_was_typed_and_not_sent_is_there_again_and_goes_when_it_is_sent():
    seen, code = with_code()
    assert seen.browser.post("/m/1", {"text": "half a sent"}).status_code == 204
    back = again(code)
    assert "half a sent" in back.get("/m").content.decode()
    assert back.press("/m", text="a whole sentence").status_code == 302
    page = back.get("/m").content.decode()
    assert "half a sent" not in page
    assert page.count("a whole sentence") == 1


def test_what_cannot_be_kept_of_a_message_breaks_nothing():
    seen, _code = with_code()
    assert seen.browser.post("/m/1", {"text": "with a \0 in it"}).status_code == 204
    assert "with a" not in seen.browser.get("/m").content.decode()
