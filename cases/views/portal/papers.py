"""What the client agreed to, and when: to read here, never as a file that stays on a phone."""

from django.http import HttpResponse
from django.urls import reverse

from cases import portal
from cases.http import SignedInRequest
from cases.models import Consent, Power
from cases.permissions import Permission
from cases.portal import Stage, Visit, client_page


@client_page(Permission.PORTAL_STATUS, stage=Stage.SENT)
def papers(request: SignedInRequest, visit: Visit) -> HttpResponse:
    """List every answer to every power, the standing one first."""
    rows = list(Consent.objects.visible_to(request.actor).filter(case=visit.case).order_by("-given_at", "power"))
    standing = {row.power: row for row in rows if row.ended_at is None}
    context = {
        "powers": [(power.label, standing.get(power.value)) for power in Power],
        "earlier": [row for row in rows if row.ended_at is not None],
        "back_url": reverse("portal:status"),
    }
    return portal.show(request, "portal/papers.html", context, exact=True)
