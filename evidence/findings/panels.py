"""What findings add to the page of a case's evidence and to the page of one exhibit."""

from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from cases.actor import Actor
from cases.contributions import Panel
from cases.models import Case
from cases.permissions import Permission
from evidence.models import Exhibit, Finding, Noun

FAKES = frozenset({Noun.CLAIM, Noun.SOURCE_CHECK, Noun.ASSESSMENT, Noun.COMPARISON})


def of_exhibit(exhibit: Exhibit, actor: Actor, at: datetime) -> Panel:
    """Return what is written down about one exhibit, newest versions only."""
    standing = Finding.objects.visible_to(actor).standing().filter(case_id=exhibit.case_id)
    named = standing.filter(Q(exhibit=exhibit) | Q(other=exhibit)).order_by("written_at", "pk")
    return Panel(
        template="evidence/_findings_exhibit.html",
        context={
            "case": exhibit.case,
            "about": f"exhibit:{exhibit.pk}",
            "rows": [
                {
                    "noun": str(Noun(row.noun).label),
                    "url": reverse("evidence:finding", args=[exhibit.case.reference, row.pk]),
                }
                for row in named
            ],
            "adds": not exhibit.case.closed_at,
        },
        permission=Permission.FINDING_WRITE,
    )


def of_case(case: Case, actor: Actor, at: datetime) -> Panel:
    """Return the ways to what is written down about the material, with how much there is. Opens no word."""
    nouns = list(Finding.objects.visible_to(actor).standing().filter(case=case).values_list("noun", flat=True))
    ways = [
        ("evidence:findings", _("Real or fake"), sum(noun in FAKES for noun in nouns)),
        ("evidence:chronology", _("Chronology"), nouns.count(Noun.CHRONOLOGY_ENTRY)),
        ("evidence:harm", _("Harm and cost"), nouns.count(Noun.HARM_ENTRY)),
        ("evidence:papers", _("Papers to sign"), nouns.count(Noun.STATEMENT_DRAFT)),
    ]
    return Panel(
        template="evidence/_findings_panel.html",
        context={
            "ways": [
                {"url": reverse(name, args=[case.reference]), "label": label, "count": count}
                for name, label, count in ways
            ]
        },
        permission=Permission.EVIDENCE_VIEW,
    )
