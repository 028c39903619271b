"""Sessions of our own: one table, key kept as a hash, contents sealed, one door each, idle and absolute limits."""

import json
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from cases import keys
from cases.hosts import DoorRequest
from cases.models import Session, User
from cases.permissions import Door

OPENED_DOOR = "opened_door"
"""Where the session at the share door keeps which token it came in by."""
FORGET = '"cache", "cookies", "storage"'
FORGET_HERE = '"cache", "storage"'
"""At the share door cookies stay: a member of staff may be signed in on the same host name."""
TOUCH_AFTER = timedelta(seconds=30)
"""A session's last use is written at most this often."""


class SessionStore(SessionBase):
    """A session that belongs to one door and ends by itself."""

    def __init__(self, session_key: str | None = None, door: str = "staff") -> None:
        super().__init__(session_key)
        self.door = door
        self.was_ended = False

    def _row(self, key: str | None, *, at: datetime) -> Session | None:
        if not key:
            return None
        live = Session.objects.filter(door=self.door, idle_until__gt=at, ends_at__gt=at)
        return live.filter(key_hash=keys.token_hash(key)).first()

    def load(self) -> dict[str, Any]:
        """Return the session's contents; an unknown, ended or foreign key starts an empty one."""
        row = self._row(self._get_session_key(), at=timezone.now())
        if row is None:
            self._session_key = None
            return {}
        self._seen_at = row.seen_at
        contents: dict[str, Any] = json.loads(row.data or "{}")
        return contents

    def exists(self, session_key: str) -> bool:
        """Whether a key is in use at any door."""
        return Session.objects.filter(key_hash=keys.token_hash(session_key)).exists()

    def create(self) -> None:
        """Start a session under a fresh key."""
        while True:
            self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]
            try:
                self.save(must_create=True)
            except CreateError:
                continue
            self.modified = True
            return

    def save(self, must_create: bool = False) -> None:
        """Write the contents and push the idle limit on; the absolute limit stays where it was."""
        if self.session_key is None:
            self.create()
            return
        now = timezone.now()
        idle, absolute = settings.SESSION_LIMITS[self.door]
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        idle = int(data.get("idle_seconds", idle))
        row = None if must_create else self._row(self.session_key, at=now)
        if row is None and not must_create:
            raise UpdateError
        if row is None:
            row = Session(
                key_hash=keys.token_hash(self.session_key),
                door=self.door,
                started_at=now,
                ends_at=now + timedelta(seconds=absolute),
            )
        row.seen_at, row.idle_until = now, now + timedelta(seconds=idle)
        row.user_id = data.get("_auth_user_id")
        row.data = json.dumps(data)
        row.save()
        self._seen_at = now

    def cycle_key(self) -> None:
        """Go on under a fresh key. Within one person's sign-in the absolute limit stays where it was."""
        row = self._row(self.session_key, at=timezone.now())
        is_same_person = row is not None and row.user_id is not None
        super().cycle_key()
        if row is not None and is_same_person:
            Session.objects.filter(key_hash=keys.token_hash(str(self.session_key))).update(
                started_at=row.started_at, ends_at=row.ends_at
            )

    def delete(self, session_key: str | None = None) -> None:
        """End a session."""
        key = session_key or self.session_key
        if key:
            Session.objects.filter(key_hash=keys.token_hash(key)).delete()

    @classmethod
    def clear_expired(cls) -> None:
        """Remove sessions that have ended."""
        now = timezone.now()
        Session.objects.filter(idle_until__lte=now).delete()
        Session.objects.filter(ends_at__lte=now).delete()

    def flush(self) -> None:
        """End this session for good, and remember to tell the browser."""
        self.was_ended = self.was_ended or not self.is_empty()
        super().flush()

    def needs_touch(self) -> bool:
        """Whether the last use is old enough to be written again."""
        seen: datetime | None = getattr(self, "_seen_at", None)
        return seen is not None and timezone.now() - seen > TOUCH_AFTER


def end_all(user: User, except_key: str | None = None) -> int:
    """End every session of a person at every door, but the one with this key; return how many ended."""
    live = Session.objects.filter(user=user)
    if except_key:
        live = live.exclude(key_hash=keys.token_hash(except_key))
    return int(live.delete()[0])


def mark_of(request: HttpRequest) -> str:
    """Return the short mark by which the record tells one session from another; nobody finds a session by it."""
    key = getattr(getattr(request, "session", None), "session_key", None)
    return keys.token_hash(f"mark:{key}").hex()[:16] if key else ""


def _same_site(door: Door) -> Literal["Lax", "Strict"]:
    """Return whether a link from elsewhere brings the session along: at the portal never."""
    return "Strict" if door == Door.PORTAL else "Lax"


def _let_forget(door: Door, session: SessionStore, response: HttpResponseBase) -> None:
    """Tell the browser to forget what it holds of us once somebody left; not when somebody else came in at once."""
    came_in = SESSION_KEY in session or OPENED_DOOR in session
    if session.was_ended and not came_in:
        response.headers.setdefault("Clear-Site-Data", FORGET_HERE if door == Door.SHARE else FORGET)


class DoorSessionMiddleware(SessionMiddleware):
    """Django's session middleware with a cookie name and a store for the door that the host names."""

    def process_request(self, request: DoorRequest) -> None:  # type: ignore[override]
        """Attach the session of this door."""
        door = request.door
        request.session = SessionStore(request.COOKIES.get(settings.SESSION_COOKIE_NAMES[door]), door)

    def process_response(self, request: DoorRequest, response: HttpResponseBase) -> HttpResponseBase:  # type: ignore[override]
        """Save and set the cookie when something changed or the idle limit moves; remove it when the session ended."""
        if not hasattr(request, "session"):
            return response
        name = settings.SESSION_COOKIE_NAMES[request.door]
        session = cast(SessionStore, request.session)
        if name in request.COOKIES and session.is_empty():
            response.delete_cookie(name, path="/", samesite=_same_site(request.door))
            _let_forget(request.door, session, response)
            return response
        # A page that refreshes itself is nobody at the desk.
        in_background = "X-Background" in request.headers
        touched = session.accessed and session.needs_touch() and not in_background
        if (session.modified or touched) and not session.is_empty() and response.status_code < 500:
            try:
                session.save()
            except UpdateError:
                response.delete_cookie(name, path="/", samesite=_same_site(request.door))
                return response
            response.set_cookie(
                name,
                session.session_key or "",
                path="/",
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite=_same_site(request.door),
            )
            _let_forget(request.door, session, response)
        return response
