"""Content credentials (C2PA): present, valid and trusted are three answers. That there are none means nothing."""

import json
import logging
from importlib.metadata import version
from pathlib import Path

from django.conf import settings

from evidence import sandbox
from evidence.actions.derivative import Made
from evidence.models import DerivativeKind, Exhibit
from evidence.probes.looking import ProbeFailed, check, unreadable
from evidence.sandbox import INSIDE, MEGABYTE, WHOLE_BYTES, Source

KIND = DerivativeKind.CREDENTIALS
log = logging.getLogger("recourse.probes")
SUPPORTED = (
    *("image/jpeg", "image/png", "image/webp", "image/gif", "image/heic", "image/heif", "image/avif", "image/tiff"),
    *("video/mp4", "video/quicktime", "audio/mpeg", "audio/mp4", "audio/wav", "application/pdf"),
)


def read(exhibit: Exhibit, source: Source) -> list[Made]:
    """Read the kinds of file that can hold credentials. See ProbeMaker."""
    if exhibit.media_type not in SUPPORTED:
        return []
    tool = f"c2pa-python {version('c2pa-python')}"
    if source.size > WHOLE_BYTES:
        # Credentials seal every byte of a file: of two ends nothing can be said.
        raise ProbeFailed(KIND, tool, "too_large")
    trusted: Path | None = settings.C2PA_TRUST
    if trusted is not None and not trusted.is_file():
        log.warning("the list of trusted signers is missing", extra={"event": "probe"})
        trusted = None
    run = sandbox.python(
        "credentials",
        {"media_type": exhibit.media_type, "anchors": f"{INSIDE}/{trusted.name}" if trusted else ""},
        source=source,
        seconds=20,
        output_limit=8 * MEGABYTE,
        beside=[trusted] if trusted else [],
    )
    check(run, KIND, tool)
    try:
        told = run.json()
    except ValueError:
        unreadable(KIND, tool)
    data = json.dumps(told, ensure_ascii=False, sort_keys=True, indent=1).encode("utf-8", "replace")
    facts = {name: value for name, value in told.items() if name != "manifest"}
    return [Made(kind=KIND, data=data, media_type="application/json", tool=tool, facts=facts)]
