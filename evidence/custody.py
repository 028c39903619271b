"""Lines of the custody log that travels in a bundle, and the check that they are what the record holds.

One line per event of a case, oldest first. A disclosed line holds every hashed field of cases.eventformat, the hash,
and `openings`: for each value that may be read, its salt and the value. A withheld line holds its number and its hash
alone, and the chain still closes over it: the next disclosed line fixes its hash. Of several withheld lines in a row
only the last is fixed in this way; the others stand under the bundle's fingerprint alone. Pure.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cases.eventformat import HASHED_FIELDS, NotCanonical, canonical_json, event_hash, opens

Line = Mapping[str, object]
LINE_KEYS = frozenset((*HASHED_FIELDS, "hash", "openings"))


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that does not hold: the line's place from 1 (0 for the log as a whole) and what is wrong with it."""

    line: int
    text: str


def disclosed(
    fields: Mapping[str, object], openings: Mapping[str, tuple[bytes, object]], *, event_hash_hex: str
) -> dict[str, object]:
    """A line that can be read. `openings` maps a committed field to its salt and value.

    Raises ValueError if the fields do not give the recorded hash or an opening does not open: a bundle must not carry
    a line that its own checker would refuse.
    """
    line: dict[str, object] = {name: fields[name] for name in HASHED_FIELDS}
    line["hash"] = event_hash_hex
    line["openings"] = {name: {"salt": salt.hex(), "value": value} for name, (salt, value) in openings.items()}
    wrong = _check_disclosed(1, line)
    if wrong:
        raise ValueError(wrong[0].text)
    return line


def withheld(seq: int, event_hash_hex: str) -> dict[str, object]:
    """A line that keeps its place and its hash and says nothing else."""
    return {"seq": seq, "withheld": True, "hash": event_hash_hex}


def to_jsonl(lines: Iterable[Line]) -> bytes:
    """The log as a file: one canonical JSON object per line."""
    return b"".join(canonical_json(dict(line)).encode("utf-8") + b"\n" for line in lines)


def from_jsonl(raw: bytes) -> list[Line]:
    """The lines of a log file. Raises ValueError for what is not one JSON object per line."""
    lines = [json.loads(row) for row in raw.decode("utf-8").split("\n") if row]
    if not all(isinstance(line, dict) for line in lines):
        raise ValueError("A line of the custody log is not an object.")
    return lines


def verify_lines(
    lines: Sequence[Line], *, first_seq: int = 1, first_prev: str = "", head: str | None = None
) -> list[Problem]:
    """Everything that does not hold in a log, in order; empty when it is whole.

    `first_prev` is the hash before the first line (the empty text for a whole chain), `head` the hash the last line
    must have. A clock that steps back is no problem here: the order is the chain's, not the clock's.
    """
    problems: list[Problem] = []
    prev = first_prev
    for place, line in enumerate(lines, start=1):
        if line.get("seq") != first_seq + place - 1:
            problems.append(Problem(place, f"number {line.get('seq')} stands where {first_seq + place - 1} belongs"))
        if line.get("withheld") is True:
            if set(line) != {"seq", "withheld", "hash"}:
                problems.append(Problem(place, "a withheld line holds more than its number and hash"))
        else:
            problems += _check_disclosed(place, line)
            if line.get("prev") != prev:
                problems.append(Problem(place, "it does not follow the line before it"))
        prev = str(line.get("hash", ""))
    if head is not None and prev != head:
        problems.append(Problem(0, "the log does not end at the head that the manifest states"))
    return problems


def _check_disclosed(place: int, line: Line) -> list[Problem]:
    if set(line) != LINE_KEYS:
        return [Problem(place, "a field is missing or was added")]
    try:
        if event_hash(line) != line["hash"]:
            return [Problem(place, "its fields do not give its hash")]
    except (NotCanonical, UnicodeEncodeError):
        return [Problem(place, "a field is of the wrong type")]
    openings, commitments = line["openings"], line["commitments"]
    if not isinstance(openings, Mapping) or not isinstance(commitments, Mapping):
        return [Problem(place, "a field is of the wrong type")]
    problems = []
    for name, opening in openings.items():
        try:
            holds = opens(str(commitments[name]), bytes.fromhex(opening["salt"]), name, opening["value"])
        except (KeyError, TypeError, ValueError):
            holds = False
        if not holds:
            problems.append(Problem(place, f"“{name}” is not what was recorded"))
    return problems
