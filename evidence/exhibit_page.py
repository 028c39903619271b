"""What stands on one exhibit's page beside its facts and hashes: parts, each from the module that owns its subject."""

from datetime import datetime

from django.utils.module_loading import import_string

from cases.actor import Actor
from cases.contributions import Panel
from evidence.models import Exhibit

PARTS: tuple[str, ...] = (
    "evidence.acquisition_panels.how_it_came",
    "evidence.capture.panels.of_exhibit",
    "evidence.looking.panels.exhibit_releases",
    "evidence.probes.page.part",
    "evidence.transcripts.panels.of_exhibit",
)
"""Parts in order: functions (exhibit, actor, at) -> Panel, or None where there is nothing to say."""


ASIDE: tuple[str, ...] = (
    "evidence.looking.panels.exhibit_looks",
    "evidence.matching.panels.of_exhibit",
    "evidence.findings.panels.of_exhibit",
)
"""Parts that stand beside the facts: the cover and what can be done with it."""


def parts(exhibit: Exhibit, actor: Actor, at: datetime) -> list[Panel]:
    """Return every part that has something to say, in order; call inside `acting_as`."""
    return _made(PARTS, exhibit, actor, at)


def aside(exhibit: Exhibit, actor: Actor, at: datetime) -> list[Panel]:
    """Return what stands beside the facts, in order; call inside `acting_as`."""
    return _made(ASIDE, exhibit, actor, at)


def _made(paths: tuple[str, ...], exhibit: Exhibit, actor: Actor, at: datetime) -> list[Panel]:
    made = (import_string(path)(exhibit, actor, at) for path in paths)
    return [panel for panel in made if panel is not None]
