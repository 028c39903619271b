"""The links of a case: the list, the box to paste more, one link with every look, and what can be done with it."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
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
from takedowns import listing, tasks
from takedowns.actions import reported_url as actions
from takedowns.actions.reported_url import Added
from takedowns.book import platform_book
from takedowns.forms import AddLinksForm, ReasonForm
from takedowns.models import FoundBy, ReportedUrl, UrlCheck
from takedowns.models.reported_url import ReportedUrlQuerySet
from takedowns.pasted import Pasted, read_pasted
from takedowns.states import DOWN_STATES, LinkState

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


SHOWN: dict[str, Q] = {
    "": ~Q(state=LinkState.DROPPED),
    "up": ~Q(state__in=[*DOWN_STATES, LinkState.DROPPED]),
    "unclear": Q(last_answer="cannot_tell") & ~Q(state__in=[*DOWN_STATES, LinkState.DROPPED]),
    "down": Q(state__in=DOWN_STATES),
    "off": Q(state=LinkState.DROPPED),
}


@requires(Permission.CASE_VIEW)
def links(request: SignedInRequest, reference: str) -> HttpResponse:
    """List the links of a case, newest first, a page at a time."""
    case = case_of(request, reference)
    show = request.GET.get("show", "")
    mine = ReportedUrl.objects.visible_to(request.actor).filter(case=case)
    found = mine.filter(SHOWN.get(show, SHOWN[""]))
    base = reverse("takedowns:links", args=[reference])
    rows = list(_after(found, request.GET.get("after", "")).for_rows()[: PAGE_SIZE + 1])
    shown, more = rows[:PAGE_SIZE], len(rows) > PAGE_SIZE
    older = ""
    if more:
        place = f"{shown[-1].found_at.isoformat()}_{shown[-1].pk}"
        older = f"{base}?{urlencode({'show': show, 'after': place})}"
    context = case_page(
        request,
        case,
        tab="links",
        rows=listing.link_rows(shown),
        counts_of=mine.counts(),
        views=_views(base, show),
        older=older,
        newer=f"{base}?{urlencode({'show': show})}" if request.GET.get("after") else "",
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


def _after(found: ReportedUrlQuerySet, place: str) -> ReportedUrlQuerySet:
    moment, _dot, number = place.rpartition("_")
    try:
        found_at, url_id = datetime.fromisoformat(moment), UUID(number)
    except ValueError:
        return found
    if found_at.tzinfo is None:
        return found
    return found.filter(Q(found_at__lt=found_at) | Q(found_at=found_at, pk__gt=url_id))


@requires(Permission.LINK_ADD, methods=("GET", "POST"))
@one_use
def add_links(request: SignedInRequest, reference: str) -> HttpResponse:
    """Paste links. What can be read is added at once; the other lines stay in the box with what to do about them."""
    with acting_as(request.actor):
        case = case_of(request, reference)
        book = platform_book()
    if not case.takes_material:
        messages.error(request, _("First answer the age question for everyone shown."))
        return redirect("cases:case", reference)
    form = AddLinksForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _add_page(request, case, form)
    pasted = read_pasted(form.cleaned_data["links"], book)
    added = Added(0, (), 0)
    if pasted.items:
        try:
            with acting_as(request.actor):
                added = actions.add(
                    case_id=case.pk,
                    items=pasted.items,
                    found_by=FoundBy.STAFF,
                    by=request.actor,
                    at=timezone.now(),
                )
        except IllegalMove as refusal:
            messages.error(request, str(refusal))
            return redirect("cases:case", reference)
        tasks.ring()
    if pasted.problems:
        return _add_page(request, case, _with_rest(pasted), added=added, pasted=pasted)
    messages.success(request, said_of(added))
    return redirect("takedowns:links", reference)


def _with_rest(pasted: Pasted) -> AddLinksForm:
    form = AddLinksForm({"links": pasted.unread})
    for words in pasted.words():
        form.add_error("links", words)
    return form


def _add_page(
    request: SignedInRequest,
    case: Case,
    form: AddLinksForm,
    *,
    added: Added | None = None,
    pasted: Pasted | None = None,
) -> HttpResponse:
    said = said_of(added) if added and (added.new or added.again or added.relisted) else ""
    with acting_as(request.actor):
        context = case_page(request, case, tab="links", form=form, said=said, pasted=pasted)
        return render(request, "takedowns/add_links.html", context, status=422 if form.is_bound else 200)


def said_of(added: Added) -> str:
    """Say what became of pasted links: how many are new, and which lines were here already."""
    parts = [ngettext("%(n)d link was added.", "%(n)d links were added.", added.new) % {"n": added.new}]
    fresh_again = len(added.again) - added.relisted
    if added.relisted:
        said = ngettext("%(n)d is back on the list.", "%(n)d are back on the list.", added.relisted)
        parts.append(said % {"n": added.relisted})
    if fresh_again > 0:
        lines = ", ".join(str(number) for number in added.again[:10])
        said = ngettext(
            "%(n)d was here already (line %(lines)s).", "%(n)d were here already (lines %(lines)s).", fresh_again
        )
        parts.append(said % {"n": fresh_again, "lines": lines + ("…" if len(added.again) > 10 else "")})
    return " ".join(parts)


@requires(Permission.CASE_VIEW)
def link(request: SignedInRequest, reference: str, url_id: UUID) -> HttpResponse:
    """Show one link: its address on demand, every look with its reason, what was asked, what can be done."""
    return link_page(request, link_of(request, reference, url_id), ReasonForm())


def link_page(request: SignedInRequest, url: ReportedUrl, form: ReasonForm) -> HttpResponse:
    """Render one link; inside `acting_as`."""
    looks = UrlCheck.objects.visible_to(request.actor).filter(url_id=url.pk).order_by("-at")
    (row,) = listing.link_rows([url])
    context = case_page(
        request,
        url.case,
        tab="links",
        url=url,
        row=row,
        form=form,
        looks=[(look, listing.reason_words(look.reason)) for look in looks[:LOOKS_SHOWN]],
        notices=listing.notice_rows(url.notices.for_rows().prefetch_related("urls")),
        captures=captures_of_link(url, request.actor),
        offer=Offer(url.case, request.user),
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
