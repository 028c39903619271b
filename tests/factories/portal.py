"""Clients at the portal's door, through the real actions and pages."""

import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.test import Client

from cases.access import acting_as
from cases.actions import door
from cases.actor import Actor
from cases.models import Case
from tests.conftest import NOON
from tests.factories.cases import make_case

CODE, PIN = "ACDEFGHJ", "407192"


class Browser(Client):
    """A browser on the portal's host that fills in forms as they are on the page."""

    def __init__(self, **more: Any) -> None:
        super().__init__(HTTP_HOST=settings.PORTAL_HOST, **more)

    def press(self, path: str, **typed: Any) -> Any:
        """Send a form with a fresh one-use token, as the page that shows it would."""
        from cases.http import new_form_token

        return self.post(path, {"form_token": new_form_token(), **typed})


@dataclass
class AtTheDoor:
    """A case whose client was invited, with the token of the invitation."""

    case: Case
    token: str
    browser: Browser


def make_invited(*, case: Case | None = None) -> AtTheDoor:
    """Make a case without an age answer and invite its client."""
    from django.utils import timezone

    case = case or make_case(age=None, at=NOON)
    actor = Actor.user(case.owner)
    with acting_as(actor):
        invitation = door.invite(case_id=case.pk, by=actor, at=timezone.now())
    return AtTheDoor(case, invitation.token, Browser())


def come_in(*, upto: str = "report", case: Case | None = None) -> AtTheDoor:
    """Walk a client in: upto "start", "safe", "pin", "report" (PIN kept), "age", "check" or "sent"."""
    seen = make_invited(case=case)
    press = seen.browser.press
    walk: list[tuple[str, str, dict[str, Any]]] = [
        ("start", f"/i/{seen.token}", {}),
        ("safe", "/a/1", {"idle": "1200"}),
        ("pin", "/b/1", {"may": "no"}),
        ("report", "/c", {"pin": PIN, "again": PIN}),
        ("age", "/d/1", {"about": "me", "name": "Kestrel", "country": "GB"}),
        ("what", "/d/2", {"answer": "adult"}),
        ("agree", "/d/3", {"kinds": ["shared"], "threat_now": "no", "text": "It started in May."}),
        ("check", "/d/5", {"powers": ["ask_sites", "ask_hosts"], "signed_name": "Kestrel Example"}),
        ("sent", "/d/6", {}),
    ]
    for reached, path, typed in walk:
        if path == "/c":
            seen.browser.get("/c")
        answer = press(path, **typed)
        assert answer.status_code == 302, (path, answer.status_code, answer.content.decode()[:3000])
        if reached == upto:
            return seen
    raise ValueError(upto)


def shown_code(browser: Browser) -> str:
    """Return the code that the PIN page shows."""
    page = browser.get("/c").content.decode()
    found = re.search(r'big--code"><bdi dir="ltr">([^<]+)</bdi>', page)
    assert found is not None, page
    return found.group(1)
