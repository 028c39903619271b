"""The links of a case: the list, the box to paste more, one link with every look, and what can be done with it."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.access import acting_as
from cases.case_page import case_page
from cases.http import SignedInRequest, one_use, requires
from cases.models import Case
from cases.permissions import Permission
from cases.states import IllegalMove
from evidence.capture.listing import captures_of_link
from evidence.capture.offer import Offer
from takedowns import link_list, listing, tasks
from takedowns.actions import reported_url as actions
from takedowns.forms import ReasonForm
from takedowns.models import ReportedUrl, UrlCheck
from takedowns.next_steps import next_steps

PAGE_SIZE = 50
LOOKS_SHOWN = 200


def case_of(request: SignedInRequest, reference: str) -> Case:
    """Return a case that the person may see and whose links may be seen; inside `acting_as`.

    For a case that is locked for age nothing of this exists (404): its page says whom to call.
    """
    visible = Case.objects.visible_to(request.actor).select_related("owner")
    case: Case = get_object_or_404(visible, reference=reference)
    if case.is_age_locked:
        raise Http404
    return case


def link_of(request: SignedInRequest, reference: str, url_id: UUID) -> ReportedUrl:
    """Return one link of a case, or 404; inside `acting_as`."""
    visible = ReportedUrl.objects.visible_to(request.actor).filter(case=case_of(request, reference))
    url: ReportedUrl = get_object_or_404(visible.select_related("case", "platform"), pk=url_id)
    return url


@requires(Permission.CASE_VIEW)
def links(request: SignedInRequest, reference: str) -> HttpResponse:
    """List the links of a case, newest first, a page at a time."""
    case = case_of(request, reference)
    show = request.GET.get("show", "")
    mine = ReportedUrl.objects.visible_to(request.actor).filter(case=case)
    found = mine.filter(link_list.STATES.get(show, link_list.STATES[""]))
    base = reverse("takedowns:links", args=[reference])
    page = link_list.page_of(found, place=request.GET.get("after", ""), base=base, asked={"show": show})
    context = case_page(
        request,
        case,
        tab="links",
        rows=listing.link_rows(page.urls),
        counts_of=mine.counts(),
        views=_views(base, show),
        older=page.older,
        newer=page.newer,
    )
    return render(request, "takedowns/links.html", context)


def _views(base: str, show: str) -> list[dict[str, object]]:
    labels = {
        "": _("All"),
        "up": _("Not down"),
        "unclear": _("Cannot tell"),
        "down": _("Down"),
        "off": _("Taken off"),
    }
    return [
        {"url": f"{base}?show={key}" if key else base, "label": label, "current": key == show}
        for key, label in labels.items()
    ]


@requires(Permission.CASE_VIEW)
def link(request: SignedInRequest, reference: str, url_id: UUID) -> HttpResponse:
    """Show one link: its address on demand, every look with its reason, what was asked, what can be done."""
    return link_page(request, link_of(request, reference, url_id), ReasonForm())


def link_page(request: SignedInRequest, url: ReportedUrl, form: ReasonForm) -> HttpResponse:
    """Render one link; inside `acting_as`."""
    looks = UrlCheck.objects.visible_to(request.actor).filter(url_id=url.pk).order_by("-at")
    (row,) = listing.link_rows([url])
    above = url.found_from
    context = case_page(
        request,
        url.case,
        tab="links",
        url=url,
        row=row,
        form=form,
        looks=[(look, listing.reason_words(look.reason)) for look in looks[:LOOKS_SHOWN]],
        notices=listing.notice_rows(url.notices.for_rows().prefetch_related("urls")),
        above=(listing.where_of(above), above.pk) if above else None,
        led_to=url.led_to.listed().count(),
        captures=captures_of_link(url, request.actor),
        offer=Offer(url.case, request.user),
        ladder=next_steps(url.case, [url], now=timezone.now(), may_write=request.user.may(Permission.NOTICE_WRITE)),
    )
    return render(request, "takedowns/link.html", context, status=422 if form.is_bound else 200)


@requires(Permission.LINK_CHECK, methods=("POST",))
@one_use
def check_links(request: SignedInRequest, reference: str) -> HttpResponse:
    """Look at the chosen links now."""
    chosen = []
    for text in request.POST.getlist("links"):
        try:
            chosen.append(UUID(text))
        except ValueError:
            continue
    return _check(request, reference, chosen, reverse("takedowns:links", args=[reference]))


@requires(Permission.LINK_CHECK, methods=("POST",))
@one_use
def check_link(request: SignedInRequest, reference: str, url_id: UUID) -> HttpResponse:
    """Look at one link now."""
    return _check(request, reference, [url_id], reverse("takedowns:link", args=[reference, url_id]))


def _check(request: SignedInRequest, reference: str, chosen: list[UUID], then: str) -> HttpResponse:
    with acting_as(request.actor):
        case = case_of(request, reference)
    try:
        with acting_as(request.actor):
            count = actions.ask_for_look(case_id=case.pk, url_ids=chosen, by=request.actor, at=timezone.now())
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    else:
        if count:
            tasks.ring()
            said = ngettext("We look at %(n)d link now.", "We look at %(n)d links now.", count)
            messages.success(request, said % {"n": count} + " " + _("One look settles nothing; a second one follows."))
        else:
            messages.error(request, _("Choose at least one link."))
    return HttpResponseRedirect(then)


@requires(Permission.LINK_ADD, methods=("POST",))
@one_use
def drop_link(request: SignedInRequest, reference: str, url_id: UUID) -> HttpResponse:
    """Take a link off the list, with a reason."""
    form = ReasonForm(request.POST)
    with acting_as(request.actor):
        url = link_of(request, reference, url_id)
        if not form.is_valid():
            return link_page(request, url, form)
    try:
        with acting_as(request.actor):
            reason = form.cleaned_data["reason"]
            actions.drop(url_id=url.pk, reason=reason, by=request.actor, at=timezone.now())
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
        return redirect("takedowns:link", reference, url_id)
    messages.success(request, _("The link is off the list. Pasting it again brings it back."))
    return redirect("takedowns:links", reference)


@requires(Permission.LINK_ADD, methods=("POST",))
@one_use
def release_link(request: SignedInRequest, reference: str, url_id: UUID) -> HttpResponse:
    """Let the client see a link that somebody else found."""
    try:
        with acting_as(request.actor):
            url = link_of(request, reference, url_id)
            actions.release(url_id=url.pk, by=request.actor, at=timezone.now())
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The client sees this link now."))
    return redirect("takedowns:link", reference, url_id)
