"""The sections of a packet that findings make: fakes, chronology, harm, statements, drafts of certificates."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from cases.models import Case
from evidence.findings import chronology as chronology_lines
from evidence.findings import harm as harm_list
from evidence.findings import wording
from evidence.findings.certificates import certificate_context, wanted
from evidence.findings.credentials import credentials_of
from evidence.findings.drafts import draft_of, drafts_of
from evidence.findings.links import links_of
from evidence.models import Comparison, Exhibit, Paper, Reader, StatementDraft
from evidence.order import BundleOrder
from evidence.sections import PacketSection, Section

LINKS_ON_THE_FIRST_PAGE = 8
HARM_READERS = frozenset({Reader.LAWYER, Reader.COURT})
"""Readers that may receive the list of harm, and only when the client agreed."""
STATEMENT_READERS = HARM_READERS | {Reader.CLIENT}
LISTED_AGAIN = 40
"""Up to so many records are listed in each paper of a packet; of more, a paper points at the section on exhibits."""


def deepfake(case: Case, order: BundleOrder, at: datetime) -> Section | None:
    """Tell what is said and known about fakes. None where nobody wrote anything down."""
    context = deepfake_context(case, order, at)
    if context is None:
        return None
    return PacketSection(
        key="deepfake", title=_("Whether it is real"), template="evidence/packet/deepfake.html", context=context
    )


def chronology(case: Case, order: BundleOrder, at: datetime) -> Section | None:
    """Tell the first page for the police and the line of time. None where no person wrote either."""
    if not chronology_lines.entries(case) and chronology_lines.summary_of(case) is None:
        return None
    return PacketSection(
        key="chronology",
        title=_("Chronology"),
        template="evidence/packet/chronology.html",
        context=chronology_context(case, order, at),
        rows="lines",
    )


def harm(case: Case, order: BundleOrder, at: datetime) -> Section | None:
    """Tell harm and cost to a lawyer or a court. None for any other reader, and where the client did not agree."""
    if order.reader not in HARM_READERS or not harm_list.is_released(case):
        return None
    rows = harm_list.entries(case)
    if not rows:
        return None
    return PacketSection(
        key="harm", title=_("Harm and cost"), template="evidence/packet/harm.html", context=harm_context(case, order)
    )


def statement(case: Case, order: BundleOrder, at: datetime) -> Section | None:
    """Tell the client's statement and its translation, to a lawyer, a court or the client. None without one."""
    if order.reader not in STATEMENT_READERS:
        return None
    statements = statement_contexts(case)
    if not statements:
        return None
    return PacketSection(
        key="statement",
        title=_("Statement of the client (draft)"),
        template="evidence/packet/statement.html",
        context={"statements": statements},
    )


def certificates(case: Case, order: BundleOrder, at: datetime) -> Section | None:
    """Tell the drafts of certificates A, B, C and of producers' statements. None where no record is there for one."""
    made = certificate_sections(case, order, at)
    if not made:
        return None
    return PacketSection(
        key="certificates",
        title=_("Certificates and statements, not signed"),
        template="evidence/packet/certificates.html",
        context={
            "papers": [{"title": one.title, "template": one.template, "own": one.context} for one in made],
        },
    )


def certificate_sections(case: Case, order: BundleOrder, at: datetime) -> list[Section]:
    """Return the drafts of certificates A, B, C and of each producer's statement that have a record to speak of.

    Where the records are many, they are not listed again: the same packet holds them in its section on exhibits.
    """
    return [_certificate(case, order, at, paper, about=about) for paper, about in wanted(case, order, at)]


def deepfake_context(case: Case, order: BundleOrder, at: datetime) -> dict[str, Any] | None:
    """Return what templates/evidence/packet/deepfake.html shows, None where there is nothing."""
    facts = wording.known(case)
    kept = draft_of(case, Paper.WORDING)
    if not facts and kept is None:
        return None
    names = {str(link.id): link.label for link in links_of(case, at)}
    named = wording.exhibits_named(facts)
    shown = [exhibit for exhibit in named if not order.hides(exhibit.pk)]
    seen = facts.without({exhibit.pk for exhibit in named if order.hides(exhibit.pk)})
    return {
        "wording": kept.fields.get("text", "") if kept else "",
        "claims": [
            {
                "about": wording.subject(claim, names),
                "sentence": wording.claim_sentence(claim, names),
                "basis": claim.basis,
            }
            for claim in seen.claims
            if claim.nature_said and claim.said_by_said
        ],
        "checks": [
            {
                "about": wording.subject(check, names),
                "rows": [(item.label, answer.label, notes) for item, answer, notes in check.rows()],
            }
            for check in seen.checks
        ],
        "credentials": credentials_of(shown),
        "assessments": [wording.assessment_sentence(one, names) for one in seen.assessments if one.opinion_said],
        "comparisons": [comparison_context(one) for one in seen.comparisons if one.exhibit and one.other],
    }


def comparison_context(one: Comparison) -> dict[str, Any]:
    """Return two exhibits side by side as facts, and what a person saw in words; never a picture."""
    assert one.exhibit is not None
    assert one.other is not None
    left, right = one.exhibit, one.other
    return {
        "left": {"exhibit": left.label},
        "right": {"exhibit": right.label},
        "facts": [
            (_("What it is"), left.description, right.description),
            (_("Kind"), left.media_type, right.media_type),
            (_("Size in bytes"), left.size, right.size),
            (_("Width and height"), _measures(left), _measures(right)),
            (_("How it came to us"), left.method_said, right.method_said),
            ("SHA-256", left.sha256, right.sha256),
            (_("The same file"), *(2 * [_("yes, bit for bit") if left.sha256 == right.sha256 else _("no")])),
        ],
        "sentence": wording.comparison_sentence(one),
    }


def chronology_context(case: Case, order: BundleOrder, at: datetime) -> dict[str, Any]:
    """Return what templates/evidence/packet/chronology.html shows."""
    rows = chronology_lines.lines(case, order, at)
    links = [link for link in links_of(case, at) if not order.hides(link.id)]
    kept = chronology_lines.summary_of(case)
    typed: Mapping[str, str] = kept.fields if kept else {}
    accounts = [*str(typed.get("accounts") or "").splitlines(), *(row.account for row in rows)]
    first, last = chronology_lines.first_and_last(rows)
    return {
        **{name: typed.get(name, "") for name in ("who", "others", "what", "harm", "asked")},
        "case_ref": case.reference,
        "zone": chronology_lines.zone_of(case),
        "first": first,
        "last": last,
        "links": links[:LINKS_ON_THE_FIRST_PAGE],
        "more_links": max(0, len(links) - LINKS_ON_THE_FIRST_PAGE),
        "accounts": list(dict.fromkeys(account.strip() for account in accounts if account.strip())),
        "lines": rows,
        "about_days": chronology_lines.ABOUT.days,
    }


def harm_context(case: Case, order: BundleOrder) -> dict[str, Any]:
    """Return what templates/evidence/packet/harm.html shows."""
    rows = harm_list.entries(case)
    return {
        "entries": [
            {
                "day": wording.day_said(row.on),
                "kind": row.kind_said,
                "words": row.words,
                "proof": row.exhibit.label if row.exhibit and not order.hides(row.exhibit.pk) else "",
                "amount": row.value,
                "currency": row.currency,
            }
            for row in rows
        ],
        "totals": harm_list.totals(rows),
    }


def statement_contexts(case: Case) -> Sequence[dict[str, Any]]:
    """Return the client's statements, one for each language, with what the translator's certificate needs."""
    return [_statement(one) for one in drafts_of(case) if one.paper == Paper.CLIENT and one.fields.get("text")]


def _statement(one: StatementDraft) -> dict[str, Any]:
    typed = one.fields
    return {
        "language": one.about,
        "name": language_said(one.about),
        "text": typed.get("text", ""),
        "translation": typed.get("translation", ""),
        "into": typed.get("into") or language_said("en"),
        "translator": typed.get("translator", ""),
        "qualification": typed.get("qualification", ""),
    }


def language_said(code: str) -> str:
    """Return the name of a language in the language of the page, or the code where it has no name here."""
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


def _certificate(case: Case, order: BundleOrder, at: datetime, paper: Paper, about: str = "") -> Section:
    title = f"{paper.label} ({about})" if about else str(paper.label)
    context = certificate_context(case, order, at, paper=paper, about=about)
    rows = context["records"]
    if isinstance(rows, list) and len(rows) > LISTED_AGAIN:
        context["brief"] = rows[-1].exhibit
    return PacketSection(
        key=f"{paper.value}-{about.lower()}" if about else paper.value,
        title=_("%(paper)s, draft") % {"paper": title},
        template=TEMPLATES[paper],
        context=context,
    )


TEMPLATES: dict[Paper, str] = {
    Paper.CERTIFICATE_A: "evidence/packet/certificate_a.html",
    Paper.CERTIFICATE_B: "evidence/packet/certificate_b.html",
    Paper.CERTIFICATE_C: "evidence/packet/certificate_c.html",
    Paper.PRODUCER: "evidence/packet/certificate_c.html",
}
"""The template of each paper that is filled with records."""


def _measures(exhibit: Exhibit) -> str:
    width, height = exhibit.findings.get("width", 0), exhibit.findings.get("height", 0)
    return f"{width} × {height}" if width and height else "–"
