"""Asks the sandbox whether a file is a chat export or a mail, and keeps its lines as they were read."""

import json
from collections.abc import Mapping
from typing import Any, Final

from evidence import sandbox
from evidence.actions.derivative import Made
from evidence.kinds import Kind
from evidence.models import DerivativeKind, Exhibit
from evidence.probes.looking import ProbeFailed, check, unreadable
from evidence.sandbox import MEGABYTE, Source

KIND = DerivativeKind.TRANSCRIPT
ASKED: Final = frozenset({Kind.TEXT, Kind.HTML, Kind.XML, Kind.EML, Kind.MSG, Kind.ZIP})
"""Kinds of file that may be one; whether it is, its bytes say."""
NO_CHAT: Final = "no_chat"
TOOL: Final = "Recourse chats"
LINES_TYPE: Final = "application/x-ndjson"
TEXT_TYPE: Final = "text/plain"
MAIL_TYPE: Final = "application/json"
SECONDS, MEMORY, OUTPUT = 60.0, 2048 * MEGABYTE, 256 * MEGABYTE
FACTS: Final = ("format", "zone", "lines", "kinds", "attachments", "first", "last", "cautions", "title", "reader")
MOST_PEOPLE: Final = 50


def read(exhibit: Exhibit, source: Source) -> list[Made]:
    """Read a chat export or a mail; nothing for any other file. See ProbeMaker."""
    if exhibit.kind not in {kind.value for kind in ASKED}:
        return []
    outcome = sandbox.python(
        "transcript",
        {"is_whole": source.size <= sandbox.WHOLE_BYTES},
        source=source,
        seconds=SECONDS,
        memory=MEMORY,
        output_limit=OUTPUT,
    )
    if outcome.refusal == NO_CHAT:
        return []
    check(outcome, KIND, TOOL)
    try:
        lines, text, mail = outcome.parts()
        head = json.loads(lines.split(b"\n", 1)[0])
    except ValueError:
        unreadable(KIND, TOOL)
    if not isinstance(head, dict) or not isinstance(head.get("participants"), list):
        unreadable(KIND, TOOL)
    if not head.get("lines"):
        raise ProbeFailed(KIND, TOOL, "empty")
    tool = f"{TOOL}, {head.get('reader', '')}"[:80]
    facts = facts_of(head)
    made = [
        Made(kind=KIND, data=lines, media_type=LINES_TYPE, tool=tool, facts=facts),
        Made(kind=KIND, data=text, media_type=TEXT_TYPE, tool=tool, facts={"lines": facts["lines"]}),
    ]
    if mail:
        made.append(
            Made(kind=DerivativeKind.MAIL_HEADERS, data=mail, media_type=MAIL_TYPE, tool=tool, facts=_mail_facts(mail))
        )
    return made


def facts_of(head: Mapping[str, Any]) -> dict[str, Any]:
    """Return the few facts of a transcript that a page shows without opening it."""
    facts = {name: head.get(name) for name in FACTS}
    facts["participants"] = head["participants"][:MOST_PEOPLE]
    facts["people"] = len(head["participants"])
    facts["files"] = len(head.get("files") or [])
    return facts


def _mail_facts(mail: bytes) -> dict[str, Any]:
    told = json.loads(mail)
    named = told.get("named", {})
    return {
        "subject": str(named.get("subject", ""))[:500],
        "date": str(named.get("date", ""))[:200],
        "hops": len(told.get("way", [])),
        "claims": len(told.get("claims", [])),
        "attachments": len(told.get("attachments", [])),
    }
