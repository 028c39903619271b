"""The text of a notice, and what it still lacks: by the platform's own policy, or under the TAKE IT DOWN Act. Pure.

A letter names the organisation and one signatory. It carries no case number, and of the person shown only what was
switched on. What is missing stands in square brackets, so that nothing is claimed that nobody said.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from django.template import Context, Engine
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from takedowns.reference import LawFacts, PlatformFacts

TEMPLATES = Path(__file__).parent.parent / "templates" / "takedowns" / "letters"
LAW_TEMPLATES = {"us_take_it_down_act": "take_it_down.txt"}
POLICY_TEMPLATE = "policy.txt"
# Letters are plain text: escaping would change addresses.
ENGINE = Engine(dirs=[str(TEMPLATES)], autoescape=False)


class Material(StrEnum):
    """What the links show, as a letter says it."""

    IMAGES = "images"
    VIDEO = "video"
    BOTH = "images and video"


@dataclass(frozen=True)
class LetterFacts:
    """Everything a letter may say; an empty text is left out.

    `reference` is the letter's own, never the case's. `states_no_consent`: the person shown, or who acts for them,
    says that the material was published without consent. `is_authorised`: their written authority is on file.
    `synthetic_note` says who states that a computer made or changed the material.
    `depicted_name` and `uploader_account` are personal: given only where a person switched them on.
    """

    organisation: str
    signatory: str
    signatory_role: str
    contact_email: str
    reference: str
    written_on: date
    links: tuple[str, ...]
    material: Material = Material.IMAGES
    signature: str = ""
    states_no_consent: bool = False
    is_authorised: bool = False
    is_synthetic: bool = False
    synthetic_note: str = ""
    location_details: str = ""
    description: str = ""
    consent_note: str = ""
    depicted_name: str = ""
    uploader_account: str = ""
    country: str = ""
    legal_basis: str = ""
    contact_phone: str = ""
    postal_address: str = ""


@dataclass(frozen=True)
class Letter:
    """A letter as it would be sent."""

    subject: str
    body: str


@dataclass(frozen=True)
class Requirement:
    """One thing that the law or the platform wants; `why` is advice for the caseworker, not part of the letter."""

    key: str
    label: str
    have: bool
    why: str


def compose(facts: LetterFacts, *, platform: PlatformFacts, law: LawFacts | None = None) -> Letter:
    """Write the letter to one platform, under one law or, without one, under the platform's own policy.

    Raises ValueError for a law that is not in force or that has no letter here.
    """
    template, subject = POLICY_TEMPLATE, "Request to remove intimate {material} published without consent"
    clock = None
    if law is not None:
        if not law.may_be_cited or law.key not in LAW_TEMPLATES:
            raise ValueError(f"No letter may rest on {law.key!r}.")
        template, subject = LAW_TEMPLATES[law.key], "TAKE IT DOWN Act: request to remove intimate {material}"
        clock = law.clock("removal")
    values = {name: _one_line(value) if isinstance(value, str) else value for name, value in vars(facts).items()}
    values |= {
        "links": [_one_line(link) for link in facts.links],
        "written_on": f"{facts.written_on.day} {facts.written_on:%B %Y}",
        "platform": platform.name,
        "category": platform.abuse_category,
        "clock": clock,
    }
    body = ENGINE.get_template(template).render(Context(values, autoescape=False, use_l10n=False))
    return Letter(
        subject=f"{subject.format(material=facts.material)} ({_one_line(facts.reference)})",
        body=re.sub(r"[ \t]+\n", "\n", re.sub(r"\n{3,}", "\n\n", body)).strip() + "\n",
    )


def requirements(basis: LawFacts | PlatformFacts, facts: LetterFacts) -> list[Requirement]:
    """What the law demands or the platform asks for, in its order, and whether the letter has it.

    Under a law, elements that form one written part are one requirement; authority to act is asked for besides, since
    the organisation signs for somebody else.
    """
    if isinstance(basis, PlatformFacts):
        wanted = list(basis.asks_for)
    else:
        wanted = [
            *dict.fromkeys(PARTS.get(element, element) for element in basis.notice_elements),
            "authorisation_proof",
        ]
    return [_requirement(key, facts) for key in wanted]


def _requirement(key: str, facts: LetterFacts) -> Requirement:
    label, why, have = ELEMENTS.get(key, (key.replace("_", " "), _("Add this by hand."), lambda _facts: False))
    return Requirement(key=key, label=str(label), have=have(facts), why=str(why))


def _has_links(facts: LetterFacts) -> bool:
    return bool(facts.links) and all(re.match(r"https?://[^\s/]+", link, re.IGNORECASE) for link in facts.links)


def _one_line(text: str) -> str:
    """No line of a letter or its subject may be made by what somebody typed."""
    return " ".join(text.split())


# The written parts of a notice under section 3 of the Act, of which the elements in the law facts are pieces.
PARTS = {
    "content_urls": "identification",
    "location_detail": "identification",
    "good_faith_statement": "statement",
    "non_consent_statement": "statement",
    "contact_email": "contact",
}

_STATED = _("Only the person shown, or who acts for them, can say this. Ask the client.")
_PERSONAL = _("This names a person. Add it only if the client agreed.")

ELEMENTS: Mapping[str, tuple[str | Promise, str | Promise, Callable[[LetterFacts], bool]]] = {
    "identification": (
        _("Links precise enough to find it"),
        _("Each link as it was found, and where on the page if that is not plain."),
        _has_links,
    ),
    "statement": (
        _("Good-faith statement that it was published without consent"),
        _STATED,
        lambda facts: facts.states_no_consent,
    ),
    "contact": (
        _("Contact details of the person or the authorised helper"),
        _("Ours are enough."),
        lambda facts: "@" in facts.contact_email,
    ),
    "signature": (
        _("Signature, typed or scanned"),
        _("Of the person shown, or of who signs for them."),
        lambda facts: bool(facts.signature.strip()),
    ),
    "authorisation_proof": (
        _("Authority to act"),
        _("The client's written agreement that we ask sites. Ask the client."),
        lambda facts: facts.is_authorised,
    ),
    "content_urls": (_("Links"), _("Each link as it was found."), _has_links),
    "search_result_urls": (
        _("Addresses of the search results"),
        _("Copy them from the results page and add them by hand."),
        lambda _facts: False,
    ),
    "location_detail": (
        _("Where on the page it is"),
        _("For example the number of the post, or minutes and seconds."),
        lambda facts: bool(facts.location_details),
    ),
    "content_description": (
        _("What it shows, in neutral words"),
        _("One sentence without names, enough to tell it from other items."),
        lambda facts: bool(facts.description),
    ),
    "uploader_account": (_("Account that posted it"), _PERSONAL, lambda facts: bool(facts.uploader_account)),
    "non_consent_statement": (
        _("Statement that there was no consent"),
        _STATED,
        lambda facts: facts.states_no_consent,
    ),
    "good_faith_statement": (_("Good-faith statement"), _STATED, lambda facts: facts.states_no_consent),
    "full_legal_name": (
        _("Name of the sender"),
        _("The signatory's name is enough."),
        lambda facts: bool(facts.signatory),
    ),
    "depicted_person_name": (_("Name of the person shown"), _PERSONAL, lambda facts: bool(facts.depicted_name)),
    "relation_to_depicted": (
        _("Relation to the person shown"),
        _("We act for them with their authority."),
        lambda facts: facts.is_authorised,
    ),
    "contact_email": (
        _("Address for answers"),
        _("Ours, never the client's."),
        lambda facts: "@" in facts.contact_email,
    ),
    "contact_phone": (_("Telephone number"), _("Ours."), lambda facts: bool(facts.contact_phone)),
    "postal_address": (_("Postal address"), _("Ours."), lambda facts: bool(facts.postal_address)),
    "country": (_("Country"), _("Where the person shown lives."), lambda facts: bool(facts.country)),
    "legal_basis": (
        _("Law that it breaks"),
        _("Name one that is in force where the client lives or the site is."),
        lambda facts: bool(facts.legal_basis),
    ),
    "illegality_explanation": (
        _("Why it is unlawful"),
        _("Name the law and say that consent is missing."),
        lambda facts: bool(facts.legal_basis) and facts.states_no_consent,
    ),
    "synthetic_flag": (
        _("Whether it was made or changed by a computer"),
        _("The letter says so when it is set."),
        lambda _facts: True,
    ),
    "identifiability_evidence": (
        _("How the person can be recognised"),
        _("Describe it in neutral words. Do not attach a picture."),
        lambda facts: bool(facts.description),
    ),
}
