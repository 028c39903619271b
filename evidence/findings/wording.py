"""Sentences about a fake that claim no more than is known: each says who says so. Reads findings, changes nothing."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Self
from uuid import UUID

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import Case
from evidence.models import (
    Assessment,
    CheckAnswer,
    CheckItem,
    ClaimNature,
    Comparison,
    Exhibit,
    Finding,
    Opinion,
    SaidBy,
    SourceCheck,
    SyntheticClaim,
)

WHAT_IS_CLAIMED = {
    ClaimNature.GENERATED: gettext_lazy("%(what)s was wholly made by a computer"),
    ClaimNature.SWAPPED: gettext_lazy("in %(what)s a face was put onto another body"),
    ClaimNature.UNDRESSED: gettext_lazy("in %(what)s clothes were taken away by a computer"),
    ClaimNature.VOICE: gettext_lazy("in %(what)s a voice was imitated by a computer"),
    ClaimNature.ALTERED: gettext_lazy("%(what)s was altered by a computer"),
    ClaimNature.CONTEXT: gettext_lazy("%(what)s is shown as something that it is not"),
}
WHO_CLAIMS = {
    SaidBy.CLIENT: gettext_lazy("The client states that %(claim)s"),
    SaidBy.POSTER: gettext_lazy("Whoever posted it wrote that %(claim)s"),
    SaidBy.PLATFORM: gettext_lazy("The platform stated that %(claim)s"),
    SaidBy.EXPERT: gettext_lazy("An expert stated that %(claim)s"),
    SaidBy.US: gettext_lazy("For our own work we assume that %(claim)s. This is no finding"),
}
OPINIONS = {
    Opinion.SUPPORTS: gettext_lazy("the findings support that a computer made or changed %(what)s"),
    Opinion.SOMEWHAT: gettext_lazy("the findings give some support that a computer made or changed %(what)s"),
    Opinion.NEITHER: gettext_lazy("the findings support neither that a computer made or changed %(what)s nor that not"),
    Opinion.SOMEWHAT_AGAINST: gettext_lazy("the findings give some support that no computer made or changed %(what)s"),
    Opinion.AGAINST: gettext_lazy("the findings support that no computer made or changed %(what)s"),
    Opinion.CANNOT: gettext_lazy("no statement was possible on how %(what)s was made"),
}
CHECKED = {
    (CheckItem.ORIGINAL, CheckAnswer.YES): gettext_lazy("A picture that is said to be the original was found."),
    (CheckItem.ORIGINAL, CheckAnswer.NO): gettext_lazy("The original was looked for and not found."),
    (CheckItem.FACE, CheckAnswer.YES): gettext_lazy("Where the face comes from is stated."),
    (CheckItem.FACE, CheckAnswer.NO): gettext_lazy("Where the face comes from is not known."),
    (CheckItem.METADATA, CheckAnswer.YES): gettext_lazy(
        "The data in the file names a program that makes or changes pictures. Such data is a claim of whoever wrote it."
    ),
    (CheckItem.METADATA, CheckAnswer.NO): gettext_lazy(
        "The data in the file names no program that makes or changes pictures. Its absence shows nothing."
    ),
    (CheckItem.INCONSISTENT, CheckAnswer.YES): gettext_lazy("A person saw things that do not fit together."),
    (CheckItem.INCONSISTENT, CheckAnswer.NO): gettext_lazy(
        "A person looked for things that do not fit together and saw none. That shows nothing by itself."
    ),
    (CheckItem.REVERSE, CheckAnswer.YES): gettext_lazy("A reverse search found the same picture elsewhere."),
    (CheckItem.REVERSE, CheckAnswer.NO): gettext_lazy("A reverse search found the picture nowhere else."),
    (CheckItem.EARLIEST, CheckAnswer.YES): gettext_lazy("The earliest appearance that is known is stated."),
    (CheckItem.EARLIEST, CheckAnswer.NO): gettext_lazy("The earliest appearance is not known."),
}

TOO_SURE = re.compile(
    r"\b(?:is|are|was|were)\s+(?:an?\s+|clearly\s+|obviously\s+|definitely\s+|certainly\s+)*"
    r"(?:fakes?|faked|deep\s?fakes?|forged|forger(?:y|ies)|authentic|genuine|unaltered)\b"
    r"|\bprove[sdn]?\b|\bproof\b|\bwithout (?:any )?doubt\b|\bconclusive(?:ly)?\b|\bcourt[- ]proof\b|\b100\s?%",
    re.IGNORECASE,
)
ENDS = re.compile(r"(?<=[.!?])(?<!\bDr\.)(?<!\bMr\.)(?<!\bMs\.)(?<!\bMrs\.)(?<!\bProf\.)(?<!\bNo\.)\s+|\n+")
"""Where a sentence ends; a title is no end of one."""
SAYS_WHO = re.compile(
    r"\b(?:state[sd]?|said|says|wrote|according to|in the (?:assessment|opinion|words) of|assume|no finding)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Known:
    """Everything that is written down about fakes in one case, newest versions only."""

    claims: Sequence[SyntheticClaim] = field(default=())
    checks: Sequence[SourceCheck] = field(default=())
    assessments: Sequence[Assessment] = field(default=())
    comparisons: Sequence[Comparison] = field(default=())

    def without(self, hidden: Collection[UUID]) -> Self:
        """Return what speaks of none of these exhibits."""

        def kept(rows: Sequence[Any]) -> list[Any]:
            return [row for row in rows if row.exhibit_id not in hidden and row.other_id not in hidden]

        return replace(
            self,
            claims=kept(self.claims),
            checks=kept(self.checks),
            assessments=kept(self.assessments),
            comparisons=kept(self.comparisons),
        )

    def __bool__(self) -> bool:
        return bool(self.claims or self.checks or self.assessments or self.comparisons)


def known(case: Case) -> Known:
    """Return what stands in a case about fakes; call inside `acting_as`."""

    def standing(model: type[Finding]) -> list[Any]:
        return list(model._default_manager.get_queryset().standing().filter(case=case).for_rows())

    return Known(
        claims=standing(SyntheticClaim),
        checks=standing(SourceCheck),
        assessments=standing(Assessment),
        comparisons=standing(Comparison),
    )


def sentences(facts: Known, *, links: dict[str, str] | None = None) -> list[str]:
    """Return every sentence that the state of knowledge allows. `links` maps a link's id to its name in papers."""
    names = links or {}
    return [
        *(claim_sentence(claim, names) for claim in facts.claims if claim.nature_said and claim.said_by_said),
        *(line for check in facts.checks for line in check_sentences(check, names)),
        *(assessment_sentence(one, names) for one in facts.assessments if one.opinion_said),
        *(comparison_sentence(one) for one in facts.comparisons if one.exhibit and one.other),
    ]


def subject(finding: Finding, links: dict[str, str]) -> str:
    """Name what a finding is about as papers name it: an exhibit, a link, or the material of the case."""
    if finding.exhibit is not None:
        return _("exhibit %(exhibit)s") % {"exhibit": finding.exhibit.label}
    if finding.link_id is not None:
        return _("the material at %(link)s") % {"link": links.get(str(finding.link_id), _("a link"))}
    return _("the material of this case")


def claim_sentence(claim: SyntheticClaim, links: dict[str, str]) -> str:
    """Say who claims what, and on which day they said so."""
    what = {"what": subject(claim, links)}
    said = WHO_CLAIMS[SaidBy(claim.said_by)] % {"claim": WHAT_IS_CLAIMED[ClaimNature(claim.nature)] % what}
    day = day_said(claim.said_on)
    return f"{said} ({_('said on %(day)s') % {'day': day}})." if day else f"{said}."


def check_sentences(check: SourceCheck, links: dict[str, str]) -> list[str]:
    """Say what was looked for, what was found, and what nobody did."""
    told = []
    what = subject(check, links)
    for item, answer, notes in check.rows():
        if (item, answer) in CHECKED:
            line = f"{what[:1].upper()}{what[1:]}: {CHECKED[item, answer]}"
            if item == CheckItem.ORIGINAL and answer == CheckAnswer.YES and check.other is not None:
                line += " " + _("It is %(exhibit)s.") % {"exhibit": check.other.label}
            told.append(f"{line} {notes}".strip())
    return told


def assessment_sentence(one: Assessment, links: dict[str, str]) -> str:
    """Say what somebody outside found, with the confidence and the limits that they state themselves."""
    what = {"what": subject(one, links)}
    day = day_said(one.assessed_on) or _("a day not stated")
    if one.is_detector:
        said = _("A program (%(tool)s) was run on %(day)s. Its result on %(what)s, as told to us: “%(result)s”.") % {
            "tool": one.tool or _("not named"),
            "day": day,
            "result": one.opinion_said,
            **what,
        }
        said += " " + _("Results of such programs are not definitive.")
    else:
        who = ", ".join(part for part in (one.who, one.organisation) if part) or _("an expert")
        said = _("In the assessment of %(who)s dated %(day)s, %(finding)s.") % {
            "who": who,
            "day": day,
            "finding": OPINIONS[Opinion(one.opinion)] % what,
        }
    if one.method:
        said += " " + _("Method as stated: %(method)s.") % {"method": one.method.rstrip(".")}
    if one.tool and not one.is_detector:
        said += " " + _("Tool as stated: %(tool)s.") % {"tool": one.tool.rstrip(".")}
    confidence = one.confidence.rstrip(".") or _("none")
    said += " " + _("Confidence as stated: %(confidence)s.") % {"confidence": confidence}
    said += " " + _("Limits as stated: %(limits)s.") % {"limits": one.limits.rstrip(".") or _("none")}
    return said + (" " + _("The report is %(exhibit)s.") % {"exhibit": one.other.label} if one.other else "")


def comparison_sentence(one: Comparison) -> str:
    """Say what a person saw when they compared two exhibits."""
    assert one.exhibit is not None
    assert one.other is not None
    said = _("Exhibit %(one)s was compared with %(other)s, which is said to be its original.") % {
        "one": one.exhibit.label,
        "other": one.other.label,
    }
    if one.differences:
        said += " " + _("Differences seen by a person: %(words)s.") % {"words": one.differences.rstrip(".")}
    if one.same:
        said += " " + _("The same in both, as seen by a person: %(words)s.") % {"words": one.same.rstrip(".")}
    return said


def too_sure(text: str) -> list[str]:
    """Return the sentences that claim more than we can know and do not say who says so. Knows English words only."""
    return [part.strip() for part in ENDS.split(text) if TOO_SURE.search(part) and not SAYS_WHO.search(part)]


def day_said(iso: str) -> str:
    """Return a day in words, or nothing for what is no day."""
    try:
        return date_format(date.fromisoformat(iso), "j F Y")
    except ValueError:
        return ""


def exhibits_named(facts: Known) -> list[Exhibit]:
    """Return the exhibits that findings name, each once, in the order of their numbers."""
    every = (*facts.claims, *facts.checks, *facts.assessments, *facts.comparisons)
    named = {one.pk: one for finding in every for one in (finding.exhibit, finding.other) if one is not None}
    return sorted(named.values(), key=lambda one: (one.producer, one.number))
