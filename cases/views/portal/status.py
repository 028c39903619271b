"""Where things are, in honest numbers."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from cases import portal
from cases.contributions import contributed
from cases.http import SignedInRequest
from cases.models import Message, SafeContact
from cases.permissions import Permission
from cases.portal import Stage, Visit, client_page
from cases.views.portal.report import parts_of
from cases.views.portal.safe_contact import words_of


@client_page(Permission.PORTAL_STATUS, stage=Stage.SENT)
def status(request: SignedInRequest, visit: Visit) -> HttpResponse:
    """Counts, what happens next, messages, another link, contact rules."""
    panels = [part(visit.case, request.actor, visit.at) for part in contributed("PORTAL_STATUS")]
    messages = Message.objects.visible_to(request.actor).filter(case=visit.case, is_from_client=False)
    rules = SafeContact.objects.visible_to(request.actor).standing().filter(case=visit.case)
    links = next((part.url for part in parts_of(request, visit) if part.key == "links"), "")
    context = {
        "panels": [panel for panel in panels if panel is not None],
        "new_messages": messages.filter(seen_at=None).count(),
        "all_messages": messages.count(),
        "links_url": links,
        "contact_words": words_of(rules, at=visit.at) or _("Not said yet"),
        "at": visit.at,
        "contact_url": reverse("portal:contact"),
    }
    return portal.show(request, "portal/status.html", context)
