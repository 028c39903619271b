"""When the fictional cases are told, and when the demo refuses: nothing real is ever beside them."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from io import StringIO
from itertools import pairwise

import pytest
from django.contrib.auth.hashers import check_password, make_password
from django.core.management import CommandError, call_command
from django.test import override_settings

from cases.access import acting_as
from cases.actor import Actor
from cases.models import Case, Event, User
from config.demo import cases as demo_cases
from config.demo.client import DemoSite
from config.demo.people import PASSWORD
from config.demo.story import Story
from evidence.events import EvidenceEvent
from takedowns.models import UrlCheck
from tests.factories.cases import make_case
from tests.factories.takedowns import load_platforms

pytestmark = pytest.mark.django_db(transaction=True)
READER = Actor.system("test")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoSite]:
    with DemoSite.start(tmp_path_factory.mktemp("demo"), hang=1.0) as running:
        yield running


@pytest.fixture
def demo(as_worker: None, site: DemoSite) -> Iterator[DemoSite]:
    site.reset()
    with override_settings(DEMO_SITE=site.port, FETCH_LOOPBACK=tuple(site.fetch_allowance().split(","))):
        load_platforms()
        yield site


def tell() -> str:
    """Run the command; return what it printed."""
    out = StringIO()
    call_command("demo", stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("clock", ["00:05", "23:55"])
def test_whatever_the_hour_each_case_goes_forward_in_time_and_nothing_lies_ahead(demo, clock):
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    now = datetime.combine(yesterday, time.fromisoformat(clock), tzinfo=UTC)
    demo_cases.tell(now=now)
    with acting_as(READER):
        for case in Case.objects.all():
            times = list(Event.objects.filter(case=case).order_by("seq").values_list("at", flat=True))
            late = [(a, b) for a, b in pairwise(times) if b < a]
            assert not late, case.alias
        by_people = Event.objects.filter(actor_kind__in=["user", "client"])
        assert not by_people.filter(at__gt=now).exclude(kind=EvidenceEvent.SHARE_MADE).exists()
        assert not UrlCheck.objects.filter(at__gt=now).exists()


def test_beside_a_real_case_it_refuses_and_changes_nothing(as_worker, site):
    case = make_case()
    with override_settings(DEMO_SITE=site.port), pytest.raises(CommandError, match="real case"):
        tell()
    with acting_as(READER):
        assert list(Case.objects.all()) == [case]


def test_the_web_login_is_refused_because_it_would_not_see_a_real_case(transactional_db, site):
    with override_settings(DEMO_SITE=site.port), pytest.raises(CommandError, match="worker"):
        tell()


def test_when_the_site_does_not_follow_nothing_is_left(demo, monkeypatch):
    def story_of_an_unknown_site(story: Story) -> None:
        story.site["nowhere", "/v/x"] = "up"

    monkeypatch.setattr(demo_cases, "STORIES", (*demo_cases.STORIES, story_of_an_unknown_site))
    with pytest.raises(CommandError, match="nowhere"):
        tell()
    with acting_as(READER):
        assert not Case.objects.exists()
    assert not User.objects.exists()


def test_a_case_that_is_opened_in_the_demo_is_a_demo_case(demo):
    assert make_case().is_demo


def test_a_password_that_was_set_in_the_demo_opens_nothing_outside_of_it():
    plain = "django.contrib.auth.hashers.PBKDF2PasswordHasher"
    with override_settings(PASSWORD_HASHERS=["config.demo.hashing.DemoHasher", plain]):
        kept = make_password(PASSWORD)
        assert check_password(PASSWORD, kept)
    with override_settings(PASSWORD_HASHERS=[plain]):
        assert not check_password(PASSWORD, kept)
