"""Places without an address, and what is known of a link beside its address."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.access import acting_as
from cases.case_page import case_page
from cases.http import SignedInRequest, one_use, requires
from cases.models import Case
from cases.permissions import Permission
from cases.states import IllegalMove
from takedowns.actions import place as actions
from takedowns.forms_links import DescribeForm, PlaceForm
from takedowns.listing import where_of
from takedowns.models import FoundBy, PlaceKind, Platform, ReportedUrl
from takedowns.views.reported_url import case_of, link_of

OTHERS = 500
"""How many links the list of "found from" offers, the newest first."""
ABSENT = ("generic_site",)


def _others(case: Case, *, but: UUID | None = None) -> list[tuple[str, str]]:
    found = ReportedUrl.objects.filter(case=case).listed().exclude(pk=but).select_related("platform")
    local = timezone.localtime
    return [
        (str(url.pk), f"{where_of(url)} · {local(url.found_at):%d %b %Y %H:%M}")
        for url in found.order_by("-found_at", "pk")[:OTHERS]
    ]


@requires(Permission.LINK_ADD, methods=("GET", "POST"))
@one_use
def add_place(request: SignedInRequest, reference: str) -> HttpResponse:
    """Add an account, a group, a call, a print: a place that has no address or whose address nobody knows."""
    with acting_as(request.actor):
        case = case_of(request, reference)
        if not case.takes_material:
            messages.error(request, _("First answer the age question for everyone shown."))
            return redirect("cases:case", reference)
        known = Platform.objects.exclude(key__in=ABSENT).for_rows().values_list("key", "name")
        given: dict[str, Any] = {
            "platforms": list(known),
            "others": _others(case),
            "today": timezone.localdate(),
        }
    form = PlaceForm(request.POST or None, **given)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            with acting_as(request.actor):
                url = actions.add(
                    case_id=case.pk,
                    kind=PlaceKind(said["kind"]),
                    platform_key=said["platform"] or None,
                    name=said["name"],
                    known=form.known,
                    disappears=said["disappears"],
                    found_by=FoundBy.STAFF,
                    by=request.actor,
                    at=timezone.now(),
                )
        except IllegalMove as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("The place is on the list."))
            return redirect("takedowns:link", reference, url.pk)
    with acting_as(request.actor):
        context = case_page(request, case, tab="links", form=form)
        return render(request, "takedowns/add_place.html", context, status=422 if form.is_bound else 200)


@requires(Permission.LINK_ADD, methods=("GET", "POST"))
@one_use
def describe_link(request: SignedInRequest, reference: str, url_id: UUID) -> HttpResponse:
    """Write down what is known of a link: account, views, where it was found and what led to it."""
    with acting_as(request.actor):
        url = link_of(request, reference, url_id)
        start = {
            "kind": url.kind,
            "account": url.account,
            "found_where": url.found_where,
            "found_from": str(url.found_from_id or ""),
            "seen_on": url.seen_on,
            "views": url.views,
        }
        others = _others(url.case, but=url.pk)
    form = DescribeForm(request.POST or None, initial=start, others=others, today=timezone.localdate())
    if request.method == "POST" and form.is_valid():
        try:
            with acting_as(request.actor):
                actions.describe(
                    url_id=url.pk,
                    kind=PlaceKind(form.cleaned_data["kind"]),
                    known=form.known,
                    by=request.actor,
                    at=timezone.now(),
                )
        except IllegalMove as refusal:
            form.add_error("found_from", str(refusal))
        else:
            messages.success(request, _("What is known of this link was kept."))
            return redirect("takedowns:link", reference, url_id)
    with acting_as(request.actor):
        context = case_page(request, url.case, tab="links", form=form, url=url, where=where_of(url))
        return render(request, "takedowns/describe_link.html", context, status=422 if form.is_bound else 200)
