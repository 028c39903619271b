"""Length, size and tracks of films and sounds by ffprobe; size and turning of pictures by our own decoder."""

import json
from functools import lru_cache

from evidence import sandbox
from evidence.actions.derivative import Made
from evidence.models import DerivativeKind, Exhibit
from evidence.probes.looking import ENDS_ONLY, check, unreadable
from evidence.probes.tags import media_facts
from evidence.sandbox import MEGABYTE, Source

KIND = DerivativeKind.MEDIA_DATA
DECODED = ("image/png", "image/jpeg", "image/gif", "image/webp")


def read(exhibit: Exhibit, source: Source) -> list[Made]:
    """Read films, sounds and the pictures that we decode. See ProbeMaker."""
    if exhibit.media_type in DECODED:
        return _picture(source)
    if exhibit.media_type.startswith(("video/", "audio/")):
        return _film(source)
    return []


def _picture(source: Source) -> list[Made]:
    tool = f"pillow {picture_version()}"
    run = sandbox.python("picture", {"verb": "facts"}, source=source, seconds=10, output_limit=MEGABYTE)
    check(run, KIND, tool)
    return _made(run, tool, is_film=False)


def _film(source: Source) -> list[Made]:
    tool = f"ffprobe {film_version()}"
    run = sandbox.python("film", {"verb": "facts"}, source=source, seconds=15, output_limit=2 * MEGABYTE, forks=True)
    check(run, KIND, tool)
    return _made(run, tool, is_film=True)


def _made(run: sandbox.Outcome, tool: str, *, is_film: bool) -> list[Made]:
    try:
        told = run.json()
    except ValueError:
        unreadable(KIND, tool)
    facts = media_facts(told) if is_film else dict(told)
    if not run.whole:
        facts[ENDS_ONLY] = True
    data = json.dumps(told, ensure_ascii=False, sort_keys=True, indent=1).encode("utf-8", "replace")
    return [Made(kind=KIND, data=data, media_type="application/json", tool=tool, facts=facts)]


@lru_cache(maxsize=1)
def film_version() -> str:
    """Return ffprobe's version, asked once. Raises sandbox.Unavailable."""
    asked = sandbox.run(["/usr/bin/ffprobe", "-version"], memory=1024 * MEGABYTE)
    words = asked.out.decode("ascii", "replace").split()
    return words[2][:30] if asked.ended == sandbox.Ended.WELL and len(words) > 2 else "?"


@lru_cache(maxsize=1)
def picture_version() -> str:
    """Return Pillow's version, asked once. Raises sandbox.Unavailable."""
    asked = sandbox.python("picture", {"verb": "tool"})
    return str(asked.json()["pillow"]) if asked.ended == sandbox.Ended.WELL else "?"
