"""Take a contact: start, keep what is typed, end it, or open a case from it in one step."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.db import transaction

from cases import intake
from cases.actions import authority, look_up, safe_contact
from cases.actions import case as case_actions
from cases.actions import consent as consent_actions
from cases.actions import party as party_actions
from cases.actions.safe_contact import Rule
from cases.actor import Actor
from cases.limits import OverLimit
from cases.models import AskedBy, Case, Channel, ConsentBasis, Contact, ContactState, LookupKind, PartyRole, Power, User
from cases.models.safe_contact import EVERY_DAY
from cases.states import AgeAnswer, IllegalMove

ABOUT = {"me": "The caller", "child": "The caller's child", "someone": "Someone the caller supports"}
KEPT_AT_END = ("source", "outcome", "minutes", "language", "country")
"""What a contact that became no case keeps, for figures: nothing that says who it was or what was told."""


MET = "met"


@dataclass(frozen=True)
class Met:
    """What the look-up of a caller answered: none, yours, supervisor, too_many or nothing; references of own cases."""

    answer: str = ""
    cases: tuple[str, ...] = ()


class Stale(Exception):
    """Somebody saved this contact meanwhile; `saved` holds what they kept."""

    def __init__(self, contact: Contact) -> None:
        super().__init__("saved meanwhile")
        self.version = contact.version
        self.saved: dict[str, Any] = dict(contact.answers)


@transaction.atomic
def start(*, taken_by: User, alias: str, at: datetime) -> Contact:
    """Begin a contact. Nothing goes into the record yet: most contacts never become a case."""
    contact = Contact(taken_by=taken_by, started_at=at, saved_at=at)
    contact.answers = {"alias": alias}
    contact.save(force_insert=True)
    return contact


def _open_contact(contact_id: UUID, *, version: int) -> Contact:
    contact: Contact = Contact.objects.select_for_update().get(pk=contact_id)
    if contact.state != ContactState.OPEN:
        raise IllegalMove("This contact was ended already.")
    if contact.version != version:
        raise Stale(contact)
    return contact


@transaction.atomic
def save(*, contact_id: UUID, answers: Mapping[str, Any], version: int, at: datetime) -> Contact:
    """Keep answers beside those that are there; raise Stale when `version` is not the newest."""
    contact = _open_contact(contact_id, version=version)
    contact.answers = {**contact.answers, **answers}
    contact.saved_at, contact.version = at, contact.version + 1
    contact.save(update_fields=["saved_at", "version"])
    return contact


@transaction.atomic
def end(*, contact_id: UUID, answers: Mapping[str, Any], version: int, at: datetime) -> Contact:
    """End a contact that becomes no case: figures stay, everything that was told goes."""
    contact = _open_contact(contact_id, version=version)
    given = {**contact.answers, **answers}
    contact.answers = {name: given[name] for name in KEPT_AT_END if given.get(name)}
    contact.state, contact.saved_at = ContactState.ENDED, at
    contact.save(update_fields=["state", "saved_at"])
    return contact


@transaction.atomic
def look_up_caller(*, contact_id: UUID, answers: Mapping[str, Any], by: Actor, at: datetime) -> Met:
    """Ask once over the organisation whether this caller has been here, and keep the answer with the contact.

    Asked again only when name, phone or e-mail changed. Too many questions by one person: nothing is asked, and the
    contact goes on.
    """
    contact: Contact = Contact.objects.select_for_update().get(pk=contact_id)
    given = {**contact.answers, **answers}
    country = str(given.get("country") or "")
    values = asked_values(given)
    asked = sorted(mac.hex() for _kind, mac in look_up.hashes(values, country=country))
    kept = contact.answers.get(MET, {})
    if not asked or kept.get("asked") == asked:
        return Met(kept.get("answer", ""), tuple(kept.get("cases", ())))
    try:
        found = look_up.ask(values=values, by=by, at=at, contact=contact, country=country)
    except OverLimit:
        return Met("too_many")
    met = Met(found.answer.value, tuple(case.reference for case in found.cases))
    contact.answers = {**contact.answers, MET: {"asked": asked, "answer": met.answer, "cases": list(met.cases)}}
    contact.save(update_fields=["sealed"])
    return met


@transaction.atomic
def become_case(
    *, contact_id: UUID, answers: Mapping[str, Any], version: int, owner: User, by: Actor, at: datetime
) -> Case:
    """Open a case with everything that was told; the contact keeps only its number.

    Under 18 or not sure: the case is locked in the same step and what was told is discarded. Raises Stale, and
    IllegalMove while `intake.gaps` names something.
    """
    contact = _open_contact(contact_id, version=version)
    given = {**contact.answers, **answers}
    if intake.gaps(given):
        raise IllegalMove("Some questions come before a case.")
    look_up_caller(contact_id=contact.pk, answers=given, by=by, at=at)
    case = case_actions.open_case(
        by=by,
        at=at,
        owner=owner,
        alias=given["alias"],
        source=given.get("source") or "phone",
        country=given.get("country") or "",
        language=given.get("language") or "en",
    )
    rules = _rules(given)
    if rules:
        safe_contact.say(case_id=case.pk, rules=rules, confirmed=True, by=by, at=at)
    age = AgeAnswer(given["age"])
    case = case_actions.answer_age(case_id=case.pk, answer=age, said_by="caller", by=by, at=at)
    if not age.locks:
        _keep_told(case, given, by=by, at=at)
        case_actions.report_received(case_id=case.pk, by=by, at=at)
    contact.answers = {"case": case.reference}
    contact.state, contact.saved_at = ContactState.BECAME_CASE, at
    contact.save(update_fields=["state", "saved_at"])
    look_up.became(contact_id=contact.pk, case_id=case.pk)
    return case


def asked_values(given: Mapping[str, Any]) -> dict[LookupKind, str]:
    """Return what a contact is looked up by: name, phone and e-mail, as far as they were told."""
    told = {
        LookupKind.NAME: given.get("name"),
        LookupKind.PHONE: given.get("phone") or given.get("call_back_on"),
        LookupKind.EMAIL: given.get("email"),
    }
    return {kind: str(value) for kind, value in told.items() if value}


def _keep_told(case: Case, given: Mapping[str, Any], *, by: Actor, at: datetime) -> None:
    row = case_actions.lock(case.pk)
    row.what_happened = str(given.get("what_happened", ""))
    row.who_is_it_about = ABOUT.get(str(given.get("about", "")), "")
    row.save(update_fields=["sealed"])
    asked_by = authority.ABOUT.get(str(given.get("about") or "me"), AskedBy.CLIENT)
    authority.say(case_id=case.pk, asked_by=asked_by, by=by, at=at)
    role = PartyRole.SUPPORTER if asked_by == AskedBy.SUPPORTER else PartyRole.CLIENT
    party_actions.save(
        case_id=case.pk,
        role=role,
        language=case.language,
        name=str(given.get("name", "")),
        pronouns=str(given.get("pronouns", "")),
        phone=str(given.get("phone", "")),
        email=str(given.get("email", "")),
        remark=str(given.get("needs", "")),
        by=by,
        at=at,
    )
    told = {power: given.get(f"agrees_{power.value}") for power in Power}
    said = {power: answer == "yes" for power, answer in told.items() if answer in ("yes", "no")}
    if said:
        consent_actions.answer(
            case_id=case.pk,
            answers=said,
            basis=ConsentBasis.ORAL,
            witness=str(given.get("witness", "")),
            by=by,
            at=at,
        )
    for part in intake.parts():
        part.save(case=case, answers=given, by=by, at=at)


def _rules(given: Mapping[str, Any]) -> list[Rule]:
    """Return the rules that the answers say: every way that was not called safe is closed."""
    if not given.get("may_contact"):
        return []
    safe = intake.ways(given) if given["may_contact"] == "yes" else []
    rules = []
    for channel in (Channel.TEXT, Channel.CALL, Channel.EMAIL):
        if channel not in safe:
            rules.append(Rule(channel, is_allowed=False))
            continue
        rules.append(
            Rule(
                channel,
                is_allowed=True,
                address=str(given.get("email" if channel == Channel.EMAIL else "phone", "")),
                window_starts=_time(given.get("window_starts")),
                window_ends=_time(given.get("window_ends")),
                days="".join(sorted(given.get("days") or "")) or EVERY_DAY,
                time_zone=given.get("time_zone") or "UTC",
                may_leave_message=given.get("may_leave_message") == "yes",
                may_say_who_we_are=given.get("may_say_who_we_are") == "yes",
                code_word=str(given.get("code_word", "")),
                who_else_sees=str(given.get("who_else_sees", "")),
            )
        )
    return rules


def _time(text: Any) -> time | None:
    return time.fromisoformat(text) if text else None
