"""Change how long a class of data is kept."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cases.actor import Actor
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import RetentionRule
from cases.retention import FIXED, DataClass, rule_for
from cases.states import IllegalMove


@transaction.atomic
def save(
    *,
    kind: DataClass,
    country: str,
    days: int | None,
    basis: str,
    confidence: str,
    checked_on: date,
    by: Actor,
    at: datetime,
) -> RetentionRule:
    """Say how long a class is kept in a country (empty: anywhere); None keeps it. What was announced is asked again."""
    if kind in FIXED:
        raise IllegalMove(_("This is done by the program itself and cannot be changed here."))
    if not basis.strip():
        raise IllegalMove(_("Say what the period rests on."))
    before = rule_for(kind, country, RetentionRule.objects.all().in_force())
    values = {
        "days": days,
        "basis": basis.strip(),
        "confidence": confidence,
        "checked_on": checked_on,
        "changed_by_id": by.id,
        "changed_at": at,
    }
    row, _made = RetentionRule.objects.update_or_create(kind=kind, country=country, defaults=values)
    record(
        CaseEvent.RETENTION_CHANGED,
        case=None,
        by=by,
        at=at,
        subject=row,
        data=kind,
        country=country,
        days=days,
        before=before.days if before else None,
        basis=basis.strip(),
    )
    return row
