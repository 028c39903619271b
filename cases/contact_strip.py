"""The safe-contact strip: the rules of a case in one line that nobody can overlook."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.formats import time_format
from django.utils.translation import gettext as _

from cases.models import Case, Channel, SafeContact

OUTWARD = (Channel.TEXT, Channel.CALL, Channel.EMAIL, Channel.LETTER)
"""Ways that reach the client where somebody else may be; the page and a meeting are their own choice."""


@dataclass(frozen=True)
class Strip:
    """What components/safe_contact_strip.html needs. States: set, due, none, never, locked."""

    state: str
    text: str = ""
    review_on: date | None = None
    href: str = ""


def strip(case: Case, rules: Iterable[SafeContact], *, at: datetime, href: str = "") -> Strip:
    """Return the strip of a case from its standing rules. A way that was never named is a way that is not allowed."""
    standing = [rule for rule in rules if rule.ended_at is None]
    text = in_words(standing, at=at)
    review = min((rule.review_on for rule in standing if rule.review_on), default=None)
    if case.is_age_locked:
        return Strip("locked", text if standing else _("Contact rules were not asked."), href=href)
    if not standing:
        return Strip("none", href=href)
    if not _allowed(standing, at=at):
        return Strip("never", href=href)
    if review is not None and review <= at.date():
        return Strip("due", text, review, href)
    return Strip("set", text, review, href)


def _allowed(rules: list[SafeContact], *, at: datetime) -> list[SafeContact]:
    live = [rule for rule in rules if rule.is_allowed and (rule.valid_until is None or rule.valid_until > at)]
    return [rule for rule in live if rule.channel in OUTWARD]


def in_words(rules: Iterable[SafeContact], *, at: datetime) -> str:
    """Say the rules: which ways, at which hours, and what must not be done."""
    standing = list(rules)
    allowed = _allowed(standing, at=at)
    if not allowed:
        return _("Their page only. Do not call, write or text.") if standing else ""
    ways = [_way(rule) for rule in allowed]
    said = [_("%(ways)s only.") % {"ways": ", ".join(ways)}]
    if not any(rule.channel == Channel.CALL for rule in allowed):
        said.append(_("Do not call."))
    if not any(rule.may_leave_message for rule in allowed):
        said.append(_("Do not leave a message."))
    if not any(rule.may_say_who_we_are for rule in allowed):
        said.append(_("Do not say who we are."))
    if any(rule.code_word for rule in allowed):
        said.append(_("Ask for the code word."))
    return " ".join(said)


def _way(rule: SafeContact) -> str:
    name = str(Channel(rule.channel).label)
    if rule.days_named:
        name = _("%(way)s (%(days)s)") % {"way": name, "days": rule.days_named}
    if rule.window_starts is None or rule.window_ends is None:
        return name
    hours = {"start": time_format(rule.window_starts, "H:i"), "end": time_format(rule.window_ends, "H:i")}
    return _("%(way)s %(start)s to %(end)s") % {"way": name, **hours}
