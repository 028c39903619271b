"""Findings of a case, written through the real actions."""

from datetime import datetime
from typing import Any, TypeVar

from cases.access import acting_as
from cases.actor import Actor
from cases.models import Case
from evidence.actions import finding as actions
from evidence.models import (
    Assessment,
    ChronologyEntry,
    Exhibit,
    Finding,
    HarmEntry,
    Paper,
    StatementDraft,
    SyntheticClaim,
)
from tests.conftest import NOON

F = TypeVar("F", bound=Finding)


def written(row: F, case: Case, *, at: datetime = NOON) -> F:
    """Keep a finding as the case's owner does."""
    actor = Actor.user(case.owner)
    with acting_as(actor):
        kept = actions.write(finding=row, by=actor, at=at)
        kept.opened()
    return kept


def make_claim(case: Case, **values: Any) -> SyntheticClaim:
    """Let the client say that a face was swapped, unless told otherwise."""
    given = {"nature": "swapped", "said_by": "client", "said_on": "2026-11-20", "basis": "told us by telephone"}
    return written(SyntheticClaim.make(case_id=case.pk, **{**given, **values}), case)


def make_assessment(case: Case, **values: Any) -> Assessment:
    """Let a laboratory find some support for a fake."""
    given = {
        "kind": "expert",
        "who": "Dr. لينا حداد",
        "organisation": "Example Forensic Laboratory",
        "method": "Error levels and light, read by two people",
        "tool": "Lightbox 4.1",
        "opinion": "somewhat",
        "confidence": "moderate",
        "limits": "a re-compressed copy was all there was",
        "assessed_on": "2026-11-18",
    }
    return written(Assessment.make(case_id=case.pk, **{**given, **values}), case)


def make_entry(case: Case, **values: Any) -> ChronologyEntry:
    """Let the client tell of a threat, exactly dated."""
    given = {
        "precision": "exact",
        "day": "2026-11-03",
        "time": "14:05",
        "zone": "Europe/Berlin",
        "kind": "threat",
        "words": "A message asked for money",
        "told_by": "client",
    }
    return written(ChronologyEntry.make(case_id=case.pk, **{**given, **values}), case)


def make_harm(case: Case, **values: Any) -> HarmEntry:
    """Let the client tell what the locks cost."""
    given = {"on": "2026-11-05", "kind": "security", "amount": "180.50", "currency": "EUR", "words": "New locks"}
    return written(HarmEntry.make(case_id=case.pk, **{**given, **values}), case)


def make_draft(case: Case, paper: Paper, *, about: str = "", **fields: str) -> StatementDraft:
    """Keep a paper in draft."""
    return written(StatementDraft.make(case_id=case.pk, paper=paper.value, about=about, fields=fields), case)


def exhibit_of(case: Case, label: str) -> Exhibit:
    """Return an exhibit of a case by its label, opened."""
    with acting_as(Actor.user(case.owner)):
        rows = Exhibit.objects.filter(case=case)
        found: Exhibit = next(row for row in rows if row.label == label)
        found.opened()
    return found
