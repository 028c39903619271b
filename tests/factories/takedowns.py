"""Makers of links and notices, through the real actions."""

from datetime import datetime
from io import StringIO

from django.core.management import call_command

from cases.access import acting_as
from cases.actor import Actor
from cases.models import Case, Consent, ConsentBasis, Power
from takedowns.actions import notice as notice_actions
from takedowns.actions import reported_url
from takedowns.book import platform_book
from takedowns.models import FoundBy, Notice, Platform, ReportedUrl, Route
from takedowns.pasted import read_pasted
from tests.conftest import NOON


def load_platforms() -> None:
    """Load the playbooks, once per database that is still empty."""
    if not Platform.objects.exists():
        call_command("load_reference", stdout=StringIO())


def make_links(case: Case, text: str, *, at: datetime = NOON, found_by: FoundBy = FoundBy.STAFF) -> list[ReportedUrl]:
    """Add links to a case by its owner; return all of its links, oldest first."""
    load_platforms()
    actor = Actor.user(case.owner)
    with acting_as(actor):
        items = read_pasted(text, platform_book()).items
        reported_url.add(case_id=case.pk, items=items, found_by=found_by, by=actor, at=at)
        urls = list(ReportedUrl.objects.filter(case=case).order_by("found_at", "site"))
        for url in urls:
            url.opened()
        return urls


def make_consent(case: Case, *, power: Power = Power.ASK_SITES, basis: ConsentBasis = ConsentBasis.PORTAL) -> Consent:
    """Record that the client agreed to one power."""
    with acting_as(Actor.user(case.owner)):
        return Consent.objects.create(case=case, power=power, is_given=True, basis=basis, given_at=NOON)


def make_notice(case: Case, urls: list[ReportedUrl], *, route: Route = Route.POLICY, at: datetime = NOON) -> Notice:
    """Draft a notice for links, with the client's consent, by the owner of the case."""
    actor = Actor.user(case.owner)
    with acting_as(actor):
        if not Consent.objects.filter(case=case).allows(Power.ASK_SITES):
            make_consent(case)
        notice = notice_actions.draft(case_id=case.pk, url_ids=[url.pk for url in urls], route=route, by=actor, at=at)
        notice.opened()
        return notice
