"""A packet of any length, told without a database."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from evidence.bundle_sections import ExhibitRow
from evidence.manifest import ExhibitEntry
from evidence.packet.pieces import Script
from evidence.packet.redaction import Hidden, Redactor
from evidence.sections import PacketSection, Section
from tests.evidence import sample_packet
from tests.evidence.sample_bag import BUILT_AT, facts


def exhibit(number: int, description: str = "Screenshot of the profile page") -> ExhibitRow:
    """One exhibit's sheet."""
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    return ExhibitRow(
        entry=ExhibitEntry(
            exhibit=f"ABC/{number:03d}",
            description=description,
            path=None,
            bytes=1000 + number,
            sha256=digest,
            sha512=digest * 2,
            md5=digest[:32],
            media_type="image/png",
            acquired_at=BUILT_AT - timedelta(days=7),
            acquired_by="caseworker A1B2",
            method="The client handed it over",
            source=f"https://vidnest.example/watch/{number}",
        ),
        what="Image",
        acquired=[("From which device", "Their own phone")],
    )


def lines(count: int) -> list[dict[str, Any]]:
    """Lines of a custody log, every seventh withheld."""
    return [
        {
            "seq": number,
            "withheld": number % 7 == 0,
            "at": BUILT_AT - timedelta(minutes=count - number),
            "recorded_at": BUILT_AT,
            "text": f"Entry {number} of the record.",
            "who": "caseworker A1B2",
            "hash": hashlib.sha256(f"line {number}".encode()).hexdigest(),
        }
        for number in range(1, count + 1)
    ]


@dataclass(frozen=True)
class Link:
    """One link as the packet tells it, with every look: `_weight` counts these."""

    label: str
    platform: str
    address: str
    first_seen: datetime
    state: str
    state_label: str
    looks: Sequence[dict[str, Any]]


def links(count: int, checks: int) -> list[Link]:
    """Links with as many looks each, all told."""
    return [
        Link(
            label=f"Link {number}",
            platform="VidNest",
            address=f"hxxps://vidnest[.]example/watch/{number}",
            first_seen=BUILT_AT - timedelta(days=40),
            state="there",
            state_label="Still up",
            looks=[
                {
                    "at": BUILT_AT - timedelta(days=30) + timedelta(days=look, seconds=number),
                    "answer": "there",
                    "label": "Still there",
                    "detail": "The page shows the player. Code 200.",
                }
                for look in range(checks // count)
            ],
        )
        for number in range(1, count + 1)
    ]


def script(
    exhibits: int,
    *,
    events: int = 40,
    checks: int = 0,
    since: int = 0,
    language: str = "en",
    hidden: Sequence[Hidden] = (),
    descriptions: Sequence[str] = (),
    only: Sequence[str] | None = None,
) -> Script:
    """Everything that a packet of so many exhibits prints."""
    rows = [exhibit(number) for number in range(1, exhibits + 1)]
    rows = [exhibit(place, words) for place, words in enumerate(descriptions, start=1)] + rows[len(descriptions) :]
    told = lines(events)
    by_key = {section.key: section for section in sample_packet.sections()}
    log = {"lines": told, "head": told[-1]["hash"] if told else "", "withheld": sum(row["withheld"] for row in told)}
    sections: list[Section] = [
        _section(by_key["timeline"], {"entries": [row for row in told if not row["withheld"]]}, "entries", 250),
        _section(by_key["exhibits"], {"exhibits": rows, "omitted": []}, "", 20),
        _section(by_key["links"], {"links": links(exhibits, checks)}, "links", 400) if checks else by_key["links"],
        by_key["notices"],
        _section(by_key["custody"], log, "lines", 320),
        by_key["system"],
        by_key["glossary"],
    ]
    if only is not None:
        sections = [section for section in sections if section.key in only]
    return Script(
        facts=replace(facts(), first_page=since + 1, supplements="RC-2047-P0" if since else ""),
        sections=sections,
        counts={"exhibits": exhibits, "links": 3, "events": events},
        language=language,
        redactor=Redactor(hidden),
        since=since,
    )


def _section(found: Section, context: dict[str, Any], rows: str, per_part: int) -> PacketSection:
    return PacketSection(
        key=found.key, title=found.title, template=found.template, context=context, rows=rows, per_part=per_part
    )
