"""What the client and we write to each other."""

from django.contrib import messages as notices
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import portal
from cases.actions import message, report
from cases.forms import CleanedForm, PlainText
from cases.http import SignedInRequest
from cases.models import Message
from cases.permissions import Permission
from cases.portal import Stage, Visit, client_page
from cases.states import PortalUse

SHOWN = 50
DRAFT = "message_draft"
"""Where the report keeps a message that was typed and not sent."""


class MessageForm(CleanedForm):
    """One message to us."""

    text = PlainText(label=gettext_lazy("Write to us"), several_lines=True, max_length=5000)
    missing = {"text": gettext_lazy("Write your message first.")}


@client_page(Permission.PORTAL_MESSAGE, stage=Stage.SENT, methods=("GET", "POST"))
def messages(request: SignedInRequest, visit: Visit) -> HttpResponse:
    """Read, newest first, and write."""
    form = MessageForm(request.POST or None, initial=visit.report.answers.get(DRAFT, {}))
    if request.method == "POST" and form.is_valid():
        message.receive(case_id=visit.case.pk, text=form.cleaned_data["text"], by=request.actor, at=visit.at)
        report.save_step(case_id=visit.case.pk, step=DRAFT, answer={}, by=request.actor, at=visit.at)
        notices.success(request, _("Your message is with us. We answer within one day."))
        return HttpResponseRedirect(reverse("portal:messages"))
    found = list(
        Message.objects.visible_to(request.actor).filter(case=visit.case).order_by("-written_at", "pk")[:SHOWN]
    )
    if any(not row.is_from_client and row.seen_at is None for row in found):
        message.mark_seen(case_id=visit.case.pk, by=request.actor, at=visit.at)
    small = visit.case.portal_use == PortalUse.MESSAGES
    context = {"form": form, "rows": found, "small": small, "back_url": "" if small else reverse("portal:status")}
    return portal.show(request, "portal/messages.html", context, status=422 if form.is_bound else 200)


@client_page(Permission.PORTAL_MESSAGE, stage=Stage.SENT, methods=("POST",), once=False)
def keep(request: SignedInRequest, visit: Visit) -> HttpResponse:
    """Keep a message that is being typed, so that leaving in a hurry loses nothing; what cannot be kept is left out."""
    form = MessageForm(request.POST)
    form.is_valid()
    typed = {"text": form.cleaned_data.get("text", "")}
    report.save_step(case_id=visit.case.pk, step=DRAFT, answer=typed, by=request.actor, at=visit.at)
    return HttpResponse(status=204)
