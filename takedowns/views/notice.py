"""Notices of a case: the list, a new one, and the page on which one is written and sent."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
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
from takedowns import drafting, listing, synthetic
from takedowns.actions import notice as actions
from takedowns.actions import notice_approval as approvals
from takedowns.actions import notice_sent
from takedowns.actions.notice import MOST_LINKS
from takedowns.book import facts_of, platform_book
from takedowns.forms import DraftForm, StartNoticeForm
from takedowns.letters import Requirement
from takedowns.models import Notice, Platform, ReportedUrl, Route
from takedowns.states import DOWN_STATES, LinkState
from takedowns.views import notice_approval
from takedowns.views.notice_sent import sent_page
from takedowns.views.reported_url import case_of

GENERIC = "generic_site"


@requires(Permission.NOTICE_WRITE)
def notices(request: SignedInRequest, reference: str) -> HttpResponse:
    """List the notices of a case, newest first."""
    case = case_of(request, reference)
    found = Notice.objects.visible_to(request.actor).filter(case=case).for_rows().prefetch_related("urls")
    context = case_page(request, case, tab="notices", rows=listing.notice_rows(found[:200]))
    return render(request, "takedowns/notices.html", context)


def place_of(url: ReportedUrl) -> str:
    """Return what one notice can go to: the platform, or the site where no playbook knows one."""
    return url.platform_id or url.site


@requires(Permission.NOTICE_WRITE, methods=("GET", "POST"))
@one_use
def new_notice(request: SignedInRequest, reference: str) -> HttpResponse:
    """Choose links of one site and a route; then the letter is written."""
    with acting_as(request.actor):
        case = case_of(request, reference)
        usable = ReportedUrl.objects.visible_to(request.actor).filter(case=case)
        usable = usable.exclude(state__in=[*DOWN_STATES, LinkState.DROPPED]).select_related("case", "platform")
        # A print or a call has nobody to write to.
        usable = usable.exclude(has_address=False, platform=None)
        # Where the sites are is told by clear columns; addresses are opened for the shown site only.
        urls = list(usable.order_by("-found_at", "pk"))
    if request.method != "POST":
        with acting_as(request.actor):
            wanted, every = request.GET.get("route", ""), "all" in request.GET
            return _new_page(request, case, urls, place=request.GET.get("on", ""), wanted=wanted, every=every)
    ticked = set(request.POST.getlist("links"))
    places = {place_of(url) for url in urls if str(url.pk) in ticked}
    form = StartNoticeForm(request.POST, links=[str(url.pk) for url in urls])
    if request.POST.get("do") == "choose" or not form.is_valid() or len(places) > 1:
        if len(places) > 1:
            names = ", ".join(sorted({url.site for url in urls if str(url.pk) in ticked}))
            form.add_error(
                "links",
                _("These links are on more than one site (%(names)s). One notice goes to one site.") % {"names": names},
            )
        asks = request.POST.get("do") != "choose" or len(places) > 1
        with acting_as(request.actor):
            return _new_page(
                request, case, urls, place=min(places, default=""), ticked=ticked, form=form if asks else None
            )
    try:
        with acting_as(request.actor):
            made = actions.draft(
                case_id=case.pk,
                url_ids=[UUID(link) for link in form.cleaned_data["links"]],
                route=Route(form.cleaned_data["route"]),
                by=request.actor,
                at=timezone.now(),
            )
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
        return redirect("takedowns:new_notice", reference)
    return redirect("takedowns:notice", reference, made.pk)


def _new_page(
    request: SignedInRequest,
    case: Case,
    urls: Sequence[ReportedUrl],
    *,
    place: str,
    ticked: set[str] | None = None,
    form: StartNoticeForm | None = None,
    wanted: str = "",
    every: bool = False,
) -> HttpResponse:
    """`wanted` is the route that a link to this page asks for; `every` ticks links that were asked about before too."""
    by_place: dict[str, list[ReportedUrl]] = {}
    for url in urls:
        by_place.setdefault(place_of(url), []).append(url)
    if place not in by_place:
        place = max(by_place, key=lambda key: sum(_is_to_ask(url) for url in by_place[key]), default="")
    here = by_place.get(place, [])[:MOST_LINKS]
    platform = here[0].platform if here else None
    base = reverse("takedowns:new_notice", args=[case.reference])
    row = platform or Platform.objects.filter(key=GENERIC).first()
    facts = facts_of(row) if row else platform_book().generic
    name = platform.name if platform else place
    is_fresh = ticked is None
    chosen = ticked if ticked is not None else {str(url.pk) for url in here if every or _is_to_ask(url)}
    claimed = synthetic.basis(case, {url.pk for url in here})
    routes = drafting.routes_for(facts, name=name, is_synthetic=claimed.is_synthetic)
    context = case_page(
        request,
        case,
        tab="notices",
        name=name,
        platform=platform,
        places=[
            {"url": f"{base}?on={key}", "label": f"{_name_of(found)} {len(found)}", "current": key == place}
            for key, found in by_place.items()
        ][:40],
        rows=[(row, str(row.url.pk) in chosen) for row in listing.link_rows(here)],
        routes=routes,
        claimed=claimed,
        route=(form.data.get("route") if form else "")
        or next((choice.value for choice in routes if choice.value == wanted), routes[0].value if routes else ""),
        form=form,
        may_ask=drafting.may_ask(case),
        ticked=len(chosen) if not is_fresh else 0,
        parts=_parts(1),
    )
    return render(request, "takedowns/new_notice.html", context, status=422 if form else 200)


def _is_to_ask(url: ReportedUrl) -> bool:
    """Whether a link waits for a notice: it was never asked for, or it came back after it was."""
    return url.asked_at is None or url.state == LinkState.BACK


def _name_of(urls: Sequence[ReportedUrl]) -> str:
    return urls[0].platform.name if urls[0].platform else urls[0].site


def _parts(now: int, *, links: int = 0, route: str = "") -> list[dict[str, Any]]:
    labels = [
        ngettext("Where: %(n)d link", "Where: %(n)d links", links) % {"n": links} if links else _("Where"),
        route or _("Route"),
        _("Text and checklist"),
        _("Send and record"),
    ]
    states = ["done" if place < now else "now" if place == now else "later" for place in range(1, 5)]
    return [{"label": label, "state": state} for label, state in zip(labels, states, strict=True)]


def notice_of(request: SignedInRequest, reference: str, notice_id: UUID) -> Notice:
    """Return one notice of a case, or 404; inside `acting_as`."""
    visible = Notice.objects.visible_to(request.actor).filter(case=case_of(request, reference))
    found: Notice = get_object_or_404(visible.select_related("case__owner", "platform", "created_by"), pk=notice_id)
    return found


@requires(Permission.NOTICE_WRITE, methods=("GET", "POST"))
@one_use
def notice(request: SignedInRequest, reference: str, notice_id: UUID) -> HttpResponse:
    """Write and send a draft; show one that has gone out."""
    with acting_as(request.actor):
        found = notice_of(request, reference, notice_id)
        if found.is_frozen:
            return sent_page(request, found)
        if request.method != "POST":
            waiting = notice_approval.waiting_for(request, found)
            if waiting is not None and "change" not in request.GET:
                name = listing.site_of(found, list(found.urls.select_related("case", "platform")))
                crumbs = _crumbs(found.case, name)
                return notice_approval.waits_page(request, found, waiting, name=name, crumbs=crumbs)
            return _compose_page(request, found, None)
        asked = notice_approval.asked_of(request, found)
    now = timezone.now()
    form = DraftForm(request.POST, asked=asked.removeprefix("ask_") if asked == "ask_mail" else asked, now=now)
    if not form.is_valid():
        with acting_as(request.actor):
            return _compose_page(request, found, form)
    try:
        with acting_as(request.actor):
            _carry_out(request, found, form, asked=asked)
    except actions.StaleDraft:
        with acting_as(request.actor):
            fresh = notice_of(request, reference, notice_id)
            # The next save knows what was saved meanwhile, so it may replace it.
            data = request.POST.copy()
            data["version"] = str(fresh.version)
            form.data = data
            form.add_error(None, _("Somebody else saved this notice meanwhile. Both texts are below; neither is lost."))
            return _compose_page(request, fresh, form, theirs=fresh.text)
    except IllegalMove as refusal:
        form.add_error(None, str(refusal))
        with acting_as(request.actor):
            return _compose_page(request, notice_of(request, reference, notice_id), form)
    return HttpResponseRedirect(reverse("takedowns:notice", args=[reference, notice_id]))


def _carry_out(request: SignedInRequest, found: Notice, form: DraftForm, *, asked: str) -> None:
    """Save what is typed and do what was asked, all in the one transaction that is open."""
    given, by, at = form.cleaned_data, request.actor, timezone.now()
    saved = actions.save_draft(
        notice_id=found.pk,
        version=given["version"],
        subject=given["subject"],
        text=given["text"],
        recipient=given["recipient"],
        facts=form.said,
        route=Route(given["route"]) if given["route"] and asked in ("save", "route", "rewrite") else None,
        rewrite=asked == "rewrite",
        is_passing=asked in notice_approval.ASKS,
        by=by,
        at=at,
    )
    if asked in ("ask_mail", "ask_form"):
        approvals.ask(
            notice_id=saved.pk,
            version=saved.version,
            means=notice_approval.ASKS[asked],
            reason=given["reason"],
            why=given["note_to_colleague"],
            by=by,
            at=at,
        )
    elif asked == "form" and not (request.user.may(Permission.NOTICE_SEND) or drafting.is_approved(saved)):
        raise IllegalMove(_("The letter is not what your colleague agreed to any more. Ask for approval again."))
    elif asked == "mail":
        actions.queue_mail(
            notice_id=saved.pk,
            version=saved.version,
            recipient=given["recipient"],
            reason=given["reason"],
            by=by,
            at=at,
        )
    elif asked == "form":
        notice_sent.sent_by_form(
            notice_id=saved.pk,
            version=saved.version,
            ticket=given["ticket"],
            reason=given["reason"],
            sent_at=given["sent_at"],
            by=by,
            at=at,
        )
    else:
        messages.success(request, _("The letter was written anew.") if asked != "save" else _("The draft is saved."))


def _compose_page(request: SignedInRequest, found: Notice, form: DraftForm | None, *, theirs: str = "") -> HttpResponse:
    typed: str | None = form.data.get("text") if form else None
    urls = list(found.urls.select_related("case", "platform"))
    platform = facts_of(found.platform)
    name = listing.site_of(found, urls)
    shown = form or DraftForm(initial=_initial(found))
    facts = drafting.letter_facts(
        found,
        drafting.addresses(urls),
        is_authorised=drafting.has_written_authority(found.case),
        on=timezone.localdate(),
    )
    checked = drafting.check(found, facts, platform=platform)
    claimed = synthetic.basis(found.case, {url.pk for url in urls})
    others = ReportedUrl.objects.visible_to(request.actor).filter(platform=found.platform_id)
    context = case_page(
        request,
        found.case,
        tab="notices",
        notice=found,
        name=name,
        platform=platform,
        platform_row=found.platform,
        form=shown,
        typed=typed,
        theirs=theirs,
        checked=checked,
        open_more=any(item.key in FURTHER_DOWN for item in checked.missing) or bool(form and form.errors),
        checklist=[_item(found, item) for item in checked.items],
        routes=drafting.routes_for(platform, name=name, is_synthetic=claimed.is_synthetic),
        claimed=claimed,
        fields=drafting.form_fields(facts, platform, found.text),
        rows=listing.link_rows(urls),
        addresses=drafting.addresses(urls),
        so_far=others.counts() if found.platform_id != GENERIC else None,
        parts=_parts(3, links=len(urls), route=str(Route(found.route).label)),
        sender=settings.MAIL_FROM,
        undo_seconds=settings.NOTICE_UNDO_SECONDS,
        may_ask=drafting.may_ask(found.case),
        may_send=request.user.may(Permission.NOTICE_SEND),
        approved=drafting.is_approved(found),
        said_no=notice_approval.last_answer(request, found),
        crumbs=_crumbs(found.case, name),
    )
    return render(request, "takedowns/compose.html", context, status=422 if form else 200)


def _crumbs(case: Case, name: str) -> list[dict[str, str]]:
    return [
        {"label": str(case), "url": reverse("cases:case", args=[case.reference])},
        {"label": _("Notices"), "url": reverse("takedowns:notices", args=[case.reference])},
        {"label": name},
    ]


PLACES = {
    "statement": "#id_states_no_consent",
    "non_consent_statement": "#id_states_no_consent",
    "good_faith_statement": "#id_states_no_consent",
    "illegality_explanation": "#id_legal_basis",
    "legal_basis": "#id_legal_basis",
    "location_detail": "#id_location_details",
    "content_description": "#id_description",
    "identifiability_evidence": "#id_description",
    "uploader_account": "#id_uploader_account",
    "depicted_person_name": "#id_depicted_name",
    "country": "#id_country",
}
FURTHER_DOWN = frozenset(key for key, place in PLACES.items() if place != "#id_states_no_consent")
"""What is asked in the folded part of the page: it opens when one of these is missing."""
AT_THE_CLIENT = frozenset({"authorisation_proof", "relation_to_depicted"})


def _item(found: Notice, item: Requirement) -> dict[str, str]:
    if item.have:
        return {"label": item.label, "state": "have"}
    if item.key in AT_THE_CLIENT:
        url, action = reverse("cases:client", args=[found.case.reference]), _("Ask the client")
    else:
        url, action = PLACES.get(item.key, "#id_text"), _("Add it")
    return {"label": item.label, "state": "missing", "note": item.why, "url": url, "action": action}


def _initial(found: Notice) -> dict[str, Any]:
    return {
        **found.facts,
        "version": found.version,
        "route": found.route,
        "recipient": found.recipient,
        "subject": found.subject,
        "text": found.text,
    }


@requires(Permission.NOTICE_WRITE, methods=("POST",))
def save_notice(request: SignedInRequest, reference: str, notice_id: UUID) -> HttpResponse:
    """Keep a draft while it is being typed; 409 when somebody else saved it meanwhile."""
    form = DraftForm(request.POST)
    with acting_as(request.actor):
        found = notice_of(request, reference, notice_id)
    if not form.is_valid():
        return JsonResponse({"errors": sorted(form.errors)}, status=422)
    now = timezone.now()
    try:
        with acting_as(request.actor):
            saved = actions.save_draft(
                notice_id=found.pk,
                version=form.cleaned_data["version"],
                subject=form.cleaned_data["subject"],
                text=form.cleaned_data["text"],
                recipient=form.cleaned_data["recipient"],
                facts=form.said,
                is_typing=True,
                by=request.actor,
                at=now,
            )
    except (actions.StaleDraft, IllegalMove):
        return JsonResponse({}, status=409)
    return JsonResponse({"saved_at": f"{timezone.localtime(now):%H:%M}", "version": saved.version})
