"""Content credentials of exhibits, as the probe read them: present, valid and trusted are three things."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from evidence.models import Derivative, DerivativeKind, Exhibit


def credentials_of(exhibits: Iterable[Exhibit]) -> list[dict[str, str]]:
    """Return one row for each exhibit; one that nobody looked into says so. Absence means nothing."""
    chosen = list(exhibits)
    read = {
        row.exhibit_id: row
        for row in Derivative.objects.filter(exhibit__in=[one.pk for one in chosen], kind=DerivativeKind.CREDENTIALS)
        .made()
        .order_by("made_at")
    }
    return [{"exhibit": one.label, **_row(read.get(one.pk))} for one in chosen if one.is_media]


def _row(read: Derivative | None) -> dict[str, str]:
    if read is None:
        return dict.fromkeys(("present", "valid", "trusted"), _("not looked at"))
    facts = read.facts
    if not facts.get("present"):
        return {"present": _("no"), "valid": "–", "trusted": "–"}
    trusted = _yes_no(facts.get("trusted")) if facts.get("list") else _("no list of trusted signers was used")
    return {"present": _("yes"), "valid": _yes_no(facts.get("valid")), "trusted": trusted}


def _yes_no(value: Any) -> str:
    if value is None:
        return _("not known")
    return _("yes") if value is True else _("no")
