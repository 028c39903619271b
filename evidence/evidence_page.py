"""What stands on a case's page of evidence beside the covers: parts, each from the module that owns its subject."""

from datetime import datetime

from django.utils.module_loading import import_string

from cases.actor import Actor
from cases.contributions import Panel
from cases.models import Case

PARTS: tuple[str, ...] = (
    "evidence.findings.panels.of_case",
    "evidence.capture.panels.captures",
    "evidence.matching.panels.of_case",
    "evidence.acquisition_panels.not_kept",
)
"""Parts in order: functions (case, actor, at) -> Panel, or None where there is nothing to say."""


def parts(case: Case, actor: Actor, at: datetime) -> list[Panel]:
    """Return every part that has something to say, in order; call inside `acting_as`."""
    made = (import_string(path)(case, actor, at) for path in PARTS)
    return [panel for panel in made if panel is not None]
