"""The portal's door: invitations that work once, codes with a PIN, slowed tries, a door that closes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from cases import doors
from cases.access import acting_as
from cases.actions import door
from cases.actor import Actor
from cases.events import CaseEvent
from cases.models import Case, Door, DoorKind, DoorTry, Event, Session, User
from cases.states import AgeAnswer, IdentityCheck, IllegalMove
from tests.conftest import NOON
from tests.factories.cases import make_case
from tests.factories.portal import PIN, Browser, come_in, make_invited, shown_code

pytestmark = pytest.mark.django_db

NO_MATCH = "That code and PIN do not match."


def kinds(case: Case) -> list[str]:
    with acting_as(Actor.user(case.owner)):
        return [event.kind for event in Event.objects.filter(case=case).order_by("seq")]


def test_looking_at_an_invitation_does_not_spend_it():
    seen = make_invited()
    for _scanner in range(3):
        page = seen.browser.get(f"/i/{seen.token}")
        assert page.status_code == 200
        assert "Continue" in page.content.decode()
    assert seen.browser.press(f"/i/{seen.token}").status_code == 302


def test_the_token_leaves_the_address_bar_and_only_its_hash_is_kept():
    seen = make_invited()
    answer = seen.browser.press(f"/i/{seen.token}")
    assert answer.headers["Location"] == "/a"
    kept = Door.objects.get(kind=DoorKind.CLIENT_INVITATION)
    assert seen.token.encode() not in bytes(kept.token_hash)
    assert len(seen.token) >= 43  # 256 bits


def test_a_spent_invitation_cannot_be_used_again():
    seen = make_invited()
    seen.browser.press(f"/i/{seen.token}")
    second = Browser().press(f"/i/{seen.token}")
    assert second.status_code == 410
    assert "does not work any more" in second.content.decode()


def test_an_old_a_foreign_and_a_replaced_invitation_read_the_same():
    old, replaced = make_invited(), make_invited()
    Door.objects.filter(case_id=old.case.pk).update(expires_at=timezone.now() - timedelta(minutes=1))
    make_invited(case=replaced.case)
    pages = {
        Browser().press(f"/i/{token}").content.split(b"</header>")[1] for token in (old.token, replaced.token, "x" * 43)
    }
    assert len(pages) == 1


def test_coming_in_by_invitation_makes_a_new_session_and_is_in_the_record():
    seen = make_invited()
    seen.browser.get(f"/i/{seen.token}")
    before = seen.browser.cookies["pid"].value
    seen.browser.press(f"/i/{seen.token}")
    assert seen.browser.cookies["pid"].value != before
    assert kinds(seen.case)[-1] == CaseEvent.CLIENT_CAME_IN


@pytest.mark.django_db(transaction=True)
def test_of_fifty_at_once_one_is_let_in():
    seen = make_invited()
    connection.close()

    def press(_number: int) -> int:
        try:
            return int(Browser().press(f"/i/{seen.token}").status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(press, range(50)))
    assert answers.count(302) == 1
    assert answers.count(410) == 49


def test_a_client_comes_back_with_code_and_pin():
    seen = come_in(upto="pin")
    code = shown_code(seen.browser)
    seen.browser.press("/c", pin=PIN, again=PIN)
    again = Browser()
    answer = again.press("/", code=code.lower().replace(" ", "-"), pin=PIN)
    assert answer.headers["Location"] == "/a"
    assert again.get("/a").headers["Location"] == "/d"
    assert kinds(seen.case)[-1] == CaseEvent.CLIENT_CAME_IN


def test_the_code_is_shown_until_the_pin_is_kept_and_never_after():
    seen = come_in(upto="pin")
    code = shown_code(seen.browser)
    assert shown_code(seen.browser) == code
    seen.browser.press("/c", pin=PIN, again=PIN)
    assert shown_code(seen.browser) != code
    assert code.replace(" ", "") not in str(list(Door.objects.values()))


def test_every_failure_at_the_door_says_the_same():
    seen = come_in(upto="pin")
    code = shown_code(seen.browser)
    seen.browser.press("/c", pin=PIN, again=PIN)
    said = set()
    for typed in ({"code": code, "pin": "918273"}, {"code": "AAAA AAAA", "pin": PIN}, {"code": "no", "pin": "no"}):
        answer = Browser().press("/", **typed)
        assert answer.status_code == 422
        assert NO_MATCH in answer.content.decode()
        said.add(answer.content.decode().count("field__error"))
    assert said == {0}


def test_after_five_wrong_tries_the_door_slows_down_even_for_the_right_pin():
    seen = come_in(upto="pin")
    code = shown_code(seen.browser)
    seen.browser.press("/c", pin=PIN, again=PIN)
    for _try in range(5):
        assert Browser().press("/", code=code, pin="918273").status_code == 422
    slowed = Browser().press("/", code=code, pin=PIN)
    assert slowed.status_code == 429
    assert "then try again" in slowed.content.decode()
    elsewhere = Browser(REMOTE_ADDR="198.51.100.7")
    assert elsewhere.press("/", code=code, pin=PIN).status_code == 302, "its owner elsewhere is not kept out"


def test_a_code_that_does_not_exist_is_slowed_alike():
    for _try in range(5):
        assert Browser().press("/", code="AAAAAAAA", pin="918273").status_code == 422
    assert Browser().press("/", code="AAAAAAAA", pin="918273").status_code == 429


def test_a_code_is_slowed_everywhere_after_many_tries_from_many_places():
    for number in range(doors.CODE.free):
        Browser(REMOTE_ADDR=f"203.0.{number}.1").press("/", code="AAAAAAAA", pin="918273")
    assert Browser(REMOTE_ADDR="192.0.2.1").press("/", code="AAAAAAAA", pin="918273").status_code == 429


def test_waiting_doubles_up_to_a_limit_and_the_count_starts_again_after_a_quiet_time():
    waits = [doors.PAIR.wait_after(tries) for tries in (4, 5, 6, 7, 60)]
    assert waits == [
        timedelta(0),
        timedelta(seconds=30),
        timedelta(seconds=60),
        timedelta(seconds=120),
        timedelta(minutes=15),
    ]
    for _try in range(5):
        door.try_code(code="AAAAAAAA", pin="1", source="192.0.2.1", at=NOON)
    with pytest.raises(door.Slowed):
        door.try_code(code="AAAAAAAA", pin="1", source="192.0.2.1", at=NOON + timedelta(seconds=29))
    later = NOON + doors.QUIET_RESETS + timedelta(hours=1)
    for _try in range(4):
        assert door.try_code(code="AAAAAAAA", pin="1", source="192.0.2.1", at=later) is None


def test_the_counters_name_neither_code_nor_address_and_go_after_a_day():
    door.try_code(code="AAAAAAAA", pin="1", source="192.0.2.1", at=NOON)
    assert DoorTry.objects.count() == 3
    assert "192.0.2" not in str(list(DoorTry.objects.values()))
    door.try_code(code="CCCCCCCC", pin="1", source="198.51.100.1", at=NOON + timedelta(days=2))
    assert DoorTry.objects.count() == 3


@pytest.mark.parametrize(
    "pin", ["111111", "123456", "987654", "121212", "123123", "111222", "12345", "abcdef", "1234567"]
)
def test_a_weak_pin_is_refused_with_its_reason(pin):
    seen = come_in(upto="pin")
    page = seen.browser.press("/c", pin=pin, again=pin)
    assert page.status_code == 422
    assert str(doors.pin_problem(pin)) in page.content.decode()
    assert not Door.objects.filter(kind=DoorKind.ACCESS_CODE).exists()


def test_two_different_pins_are_refused():
    page = come_in(upto="pin").browser.press("/c", pin=PIN, again="407193")
    assert page.status_code == 422
    assert "not the same" in page.content.decode()


def test_a_pin_may_be_typed_in_the_digits_of_its_own_script():
    assert doors.tidy_pin("٤٠٧ ١٩٢") == PIN


def test_a_new_code_needs_the_pin_of_now():
    seen = come_in(upto="report")
    seen.browser.get("/c")
    refused = seen.browser.press("/c", current="918273", pin="550193", again="550193")
    assert refused.status_code == 422
    assert seen.browser.press("/c", current=PIN, pin="550193", again="550193").status_code == 302
    assert Door.objects.filter(kind=DoorKind.ACCESS_CODE, revoked_at=None).count() == 1


def test_codes_hold_no_sign_that_looks_like_another():
    assert not set("01258BILOSZ") & set("".join(doors.make_code() for _ in range(200)))


def test_a_code_given_by_voice_opens_once_and_must_be_replaced():
    seen = come_in(upto="report")
    actor = Actor.user(seen.case.owner)
    with acting_as(actor):
        made = door.give_code(
            case_id=seen.case.pk, checked=IdentityCheck.CODE_WORD, remark="", by=actor, at=timezone.now()
        )
    assert seen.browser.get("/d").headers["Location"] == "/", "the page that was open has ended"
    again = Browser()
    assert again.press("/", code=made.code, pin=made.pin).status_code == 302
    assert again.get("/a").headers["Location"] == "/c"
    assert again.get("/d").headers["Location"] == "/c"
    again.get("/c")
    assert again.press("/c", pin=PIN, again=PIN).status_code == 302
    assert again.get("/d").status_code == 200


def test_closing_the_door_ends_open_pages_codes_and_invitations():
    seen = come_in(upto="report")
    actor = Actor.user(seen.case.owner)
    with acting_as(actor):
        invitation = door.invite(case_id=seen.case.pk, by=actor, at=timezone.now())
        door.close(case_id=seen.case.pk, by=actor, at=timezone.now())
    assert seen.browser.get("/d").headers["Location"] == "/"
    assert Browser().press(f"/i/{invitation.token}").status_code == 410
    assert not Door.objects.usable(at=timezone.now()).exists()
    assert not Session.objects.filter(user__kind="client").exists()
    assert kinds(seen.case)[-1] == CaseEvent.CLIENT_DOOR_CLOSED


def test_nobody_is_invited_to_a_case_locked_for_age():
    case = make_case(age=AgeAnswer.NOT_SURE)
    actor = Actor.user(case.owner)
    with acting_as(actor), pytest.raises(IllegalMove, match="locked for age"):
        door.invite(case_id=case.pk, by=actor, at=NOON)


def test_a_client_whose_account_was_ended_cannot_come_in():
    seen = come_in(upto="pin")
    code = shown_code(seen.browser)
    seen.browser.press("/c", pin=PIN, again=PIN)
    User.objects.filter(kind="client").update(is_active=False)
    assert Browser().press("/", code=code, pin=PIN).status_code == 422


def test_the_door_takes_strange_input_without_a_fault():
    for typed in ("", "<b>x</b>", "A\x00B", "x" * 20_000, "٣" * 6):
        answer = Browser().press("/", code=typed, pin=typed)
        assert answer.status_code == 422, typed[:10]
