"""Which version of this program runs and on what, as records and bundles state it. Nothing here fails when unknown."""

import platform
import re
import tomllib
from functools import lru_cache

from django.conf import settings

UNKNOWN = "unknown"
COMMIT = re.compile(r"[0-9a-f]{7,64}\Z")


@lru_cache(maxsize=1)
def version() -> str:
    """Return the version of this program, such as 0.1.0."""
    try:
        project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        return str(project["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return UNKNOWN


def commit() -> str:
    """Return the commit that this copy was built from; RECOURSE_COMMIT is laid into an image when it is built."""
    named = settings.COMMIT.strip().lower()
    return named if COMMIT.match(named) else UNKNOWN


@lru_cache(maxsize=1)
def operating_system() -> str:
    """Return the name and version of the operating system; never the name of the computer."""
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.system() or UNKNOWN
