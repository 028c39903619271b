"""What captures add to other pages: their part of a case's page of evidence, and of a captured exhibit's own."""

from datetime import datetime

from cases.actor import Actor
from cases.contributions import Panel
from cases.models import Case
from cases.permissions import Permission
from evidence.capture.listing import row_of
from evidence.models import Capture, Exhibit

SHOWN = 5


def captures(case: Case, actor: Actor, at: datetime) -> Panel | None:
    """Return the newest captures of a case and the way to more."""
    found = Capture.objects.visible_to(actor).filter(case=case)
    rows = [row_of(capture) for capture in found.for_rows()[:SHOWN]]
    return Panel(
        template="evidence/_capture_panel.html",
        context={"case": case, "captures": rows, "captures_count": found.count()},
        permission=Permission.EVIDENCE_VIEW,
    )


def of_exhibit(exhibit: Exhibit, actor: Actor, at: datetime) -> Panel | None:
    """Return what a captured exhibit is a capture of; None for every other exhibit."""
    found = Capture.objects.visible_to(actor).filter(exhibit=exhibit).select_related("case", "exhibit").first()
    if found is None:
        return None
    return Panel(
        template="evidence/_capture_of_exhibit.html",
        context={"case": found.case, "row": row_of(found), "capture": found},
        permission=Permission.EVIDENCE_VIEW,
    )
