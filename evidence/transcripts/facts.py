"""What a packet may tell of a transcript: what it is and how it was read, no word and no name of it."""

from collections.abc import Sequence
from typing import Any

from evidence.models import Derivative, DerivativeKind
from evidence.transcripts.probe import LINES_TYPE, TEXT_TYPE
from evidence.transcripts.words import cautions_said, counts_said, format_said, zone_said


def facts_for_packet(made: Sequence[Derivative]) -> dict[str, Any]:
    """Return the facts of an exhibit's transcript; empty where it has none. Inside `acting_as`.

    `made` is what was made from the exhibit, so that a packet of many asks the database once.

    `format`, `zone`, `first`, `last`, `counts`, `cautions`, `people` (how many), `tool`, and the SHA-256 of the lines,
    of the text and of a mail's head. Names, words, addresses and file names stay out: the other side may read it.
    """
    row = _newest(made, DerivativeKind.TRANSCRIPT, LINES_TYPE)
    if row is None:
        return {}
    text, mail = _newest(made, DerivativeKind.TRANSCRIPT, TEXT_TYPE), _newest(made, DerivativeKind.MAIL_HEADERS)
    facts = row.facts
    return {
        "format": format_said(facts.get("format", "")),
        "zone": zone_said(facts.get("zone", "")),
        "first": facts.get("first", ""),
        "last": facts.get("last", ""),
        "counts": counts_said(facts),
        "cautions": cautions_said(facts.get("cautions") or []),
        "people": facts.get("people", 0),
        "tool": row.tool,
        "parent_sha256": row.parent_sha256,
        "sha256": row.sha256,
        "text_sha256": text.sha256 if text else "",
        "mail_head_sha256": mail.sha256 if mail else "",
    }


def _newest(made: Sequence[Derivative], kind: DerivativeKind, media_type: str = "") -> Derivative | None:
    fitting = [one for one in made if one.kind == kind and media_type in ("", one.media_type)]
    return max(fitting, key=lambda one: one.made_at, default=None)
