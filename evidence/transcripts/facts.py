"""What a packet may tell of a transcript: what it is and how it was read, no word and no name of it."""

from typing import Any

from evidence.models import Exhibit
from evidence.transcripts.reading import head_of_mail, text_of, transcript_of
from evidence.transcripts.words import cautions_said, counts_said, format_said, zone_said


def facts_for_packet(exhibit: Exhibit) -> dict[str, Any]:
    """Return the facts of an exhibit's transcript; empty where it has none. Inside `acting_as`.

    `format`, `zone`, `first`, `last`, `counts`, `cautions`, `people` (how many), `tool`, and the SHA-256 of the lines,
    of the text and of a mail's head. Names, words, addresses and file names stay out: the other side may read it.
    """
    row = transcript_of(exhibit)
    if row is None:
        return {}
    text, mail = text_of(exhibit), head_of_mail(exhibit)
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
