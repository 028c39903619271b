"""From a notice and its case to a letter and to what the letter still lacks. Reads rows, changes nothing."""

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from cases.models import Case, Consent, ConsentBasis, Power
from takedowns import letters, reference
from takedowns.book import facts_of
from takedowns.letters import LetterFacts, Material, Requirement
from takedowns.models import Notice, ReportedUrl, Route
from takedowns.reference import LawFacts, PlatformFacts
from takedowns.states import NoticeState

REFERENCE_SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
SAID = ("states_no_consent", "is_synthetic")
WRITTEN = ("location_details", "description", "uploader_account", "depicted_name", "country", "legal_basis")


def new_reference() -> str:
    """Return a letter's own number; it joins nothing, not even two notices of one case."""
    return "N-" + "".join(secrets.choice(REFERENCE_SIGNS) for _place in range(8))


def new_reply_token() -> str:
    """Return the local part of a reply address: 128 bits, lower case, since mail servers fold case."""
    return secrets.token_hex(16)


def law_of(route: str) -> LawFacts | None:
    """Return the law that a route rests on, or None for a platform's own policy."""
    return reference.laws()[route] if route != Route.POLICY else None


def may_ask(case: Case) -> bool:
    """Whether the client lets us ask sites in their name."""
    return Consent.objects.filter(case=case).allows(Power.ASK_SITES)


def has_written_authority(case: Case) -> bool:
    """Whether that yes was given on their page or in writing; a yes by voice is no authority that can be shown."""
    yes = Consent.objects.standing().filter(case=case, power=Power.ASK_SITES, is_given=True)
    return bool(yes.exclude(basis=ConsentBasis.ORAL).exists())


def letter_facts(notice: Notice, links: Iterable[str], *, is_authorised: bool, on: date) -> LetterFacts:
    """Return everything the letter may say. Of the person only what was switched on in the draft."""
    said: Mapping[str, Any] = notice.facts
    return LetterFacts(
        organisation=settings.ORG_NAME,
        signatory=settings.ORG_SIGNATORY,
        signatory_role=_("authorised representative"),
        contact_email=notice.reply_address,
        reference=str(said.get("reference", "")),
        written_on=on,
        links=tuple(links),
        material=Material(said.get("material", Material.IMAGES)),
        signature=settings.ORG_SIGNATORY,
        is_authorised=is_authorised,
        states_no_consent=bool(said.get("states_no_consent")),
        is_synthetic=bool(said.get("is_synthetic")),
        synthetic_note=str(said.get("synthetic_note", "")) if said.get("is_synthetic") else "",
        **{name: str(said.get(name, "")) for name in WRITTEN},
    )


def write(notice: Notice, facts: LetterFacts, *, platform: PlatformFacts | None = None) -> letters.Letter:
    """Write the letter of a notice anew."""
    return letters.compose(facts, platform=platform or facts_of(notice.platform), law=law_of(notice.route))


def fingerprint(subject: str, text: str) -> str:
    """Return what tells whether a letter is as we wrote it; line breaks and blank ends do not count."""
    plain = "\n".join(f"{subject}\n{text}".splitlines()).strip()
    return sha256(plain.encode()).hexdigest()


def shown_as(notice: Notice) -> str:
    """Return the SHA-256 (hex) of everything that a second person is shown of a letter: only exactly this may go."""
    parts = [notice.subject, notice.text, notice.recipient, notice.route]
    return sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def is_approved(notice: Notice) -> bool:
    """Whether a second person said yes to exactly this letter, for the site's own web form."""
    return notice.state == NoticeState.READY and notice.facts.get("approved") == shown_as(notice)


@dataclass(frozen=True)
class Check:
    """What a route needs: every item with whether it is there, and what follows."""

    items: Sequence[Requirement]
    is_law: bool

    @property
    def missing(self) -> list[Requirement]:
        """The items that are not there."""
        return [item for item in self.items if not item.have]

    @property
    def needs_reason(self) -> bool:
        """Whether it may be sent only with a reason: something that the law demands is missing."""
        return self.is_law and bool(self.missing)

    def as_rows(self) -> list[dict[str, Any]]:
        """The check as it is frozen with a notice."""
        return [{"key": item.key, "label": item.label, "have": item.have} for item in self.items]


def check(notice: Notice, facts: LetterFacts, *, platform: PlatformFacts | None = None) -> Check:
    """Check facts and text: what a person took out of the text again is missing, whatever the facts say."""
    law = law_of(notice.route)
    gone = set(_taken_out(notice.text, facts)) if notice.text else set()
    items = [
        Requirement(item.key, item.label, item.have and item.key not in gone, item.why)
        for item in letters.requirements(law or platform or facts_of(notice.platform), facts)
    ]
    return Check(items, is_law=law is not None)


def _taken_out(text: str, facts: LetterFacts) -> list[str]:
    out = []
    if not all(link in text for link in facts.links):
        out += ["identification", "content_urls"]
    if facts.contact_email not in text:
        out += ["contact", "contact_email"]
    if facts.signature not in text:
        out += ["signature"]
    if "Authority to act is missing" in text:
        out += ["authorisation_proof"]
    if "consent" not in text or "published without consent is missing" in text:
        out += ["statement", "non_consent_statement", "good_faith_statement"]
    return out


@dataclass(frozen=True)
class RouteChoice:
    """One way to ask, as its card shows it."""

    value: str
    title: str
    why: str
    clock: str
    sees: str


def routes_for(platform: PlatformFacts, *, name: str, is_synthetic: bool = False) -> list[RouteChoice]:
    """Return the routes in the order in which we recommend them for a platform that is called `name`.

    The Act covers public services built on what users post; it does not cover hosts, registrars and search engines.
    """
    hours = platform.published_response_hours
    forged = is_synthetic and reference.laws()[Route.TAKE_IT_DOWN].applies_deepfakes == "yes"
    policy = RouteChoice(
        value=Route.POLICY,
        title=_("%(platform)s’s own policy") % {"platform": name},
        why=_("Their own rules forbid it. Anybody may use this, from any country."),
        clock=_("No legal clock. Our own follow-up after %(h)d hours.") % {"h": hours or 72},
        sees=_("Their trust and safety team reads it."),
    )
    act = RouteChoice(
        value=Route.TAKE_IT_DOWN,
        title=_("Take It Down Act"),
        why=_("Best fit for a public service with users in the United States. It also covers identical copies.")
        + (" " + _("It names pictures made by a computer as well.") if forged else ""),
        clock=_("The platform has 48 hours once the request is complete. Weekends count."),
        sees=_("Their agent for removal requests reads it. It is not published."),
    )
    covered = platform.kind in {"social", "video", "adult", "forum", "dating", "messaging"}
    return [act, policy] if covered else [policy]


def addresses(urls: Iterable[ReportedUrl]) -> list[str]:
    """Return the addresses as they were found, in the order in which they were found."""
    return [url.told for url in sorted(urls, key=lambda url: (url.found_at, str(url.pk)))]


@dataclass(frozen=True)
class FormField:
    """One field of a platform's own form: what it asks and what we put there."""

    key: str
    label: str
    value: str


def form_fields(facts: LetterFacts, platform: PlatformFacts, body: str) -> list[FormField]:
    """Return what to copy into the platform's form, in the form's own order; the whole letter comes last.

    A field that we have nothing for is given too, empty: it is there on their page.
    """
    statement = ""
    if facts.states_no_consent:
        statement = "The person shown states in good faith that this was published without their consent."
    values = {
        "content_urls": "\n".join(facts.links),
        "location_detail": facts.location_details,
        "content_description": facts.description,
        "uploader_account": facts.uploader_account,
        "non_consent_statement": statement,
        "good_faith_statement": statement,
        "signature": facts.signature,
        "full_legal_name": facts.signatory,
        "depicted_person_name": facts.depicted_name,
        "relation_to_depicted": "Authorised representative of the person shown" if facts.is_authorised else "",
        "contact_email": facts.contact_email,
        "country": facts.country,
        "legal_basis": facts.legal_basis,
        "illegality_explanation": facts.legal_basis and f"{facts.legal_basis}. {statement}",
        "synthetic_flag": "Yes, made or changed by a computer" if facts.is_synthetic else "No",
    }
    labels = {item.key: item.label for item in letters.requirements(platform, facts)}
    asked = [FormField(key, labels[key], values.get(key, "")) for key in platform.asks_for]
    return [*asked, FormField("letter", _("The whole letter, for a box that takes free text"), body)]
