"""What must be known before a case is opened from a contact, and what a locked one may keep."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from cases import naming
from cases.contributions import IntakePart, contributed
from cases.models import Channel, Power
from cases.states import AgeAnswer

KEPT_WHEN_LOCKED = frozenset(
    {
        *("safe_now", "call_back", "call_back_on", "source", "alias", "age", "language", "country"),
        *("may_contact", "channels", "phone", "email", "window_starts", "window_ends", "time_zone", "days"),
        *("may_leave_message", "may_say_who_we_are", "code_word", "who_else_sees"),
    }
)
"""Answers that a contact keeps when somebody shown may be under 18: how to reach the person, and where they are."""


def parts() -> list[IntakePart]:
    """Return what upper apps ask in the same screen."""
    return contributed("INTAKE_PARTS")  # type: ignore[return-value]


def locks(answers: Mapping[str, Any]) -> bool:
    """Whether the age answer given so far locks the case."""
    return answers.get("age") in (AgeAnswer.UNDER_18.value, AgeAnswer.NOT_SURE.value)


def takes_material(answers: Mapping[str, Any]) -> bool:
    """Whether links may be typed: only after everyone shown was said to be an adult."""
    return bool(answers.get("age") == AgeAnswer.ADULT.value)


def ways(answers: Mapping[str, Any]) -> list[Channel]:
    """Return the ways that were called safe."""
    return [Channel(way) for way in answers.get("channels") or [] if way in Channel.values]


def gaps(answers: Mapping[str, Any]) -> dict[str, str]:
    """Return by field what must be asked before a case can be opened, in plain words."""
    found: dict[str, str] = {}
    if not answers.get("age"):
        found["age"] = _("Ask about the age of everyone shown.")
    if not naming.is_alias(str(answers.get("alias", ""))):
        found["alias"] = _("Choose a word from the list.")
    found |= _contact_gaps(answers)
    if locks(answers):
        return found
    said_yes = any(answers.get(f"agrees_{power.value}") == "yes" for power in Power)
    if said_yes and answers.get("about") in ("child", "someone"):
        found["about"] = _("Only the person shown can agree. Leave every answer under “What we may do” at no.")
    if said_yes and not answers.get("witness"):
        found["witness"] = _("Write who heard it.")
    for part in parts():
        found |= part.errors(answers)
    return found


def _contact_gaps(answers: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    chosen = ways(answers)
    if not answers.get("may_contact"):
        found["may_contact"] = _("Ask whether we may contact them.")
    elif answers["may_contact"] == "yes" and not chosen:
        found["channels"] = _("Tick at least one safe way.")
    if answers.get("may_contact") == "yes":
        if {Channel.TEXT, Channel.CALL} & set(chosen) and not answers.get("phone"):
            found["phone"] = _("Write the number for calls and texts.")
        if Channel.EMAIL in chosen and not is_email(str(answers.get("email", ""))):
            found["email"] = _("Write the e-mail address, like name@example.org.")
    if bool(answers.get("window_starts")) != bool(answers.get("window_ends")):
        found["window_ends"] = _("Write both times, or none.")
    return found


def is_email(text: str) -> bool:
    """Whether a text is one e-mail address."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True
