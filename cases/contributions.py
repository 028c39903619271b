"""What upper apps add to pages of this one, by dotted paths listed in settings. Each list's order can be seen there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from cases.actor import Actor
from cases.models import Case
from cases.permissions import Permission


@dataclass(frozen=True)
class Panel:
    """A part of a page: a fragment's template and what it needs. Whoever lacks `permission` is not shown it."""

    template: str
    context: Mapping[str, Any]
    permission: Permission | None = None


@dataclass(frozen=True)
class Tab:
    """A tab of a case page; `key` matches the page that is open."""

    key: str
    label: str
    url: str
    count: int | None = None
    order: int = 50


@dataclass(frozen=True)
class Hit:
    """One result of an exact look-up."""

    label: str
    detail: str
    url: str


@dataclass(frozen=True)
class PortalPart:
    """One step of the client's report: its title, where it is, and whether it is done."""

    key: str
    title: str
    url: str
    is_done: bool
    is_required: bool = False
    summary: list[tuple[str, str]] = field(default_factory=list)
    order: int = 50


class IntakePart(Protocol):
    """A part of the staff's intake screen that an upper app owns."""

    key: str
    template: str

    def context(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the fragment needs to show the answers typed so far."""

    def errors(self, answers: Mapping[str, Any]) -> dict[str, str]:
        """Return plain words by field name for what cannot be taken."""

    def save(self, *, case: Case, answers: Mapping[str, Any], by: Actor, at: datetime) -> None:
        """Turn the answers into rows of the new case, in the transaction that opens it."""


def contributed(name: str) -> list[Callable[..., Any]]:
    """Return the callables that a setting lists, in its order."""
    return [import_string(path) for path in getattr(settings, name)]
