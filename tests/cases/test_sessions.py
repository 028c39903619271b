"""Sessions: hashed, sealed, one door each, ending by themselves; and the hosts that choose the door."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from cases.sessions import SessionStore
from tests.conftest import NOON

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


def test_a_busy_session_still_ends_after_its_absolute_limit():
    with time_machine.travel(NOON, tick=False) as clock:
        key = _started()
        for _ in range(60):
            clock.shift(timedelta(minutes=10))
            store = SessionStore(key, "staff")
            if store.load():
                store.save()
        assert timezone.now() >= NOON + timedelta(seconds=settings.SESSION_LIMITS["staff"][1])
        assert SessionStore(key, "staff").load() == {}


def test_ended_sessions_are_removed():
    from cases.models import Session

    with time_machine.travel(NOON, tick=False) as clock:
        _started()
        clock.shift(timedelta(hours=11))
        SessionStore.clear_expired()
        assert not Session.objects.exists()


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
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
