"""The links of a case as evidence may tell them: the app that owns links answers, by a dotted path in settings."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from cases.models import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldLink:
    """One link: its name in papers, its exact address as text, and what is known of it."""

    id: UUID
    label: str
    address: str
    found_at: datetime
    state: str


def links_of(case: Case, at: datetime) -> list[ToldLink]:
    """Return the links of a case up to `at`, in the order in which they were found; call inside `acting_as`."""
    return [link for path in settings.LINK_TELLERS for link in import_string(path)(case, at)]
