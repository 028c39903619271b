"""The client's first report: saved after each step, stopped by the age answer, sent once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from cases.actions import authority, safe_contact
from cases.actions import case as case_actions
from cases.actions import consent as consent_actions
from cases.actions import party as party_actions
from cases.actions.safe_contact import Rule
from cases.actor import Actor, ActorKind
from cases.models import AskedBy, Case, ConsentBasis, PartyRole, Power, Report, User
from cases.states import AgeAnswer, IllegalMove

KEPT_WHEN_LOCKED = ("understood", "safe", "safe_draft")
"""What stays of a report when somebody shown may be under 18: how to use the page and how to reach the person."""
REQUIRED = ("who", "age", "what", "agree")
"""Steps that must be answered before a report can be sent; an answer may be "I would rather not say"."""


def _own(case: Case) -> Report:
    """Return the report of a locked case, locked too."""
    found: Report = Report.objects.select_for_update(of=("self",)).get(case=case)
    return found


@transaction.atomic
def save_step(
    *, case_id: UUID, step: str, answer: Mapping[str, Any], by: Actor, at: datetime, then: str = ""
) -> Report:
    """Keep the answer of one step; it can be changed until the report is sent. Typed text is in no event.

    `then` is the page that comes next: where the client goes on after coming back. What was kept of the step while
    it was being typed (`<step>_draft`) is replaced by its answer.
    """
    case = case_actions.lock(case_id)
    report = _own(case)
    if by.kind != ActorKind.CLIENT:
        raise IllegalMove("Only the client writes their own report.")
    if case.is_age_locked and step not in KEPT_WHEN_LOCKED:
        raise IllegalMove("This step is closed.")
    if report.sent_at is not None and step in REQUIRED:
        raise IllegalMove("This report was sent already.")
    place = {"place": {"path": then}} if then else {}
    others = {name: given for name, given in report.answers.items() if name != f"{step}_draft"}
    _keep(report, {**others, step: dict(answer), **place}, at=at)
    return report


def _keep(report: Report, answers: dict[str, Any], *, at: datetime) -> None:
    report.answers, report.saved_at = answers, at
    report.save(update_fields=["saved_at"])


@transaction.atomic
def save_contact_rules(*, case_id: UUID, rules: Sequence[Rule], by: Actor, at: datetime) -> Report:
    """Turn what the client said about reaching them into rules; nothing new is confirmed by that."""
    case = case_actions.lock(case_id)
    report = _own(case)
    safe_contact.say(case_id=case_id, rules=rules, confirmed=False, by=by, at=at)
    kept = {step: given for step, given in report.answers.items() if step != "safe_draft"}
    _keep(report, {**kept, "safe": {"said": True}}, at=at)
    return report


@transaction.atomic
def answer_age(*, case_id: UUID, answer: AgeAnswer, by: Actor, at: datetime, then: str = "") -> Case:
    """Keep what the client says about the age of everyone shown.

    Under 18 or not sure locks the case, and what was typed so far is discarded unread.
    """
    case = case_actions.lock(case_id)
    report = _own(case)
    if report.sent_at is not None:
        raise IllegalMove("This report was sent already.")
    country = str(report.answers.get("who", {}).get("country", ""))
    if country and country != case.country:
        case.country = country
        case.save(update_fields=["country"])
    case = case_actions.answer_age(case_id=case_id, answer=answer, said_by="client", by=by, at=at)
    kept = dict(report.answers)
    if answer.locks:
        kept = {step: given for step, given in kept.items() if step in KEPT_WHEN_LOCKED}
    elif then:
        kept["place"] = {"path": then}
    _keep(report, {**kept, "age": {"answer": answer.value}}, at=at)
    return case


def missing(answers: Mapping[str, Any]) -> list[str]:
    """Return the required steps that have no answer yet."""
    return [step for step in REQUIRED if step not in answers]


@transaction.atomic
def send(*, case_id: UUID, by: Actor, at: datetime) -> Report:
    """Hand the report over: person, story and agreements become the case's, and the first-contact clock runs."""
    case = case_actions.lock(case_id)
    report = _own(case)
    if report.sent_at is not None:
        raise IllegalMove("This report was sent already.")
    if not case.takes_material:
        raise IllegalMove("The question about age comes first.")
    if missing(report.answers):
        raise IllegalMove("Some steps are not answered yet.")
    answers = report.answers
    asked_by = authority.ABOUT.get(str(answers["who"].get("about", "me")), AskedBy.CLIENT)
    authority.say(case_id=case.pk, asked_by=asked_by, by=by, at=at)
    _keep_person(case, answers["who"], by=by, at=at)
    _keep_story(case, answers, by=by)
    _keep_agreements(case, answers["agree"], by=by, at=at)
    report.sent_at = report.saved_at = at
    report.answers = {step: given for step, given in answers.items() if step in KEPT_WHEN_LOCKED}
    report.save(update_fields=["sent_at", "saved_at"])
    case_actions.report_received(case_id=case_id, by=by, at=at)
    return report


def _keep_person(case: Case, who: Mapping[str, Any], *, by: Actor, at: datetime) -> None:
    role = PartyRole.SUPPORTER if who.get("about") in ("child", "someone") else PartyRole.CLIENT
    texts = {"name": who.get("name", ""), "pronouns": who.get("pronouns", ""), "remark": who.get("needs", "")}
    if any(texts.values()):
        party_actions.save(case_id=case.pk, role=role, language=case.language, by=by, at=at, **texts)


def _keep_story(case: Case, answers: Mapping[str, Any], *, by: Actor) -> None:
    what, who = answers["what"], answers["who"]
    ticked = [str(tick) for tick in what.get("kinds", [])]
    lines = [*(f"- {KINDS.get(tick, tick)}" for tick in ticked), *([what["text"]] if what.get("text") else [])]
    if what.get("threat_now") == "yes":
        lines.insert(0, "- Someone is threatening them now")
    case.what_happened = "\n".join(lines)
    case.who_is_it_about = ABOUT.get(str(who.get("about", "")), "")
    case.country = str(who.get("country", "")) or case.country
    if by.id is not None:
        case.language = User.objects.get(pk=by.id).language
    case.save(update_fields=["country", "language"])


def _keep_agreements(case: Case, agree: Mapping[str, Any], *, by: Actor, at: datetime) -> None:
    given = set(agree.get("powers", []))
    consent_actions.answer(
        case_id=case.pk,
        answers={power: power.value in given for power in Power},
        basis=ConsentBasis.PORTAL,
        signed_name=str(agree.get("signed_name", "")),
        by=by,
        at=at,
    )


KINDS: Mapping[str, str] = {
    "shared": "Images or video were shared",
    "threatened": "Someone threatens to share them",
    "made": "They were made or changed by a computer",
    "money": "Someone asks for money or something else",
    "not_sure": "Not sure",
}
"""How a tick reads in the case; staff pages are in the organisation's language."""
ABOUT: Mapping[str, str] = {"me": "The client", "child": "The client's child", "someone": "Someone the client supports"}
