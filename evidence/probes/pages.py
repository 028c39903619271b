"""How many pages a PDF has, and what it carries beside them."""

import json
from importlib.metadata import version

from evidence import sandbox
from evidence.actions.derivative import Made
from evidence.models import DerivativeKind, Exhibit
from evidence.probes.looking import ProbeFailed, check, unreadable
from evidence.sandbox import MEGABYTE, WHOLE_BYTES, Source

KIND = DerivativeKind.PAGES


def read(exhibit: Exhibit, source: Source) -> list[Made]:
    """Read PDFs. See ProbeMaker."""
    if exhibit.media_type != "application/pdf":
        return []
    tool = f"pikepdf {version('pikepdf')}"
    if source.size > WHOLE_BYTES:
        raise ProbeFailed(KIND, tool, "too_large")
    run = sandbox.python("papers", {"verb": "facts"}, source=source, seconds=20, output_limit=MEGABYTE)
    check(run, KIND, tool)
    try:
        facts = run.json()
    except ValueError:
        unreadable(KIND, tool)
    data = json.dumps(facts, sort_keys=True).encode()
    return [Made(kind=KIND, data=data, media_type="application/json", tool=tool, facts=facts)]
