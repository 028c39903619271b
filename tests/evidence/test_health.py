"""Health tells whether files are read and verified here, in numbers."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.permissions import Role
from evidence import sandbox
from evidence.health import signs
from evidence.models import ScrubDay
from tests.conftest import logged_in_as
from tests.factories.browsers import signed_in
from tests.factories.cases import make_staff

pytestmark = pytest.mark.django_db(transaction=True)


def told() -> dict[str, tuple[str, str]]:
    return {sign.label: (sign.value, sign.tone) for sign in signs(timezone.now()).signs}


def day(days_ago: int, **numbers: int) -> None:
    at = timezone.now() - timedelta(days=days_ago)
    with logged_in_as("worker"):
        ScrubDay.objects.create(day=at.date(), last_at=at, **numbers)


def test_an_administrator_sees_the_week_in_numbers_and_no_case() -> None:
    day(1, verified=40, opened=2)
    day(2, verified=10, differ=1, missing=2, not_checked=3)
    day(9, verified=500, differ=9)
    page = signed_in(make_staff(roles=[Role.ADMINISTRATOR])).get(reverse("cases:health")).content.decode()
    assert "50, of them 2 opened" in page
    assert "1 differ, 2 are missing" in page
    assert told()["Found changed or missing"][1] == "late"
    assert told()["Could not be checked"] == ("3", "soon")


def test_without_a_sandbox_health_says_why(settings, monkeypatch) -> None:
    assert told()["Reading files in the sandbox"] == ("Possible here", "ok")
    settings.SANDBOX = "none"
    monkeypatch.setattr(sandbox, "_known", None)
    value, tone = told()["Reading files in the sandbox"]
    assert "switched off" in value
    assert tone == "late"
    monkeypatch.setattr(sandbox, "_known", None)


def test_before_the_first_look_it_says_so() -> None:
    assert told()["Stored files verified in seven days"] == ("None yet", "soon")
