"""The playbooks as this installation loaded them: typed facts from the rows of platforms."""

import tomllib
from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Count, Max

from cases.facts import BadFacts
from takedowns import reference
from takedowns.models import Platform
from takedowns.reference import PLAYBOOKS, PlatformFacts, Platforms

DEMO_PORT = 8100
"""The port that stands in the demo's playbook for the one its sites listen on."""


def shipped() -> Path:
    """Return the playbook of real platforms."""
    return PLAYBOOKS / "platforms.toml"


def read_entries(path: Path, *, demo_port: int = 0) -> Iterator[tuple[date, dict[str, Any]]]:
    """Give each platform entry of a file as plain values, with the day on which the file was compiled.

    Every entry is checked on the way. Raises BadFacts, naming the file, the entry and the key.
    """
    try:
        text = path.read_text(encoding="utf-8")
        document = tomllib.loads(text.replace(f".localhost:{DEMO_PORT}", f".localhost:{demo_port or DEMO_PORT}"))
        compiled = date.fromisoformat(document["compiled"])
    except (OSError, ValueError, KeyError) as problem:
        raise BadFacts(f"{path.name}: {problem}") from problem
    for values in document.get("platform", []):
        reference.platform_of(values)
        yield compiled, values


def all_entries() -> Iterator[tuple[date, dict[str, Any], bool]]:
    """Give every entry that this installation uses, and whether it is fictional."""
    for compiled, values in read_entries(shipped()):
        yield compiled, values, False
    for path in settings.PLAYBOOK_FILES:
        for compiled, values in read_entries(Path(path), demo_port=settings.DEMO_SITE):
            yield compiled, values, True


def platform_book() -> Platforms:
    """Return the platforms of this installation; read again only when they were loaded anew.

    Without rows (load_reference never ran) the shipped playbook stands in.
    """
    stamp = Platform.objects.aggregate(last=Max("loaded_at"), rows=Count("pk"))
    return _read(stamp["last"], stamp["rows"]) if stamp["rows"] else reference.platforms()


@lru_cache(maxsize=2)
def _read(last: datetime, rows: int) -> Platforms:
    facts = tuple(facts_of(platform) for platform in Platform.objects.order_by("key"))
    return Platforms(facts if any(entry.is_generic for entry in facts) else (*facts, reference.platforms().generic))


def facts_of(platform: Platform) -> PlatformFacts:
    """Return the typed facts of one row."""
    return reference.platform_of(platform.facts)
