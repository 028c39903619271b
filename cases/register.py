"""What each kind of entry of the register asks for: its steps and its clock. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.clocks import add_months
from cases.models.register_entry import RegisterKind

STEPS: Mapping[str, Promise] = {
    "identity": _("Checked who asks"),
    "scope": _("Checked that it is valid, and what it covers"),
    "lawyer": _("Asked a lawyer"),
    "third_parties": _("Took out what is about others"),
    "client_told": _("Told the client, or wrote down why not"),
    "contact_stopped": _("Stopped contact until it is clear what happened"),
    "delivery": _("Agreed a safe way to deliver"),
    "answered": _("Answered"),
}

STEPS_OF: Mapping[str, tuple[str, ...]] = {
    RegisterKind.OWN_DATA: ("identity", "scope", "third_parties", "delivery", "answered"),
    RegisterKind.POSTER_DATA: ("identity", "scope", "lawyer", "third_parties", "client_told", "delivery", "answered"),
    RegisterKind.COURT: ("scope", "lawyer", "client_told", "third_parties", "delivery", "answered"),
    RegisterKind.POLICE: ("identity", "scope", "lawyer", "client_told", "third_parties", "delivery", "answered"),
    RegisterKind.COMPLAINT: ("scope", "client_told", "answered"),
    RegisterKind.CONTACT_SAFETY: ("contact_stopped", "scope", "client_told", "answered"),
}


REGISTER_WARNS = timedelta(hours=48)
"""How long before an entry is due every supervisor gets a mail (house rule)."""


@dataclass(frozen=True)
class Due:
    """When an entry must be answered, and what that rests on."""

    at: datetime
    rule: str


GDPR = "GDPR and UK GDPR Art. 12(3): one month from receipt. Elsewhere a house rule: check before use."


def due(kind: str, received_at: datetime) -> Due:
    """Return the clock of a kind, counted from the day something was received.

    One month for requests for data is Article 12(3) GDPR (takedowns' law facts eu_gdpr_17 and uk_gdpr_17). Every other
    figure is a house rule: a court or an authority names its own day, which is typed instead.
    """
    if kind in (RegisterKind.OWN_DATA, RegisterKind.POSTER_DATA):
        return Due(datetime.combine(add_months(received_at.date(), 1), received_at.timetz()), GDPR)
    days = {RegisterKind.COURT: 7, RegisterKind.POLICE: 7, RegisterKind.COMPLAINT: 14, RegisterKind.CONTACT_SAFETY: 1}
    number = days[RegisterKind(kind)]
    return Due(received_at + timedelta(days=number), f"House rule: {number} days. Check before use.")
