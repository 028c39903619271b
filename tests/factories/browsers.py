"""Test clients of people who are signed in at their own door."""

import time
from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.test import Client

from cases.http import TOKEN_FIELD, new_form_token
from cases.models import User
from cases.sessions import SessionStore

HOSTS = {"staff": settings.STAFF_HOST, "portal": settings.PORTAL_HOST}


def anyone(door: str = "staff") -> Client:
    """Return a browser that nobody signed in with, at a door's host."""
    return Client(HTTP_HOST=HOSTS[door])


def signed_in(user: User, *, door: str = "staff", fresh: bool = True, **values: Any) -> Client:
    """Return a browser in which a person is signed in at a door; `values` go into its session.

    `fresh` says that they confirmed who they are a moment ago, so that no view asks them again.
    """
    client = anyone(door)
    backend = "cases.backends.ClientBackend" if user.is_client else "cases.backends.StaffBackend"
    store = SessionStore(door=door)
    store.create()
    if fresh and not user.is_client:
        confirm(store, user)
    store.update(
        {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: backend,
            HASH_SESSION_KEY: user.get_session_auth_hash(),
            **values,
        }
    )
    store.save()
    assert store.session_key
    client.cookies[settings.SESSION_COOKIE_NAMES[door]] = store.session_key
    return client


def confirm(store: SessionStore, user: User) -> None:
    """Write into a session that a person has typed their password now."""
    store[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time()}]
    store["account_authentication_methods_user"] = str(user.pk)


def session_of(client: Client, door: str = "staff") -> SessionStore:
    """Return the session that a browser holds at a door; Django's own helper knows one cookie name only."""
    cookie = client.cookies.get(settings.SESSION_COOKIE_NAMES[door])
    return SessionStore(cookie.value if cookie else None, door)


def press(client: Client, address: str, **fields: Any) -> Any:
    """Send a form with a fresh one-use token, as a page of ours would."""
    return client.post(address, {TOKEN_FIELD: new_form_token(), **fields})
