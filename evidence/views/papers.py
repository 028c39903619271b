"""Papers in draft: filled in, kept by versions, taken out as a PDF to be signed by hand."""

import hashlib
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.access import acting_as
from cases.http import SignedInRequest, one_use, requires
from cases.models import Case
from cases.pdf import PdfError
from cases.permissions import Permission
from cases.states import IllegalMove
from evidence.actions import finding as actions
from evidence.findings import wording
from evidence.findings.certificates import BASIS, producers
from evidence.findings.chronology import zone_of
from evidence.findings.drafts import draft_of, drafts_of
from evidence.findings.links import links_of
from evidence.findings.paper_forms import PAPER_FORMS, PaperForm
from evidence.findings.papers import CHRONOLOGY, HARM, pdf_of, read_paper
from evidence.findings.sections import language_said
from evidence.models import Paper, StatementDraft
from evidence.views.findings import case_for, own_copy, page

BACK: dict[Paper, str] = {
    Paper.WORDING: "evidence:findings",
    Paper.SUMMARY: "evidence:chronology",
    Paper.HARM_RELEASE: "evidence:harm",
}
LANGUAGES = ("ar", "de", "en", "es", "fr", "hi", "pt", "uk")
"""Languages that the client's statement is offered in at once; any other can be typed by its code."""


@requires(Permission.EVIDENCE_VIEW)
def papers(request: SignedInRequest, reference: str) -> HttpResponse:
    """List the papers of a case that somebody may sign."""
    case = case_for(request, reference)
    kept = {(one.paper, one.about): one for one in drafts_of(case)}
    wanted = [(Paper.CERTIFICATE_A, ""), (Paper.CERTIFICATE_B, ""), (Paper.CERTIFICATE_C, "")]
    wanted += [(Paper.PRODUCER, letters) for letters in producers(case)]
    languages = {one.about for one in kept.values() if one.paper == Paper.CLIENT} | {case.language}
    wanted += [(Paper.CLIENT, code) for code in sorted(languages)]
    rows = [
        {
            "paper": paper.value,
            "about": about,
            "title": str(paper.label),
            "detail": language_said(about) if paper == Paper.CLIENT else about,
            "basis": BASIS.get(paper, ("", "")),
            "kept": kept.get((paper.value, about)),
            "is_ready": paper != Paper.CLIENT or (paper.value, about) in kept,
        }
        for paper, about in wanted
    ]
    others = [{"code": code, "name": language_said(code)} for code in LANGUAGES if code not in languages]
    context = page(
        request,
        case,
        here="evidence:papers",
        rows=rows,
        languages=others,
        may_print=request.user.may(Permission.BUNDLE_BUILD),
    )
    return render(request, "evidence/findings_papers.html", context)


@requires(Permission.FINDING_WRITE, methods=("GET", "POST"))
@one_use
def paper(request: SignedInRequest, reference: str, paper: str) -> HttpResponse:
    """Fill in one paper; each save is a version of its own."""
    chosen, about = _which(paper), _about(request)
    now = timezone.now()
    with acting_as(request.actor):
        case = case_for(request, reference)
        _refuse_unknown(case, chosen, about)
        kept = draft_of(case, chosen, about)
        form = _form(request, case, chosen, kept)
        if request.POST.get("do") == "compose":
            return _page(request, case, form, chosen, about, kept, now, composed=_composed(request, case, now))
        if request.method != "POST" or not form.is_valid():
            return _page(request, case, form, chosen, about, kept, now)
        if (form.cleaned_data.get("version") or 0) != (kept.version if kept else 0):
            form.add_error(None, _("Somebody else saved this meanwhile. Your text is below; theirs is kept too."))
            return _page(request, case, form, chosen, about, kept, now)
    try:
        with acting_as(request.actor):
            _keep(case, chosen, about, kept, form, by=request, at=now)
    except actions.StaleFinding:
        form.add_error(None, _("Somebody else saved this meanwhile. Your text is below; theirs is kept too."))
    except IllegalMove as refusal:
        form.add_error(None, str(refusal))
    else:
        messages.success(request, _("The draft is saved. Nobody has signed it."))
        return redirect(BACK.get(chosen, "evidence:papers"), reference)
    with acting_as(request.actor):
        return _page(request, case, form, chosen, about, draft_of(case, chosen, about), now)


@requires(Permission.BUNDLE_BUILD, methods=("POST",), step_up=True)
@one_use
def paper_pdf(request: SignedInRequest, reference: str, paper: str) -> HttpResponse:
    """Make one paper a PDF and send it; the copy is in the record."""
    about = _about(request)
    now = timezone.now()
    with acting_as(request.actor):
        case = case_for(request, reference)
        if paper not in (CHRONOLOGY, HARM):
            _refuse_unknown(case, _which(paper), about)
        order = read_paper(case, own_copy(), now, paper=paper, about=about)
    if order is None:
        messages.error(request, _("There is nothing to print yet."))
        return redirect("evidence:papers", reference)
    try:
        made = pdf_of(order)
        digest = hashlib.sha256(made).hexdigest()
        with acting_as(request.actor):
            actions.note_paper(
                case_id=case.pk,
                paper=paper,
                title=order.title,
                version=order.version,
                sha256=digest,
                by=request.actor,
                at=now,
            )
    except (PdfError, IllegalMove) as refusal:
        messages.error(request, str(refusal))
        return redirect("evidence:papers", reference)
    response = HttpResponse(made, content_type="application/pdf")
    name = "-".join(part for part in (case.reference, paper, about.lower()) if part)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _which(paper: str) -> Paper:
    if paper not in Paper.values or Paper(paper) not in PAPER_FORMS:
        raise Http404
    return Paper(paper)


def _about(request: SignedInRequest) -> str:
    return str(request.POST.get("about") or request.GET.get("about") or "")[:12]


def _refuse_unknown(case: Case, chosen: Paper, about: str) -> None:
    """Raise 404 for a producer that produced nothing, and for what is no code of a language."""
    if chosen == Paper.PRODUCER:
        is_known = about in producers(case)
    elif chosen == Paper.CLIENT:
        is_known = 2 <= len(about) <= 12 and about.replace("-", "").isalnum() and about.isascii()
    else:
        is_known = not about
    if not is_known:
        raise Http404


def _form(request: SignedInRequest, case: Case, chosen: Paper, kept: StatementDraft | None) -> PaperForm:
    initial: dict[str, Any] = {**(kept.fields if kept else {}), "version": kept.version if kept else 0}
    if chosen == Paper.SUMMARY:
        initial.setdefault("zone", zone_of(case) if kept else str(timezone.get_current_timezone_name()))
    return PAPER_FORMS[chosen](request.POST if request.method == "POST" else None, initial=initial)


def _composed(request: SignedInRequest, case: Case, now: datetime) -> str:
    """Return the wording with the chosen sentences behind what is typed already, each once."""
    offered = _sentences(case, now)
    ticked = [line for place, line in enumerate(offered) if str(place) in request.POST.getlist("sentence")]
    typed = str(request.POST.get("text") or "").strip()
    return "\n\n".join(part for part in (typed, *(line for line in ticked if line not in typed)) if part)


def _sentences(case: Case, now: datetime) -> list[str]:
    names = {str(link.id): link.label for link in links_of(case, now)}
    return wording.sentences(wording.known(case), links=names)


def _page(
    request: SignedInRequest,
    case: Case,
    form: PaperForm,
    chosen: Paper,
    about: str,
    kept: StatementDraft | None,
    now: datetime,
    *,
    composed: str | None = None,
) -> HttpResponse:
    if composed is not None:
        form = PAPER_FORMS[chosen](initial={**form.initial, "text": composed})
    elif form.is_bound and kept is not None and form.errors:
        data = request.POST.copy()
        data["version"] = str(kept.version)
        form.data = data
    here = BACK.get(chosen, "evidence:papers")
    context = page(
        request,
        case,
        here=here,
        form=form,
        paper=chosen.value,
        about=about,
        title=str(chosen.label),
        detail=language_said(about) if chosen == Paper.CLIENT else about,
        basis=BASIS.get(chosen, ("", "")),
        kept=kept,
        sentences=_sentences(case, now) if chosen == Paper.WORDING else [],
        back=reverse(here, args=[case.reference]),
    )
    return render(request, "evidence/findings_paper.html", context, status=422 if form.is_bound else 200)


def _keep(
    case: Case,
    chosen: Paper,
    about: str,
    kept: StatementDraft | None,
    form: PaperForm,
    *,
    by: SignedInRequest,
    at: datetime,
) -> None:
    draft = StatementDraft.make(case_id=case.pk, paper=chosen.value, about=about, fields=form.typed)
    if kept is None:
        actions.write(finding=draft, by=by.actor, at=at)
    else:
        actions.correct(finding=draft, of=kept.pk, why=_("saved anew"), by=by.actor, at=at)
