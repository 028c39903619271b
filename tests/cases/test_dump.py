"""Somebody with every byte of the database and no key: neither a second factor nor a session is in it."""

import base64
import os

import psycopg
import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.db import connection

from cases.accounts import MFAAdapter
from cases.models import Session
from cases.sealed import CannotOpen
from cases.sessions import SessionStore
from tests.factories.browsers import session_of, signed_in
from tests.factories.cases import give_factor, make_staff

pytestmark = pytest.mark.django_db(transaction=True)


def _dump() -> str:
    """Return every row of every table, bytes as hexadecimal."""
    name = str(connection.settings_dict["NAME"])
    with psycopg.connect(os.environ["RECOURSE_CLUSTER_URL"], dbname=name) as cluster:
        tables = cluster.execute("select format('%I', tablename) from pg_tables where schemaname = 'public'").fetchall()
        rows = [row[0] for (table,) in tables for row in cluster.execute(f"select t::text from {table} t").fetchall()]
    return "\n".join(rows)


def _is_in(dump: str, secret: str) -> bool:
    raw = secret.encode()
    forms = (secret, raw.hex(), base64.b64encode(raw).decode().rstrip("="))
    return any(form in dump for form in forms)


def test_the_search_finds_what_is_in_the_clear():
    user = make_staff(name="Canary Colleague")
    assert _is_in(_dump(), "Canary Colleague")
    assert _is_in(_dump(), user.email)


def test_the_seed_of_a_second_factor_cannot_be_read():
    user = make_staff(with_factor=False)
    seed = give_factor(user)
    RecoveryCodes.activate(user)
    codes = RecoveryCodes(Authenticator.objects.get(user=user, type="recovery_codes"))
    dump = _dump()
    assert not _is_in(dump, seed)
    assert not _is_in(dump, base64.b32decode(seed).hex())
    assert not [code for code in codes.get_unused_codes() if _is_in(dump, code)]
    # The same row does open for us: what was searched for is what is stored.
    stored = Authenticator.objects.get(user=user, type="totp").data["secret"]
    assert MFAAdapter().decrypt(stored) == seed


def test_what_a_session_holds_and_what_opens_it_cannot_be_read():
    user = make_staff()
    browser = signed_in(user, canary="a word that only the session knows")
    key = session_of(browser).session_key
    assert session_of(browser)["canary"] == "a word that only the session knows"
    dump = _dump()
    assert Session.objects.count() >= 1
    assert not _is_in(dump, "a word that only the session knows")
    assert key is not None
    assert not _is_in(dump, key)
    assert not _is_in(dump, user.get_session_auth_hash())
    assert not _is_in(dump, "cases.backends.StaffBackend")


def test_a_session_row_moved_to_another_does_not_open():
    one, two = signed_in(make_staff(), canary="one"), signed_in(make_staff(), canary="two")
    rows = {session_of(browser)["canary"]: session_of(browser) for browser in (one, two)}
    assert set(rows) == {"one", "two"}
    first, second = Session.objects.order_by("started_at")
    Session.objects.filter(pk=second.pk).update(sealed=bytes(first.sealed))
    with pytest.raises(CannotOpen, match="does not open"):
        dict(SessionStore(rows["two"].session_key, "staff").load())
