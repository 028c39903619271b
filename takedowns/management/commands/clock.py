"""`bin/manage clock LEVER START --zone Z`: when every clock of a lever ends, whose it is, and why then."""

import json
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases.clocks import EU_STATES, wall
from cases.clocks.wall import Doubt, LocalTime
from takedowns import levers
from takedowns.levers import Reckoned, Told

DOUBTS = {
    Doubt.TWICE: "This local time comes twice that night: the second is taken. Give an offset to mean the first.",
    Doubt.SKIPPED: "The clocks skip this local time: it is read as if they had not been put forward.",
}


class Command(BaseCommand):
    """Reckon the clocks of one or more levers, each with its start."""

    help = "Say when each clock of a lever ends: a law, a platform's own promise, or a promise of ours."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take pairs of a lever and its start, the zone of the starts, and the form of the answer."""
        parser.add_argument(
            "pairs",
            nargs="+",
            metavar="LEVER START",
            help="a lever such as us_take_it_down_act, and the local time of its start event: 2026-11-20T17:00",
        )
        parser.add_argument("--zone", required=True, metavar="Z", help="the zone of START, such as Europe/Berlin")
        parser.add_argument(
            "--country",
            default="",
            metavar="CC",
            help="the member state whose holidays count for law of the Union; else that of Z, else IE",
        )
        parser.add_argument("--json", action="store_true", help="one JSON list, an object for each lever and start")

    def handle(self, *args: Any, **options: Any) -> None:
        """Reckon all pairs first, so that a wrong one prints nothing."""
        pairs: list[str] = options["pairs"]
        country = options["country"].upper()
        if len(pairs) % 2:
            raise CommandError("Give a lever and its start: us_take_it_down_act 2026-11-20T17:00", returncode=2)
        if country and country not in EU_STATES:
            raise CommandError(f"{country} is no member state of the Union.", returncode=2)
        try:
            zone = wall.zone_named(options["zone"])
            found = [_reckoned(pairs[place], pairs[place + 1], zone, country) for place in range(0, len(pairs), 2)]
        except (levers.UnknownLever, wall.NotATime) as trouble:
            raise CommandError(trouble.args[0], returncode=2) from None
        if options["json"]:
            told = [as_json(reckoned, start, zone) for reckoned, start in found]
            self.stdout.write(json.dumps(told, ensure_ascii=False, indent=2))
        else:
            self.stdout.write("\n\n".join(as_text(reckoned, start, zone) for reckoned, start in found))


def _reckoned(key: str, start: str, zone: ZoneInfo, country: str) -> tuple[Reckoned, LocalTime]:
    lever = levers.lever_named(key)
    begun = wall.read(start, zone)
    if begun.doubt == Doubt.NO_TIME and any(clock.unit == "hours" and clock.is_counted for clock in lever.clocks):
        raise wall.NotATime(f"{key} counts hours: give the time of day too, like {start}T17:00.")
    return levers.reckon(lever, started_at=begun.at, zone=zone, member_state=country), begun


def as_json(reckoned: Reckoned, start: LocalTime, zone: ZoneInfo) -> dict[str, Any]:
    """One lever with its deadlines, as plain values. `instant` is the last second in which the act is in time."""
    lever = reckoned.lever
    return {
        "lever": lever.key,
        "name": lever.name,
        "kind": lever.kind.value,
        "jurisdiction": lever.jurisdiction,
        "in_force": lever.is_in_force,
        "status": lever.status,
        "start": start.at.isoformat(),
        "zone": zone.key,
        "counted_in": reckoned.place.zone.key,
        "country": reckoned.place.country,
        "notes": _notes(reckoned, start),
        "deadlines": [_deadline(told, zone) for told in reckoned.told],
        "without_number": [
            {
                "clock": clock.name,
                "starts": clock.starts,
                "wording": clock.unit.replace("_", " "),
                "owner": levers.owner_of(lever, clock).value,
            }
            for clock in reckoned.worded
        ],
        "sources": [{"title": source.title, "url": source.url} for source in lever.sources],
    }


def _deadline(told: Told, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "clock": told.clock.name,
        "starts": told.clock.starts,
        "period": f"{told.clock.value} {told.clock.unit}",
        "basis": told.clock.basis,
        "instant": told.ends.last_second.astimezone(zone).isoformat(timespec="seconds"),
        "local_date": _local_date(told, zone),
        "owner": told.owner.value,
        "reason": told.reason,
        "check_before_use": told.check,
    }


def _local_date(told: Told, zone: ZoneInfo) -> str:
    """Hours end on a date of the zone of START; days end on a date of the place where they were counted."""
    if told.ends.in_hours:
        return told.ends.last_second.astimezone(zone).date().isoformat()
    return told.ends.last_day.isoformat()


def _notes(reckoned: Reckoned, start: LocalTime) -> list[str]:
    lever = reckoned.lever
    notes = [DOUBTS[start.doubt]] if start.doubt in DOUBTS else []
    if not lever.is_in_force:
        notes.append(f"Not in force ({lever.status.replace('_', ' ')}): background only, never cite it.")
    if not lever.clocks:
        notes.append("This lever sets no clock.")
    return notes


def as_text(reckoned: Reckoned, start: LocalTime, zone: ZoneInfo) -> str:
    """One lever with its deadlines, for people."""
    lever = reckoned.lever
    lines = [f"{lever.key}: {lever.name}", f"  Start {start.at.isoformat(sep=' ', timespec='minutes')} {zone.key}"]
    lines += [f"  Note: {note}" for note in _notes(reckoned, start)]
    for told in reckoned.told:
        facts = _deadline(told, zone)
        lines.append(f"  {told.clock.name} ({told.owner.value})")
        lines.append(f"    in time until {facts['instant']}, local date {facts['local_date']}")
        if not told.ends.in_hours and told.ends.zone.key != zone.key:
            lines.append(f"    days counted in {told.ends.zone.key}")
        lines.append(f"    {told.reason}")
        if told.check:
            lines.append(f"    Check before use: {told.check}")
    for clock in reckoned.worded:
        owner = levers.owner_of(lever, clock).value
        lines.append(f"  {clock.name} ({owner}): no number in the text ({clock.unit.replace('_', ' ')})")
    return "\n".join(lines)
