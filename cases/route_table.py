"""Which address asks for what: read from the urlconfs, for the docs and for the test that keeps them true."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module

from django.conf import settings
from django.urls import URLPattern, URLResolver


@dataclass(frozen=True)
class Row:
    """One address: its host's urlconf, its route, and what stands before it (empty when nothing does)."""

    urlconf: str
    route: str
    guard: str
    view: str
    methods: tuple[str, ...] = ("GET",)
    step_up: bool = False
    one_use: bool = False
    before_factor: bool = False

    def __str__(self) -> str:
        return f"| {self.urlconf.removeprefix('config.')} | `/{self.route}` | {self.guard} |"


def urlconfs() -> tuple[str, ...]:
    """Return the urlconf of every door."""
    return (settings.ROOT_URLCONF, settings.PORTAL_URLCONF, settings.MEDIA_URLCONF, settings.SHARE_URLCONF)


def _patterns(entries: Sequence[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in entries:
        if isinstance(entry, URLPattern):
            yield prefix + str(entry.pattern), entry
        elif not str(getattr(entry.urlconf_name, "__name__", entry.urlconf_name)).startswith("allauth"):
            yield from _patterns(entry.url_patterns, prefix + str(entry.pattern))


def _guard(entry: URLPattern) -> str:
    view = entry.callback
    if hasattr(view, "permission"):
        return f"{getattr(view, 'door', '')}: {view.permission}"
    if hasattr(view, "share_guard"):
        return f"share: {view.share_guard}"
    return f"open: {view.open_to_all}" if hasattr(view, "open_to_all") else ""


def rows() -> list[Row]:
    """Return every address of ours, door by door; allauth's own pages guard themselves."""
    return [
        Row(
            name,
            route,
            _guard(entry),
            getattr(entry.callback, "__name__", "view"),
            methods=getattr(entry.callback, "methods", ("GET",)),
            step_up=getattr(entry.callback, "step_up", False),
            one_use=getattr(entry.callback, "one_use", False),
            before_factor=getattr(entry.callback, "before_factor", False),
        )
        for name in urlconfs()
        for route, entry in _patterns(import_module(name).urlpatterns)
    ]
