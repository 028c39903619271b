"""Data that stands in the file, read by exiftool: a claim by whoever last wrote it."""

import json
from functools import lru_cache
from typing import Any

from evidence import sandbox
from evidence.actions.derivative import Made
from evidence.models import DerivativeKind, Exhibit
from evidence.probes.looking import ENDS_ONLY, check, unreadable
from evidence.probes.tags import file_facts
from evidence.sandbox import MEGABYTE, Source

KIND = DerivativeKind.FILE_DATA
SECONDS, MEMORY, OUTPUT = 10.0, 256 * MEGABYTE, 2 * MEGABYTE
# -fast stops at the end of a picture; of lists, long values and unknown tags no more than these are told.
ARGUMENTS = ("-fast", "-json", "-G1", "-q", "-api", "LimitLongValues=2000", "-api", "LargeFileSupport=1")


def read(exhibit: Exhibit, source: Source) -> list[Made]:
    """Read every kind of file; what exiftool does not know gives little and is no failure. See ProbeMaker."""
    tool = f"exiftool {version()}"
    run = sandbox.run(
        ["/usr/bin/exiftool", *ARGUMENTS, sandbox.FILE],
        source=source,
        seconds=SECONDS,
        memory=MEMORY,
        output_limit=OUTPUT,
    )
    # It ends with 1 where it has an error to tell, beside what it could read.
    if not run.out.strip():
        check(run, KIND, tool)
    if run.ended not in (sandbox.Ended.WELL, sandbox.Ended.FAILED):
        check(run, KIND, tool)
    tags = _tags(run.out, tool)
    facts = file_facts(tags)
    if not run.whole:
        facts[ENDS_ONLY] = True
    data = json.dumps(tags, ensure_ascii=False, sort_keys=True, indent=1).encode("utf-8", "replace")
    return [Made(kind=KIND, data=data, media_type="application/json", tool=tool, facts=facts)]


def _tags(out: bytes, tool: str) -> dict[str, Any]:
    try:
        (found,) = json.loads(out.decode("utf-8", "replace"))
    except ValueError:
        unreadable(KIND, tool)
    if not isinstance(found, dict):
        unreadable(KIND, tool)
    # The file lies in memory without a name: what the system says of it is ours, not the file's.
    return {name: value for name, value in found.items() if not name.startswith("System:") and name != "SourceFile"}


@lru_cache(maxsize=1)
def version() -> str:
    """Return exiftool's version, asked once. Raises sandbox.Unavailable."""
    asked = sandbox.run(["/usr/bin/exiftool", "-ver"], memory=MEMORY)
    return asked.out.decode("ascii", "replace").strip()[:20] if asked.ended == sandbox.Ended.WELL else "?"
