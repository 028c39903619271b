"""What a transcript adds to an exhibit's page: what it was read as, and the way to its lines."""

from datetime import datetime

from django.urls import reverse

from cases.actor import Actor
from cases.contributions import Panel
from evidence.models import Derivative, DerivativeKind, DerivativeState, Exhibit
from evidence.transcripts.reading import transcript_of
from evidence.transcripts.words import cautions_said, counts_said, format_said, zone_said


def of_exhibit(exhibit: Exhibit, actor: Actor, at: datetime) -> Panel | None:
    """Return what a chat export or a mail was read as, or why it could not be; nothing for all else."""
    row = transcript_of(exhibit)
    if row is None:
        rows = Derivative.objects.visible_to(actor).filter(exhibit=exhibit, state=DerivativeState.FAILED)
        row = rows.of_kind(DerivativeKind.TRANSCRIPT).first()
        if row is None:
            return None
        return Panel("evidence/_transcript.html", {"reason": row.facts.get("reason", "")})
    facts = row.facts
    context = {
        "format": format_said(facts.get("format", "")),
        "zone": zone_said(facts.get("zone", "")),
        "counts": counts_said(facts),
        "cautions": cautions_said(facts.get("cautions") or []),
        "url": reverse("evidence:transcript", args=[exhibit.case.reference, exhibit.pk]),
        "tool": row.tool,
        "made_at": row.made_at,
    }
    return Panel("evidence/_transcript.html", context)
