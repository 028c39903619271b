"""The fictional cases of the demo, one in each stage of the path, told at once through the real actions."""

import http.client
import json
from collections.abc import Iterator, Mapping
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse

import config.celery  # noqa: F401  without it what rings for the worker knocks at a queue that is not ours
from cases import doors, keys
from cases.models import Case, Door, User
from config.demo import story_beginnings, story_house, story_notices
from config.demo.control import HOST
from config.demo.people import CLIENTS, INVITATION_TOKEN, PASSWORD, PEOPLE, SHARE_SECRET, SHARE_TOKEN, join_everybody
from config.demo.story import Story
from evidence.actions.share import spoken_secret
from takedowns.models import Platform

STORIES = (
    story_notices.watched,
    story_notices.came_back,
    story_notices.late,
    story_beginnings.opened,
    story_notices.asked,
    story_beginnings.threatened,
    story_beginnings.reported,
    story_beginnings.writing,
    story_beginnings.locked,
    story_beginnings.invited,
)
JOINED_DAYS_AGO = 23


class NotPossible(Exception):
    """The demo cannot be told here; the text says why in one line."""


def tell(*, now: datetime) -> bool:
    """Tell every case; False when they are there already. Raises NotPossible, and then nothing was changed.

    All stories are one transaction, so a worker that runs beside it sees all of them or nothing; then one bundle is
    built and shared.
    """
    refuse_unless_possible()
    if User.objects.filter(email=PEOPLE[0].email).exists():
        return False
    with transaction.atomic():
        story = Story(now, settings.DEMO_SITE, {})
        story.staff = join_everybody(at=story.on(JOINED_DAYS_AGO, "08:00"))
        story_house.teams(story, story.on(JOINED_DAYS_AGO, "17:00"))
        for stage in STORIES:
            stage(story)
        for part in story_house.PARTS:
            part(story)
        story_beginnings.captured(story)
        steer(settings.DEMO_SITE, story.site)
    story_notices.share(story)
    return True


def refuse_unless_possible() -> None:
    """Raise NotPossible without a demo site, for a login that does not see every case, and beside a real case."""
    if not settings.DEMO_SITE:
        raise NotPossible("The fictional cases need the demo site: use bin/start --demo.")
    with connection.cursor() as cursor:
        cursor.execute("select pg_has_role(current_user, 'recourse_worker', 'member')")
        (sees_all,) = cursor.fetchone() or (False,)
    if not sees_all:
        raise NotPossible("Only the worker's login sees whether there is a real case (RECOURSE_ROLE=worker).")
    if Case.objects.filter(is_demo=False).exists():
        raise NotPossible("This database holds a real case. Fictional cases are never put beside it.")
    if not Platform.objects.filter(is_fictional=True).exists():
        raise NotPossible("The demo's platforms are not loaded: run load_reference as the owner.")


def steer(port: int, behaviours: Mapping[tuple[str, str], str]) -> None:
    """Tell the demo site what its links answer from now on. Raises NotPossible when it does not follow."""
    try:
        site = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        for (host, path), behaviour in behaviours.items():
            asked = json.dumps({"host": host, "path": path, "behaviour": behaviour})
            site.request("POST", "/api/set", asked, {"Host": f"{HOST}:{port}", "Content-Type": "application/json"})
            answer = site.getresponse()
            if answer.read() and answer.status != 200:
                raise NotPossible(f"The demo site did not take {behaviour!r} for {host}{path}.")
        site.close()
    except (OSError, http.client.HTTPException) as error:
        raise NotPossible(f"The demo site does not answer on port {port}.") from error


def sign_ins(*, now: datetime) -> Iterator[str]:
    """Give the lines that tell how to come in by every door."""
    yield f"The demo's people sign in at {_address(settings.STAFF_HOST, '/')}"
    yield f"  Password of all: {PASSWORD}"
    for person in PEOPLE:
        yield f"  {person.role.value:<14} {person.email:<24} second factor: {person.seed}"
    yield "  Code of the second factor right now: bin/manage demo_code EMAIL (or put the seed into an app)"
    yield f"Clients come in at {_address(settings.PORTAL_HOST, '/')}"
    for client in CLIENTS:
        yield f"  {client.alias:<14} code {doors.spoken_code(client.code)}, PIN {client.pin}"
    if _opens(INVITATION_TOKEN, now=now):
        path = reverse("portal:invite", args=[INVITATION_TOKEN], urlconf=settings.PORTAL_URLCONF)
        yield f"  Not opened yet, for one use: {_address(settings.PORTAL_HOST, path)}"
    if _opens(SHARE_TOKEN, now=now):
        path = reverse("share:door", args=[SHARE_TOKEN], urlconf=settings.SHARE_URLCONF)
        yield "A lawyer opens a share:"
        yield f"  {_address(settings.STAFF_HOST, path)}   second secret: {spoken_secret(SHARE_SECRET)}"


def _opens(token: str, *, now: datetime) -> bool:
    return Door.objects.usable(at=now).filter(token_hash=keys.token_hash(token)).exists()


def _address(host: str, path: str) -> str:
    return f"{settings.SCHEME}://{host}{path}"
