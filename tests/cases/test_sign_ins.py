"""One's own sign-ins: seen, marked and ended; and devices that are named no closer than helps."""

import pytest
from django.db import connection
from django.urls import reverse

from cases import sessions
from cases.devices import device_of, device_words
from cases.events import CaseEvent
from cases.models import Session
from cases.permissions import Role
from tests.cases.test_account import FIREFOX, _come_in, _events, _is_open, amira
from tests.factories.browsers import press, signed_in
from tests.factories.cases import give_factor, make_staff

pytestmark = pytest.mark.django_db
__all__ = ["amira"]


def test_the_page_lists_own_sign_ins_and_marks_this_one(amira):
    seed = give_factor(amira)
    give_factor(other := make_staff(name="Somebody else", with_factor=False))
    signed_in(other)
    _come_in(amira, seed, "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1")
    here = signed_in(amira, device=["Firefox", "Linux"])
    page = here.get(reverse("cases:sign_ins"))
    shown = page.context["rows"]
    assert [row["is_this"] for row in shown].count(True) == 1
    assert shown[0]["is_this"]
    assert shown[0]["device"] == "Firefox on Linux"
    assert {row["device"] for row in shown} == {"Firefox on Linux", "Safari on iPhone"}
    assert page.content.decode().count("Firefox on Linux") >= 1


def test_the_device_is_sealed(amira):
    _come_in(amira, give_factor(amira))
    with connection.cursor() as cursor:
        cursor.execute("select cases_session::text || encode(sealed, 'escape') from cases_session")
        assert "Firefox" not in str(cursor.fetchall())


def test_one_sign_in_can_be_ended(amira):
    give_factor(amira)
    here, there = signed_in(amira), signed_in(amira)
    row = next(row for row in here.get(reverse("cases:sign_ins")).context["rows"] if not row["is_this"])
    press(here, reverse("cases:end_sign_in", args=[row["id"]]))
    assert _is_open(here)
    assert not _is_open(there)
    assert [told["ended"] for _event, told in _events(CaseEvent.SESSIONS_ENDED)] == [1]


def test_nobody_ends_the_sign_in_of_somebody_else(amira):
    give_factor(amira)
    other = make_staff()
    there = signed_in(other)
    press(signed_in(amira), reverse("cases:end_sign_in", args=[Session.objects.get(user=other).pk]))
    assert _is_open(there)
    assert not _events(CaseEvent.SESSIONS_ENDED)


def test_all_others_can_be_ended_at_once(amira):
    give_factor(amira)
    here, others = signed_in(amira), [signed_in(amira) for _ in range(3)]
    press(here, reverse("cases:end_other_sign_ins"))
    assert _is_open(here)
    assert not any(_is_open(client) for client in others)
    assert Session.objects.filter(user=amira).count() == 1


def test_end_all_spares_nobody_unless_told():
    user = make_staff()
    client = signed_in(user)
    assert sessions.end_all(user) == 1
    assert not _is_open(client)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Version/19.0 Safari/605.1", "Safari on Mac"),
        ("curl/8", "A browser we do not know"),
        ("", "A browser we do not know"),
        ("<script>alert(1)</script> Firefox/1", "Firefox"),
    ],
)
def test_a_device_is_named_coarsely(agent, words):
    assert device_words(device_of(agent)) == words


def test_signing_out_by_hand_leaves_no_session(amira):
    give_factor(amira)
    client = signed_in(amira)
    client.post(reverse("account_logout"))
    assert not Session.objects.filter(user=amira).exists()


def test_a_person_whose_access_ended_has_no_session_left():
    boss, user = make_staff(roles=[Role.ADMINISTRATOR]), make_staff()
    there = signed_in(user)
    press(signed_in(boss), reverse("cases:end_access", args=[user.pk]))
    assert not _is_open(there)
    assert not Session.objects.filter(user=user).exists()
