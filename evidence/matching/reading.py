"""Ask the sandbox how a picture or a film looks. Nothing is decoded in this process."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from evidence import sandbox
from evidence.matching.rule import Frame, Seen
from evidence.matching.turns import PDQ_BYTES, WAYS
from evidence.sandbox import Ended, Source

PICTURE_SECONDS: Final = 20.0
FILM_SECONDS: Final = 120.0
MEMORY: Final = 1536 << 20
FAILED: Final = "not_readable"
"""Why no fingerprint was made, where the decoder gave no reason of its own."""


class NoFingerprint(Exception):
    """The file gave no fingerprint; the message is a code of ours."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What the sandbox told: the frames with their hashes, and the tool with its version."""

    seen: Seen
    tool: str


def look(source: Source, *, media_type: str) -> Looked:
    """Return how a picture or film looks. Raises NoFingerprint with a code, and sandbox.Unavailable."""
    is_film = media_type.startswith("video/")
    if not is_film and not media_type.startswith("image/"):
        raise NoFingerprint("no_picture")
    outcome = sandbox.python(
        "fingerprint",
        {"kind": "film" if is_film else "picture"},
        source=source,
        seconds=FILM_SECONDS if is_film else PICTURE_SECONDS,
        memory=MEMORY,
        forks=is_film,
    )
    if outcome.ended != Ended.WELL:
        raise NoFingerprint(outcome.refusal or str(outcome.ended))
    try:
        return _read(outcome.json(), is_film=is_film)
    except (ValueError, KeyError, TypeError) as error:
        raise NoFingerprint(FAILED) from error


def _read(told: Mapping[str, Any], *, is_film: bool) -> Looked:
    """Turn the decoder's answer into numbers; it read hostile bytes, so each value is checked."""
    frames = []
    for one in told["frames"]:
        turns, quality, at_ms = bytes.fromhex(one["turns"]), int(one["quality"]), int(one["at_ms"])
        if len(turns) != PDQ_BYTES * len(WAYS) or not 0 <= quality <= 100 or not 0 <= at_ms < 1 << 31:
            raise ValueError("The answer does not fit.")
        frames.append(Frame(turns, quality, at_ms))
    if not frames:
        raise NoFingerprint("no_frames")
    return Looked(Seen(tuple(frames), is_film), str(told["tool"])[:80])
