"""Platforms: loaded from the playbooks as often as wanted, listed with how sure they are."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command

from cases.models import Helpline
from cases.permissions import Role
from takedowns import reference
from takedowns.book import facts_of, platform_book
from takedowns.models import Platform
from tests.conftest import logged_in_as
from tests.factories.browsers import signed_in
from tests.factories.cases import make_staff
from tests.factories.takedowns import load_platforms

pytestmark = pytest.mark.django_db


def test_loading_twice_changes_nothing_but_the_day():
    call_command("load_reference", stdout=StringIO())
    before = list(Platform.objects.order_by("key").values("key", "name", "facts", "last_checked_on"))
    helplines = Helpline.objects.count()
    call_command("load_reference", stdout=StringIO())
    assert list(Platform.objects.order_by("key").values("key", "name", "facts", "last_checked_on")) == before
    assert Helpline.objects.count() == helplines > 0


def test_every_shipped_platform_is_there_with_its_facts_and_its_date():
    load_platforms()
    shipped = reference.platforms()
    rows = {platform.key: platform for platform in Platform.objects.filter(is_fictional=False)}
    assert set(rows) == set(shipped)
    assert all(facts_of(rows[key]) == facts for key, facts in shipped.items())
    assert {platform.last_checked_on for platform in rows.values()} == {date(2026, 11, 22)}


def test_a_fact_that_was_changed_is_read_anew():
    load_platforms()
    assert platform_book()["vidnest"].name == "VidNest"
    Platform.objects.filter(key="vidnest").update(name="Elsewhere")
    call_command("load_reference", stdout=StringIO())
    assert Platform.objects.get(key="vidnest").name == "VidNest"


def test_the_fictional_platforms_take_reports_by_mail_and_are_marked():
    load_platforms()
    platform = Platform.objects.get(key="vidnest")
    assert (platform.is_fictional, platform.abuse_email) == (True, "abuse@vidnest.localhost")


def test_the_port_of_the_demo_is_put_into_its_addresses(settings):
    settings.DEMO_SITE = 9123
    call_command("load_reference", stdout=StringIO())
    platform = Platform.objects.get(key="vidnest")
    assert facts_of(platform).report_urls == ("http://vidnest.localhost:9123/report",)


def test_the_playbooks_say_how_sure_they_are():
    load_platforms()
    browser = signed_in(make_staff())
    page = browser.get("/playbooks").content.decode()
    assert "Check before use" in page
    assert "Reddit" in page
    assert "22 Nov 2026" in page
    found = browser.get("/playbooks?q=vidnest").content.decode()
    assert "VidNest" in found
    assert "Reddit" not in found
    assert browser.get("/playbooks?q=%00&kind=nothing").status_code == 200


def test_an_administrator_reads_the_playbooks():
    load_platforms()
    assert signed_in(make_staff(roles=[Role.ADMINISTRATOR])).get("/playbooks").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_the_owner_makes_the_coming_months():
    with logged_in_as("owner"):
        call_command("make_months", months=30, stdout=StringIO())
        said = StringIO()
        call_command("make_months", months=30, stdout=said)
    assert said.getvalue().startswith("0 months")
