"""One person at one browser with one exhibit in front of them, and what the media host gives them."""

import io
from typing import Any

from django.conf import settings
from django.test import Client
from django.urls import reverse
from PIL import Image

from cases.access import acting_as
from cases.actor import Actor
from cases.models import Case, Event, User
from evidence.looking.grant import make_token
from evidence.models import Exhibit, Viewing
from tests.factories.browsers import press, session_of, signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.evidence import make_exhibit


def photo() -> bytes:
    """Make a JPEG with a known pattern: a red half beside a blue one, and a camera's tag."""
    image = Image.new("RGB", (400, 300), (220, 20, 20))
    image.paste((20, 20, 220), (200, 0, 400, 300))
    exif = Image.Exif()
    exif[0x010F] = "SecretCameraMaker"
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


class Desk:
    """One person at one browser with one exhibit in front of them."""

    def __init__(self, *, data: bytes | None = None, owner: User | None = None, case: Case | None = None) -> None:
        self.owner = owner or make_staff(name="Amira K.")
        self.case = case or make_case(owner=self.owner)
        self.exhibit: Exhibit = make_exhibit(self.case, data or photo(), name="a.jpg").exhibit
        self.actor = Actor.user(self.owner)
        self.browser = signed_in(self.owner)
        self.media = Client(HTTP_HOST=settings.MEDIA_HOST)

    @property
    def page(self) -> str:
        return reverse("evidence:look", args=[self.case.reference, self.exhibit.pk])

    def grant(self, **more: Any) -> Viewing:
        answer = press(self.browser, self.page, **{"reason": "same", **more})
        assert answer.status_code == 302, answer.content.decode()[:2000]
        self.viewing = self.latest()
        return self.viewing

    def latest(self) -> Viewing:
        with acting_as(self.actor):
            found: Viewing = Viewing.objects.order_by("-granted_at").first()  # type: ignore[assignment]
            found.opened()
            return found

    def at(self, name: str) -> str:
        return reverse(f"evidence:{name}", args=[self.case.reference, self.exhibit.pk, self.viewing.pk])

    def hold(self, shown: bool = True, browser: Client | None = None) -> Any:
        return (browser or self.browser).post(self.at("hold_look"), {"shown": "1" if shown else "0"})

    @property
    def token(self) -> str:
        key = str(session_of(self.browser).session_key)
        return make_token(viewing_id=self.viewing.pk, person_id=self.owner.pk, session_key=key)

    def preview(self, name: str = "still-soft", token: str = "", **headers: str) -> Any:
        path = reverse("media:preview", args=[token or self.token, name], urlconf=settings.MEDIA_URLCONF)
        return self.media.get(path, headers=headers)

    def events(self, kind: str) -> list[Event]:
        with acting_as(self.actor):
            found = list(Event.objects.filter(case=self.case, kind=kind).order_by("seq"))
            for event in found:
                event.opened()
            return found


def is_nothing(answer: Any) -> bool:
    """Whether an answer is a 404 without a byte of a picture in it."""
    return answer.status_code == 404 and b"\xff\xd8\xff" not in answer.content and b"ftyp" not in answer.content
