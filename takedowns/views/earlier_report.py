"""Enter a report that was made before the case came to us."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.access import acting_as
from cases.case_page import case_page
from cases.http import SignedInRequest, one_use, requires
from cases.permissions import Permission
from cases.states import IllegalMove
from takedowns.actions import earlier_report as actions
from takedowns.forms_links import EarlierReportForm
from takedowns.listing import where_of
from takedowns.models import Filer, Means, ReportedUrl, Route
from takedowns.views.reported_url import case_of

LINKS_OFFERED = 500


@requires(Permission.NOTICE_WRITE, methods=("GET", "POST"))
@one_use
def earlier_report(request: SignedInRequest, reference: str) -> HttpResponse:
    """Choose the links, say who asked whom, when and with which ticket; its clock runs from then."""
    now = timezone.now()
    with acting_as(request.actor):
        case = case_of(request, reference)
        found = ReportedUrl.objects.visible_to(request.actor).filter(case=case).listed()
        rows = [
            (str(url.pk), f"{where_of(url)} · {timezone.localtime(url.found_at):%d %b %Y %H:%M}")
            for url in found.select_related("platform").order_by("site", "-found_at", "pk")[:LINKS_OFFERED]
        ]
    start = {"links": request.GET.getlist("link"), "filer": Filer.CLIENT, "route": Route.POLICY, "means": Means.FORM}
    form = EarlierReportForm(request.POST or None, initial=start, rows=rows, now=now)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            with acting_as(request.actor):
                made = actions.enter(
                    case_id=case.pk,
                    url_ids=[UUID(link) for link in said["links"]],
                    filer=Filer(said["filer"]),
                    route=Route(said["route"]),
                    means=Means(said["means"]),
                    sent_at=said["sent_at"],
                    ticket=said["ticket"],
                    was_complete=said["was_complete"],
                    text=said["text"],
                    by=request.actor,
                    at=now,
                )
        except IllegalMove as refusal:
            form.add_error("links", str(refusal))
        else:
            messages.success(request, _("The earlier report is in the record, and its clock runs from that time."))
            return redirect("takedowns:notice", reference, made.pk)
    with acting_as(request.actor):
        context = case_page(request, case, tab="notices", form=form)
        return render(request, "takedowns/earlier_report.html", context, status=422 if form.is_bound else 200)
