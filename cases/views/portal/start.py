"""Before the first question: what Leave does, what is safer, and how long this page stays open."""

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cases import portal
from cases.actions import report
from cases.forms import CleanedForm
from cases.http import SignedInRequest
from cases.permissions import Permission
from cases.portal import Stage, Visit, client_page

IDLE_CHOICES = (("1200", _("20 minutes")), ("3600", _("1 hour")), ("12000", _("3 hours and 20 minutes")))


class StartForm(CleanedForm):
    """How long the page may lie untouched before it closes by itself."""

    idle = forms.ChoiceField(
        label=_("If you stop using this page, close it after"),
        choices=IDLE_CHOICES,
        widget=forms.RadioSelect,
        initial="1200",
    )


@client_page(Permission.PORTAL_REPORT, stage=Stage.START, methods=("GET", "POST"))
def start(request: SignedInRequest, visit: Visit) -> HttpResponse:
    """Explain, then go on to how we may contact them."""
    form = StartForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        idle = int(form.cleaned_data["idle"])
        report.save_step(case_id=visit.case.pk, step="understood", answer={"idle": idle}, by=request.actor, at=visit.at)
        request.session["idle_seconds"] = idle
        return HttpResponseRedirect(reverse("portal:resume"))
    return portal.show(request, "portal/start.html", {"form": form}, exact=True, status=422 if form.is_bound else 200)


@client_page(Permission.PORTAL_STATUS, stage=Stage.ALWAYS)
def stay_safer(request: SignedInRequest, visit: Visit) -> HttpResponse:
    """Say what a watched phone keeps, and what helps."""
    return portal.show(request, "portal/stay_safer.html", {"back_url": visit.resume_url()}, exact=True)
