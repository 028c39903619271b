"""The health page says how well the record is kept: the last anchor, what has no stamp and since when, who keeps it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.access import acting_as
from cases.actions.anchor import make_anchors
from cases.actor import Actor
from cases.anchor_signs import signs
from cases.models import Anchor, AnchorStamp
from cases.permissions import Role
from tests.factories.browsers import signed_in
from tests.factories.cases import make_case, make_staff

SYSTEM = Actor.system("anchor")


@pytest.fixture
def anchors(as_worker, settings) -> list[Anchor]:
    settings.TSA_URLS = ("https://stamps.example/tsr",)
    settings.TRUSTEES = ("one@trust.example",)
    make_case()
    with acting_as(SYSTEM):
        return make_anchors(by=SYSTEM, at=timezone.now() + timedelta(days=3, minutes=10))


def told(at) -> dict[str, tuple[str, str]]:
    return {sign.label: (sign.value, sign.tone) for sign in signs(now=at)}


def stamp(anchor: Anchor) -> None:
    AnchorStamp.objects.create(
        anchor=anchor,
        authority="stamps.example/tsr",
        query=b"q",
        nonce="1",
        reply=b"r",
        received_at=anchor.made_at,
        stamped_at=anchor.made_at,
    )


def test_anchors_without_a_stamp_are_told_with_how_many_and_since_when(anchors):
    made = anchors[0].made_at
    label = "Stamped by stamps.example/tsr"
    assert told(made)[label] == (f"3 anchors wait, since {anchors[0].day}", "")
    assert told(made + timedelta(hours=7))[label][1] == "soon"
    assert told(made + timedelta(days=2, hours=1))[label][1] == "late"


def test_a_stamp_covers_the_anchors_before_it(anchors):
    stamp(anchors[1])
    assert told(timezone.now())["Stamped by stamps.example/tsr"][0] == f"1 anchor waits, since {anchors[2].day}"
    stamp(anchors[2])
    assert told(timezone.now())["Stamped by stamps.example/tsr"] == ("Every anchor", "ok")


def test_days_without_an_anchor_are_told(anchors):
    made = anchors[0].made_at
    assert told(made)["Last anchor"] == (str(anchors[-1].day), "ok")
    assert told(made + timedelta(days=2))["Last anchor"] == ("2 days are missing", "late")


def test_a_record_that_nobody_keeps_outside_is_told(anchors, settings):
    assert told(timezone.now())["Kept outside"] == ("Mailed to 1 trustee", "ok")
    settings.TRUSTEES = ()
    settings.TSA_URLS = ()
    assert told(timezone.now())["Kept outside"][1] == "soon"
    assert told(timezone.now())["Time stamps"] == ("No authority is set", "soon")


@pytest.mark.django_db
def test_the_health_page_shows_it():
    person = make_staff(roles=[Role.ADMINISTRATOR])
    page = signed_in(person).get(reverse("cases:health")).content.decode()
    assert "Last anchor" in page
    assert "No trustee is set" in page
