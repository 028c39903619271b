"""Findings of a case: fakes, chronology, harm and cost. Written down, corrected by new versions, taken back."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.access import acting_as
from cases.case_page import case_page
from cases.http import SignedInRequest, one_use, requires
from cases.models import Case
from cases.permissions import Permission
from cases.states import IllegalMove
from evidence.actions import finding as actions
from evidence.findings import chronology as chronology_lines
from evidence.findings import harm as harm_list
from evidence.findings import sections, wording
from evidence.findings.credentials import credentials_of
from evidence.findings.drafts import draft_of
from evidence.findings.finding_form import FindingForm
from evidence.findings.forms import FORMS, WhyForm
from evidence.findings.links import links_of
from evidence.models import (
    Assessment,
    ChronologyEntry,
    Comparison,
    Exhibit,
    Finding,
    HarmEntry,
    Noun,
    Paper,
    Reader,
    SourceCheck,
    StatementDraft,
    SyntheticClaim,
)
from evidence.order import BundleOrder

MODELS: dict[str, type[Finding]] = {
    model.NOUN: model
    for model in (SyntheticClaim, SourceCheck, Assessment, Comparison, ChronologyEntry, HarmEntry, StatementDraft)
}
PAGES: dict[str, str] = {Noun.CHRONOLOGY_ENTRY: "evidence:chronology", Noun.HARM_ENTRY: "evidence:harm"}


def case_for(request: SignedInRequest, reference: str) -> Case:
    """Return the case, or 404; inside `acting_as`. A case locked for age has no findings to show."""
    case: Case = get_object_or_404(Case.objects.visible_to(request.actor), reference=reference)
    if case.is_age_locked:
        raise Http404
    return case


def own_copy() -> BundleOrder:
    """Return the order by which staff see papers before a bundle is asked for: nothing is hidden from them.

    A new one each time: sections of one order keep there what they made of one case.
    """
    return BundleOrder(reader=Reader.LAWYER)


def page(request: SignedInRequest, case: Case, *, here: str, **extra: Any) -> dict[str, Any]:
    """Return the context of one of these pages, with the switch between them."""
    places = [
        ("evidence:exhibits", _("Files")),
        ("evidence:findings", _("Real or fake")),
        ("evidence:chronology", _("Chronology")),
        ("evidence:harm", _("Harm and cost")),
        ("evidence:papers", _("Papers to sign")),
    ]
    shown = [
        {"url": reverse(name, args=[case.reference]), "label": label, "current": name == here} for name, label in places
    ]
    may_write = request.user.may(Permission.FINDING_WRITE) and case.closed_at is None
    return case_page(request, case, tab="exhibits", places=shown, may_write=may_write, **extra)


@requires(Permission.EVIDENCE_VIEW)
def findings(request: SignedInRequest, reference: str) -> HttpResponse:
    """Show what is said and known about a fake."""
    case = case_for(request, reference)
    now = timezone.now()
    facts = wording.known(case)
    names = {str(link.id): link.label for link in links_of(case, now)}

    def rows(found: Any) -> list[dict[str, Any]]:
        return [{"row": row, "about": wording.subject(row, names)} for row in found]

    context = page(
        request,
        case,
        here="evidence:findings",
        claims=rows(facts.claims),
        checks=rows(facts.checks),
        assessments=rows(facts.assessments),
        comparisons=[
            {"row": row, **sections.comparison_context(row)} for row in facts.comparisons if row.exhibit and row.other
        ],
        credentials=credentials_of(wording.exhibits_named(facts)),
        kept=draft_of(case, Paper.WORDING),
        may_look=request.user.may(Permission.EVIDENCE_LOOK),
    )
    return render(request, "evidence/findings.html", context)


@requires(Permission.EVIDENCE_VIEW)
def chronology(request: SignedInRequest, reference: str) -> HttpResponse:
    """Show the chronology: what people told and what the record discloses, on one line of time."""
    case = case_for(request, reference)
    now = timezone.now()
    context = page(
        request,
        case,
        here="evidence:chronology",
        lines=chronology_lines.lines(case, own_copy(), now),
        kept=chronology_lines.summary_of(case),
        zone=chronology_lines.zone_of(case),
        may_print=request.user.may(Permission.BUNDLE_BUILD),
    )
    return render(request, "evidence/findings_chronology.html", context)


@requires(Permission.EVIDENCE_VIEW)
def harm(request: SignedInRequest, reference: str) -> HttpResponse:
    """Show harm and cost, with one sum for each currency."""
    case = case_for(request, reference)
    rows = harm_list.entries(case)
    context = page(
        request,
        case,
        here="evidence:harm",
        rows=[{"row": row, "day": wording.day_said(row.on)} for row in rows],
        totals=harm_list.totals(rows),
        released=harm_list.is_released(case),
        kept=draft_of(case, Paper.HARM_RELEASE),
        may_print=request.user.may(Permission.BUNDLE_BUILD),
    )
    return render(request, "evidence/findings_harm.html", context)


@requires(Permission.FINDING_WRITE, methods=("GET", "POST"))
@one_use
def new_finding(request: SignedInRequest, reference: str, noun: str) -> HttpResponse:
    """Write something down."""
    if noun not in FORMS:
        raise Http404
    now = timezone.now()
    with acting_as(request.actor):
        case = case_for(request, reference)
        form = _form(request, case, noun, now)
        if request.method != "POST" or not form.is_valid():
            return _form_page(request, case, form, noun=noun)
    try:
        with acting_as(request.actor):
            actions.write(finding=form.finding(case.pk), by=request.actor, at=now)
    except IllegalMove as refusal:
        form.add_error(None, str(refusal))
        with acting_as(request.actor):
            return _form_page(request, case, form, noun=noun)
    messages.success(request, _("Written down."))
    return redirect(PAGES.get(noun, "evidence:findings"), reference)


@requires(Permission.FINDING_WRITE, methods=("GET", "POST"))
@one_use
def finding(request: SignedInRequest, reference: str, finding_id: UUID) -> HttpResponse:
    """Show one finding with its versions, and correct it by a new one."""
    now = timezone.now()
    with acting_as(request.actor):
        case = case_for(request, reference)
        row = _finding(request, case, finding_id)
        if row.noun not in FORMS or row.is_withdrawn:
            return redirect(_page_of(row), reference)
        form = _form(request, case, row.noun, now, row=row)
        if request.method != "POST" or not form.is_valid():
            return _form_page(request, case, form, noun=row.noun, row=row)
        seen = form.cleaned_data.get("seen") or row.pk
    try:
        with acting_as(request.actor):
            actions.correct(
                finding=form.finding(case.pk), of=seen, why=form.cleaned_data["why"], by=request.actor, at=now
            )
    except actions.StaleFinding:
        form.add_error(None, _("Somebody else corrected this meanwhile. Compare with the versions below, then save."))
    except IllegalMove as refusal:
        form.add_error(None, str(refusal))
    else:
        messages.success(request, _("Corrected. The old version is kept."))
        return redirect(_page_of(row), reference)
    with acting_as(request.actor):
        newest = _newest_of(request, row)
        # The next save knows what was saved meanwhile.
        data = request.POST.copy()
        data["seen"] = str(newest.pk)
        form.data = data
        return _form_page(request, case, form, noun=row.noun, row=row)


@requires(Permission.FINDING_WRITE, methods=("POST",))
@one_use
def withdraw_finding(request: SignedInRequest, reference: str, finding_id: UUID) -> HttpResponse:
    """Take a finding back, with a reason; its words stay in its versions."""
    now = timezone.now()
    why = WhyForm(request.POST, auto_id="back_%s")
    with acting_as(request.actor):
        case = case_for(request, reference)
        row = _finding(request, case, finding_id)
        if row.noun not in FORMS:
            raise Http404
        if not why.is_valid():
            form = _form(request, case, row.noun, now, row=row, fresh=True)
            return _form_page(request, case, form, noun=row.noun, row=row, why=why)
    try:
        with acting_as(request.actor):
            row.opened()
            actions.withdraw(of=row, why=why.cleaned_data["why"], by=request.actor, at=now)
    except actions.StaleFinding:
        messages.error(request, _("Somebody else corrected this meanwhile. Look again before you take it back."))
        return redirect("evidence:finding", reference, _newest_id(request, row))
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
        return redirect(_page_of(row), reference)
    messages.success(request, _("Taken back."))
    return redirect(_page_of(row), reference)


def _finding(request: SignedInRequest, case: Case, finding_id: UUID) -> Finding:
    rows = Finding.objects.visible_to(request.actor).filter(case=case)
    found: Finding = get_object_or_404(rows, pk=finding_id)
    typed: Finding = MODELS[found.noun].objects.get_queryset().for_rows().get(pk=found.pk)
    return typed


def _newest_of(request: SignedInRequest, row: Finding) -> Finding:
    same = Finding.objects.visible_to(request.actor).filter(thread=row.thread)
    found: Finding = same.order_by("-version")[0]
    return found


def _newest_id(request: SignedInRequest, row: Finding) -> UUID:
    with acting_as(request.actor):
        return UUID(str(_newest_of(request, row).pk))


def _page_of(row: Finding) -> str:
    return PAGES.get(row.noun, "evidence:papers" if row.noun == Noun.STATEMENT_DRAFT else "evidence:findings")


def _form(
    request: SignedInRequest,
    case: Case,
    noun: str,
    now: datetime,
    *,
    row: Finding | None = None,
    fresh: bool = False,
) -> FindingForm:
    kind = FORMS[noun]
    exhibits = list(Exhibit.objects.visible_to(request.actor).filter(case=case).sealed().for_rows())
    # Until somebody sets the zone of the paper, times are told in that of who writes them down.
    has_zone = chronology_lines.summary_of(case) is not None
    zone = chronology_lines.zone_of(case) if has_zone else timezone.get_current_timezone_name()
    return kind(
        request.POST if request.method == "POST" and not fresh else None,
        exhibits=exhibits,
        links=links_of(case, now),
        is_correction=row is not None,
        zone=zone,
        initial=kind.initial_of(row) if row is not None else {"about": request.GET.get("about", "")},
    )


def _form_page(
    request: SignedInRequest,
    case: Case,
    form: FindingForm,
    *,
    noun: str,
    row: Finding | None = None,
    why: WhyForm | None = None,
) -> HttpResponse:
    same = []
    if row is not None:
        same = list(MODELS[noun].objects.get_queryset().filter(case=case, thread=row.thread).for_rows())
    here = PAGES.get(noun, "evidence:findings")
    context = page(
        request,
        case,
        here=here,
        form=form,
        noun=noun,
        noun_said=str(Noun(noun).label),
        row=row,
        versions=[{"row": one, "lines": _lines(one)} for one in reversed(same)],
        back=reverse(here, args=[case.reference]),
        why=why or WhyForm(auto_id="back_%s"),
        pairs=form.pairs() if hasattr(form, "pairs") else [],
    )
    is_wrong = form.is_bound or (why is not None and why.is_bound)
    return render(request, "evidence/findings_form.html", context, status=422 if is_wrong else 200)


def _lines(row: Finding) -> list[str]:
    """Return the words of one version, for reading only."""
    found: list[str] = []
    for name, value in row.opened().items():
        if name == "why" or not value:
            continue
        if isinstance(row, SourceCheck):
            return [f"{item.label} {answer.label}. {notes}".strip() for item, answer, notes in row.rows()]
        found.append(str(value))
    return found
