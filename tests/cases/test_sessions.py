"""Sessions: hashed, sealed, one door each, ending by themselves; and the hosts that choose the door."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from cases.models import Session
from cases.sessions import SessionStore
from tests.conftest import NOON
from tests.factories.browsers import signed_in
from tests.factories.cases import make_staff

pytestmark = pytest.mark.django_db


def _started(door="staff", **values):
    store = SessionStore(door=door)
    store.update(values or {"a": 1})
    store.create()
    store.update(values or {"a": 1})
    store.save()
    return store.session_key


def test_a_session_is_found_again_at_its_own_door_only():
    key = _started("portal", secret="her step")
    assert SessionStore(key, "portal").load()["secret"] == "her step"
    assert SessionStore(key, "staff").load() == {}


def test_neither_key_nor_contents_of_a_session_are_stored_in_the_clear():
    key = _started("portal", secret="her step")
    with connection.cursor() as cursor:
        cursor.execute("select cases_session::text, encode(sealed, 'escape') from cases_session")
        stored = str(cursor.fetchall())
    assert key not in stored
    assert "her step" not in stored


def test_a_quiet_session_ends_after_its_idle_limit():
    with time_machine.travel(NOON, tick=False) as clock:
        key = _started()
        clock.shift(timedelta(seconds=settings.SESSION_LIMITS["staff"][0] - 1))
        assert SessionStore(key, "staff").load()
        clock.shift(timedelta(seconds=2))
        assert SessionStore(key, "staff").load() == {}


def _use_until(key, clock, end):
    """Use a session every ten minutes, up to a second before an end; return whether it was open each time."""
    open_each_time = True
    while timezone.now() + timedelta(minutes=10) < end:
        clock.shift(timedelta(minutes=10))
        store = SessionStore(key, "staff")
        open_each_time &= bool(store.load())
        if open_each_time:
            store.save()
    clock.shift(end - timedelta(seconds=1) - timezone.now())
    return open_each_time


def test_a_busy_session_ends_after_its_absolute_limit_and_not_a_second_earlier():
    with time_machine.travel(NOON, tick=False) as clock:
        key = _started()
        assert _use_until(key, clock, NOON + timedelta(seconds=settings.SESSION_LIMITS["staff"][1]))
        assert SessionStore(key, "staff").load()
        SessionStore(key, "staff").save()
        clock.shift(timedelta(seconds=1))
        assert SessionStore(key, "staff").load() == {}


def test_a_new_id_within_a_sign_in_does_not_move_the_absolute_limit():
    user = make_staff()
    with time_machine.travel(NOON, tick=False) as clock:
        key = _started("staff", _auth_user_id=str(user.pk))
        end = NOON + timedelta(seconds=settings.SESSION_LIMITS["staff"][1])
        for _ in range(59):
            clock.shift(timedelta(minutes=10))
            store = SessionStore(key, "staff")
            assert store.load()
            store.cycle_key()
            assert store.session_key != key
            key = store.session_key
        clock.shift(end - timedelta(seconds=1) - timezone.now())
        assert SessionStore(key, "staff").load()["_auth_user_id"] == str(user.pk)
        clock.shift(timedelta(seconds=1))
        assert SessionStore(key, "staff").load() == {}


def test_staff_sessions_end_after_15_quiet_minutes_and_10_hours():
    assert settings.SESSION_LIMITS["staff"] == (15 * 60, 10 * 3600)


def test_a_page_that_refreshes_itself_keeps_nobody_signed_in():
    user = make_staff()
    with time_machine.travel(NOON, tick=False) as clock:
        client = signed_in(user)
        for _ in range(16):
            clock.shift(timedelta(minutes=1))
            client.get("/today", headers={"X-Background": "1"})
        assert client.get("/today").status_code == 302


def test_using_a_page_pushes_the_idle_limit_on():
    user = make_staff()
    with time_machine.travel(NOON, tick=False) as clock:
        client = signed_in(user)
        for _ in range(4):
            clock.shift(timedelta(minutes=14))
            assert client.get("/today").status_code == 200


def test_a_session_cookie_is_for_this_site_alone_and_no_script_reads_it():
    user = make_staff()
    client = signed_in(user)
    with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=False):
        cookie = client.get("/today").cookies["sid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"
    assert not cookie["max-age"], "it ends with the browser"
    assert not cookie["domain"]


def test_an_ended_session_takes_its_cookie_with_it():
    client = signed_in(make_staff())
    client.cookies["sid"] = "z" * 32
    assert client.get("/").cookies["sid"]["max-age"] == 0


def test_quiet_sessions_are_removed_and_others_stay():
    with time_machine.travel(NOON, tick=False) as clock:
        quiet, busy = _started(), _started()
        clock.shift(timedelta(minutes=10))
        SessionStore(busy, "staff").save()
        clock.shift(timedelta(minutes=10))
        SessionStore.clear_expired()
        assert not SessionStore().exists(quiet)
        assert SessionStore().exists(busy)


def test_busy_sessions_are_removed_at_their_absolute_end():
    with time_machine.travel(NOON, tick=False) as clock:
        key = _started()
        Session.objects.update(idle_until=NOON + timedelta(days=2))
        clock.shift(timedelta(seconds=settings.SESSION_LIMITS["staff"][1] - 1))
        SessionStore.clear_expired()
        assert SessionStore().exists(key)
        clock.shift(timedelta(seconds=1))
        SessionStore.clear_expired()
        assert not SessionStore().exists(key)


def test_an_address_is_sent_to_the_name_because_passkeys_need_one():
    response = Client().get("/today?x=1", HTTP_HOST="127.0.0.1:8000")
    assert response.status_code == 302
    assert response.headers["Location"] == f"{settings.SCHEME}://{settings.STAFF_HOST}/today?x=1"


def test_an_unknown_host_is_refused():
    assert Client().get("/", HTTP_HOST="evil.example").status_code == 400


def test_every_answer_says_that_it_is_not_to_be_kept_or_indexed():
    for host in (settings.STAFF_HOST, settings.PORTAL_HOST):
        headers = Client().get("/", HTTP_HOST=host).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["X-Robots-Tag"] == "noindex, noarchive"
        assert "camera=()" in headers["Permissions-Policy"]
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["X-Frame-Options"] == "DENY"
        assert {"Cookie", "Accept-Language"} <= set(headers["Vary"].split(", "))
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]


def test_a_form_sent_to_an_address_is_refused_and_not_carried_elsewhere():
    assert Client().post("/today", HTTP_HOST="127.0.0.1:8000").status_code == 400


@pytest.mark.parametrize("path", ["/\0", "/cases/%00/", "/accounts/\0login/"])
def test_a_path_with_nul_is_an_answer_and_not_a_crash(path):
    assert Client().get(path, HTTP_HOST=settings.STAFF_HOST).status_code == 400
