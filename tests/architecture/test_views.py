"""Every address is guarded, and stands in the table that people read."""

from collections.abc import Iterator
from importlib import import_module

import pytest
from django.urls import URLPattern, URLResolver

from tests.architecture.code import BASE

URLCONFS = ("config.urls", "config.portal_urls", "config.media_urls", "config.share_urls")


def _routes(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in patterns:
        if isinstance(entry, URLResolver):
            if str(getattr(entry.urlconf_name, "__name__", entry.urlconf_name)).startswith("allauth"):
                continue
            yield from _routes(entry.url_patterns, prefix + str(entry.pattern))
        else:
            yield prefix + str(entry.pattern), entry


def _all_routes() -> list[tuple[str, str, URLPattern]]:
    found = []
    for name in URLCONFS:
        found += [(name, route, entry) for route, entry in _routes(import_module(name).urlpatterns)]
    return found


def guard_of(entry: URLPattern) -> str:
    """Return what stands before a view, as it reads in the table."""
    view = entry.callback
    if hasattr(view, "permission"):
        return f"{view.door}: {view.permission}"
    if hasattr(view, "share_guard"):
        return f"share: {view.share_guard}"
    return f"open: {view.open_to_all}" if hasattr(view, "open_to_all") else ""


@pytest.mark.parametrize(("urlconf", "route", "entry"), _all_routes(), ids=lambda value: str(value)[:60])
def test_a_view_is_guarded_or_says_why_it_is_open(urlconf, route, entry):
    assert guard_of(entry), f"{urlconf} {route}: put @requires(...) or @open_to_all(...) on {entry.callback.__name__}"


def test_a_portal_address_asks_for_a_portal_permission():
    for urlconf, route, entry in _all_routes():
        if urlconf == "config.portal_urls" and hasattr(entry.callback, "permission"):
            assert entry.callback.permission.value.startswith("portal."), route
            assert entry.callback.door == "portal", route


def test_the_table_of_addresses_in_the_docs_is_complete():
    text = (BASE / "docs" / "permissions.md").read_text()
    missing = [
        f"| {urlconf.removeprefix('config.')} | `/{route}` | {guard_of(entry)} |"
        for urlconf, route, entry in _all_routes()
        if f"| {urlconf.removeprefix('config.')} | `/{route}` | {guard_of(entry)} |" not in text
    ]
    assert not missing, "add to docs/permissions.md:\n" + "\n".join(missing)
