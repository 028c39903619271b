"""Captures as people ask for them, and what became of them."""

from typing import Any

from cases.access import acting_as
from cases.actor import Actor
from cases.models import Case, Event
from evidence.actions import capture as actions
from evidence.capture import worker
from evidence.models import Capture
from tests.conftest import NOON


def ask(case: Case, url: str = "https://site.hostile.net/v/abc", **more: Any) -> Capture:
    """Ask for a capture as the owner of the case."""
    actor = Actor.user(case.owner)
    with acting_as(actor):
        made: Capture = actions.request(
            case_id=case.pk, url=url, link_id=more.pop("link_id", None), with_media=more.pop("with_media", False),
            by=actor, at=more.pop("at", NOON), **more,
        )  # fmt: skip
        return made


def fresh(capture: Capture) -> Capture:
    """Return a capture as it stands, with its exhibit."""
    with acting_as(worker.ACTOR):
        found: Capture = Capture.objects.select_related("case", "exhibit").get(pk=capture.pk)
        return found


def kinds(case: Case) -> list[str]:
    """Return what the record says of captures, first to last."""
    with acting_as(Actor.user(case.owner)):
        return list(
            Event.objects.filter(case=case, kind__contains="capture").order_by("seq").values_list("kind", flat=True)
        )
