"""What is asked about how a file came, in which words, and how the answers read in a record (ISO/IEC 27037).

The questions are for whoever hands a file over: a caseworker reads them out on the telephone, or a client answers
them on their page. What this system knows by itself (when, by which program, with which clock) nobody is asked.
"""

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import Case
from cases.version import version
from evidence.models import Acquisition, Exhibit
from evidence.proofs import clock

Choices = tuple[tuple[str, Promise | str], ...]

CLOCK_KEPT = timedelta(minutes=10)
"""How long one look at the machine's clock stands for the files that come after it."""

ROLES: Choices = (
    ("", gettext_lazy("Not said")),
    ("client", gettext_lazy("The person it is about")),
    ("near", gettext_lazy("A friend or somebody of the family")),
    ("worker", gettext_lazy("A member of our staff")),
    ("professional", gettext_lazy("A lawyer, doctor or other service")),
    ("police", gettext_lazy("The police")),
    ("platform", gettext_lazy("A platform")),
    ("stranger", gettext_lazy("Somebody else")),
)
EDITED: Choices = (
    ("", gettext_lazy("Not said")),
    ("no", gettext_lazy("No, nothing was changed")),
    ("app", gettext_lazy("No, but it was sent through an app, which may have made it smaller")),
    ("yes", gettext_lazy("Yes, it was changed")),
    ("unknown", gettext_lazy("They do not know")),
)
COPY: Choices = (
    ("", gettext_lazy("Not said")),
    ("original", gettext_lazy("The file as it was first saved")),
    ("copy", gettext_lazy("A copy of that file")),
    ("picture", gettext_lazy("A picture or recording of a screen that showed it")),
    ("unknown", gettext_lazy("They do not know")),
)
TRANSFER: Choices = (
    ("", gettext_lazy("Not said")),
    ("page", gettext_lazy("Over our own pages")),
    ("mail", gettext_lazy("By e-mail")),
    ("messenger", gettext_lazy("By a messenger app")),
    ("stick", gettext_lazy("On a stick or disk")),
    ("device", gettext_lazy("Read from the device itself")),
    ("post", gettext_lazy("By post")),
    ("other", gettext_lazy("Another way")),
)


@dataclass(frozen=True, slots=True)
class Question:
    """One question: its name in the record, how it is asked, and how its answer is headed.

    What is not `disclosed` stays in the house: a packet may be read by the other side.
    """

    name: str
    asked: Promise
    heading: Promise
    hint: Promise | str = ""
    choices: Choices = ()
    disclosed: bool = True


QUESTIONS: tuple[Question, ...] = (
    Question("handed_role", gettext_lazy("Who handed it over?"), gettext_lazy("Handed over by"), choices=ROLES),
    Question(
        "handed_by",
        gettext_lazy("Their name"),
        gettext_lazy("Name of who handed it over"),
        gettext_lazy("Only we read it. It is printed in no packet."),
        disclosed=False,
    ),
    Question(
        "device",
        gettext_lazy("On which phone or computer was it?"),
        gettext_lazy("Device it was on"),
        gettext_lazy("The make is enough, like “iPhone 13” or “work laptop”. No serial number."),
    ),
    Question(
        "transfer",
        gettext_lazy("How did it get from there to us?"),
        gettext_lazy("How it reached us"),
        choices=TRANSFER,
    ),
    Question("copy", gettext_lazy("Is it the first file, or a copy?"), gettext_lazy("Original or copy"), choices=COPY),
    Question(
        "edited",
        gettext_lazy("Was anything changed in it?"),
        gettext_lazy("Changed before it came"),
        gettext_lazy("Cropped, blurred, cut, marked, saved again."),
        EDITED,
    ),
    Question(
        "edited_how",
        gettext_lazy("What was changed, and with what?"),
        gettext_lazy("What was changed"),
        gettext_lazy("Like “cropped in the phone’s gallery”."),
    ),
    Question(
        "made_claimed",
        gettext_lazy("When was it made, as far as they know?"),
        gettext_lazy("Said to be made"),
        gettext_lazy("In their words, like “summer 2023”."),
    ),
    Question(
        "not_seen",
        gettext_lazy("What did we not see ourselves?"),
        gettext_lazy("What we did not see"),
        gettext_lazy("Like “the phone itself; only the file that was sent on”."),
    ),
)
FOUND_AT, FOUND_ZONE = "found_at", "found_zone"
ROUTES: Mapping[str, Promise] = {
    "browser": gettext_lazy("Sent by a member of staff over our pages"),
    "parts": gettext_lazy("Sent by a member of staff over our pages, in parts"),
    "client": gettext_lazy("Sent by the client over their own page"),
    "command": gettext_lazy("Read from the server’s own disk by an administrator"),
    "capture": gettext_lazy("Captured from the web by our own shut-in browser"),
    "mail": gettext_lazy("Came by mail to an address of ours"),
}
ANSWERED = frozenset({*(question.name for question in QUESTIONS), FOUND_AT, FOUND_ZONE})

Facts = list[tuple[str, str]]


def kept(answers: Mapping[str, str]) -> dict[str, str]:
    """Return the answers that have a name of ours and are not empty."""
    return {name: str(value) for name, value in answers.items() if name in ANSWERED and value}


def system_facts(*, route: str, at: datetime) -> dict[str, str]:
    """Return what this system notes by itself when a file comes."""
    reading = _reading(int(at.timestamp() // CLOCK_KEPT.total_seconds()))
    facts = {
        "tool": f"Recourse {version()}",
        "route": route,
        "host": platform.node(),
        "clock": reading.source,
        "received_at": at.astimezone(UTC).isoformat(timespec="microseconds"),
    }
    if reading.offset is not None:
        facts["clock_offset_ms"] = str(round(reading.offset.total_seconds() * 1000))
    if reading.within is not None:
        facts["clock_within_ms"] = str(round(reading.within.total_seconds() * 1000))
    return facts


def standing(exhibit: Exhibit) -> Acquisition | None:
    """Return the record that stands for an exhibit; inside `acting_as`."""
    found: Acquisition | None = Acquisition.objects.standing().filter(exhibit=exhibit).first()
    return found


def standing_of(case: Case) -> dict[UUID, Acquisition]:
    """Return the records that stand for the exhibits of a case, by exhibit; inside `acting_as`."""
    return {row.exhibit_id: row for row in Acquisition.objects.standing().filter(case=case)}


def facts_of(exhibit: Exhibit, record: Acquisition | None) -> Facts:
    """Return what a packet may say about how an exhibit came: pairs of a heading and an answer, in order.

    `record` is the one that stands. Names, and which of our machines took the file, are not among them.
    """
    return _facts(exhibit, record, disclosed=True)


def all_facts_of(exhibit: Exhibit, record: Acquisition | None) -> Facts:
    """Return everything that one version of the record says, for our own pages."""
    return _facts(exhibit, record, disclosed=False)


def _facts(exhibit: Exhibit, record: Acquisition | None, *, disclosed: bool) -> Facts:
    answers = record.answers if record is not None else {}
    system = record.system if record is not None else {}
    facts: Facts = [
        (_("What it is"), str(exhibit.get_evidence_kind_display())),
        (_("How it came to us"), exhibit.method_said),
    ]
    for question in QUESTIONS:
        if disclosed and not question.disclosed:
            continue
        answer = answers.get(question.name, "")
        facts.append((str(question.heading), str(dict(question.choices).get(answer, answer)) or _("Not said")))
    facts.append((_("Found"), found_said(answers) or _("Not said")))
    facts.append((_("Taken in"), _moment(exhibit.received_at, timezone.get_current_timezone_name())))
    if route := ROUTES.get(system.get("route", "")):
        facts.append((_("Way in"), str(route)))
    if system.get("tool"):
        facts.append((_("Taken in with"), system["tool"]))
    facts.append((_("Clock of that moment"), _clock_said(system)))
    if not disclosed and system.get("host"):
        facts.append((_("Machine"), system["host"]))
    return facts


def found_said(answers: Mapping[str, str]) -> str:
    """Return when it was found, in the time zone of whoever found it; empty when nobody said."""
    try:
        return _moment(datetime.fromisoformat(answers[FOUND_AT]), answers.get(FOUND_ZONE, "UTC"))
    except (KeyError, ValueError):
        return ""


def _moment(at: datetime, zone: str) -> str:
    try:
        local = at.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        zone, local = "UTC", at.astimezone(UTC)
    return f"{formats.date_format(local, 'j F Y, H:i')} ({zone})"


def _clock_said(system: Mapping[str, str]) -> str:
    source = system.get("clock", "")
    if "clock_offset_ms" in system:
        return _("%(source)s: off by %(n)s ms") % {"source": source, "n": system["clock_offset_ms"]}
    if "clock_within_ms" in system:
        return _("%(source)s: right to within %(n)s ms") % {"source": source, "n": system["clock_within_ms"]}
    return source or _("Not known")


@lru_cache(maxsize=1)
def _reading(_period: int) -> clock.Reading:
    return clock.read()
