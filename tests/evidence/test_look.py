"""Looking on purpose: no image byte before the grant, none after, and none to anybody else."""

import io
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from cases.access import acting_as
from cases.actions import case as case_actions
from cases.actions import membership
from cases.actor import Actor
from cases.limits import Counted, Limit, Window
from cases.models import Case, Membership, MembershipRole, Rest, User
from cases.permissions import Role
from cases.states import AgeAnswer
from evidence.actions import viewing as actions
from evidence.events import EvidenceEvent
from evidence.looking.grant import SHOWN_AT_MOST, make_token
from evidence.models import Ending, Preview, Viewing
from tests.conftest import NOON
from tests.factories.browsers import press, session_of, signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.looking import Desk, is_nothing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folders")]


def test_no_byte_leaves_before_the_grant_while_covered_or_after_the_end() -> None:
    desk = Desk()
    guess = make_token(viewing_id=uuid4(), person_id=desk.owner.pk, session_key="x" * 32)
    assert is_nothing(desk.preview(token=guess))
    desk.grant()
    assert is_nothing(desk.preview()), "granted, not held"
    assert desk.hold().json()["left"] == SHOWN_AT_MOST.total_seconds()
    shown = desk.preview()
    assert shown.status_code == 200
    assert shown.content.startswith(b"\xff\xd8\xff")
    desk.hold(shown=False)
    assert is_nothing(desk.preview()), "covered"
    desk.hold()
    assert desk.preview().status_code == 200
    desk.browser.post(desk.at("end_look"), {"by": "hand"})
    assert is_nothing(desk.preview())
    assert desk.hold().status_code == 409
    with acting_as(desk.actor):
        assert not Preview.objects.exists(), "nothing is kept past the end"


def test_the_grant_is_in_the_record_before_a_byte_and_the_end_has_the_seconds() -> None:
    desk = Desk()
    desk.grant(reason="other", words="Compare the tattoo")
    (granted,) = desk.events(EvidenceEvent.LOOK_GRANTED)
    assert granted.body["reason"] == "other"
    assert granted.body["words"] == "Compare the tattoo"
    with acting_as(desk.actor):
        assert desk.latest().served_at is None
    desk.hold()
    desk.preview()
    desk.browser.post(desk.at("end_look"), {"by": "hand"})
    (ended,) = desk.events(EvidenceEvent.LOOK_ENDED)
    assert isinstance(ended.body["seconds"], int)
    assert ended.body["tone"] == "soft"
    assert ended.seq > granted.seq


def test_a_look_without_a_reason_does_not_begin() -> None:
    desk = Desk()
    answer = press(desk.browser, desk.page)
    assert answer.status_code == 422
    assert "Say why you look" in answer.content.decode()
    other = press(desk.browser, desk.page, reason="other", words=" ")
    assert other.status_code == 422
    assert not desk.events(EvidenceEvent.LOOK_GRANTED)


def test_what_is_shown_is_grey_blurred_marked_and_ours() -> None:
    desk = Desk()
    desk.grant()
    desk.hold()
    answer = desk.preview()
    assert b"SecretCameraMaker" not in answer.content
    shown = Image.open(io.BytesIO(answer.content)).convert("RGB")
    left, right = shown.getpixel((40, 20)), shown.getpixel((shown.width - 40, 20))
    assert max(left) - min(left) < 12, "grey"
    assert max(right) - min(right) < 12, "grey"
    row = shown.convert("L").resize((shown.width, 1), Image.Resampling.BOX)
    middle = [row.getpixel((x, 0)) for x in range(shown.width // 2 - 12, shown.width // 2 + 12)]
    assert max(abs(one - other) for one, other in pairwise(middle)) < 8, "no sharp edge is left"
    foot = shown.crop((0, shown.height - 12, shown.width, shown.height)).convert("L")
    assert foot.getextrema()[0] < 60, "the mark's band is burned in"


def test_blur_and_grey_go_by_a_second_and_third_press_only() -> None:
    desk = Desk()
    desk.grant()
    desk.hold()
    assert is_nothing(desk.preview("still-sharp"))
    assert is_nothing(desk.preview("still-colour"))
    desk.browser.post(desk.at("widen_look"), {"step": "sharp"})
    assert desk.preview("still-sharp").status_code == 200
    assert is_nothing(desk.preview("still-colour"))
    desk.browser.post(desk.at("widen_look"), {"step": "colour"})
    shown = Image.open(io.BytesIO(desk.preview("still-colour").content)).convert("RGB")
    assert shown.getpixel((60, 20))[0] > 150
    desk.browser.post(desk.at("end_look"), {"by": "hand"})
    assert desk.events(EvidenceEvent.LOOK_ENDED)[0].body["tone"] == "colour"


def test_a_picture_has_no_clip_and_no_sound() -> None:
    desk = Desk()
    desk.grant()
    desk.hold()
    for step in ("moving", "sound", "everything"):
        desk.browser.post(desk.at("widen_look"), {"step": step})
    for name in ("clip-soft", "clip-soft-sound", "still-soft-sound", "original", "still"):
        assert is_nothing(desk.preview(name))


def test_ranges_fit_together_and_nothing_lies_past_the_end() -> None:
    desk = Desk()
    desk.grant()
    desk.hold()
    whole = desk.preview().content
    first = desk.preview(Range="bytes=0-99")
    rest_of_it = desk.preview(Range="bytes=100-")
    assert (first.status_code, rest_of_it.status_code) == (206, 206)
    assert first.content + rest_of_it.content == whole
    assert first.headers["Content-Range"] == f"bytes 0-99/{len(whole)}"
    assert desk.preview(Range="bytes=-10").content == whole[-10:]
    assert desk.preview(Range=f"bytes={len(whole)}-").status_code == 416
    assert desk.preview(Range="lines=1-2").content == whole
    desk.browser.post(desk.at("end_look"), {"by": "hand"})
    assert is_nothing(desk.preview(Range="bytes=0-99"))


def test_the_answer_is_stored_nowhere_and_shown_in_our_pages_only() -> None:
    desk = Desk()
    desk.grant()
    desk.hold()
    answer = desk.preview()
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert answer.headers["Content-Disposition"] == "inline"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-site"
    assert answer.headers["Access-Control-Allow-Origin"] == f"{settings.SCHEME}://{settings.STAFF_HOST}"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "image"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "image", "Origin": "https://elsewhere.example"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Dest": "document"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Dest": "iframe"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Dest": "script"},
    ],
)
def test_another_site_or_another_use_gets_nothing(headers: dict[str, str]) -> None:
    desk = Desk()
    desk.grant()
    desk.hold()
    answer = desk.preview(**headers)
    assert answer.status_code in (400, 404)
    assert b"\xff\xd8\xff" not in answer.content
    ours = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "image", "Origin": f"http://{settings.STAFF_HOST}"}
    assert desk.preview(**ours).status_code == 200


def test_another_person_and_another_session_of_the_same_person_find_nothing() -> None:
    desk = Desk()
    desk.grant()
    other = make_staff(name="Ben B.")
    with acting_as(desk.actor):
        Membership.make(case=desk.case, user=other, role=MembershipRole.HELPER, since=timezone.now()).save(
            force_insert=True
        )
    for browser in (signed_in(other), signed_in(desk.owner)):
        assert desk.hold(browser=browser).status_code == 404
        assert browser.get(desk.at("viewing")).status_code == 404
        assert browser.post(desk.at("timed_look")).status_code == 404
        assert browser.post(desk.at("widen_look"), {"step": "sharp"}).status_code == 404
        assert browser.post(desk.at("end_look"), {"by": "hand"}).status_code == 404
        key = str(session_of(browser).session_key)
        made_up = make_token(viewing_id=desk.viewing.pk, person_id=desk.owner.pk, session_key=key)
        desk.hold()
        assert is_nothing(desk.preview(token=made_up))
    theirs = make_token(
        viewing_id=desk.viewing.pk, person_id=other.pk, session_key=str(session_of(desk.browser).session_key)
    )
    assert is_nothing(desk.preview(token=theirs)), "a secret that names somebody else"
    assert desk.preview().status_code == 200


def test_signing_out_ends_what_was_held() -> None:
    desk = Desk()
    desk.grant()
    desk.hold()
    token = desk.token
    assert desk.preview().status_code == 200
    session_of(desk.browser).delete()
    assert is_nothing(desk.preview(token=token))


def test_whoever_loses_the_case_or_the_role_in_the_middle_sees_nothing_from_the_next_request() -> None:
    owner = make_staff(name="Owner O.")
    case = make_case(owner=owner)
    helper = make_staff(name="Helper H.")
    with acting_as(Actor.user(owner)):
        row = Membership.make(case=case, user=helper, role=MembershipRole.HELPER, since=timezone.now())
        row.save(force_insert=True)
    desk = Desk(owner=owner, case=case)
    desk.owner, desk.actor, desk.browser = helper, Actor.user(helper), signed_in(helper)
    desk.grant()
    desk.hold()
    assert desk.preview().status_code == 200
    User.objects.filter(pk=helper.pk).update(roles=[Role.TRAINEE])
    assert is_nothing(desk.preview())
    User.objects.filter(pk=helper.pk).update(roles=[Role.CASEWORKER])
    assert desk.preview().status_code == 200
    with acting_as(Actor.user(owner)):
        membership.end(membership_id=row.pk, by=Actor.user(owner), at=timezone.now())
    assert is_nothing(desk.preview())
    assert desk.hold().status_code == 404


def test_an_age_lock_found_in_the_middle_ends_the_look_at_once() -> None:
    desk = Desk()
    desk.grant()
    desk.hold()
    token = desk.token
    assert desk.preview().status_code == 200
    with acting_as(desk.actor):
        case_actions.answer_age(
            case_id=desk.case.pk, answer=AgeAnswer.NOT_SURE, said_by="client", by=desk.actor, at=timezone.now()
        )
    assert is_nothing(desk.preview(token=token))
    with acting_as(desk.actor):
        ended = Viewing.objects.get(pk=desk.viewing.pk)
        assert ended.ending == Ending.AGE
    assert desk.browser.get(desk.page).status_code == 404
    assert press(desk.browser, desk.page, reason="same").status_code == 404


def test_a_lock_that_could_end_no_row_stops_bytes_all_the_same() -> None:
    desk = Desk()
    desk.grant()
    desk.hold()
    with acting_as(desk.actor):
        Case.objects.filter(pk=desk.case.pk).update(age_answer=AgeAnswer.UNDER_18)
    assert is_nothing(desk.preview())
    with acting_as(desk.actor):
        assert actions.lapse(viewing_id=desk.viewing.pk, by=desk.actor, at=desk.viewing.expires_at)
        assert Viewing.objects.get(pk=desk.viewing.pk).ending == Ending.AGE


def test_a_break_covers_at_once_and_no_look_begins_until_it_ends() -> None:
    desk = Desk()
    desk.grant()
    desk.hold()
    token = desk.token
    press(desk.browser, reverse("cases:take_break"), lasts="open")
    assert is_nothing(desk.preview(token=token))
    assert desk.latest().ending == Ending.REST
    assert desk.events(EvidenceEvent.LOOK_ENDED)[0].body["how"] == "covered", "a break stands in no record"
    refused = press(desk.browser, desk.page, reason="same")
    assert refused.status_code == 422
    assert "on a break" in refused.content.decode()
    press(desk.browser, reverse("cases:end_break"))
    desk.grant()


def test_a_break_begun_beside_the_look_stops_bytes_even_where_no_row_was_ended() -> None:
    desk = Desk()
    desk.grant()
    desk.hold()
    with acting_as(desk.actor):
        Rest.objects.create(person=desk.owner, began_at=timezone.now())
    assert is_nothing(desk.preview())


def test_at_the_limit_the_cover_stays_and_says_whom_to_ask(settings: Any) -> None:
    settings.LIMITS = {
        **settings.LIMITS,
        (Counted.LOOK, Window.HOUR): Limit(1, 2),
        (Counted.LOOK, Window.DAY): Limit(1, 2),
    }
    desk = Desk()
    desk.grant()
    desk.grant()
    refused = press(desk.browser, desk.page, reason="same")
    assert refused.status_code == 422
    assert "ask a colleague or your supervisor" in refused.content.decode()
    assert len(desk.events(EvidenceEvent.LOOK_GRANTED)) == 2


@time_machine.travel(NOON + timedelta(hours=3))
def test_the_minutes_of_the_house_end_looking_for_today() -> None:
    desk = Desk()
    now = timezone.now()
    with acting_as(desk.actor):
        for number in range(20):
            Viewing.make(
                case=desk.case, exhibit=desk.exhibit, person=desk.owner, session_id=uuid4(),
                token_hash=bytes([number]) * 32, mode="media", reason="same",
                granted_at=now - timedelta(hours=1), expires_at=now, ended_at=now,
                ending=Ending.COVERED, shown_ms=60_000, seconds=60,
            ).save(force_insert=True)  # fmt: skip
    refused = press(desk.browser, desk.page, reason="same")
    assert refused.status_code == 422
    assert "enough for today" in refused.content.decode()
