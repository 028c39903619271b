"""The client's links: add some at any time, see on request where each stands. Site names are hidden until asked."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases import portal
from cases.actions import report
from cases.http import SignedInRequest
from cases.permissions import Permission
from cases.portal import Stage, Visit, client_page
from cases.states import CaseState
from takedowns import tasks
from takedowns.actions import reported_url
from takedowns.book import platform_book
from takedowns.forms import PortalLinksForm
from takedowns.listing import where_of
from takedowns.models import FoundBy, ReportedUrl
from takedowns.pasted import read_pasted
from takedowns.states import DOWN_STATES

MOST_SHOWN = 200


@client_page(Permission.PORTAL_LINK_ADD, stage=Stage.REPORT, methods=("GET", "POST"), adults_only=True)
def links(request: SignedInRequest, visit: Visit) -> HttpResponse:
    """Add links, or say that there are none to give."""
    is_report = visit.stage == Stage.REPORT
    then = reverse(("portal:check" if request.GET.get("c") else "portal:agree") if is_report else "portal:status")
    form = PortalLinksForm(request.POST or None, initial=visit.report.answers.get("links", {}))
    if request.method != "POST":
        return _page(request, visit, form, is_report=is_report)
    if "skip" in request.POST and is_report:
        report.save_step(case_id=visit.case.pk, step="links", answer={}, by=request.actor, at=visit.at, then=then)
        return HttpResponseRedirect(then)
    if not form.is_valid():
        return _page(request, visit, form, is_report=is_report)
    if visit.case.state == CaseState.CLOSED:
        form.add_error(
            "links", _("This is closed at the moment. Write us a message on this page: we can open it again.")
        )
        return _page(request, visit, form, is_report=is_report)
    pasted = read_pasted(form.cleaned_data["links"], platform_book())
    count = 0
    if pasted.items:
        added = reported_url.add(
            case_id=visit.case.pk, items=pasted.items, found_by=FoundBy.CLIENT, by=request.actor, at=visit.at
        )
        count = added.new
        tasks.ring_after_commit()
    if pasted.problems:
        rest = PortalLinksForm({"links": pasted.unread, "sites": form.cleaned_data["sites"]})
        for words in pasted.words(10):
            rest.add_error("links", words)
        return _page(request, visit, rest, is_report=is_report, added=count)
    if is_report:
        sites = {"sites": form.cleaned_data["sites"]}
        report.save_step(case_id=visit.case.pk, step="links", answer=sites, by=request.actor, at=visit.at, then=then)
    else:
        said = ngettext("Thank you. We have %(n)d new link.", "Thank you. We have %(n)d new links.", count)
        messages.success(request, said % {"n": count} if count else _("Thank you. We had that already."))
    return HttpResponseRedirect(then)


def _page(
    request: SignedInRequest, visit: Visit, form: PortalLinksForm, *, is_report: bool, added: int = 0
) -> HttpResponse:
    mine = ReportedUrl.objects.shown_to_client().filter(case=visit.case)
    back = ("portal:check" if request.GET.get("c") else "portal:report") if is_report else "portal:status"
    context = {
        "form": form,
        "added": added,
        "given": mine.count(),
        "is_report": is_report,
        "back_url": reverse(back),
        "list_url": reverse("portal:list_links"),
    }
    return portal.show(request, "takedowns/portal_links.html", context, status=422 if form.is_bound else 200)


@client_page(Permission.PORTAL_STATUS, stage=Stage.REPORT, adults_only=True)
def list_links(request: SignedInRequest, visit: Visit) -> HttpResponse:
    """The client's own links and those shown to them, by state; names only when they ask for them."""
    names = request.GET.get("n") == "1"
    found = ReportedUrl.objects.shown_to_client().filter(case=visit.case).select_related("platform")
    shown = list(found.order_by("-found_at", "pk")[: MOST_SHOWN + 1])
    context = {
        "names": names,
        "links": [_line(url, number) for number, url in enumerate(shown[:MOST_SHOWN], start=1)],
        "is_cut": len(shown) > MOST_SHOWN,
        "back_url": reverse("portal:links" if visit.stage == Stage.REPORT else "portal:status"),
        "add_url": reverse("portal:links"),
    }
    return portal.show(request, "takedowns/portal_list.html", context)


def _line(url: ReportedUrl, number: int) -> dict[str, object]:
    if url.state in DOWN_STATES:
        state, tone, at = _("Down, and we checked"), "ok", url.down_at
    elif url.asked_at:
        state, tone, at = _("Asked, waiting for an answer"), "wait", url.asked_at
    else:
        state, tone, at = _("We are preparing"), "prep", url.found_at
    if url.back_at and url.state == "back":
        state, tone, at = _("It came back. We ask again."), "prep", url.back_at
    return {"number": number, "name": where_of(url), "state": state, "tone": tone, "at": at}
