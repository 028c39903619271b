"""Papers as PDFs of their own: rendered outside any transaction from what was read inside one."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from cases import pdf
from cases.models import Case
from evidence.findings import sections
from evidence.findings.certificates import certificate_context, wanted
from evidence.models import Paper
from evidence.order import BundleOrder
from evidence.packet.redaction import Redactor

CHRONOLOGY = "chronology"
HARM = "harm"
REPORT_PATH = "data/report"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperOrder:
    """Everything one paper shows, read from the database; `pdf_of` needs no row any more."""

    title: str
    case_ref: str
    marking: str
    template: str
    own: Mapping[str, Any]
    version: int = 0


def read_paper(case: Case, order: BundleOrder, at: datetime, *, paper: str, about: str = "") -> PaperOrder | None:
    """Read what a paper shows, inside `acting_as`; None where there is nothing to show yet."""
    with translation.override(order.language), timezone.override(UTC):
        if paper in (CHRONOLOGY, Paper.SUMMARY):
            context = sections.chronology_context(case, order, at)
            return _order(case, _("Chronology"), "chronology", context, marking=_("Confidential"))
        if paper in (HARM, Paper.HARM_RELEASE):
            return _order(case, _("Harm and cost"), "harm", sections.harm_context(case, order))
        if paper == Paper.WORDING:
            found = sections.deepfake_context(case, order, at)
            return _order(case, _("Whether it is real"), "deepfake", found) if found else None
        if paper in (Paper.CLIENT, Paper.TRANSLATOR):
            told = [one for one in sections.statement_contexts(case) if one["language"] == about]
            return _order(case, str(Paper.CLIENT.label), "statement", {"statements": told}) if told else None
        chosen = Paper(paper)
        context = certificate_context(case, order, at, paper=chosen, about=about)
        title = f"{chosen.label} ({about})" if about else str(chosen.label)
        name = sections.TEMPLATES[chosen].rpartition("/")[2].removesuffix(".html")
        return _order(case, title, name, context)


def pdf_of(paper: PaperOrder, *, language: str = "en") -> bytes:
    """Return a paper as a PDF. Raises cases.pdf.PdfError."""
    return pdf.render(_page(paper, language))


def pdfs_of(papers: Sequence[PaperOrder], *, language: str, redactor: Redactor) -> list[bytes]:
    """Return papers of one bundle as PDFs without its hidden words, set by one child. Raises cases.pdf.PdfError."""
    if not papers:
        return []
    made = []
    with closing(pdf.Lane()) as lane:
        for paper in papers:
            lane.begin(redactor.html(_page(paper, language)))
            made.append(lane.finish().pdf)
    return made


def _page(paper: PaperOrder, language: str) -> str:
    with translation.override(language), timezone.override(UTC):
        return render_to_string(
            "evidence/packet/paper.html",
            {
                "title": paper.title,
                "case_ref": paper.case_ref,
                "marking": paper.marking,
                "template": paper.template,
                "own": paper.own,
                "language": translation.get_language(),
                "is_rtl": translation.get_language_bidi(),
            },
        )


def certificate_papers(case: Case, order: BundleOrder, at: datetime) -> list[tuple[str, PaperOrder]]:
    """Read the drafts of certificates and producers' statements that have a record, with their paths in a bag.

    Call inside `acting_as`; make them PDFs with `pdfs_of` outside.
    """
    made = []
    for paper, about in wanted(case, order, at):
        found = read_paper(case, order, at, paper=paper, about=about)
        name = f"{paper.value}-{about.lower()}" if about else paper.value
        if found is not None:
            made.append((f"{REPORT_PATH}/{name}.pdf", found))
    return made


def _order(case: Case, title: str, name: str, own: Mapping[str, Any], *, marking: str = "") -> PaperOrder:
    return PaperOrder(
        title=title,
        case_ref=case.reference,
        marking=marking or _("Draft, not signed"),
        template=f"evidence/packet/{name}.html",
        own=own,
        version=int(own.get("version") or 0),
    )
