"""What takedowns adds to pages of cases: panels, tabs, the links of an intake, the client's step and numbers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from cases.actor import Actor
from cases.contributions import Panel, PortalPart, Tab
from cases.models import Case, Report
from cases.permissions import Permission
from takedowns import listing
from takedowns.actions import reported_url
from takedowns.book import platform_book
from takedowns.models import FoundBy, Notice, ReportedUrl
from takedowns.pasted import read_pasted
from takedowns.states import NoticeState

SHOWN = 6


def links(case: Case, actor: Actor, at: datetime) -> Panel:
    """The newest links of a case, with how many are down."""
    mine = ReportedUrl.objects.visible_to(actor).filter(case=case)
    counts = mine.counts()
    facts: list[dict[str, str]] = []
    if counts["total"]:
        of = _("of %(n)d") % {"n": counts["total"]}
        facts = [
            {"label": _("Links down"), "value": str(counts["down"]), "note": of},
            {"label": _("Came back"), "value": str(counts["back"]), "tone": "late" if counts["back"] else ""},
        ]
    rows = listing.link_rows(list(mine.listed().for_rows()[:SHOWN]))
    return Panel(
        "takedowns/_links_panel.html", {"case": case, "rows": rows, "total": counts, "facts": facts, "now": at}
    )


def notices(case: Case, actor: Actor, at: datetime) -> Panel:
    """The newest notices of a case."""
    found = Notice.objects.visible_to(actor).filter(case=case).exclude(state=NoticeState.WITHDRAWN)
    rows = listing.notice_rows(found.for_rows().prefetch_related("urls")[:SHOWN])
    return Panel("takedowns/_notices_panel.html", {"case": case, "rows": rows, "now": at}, Permission.NOTICE_WRITE)


def tabs(case: Case, actor: Actor) -> list[Tab]:
    """The two tabs, with how many there are."""
    urls = ReportedUrl.objects.visible_to(actor).filter(case=case).listed().count()
    sent = Notice.objects.visible_to(actor).filter(case=case).count()
    return [
        Tab("links", _("Links"), reverse("takedowns:links", args=[case.reference]), count=urls, order=10),
        Tab("notices", _("Notices"), reverse("takedowns:notices", args=[case.reference]), count=sent, order=30),
    ]


class IntakeLinks:
    """The box of links on the staff's intake screen; it is asked only after the age question."""

    key = "links"
    template = "takedowns/_intake_links.html"

    def context(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """Return what was typed so far."""
        return {"key": self.key, "value": _typed(answers)}

    def errors(self, answers: Mapping[str, Any]) -> dict[str, str]:
        """Quote the lines that cannot be read."""
        problems = read_pasted(_typed(answers), platform_book())
        return {self.key: " ".join(problems.words(5))} if problems.problems else {}

    def save(self, *, case: Case, answers: Mapping[str, Any], by: Actor, at: datetime) -> None:
        """Add the links to the case that is being opened."""
        items = read_pasted(_typed(answers), platform_book()).items
        if items:
            reported_url.add(case_id=case.pk, items=items, found_by=FoundBy.STAFF, by=by, at=at)


def _typed(answers: Mapping[str, Any]) -> str:
    return str(answers.get(IntakeLinks.key) or "")


intake_links = IntakeLinks()


def portal_links(case: Case, actor: Actor) -> PortalPart:
    """The client's step: where it is. It may be left out."""
    count = ReportedUrl.objects.visible_to(actor).shown_to_client().filter(case=case).count()
    report = Report.objects.visible_to(actor).filter(case=case).first()
    answers = report.answers if report else {}
    sites = str(answers.get("links", {}).get("sites", ""))
    summary = [(_("Links"), str(count) if count else "")]
    if sites:
        summary.append((_("Site or app"), sites))
    return PortalPart(
        key="links",
        title=_("Where it is"),
        url=reverse("portal:links", urlconf=settings.PORTAL_URLCONF),
        is_done=bool(count) or "links" in answers,
        summary=summary,
    )


def portal_status(case: Case, actor: Actor, at: datetime) -> Panel:
    """The client's numbers: how many links are down, asked, and being prepared. They count what the client may see."""
    mine = ReportedUrl.objects.visible_to(actor).shown_to_client().filter(case=case)
    counts = mine.counts()
    preparing = counts["total"] - counts["down"] - counts["asked"]
    list_url = reverse("portal:list_links", urlconf=settings.PORTAL_URLCONF)
    kept = ReportedUrl.objects.visible_to(actor).filter(case=case).kept_from_client().count()
    return Panel(
        "takedowns/_portal_status.html", {**counts, "preparing": preparing, "list_url": list_url, "kept": kept}
    )
