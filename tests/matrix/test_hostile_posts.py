"""Every address that takes something is sent what cannot be stored, in every field that any page of ours has."""

import re
from functools import cache
from typing import Any

import pytest
from django.test import Client

from cases.permissions import Role
from tests.architecture.code import BASE
from tests.factories.crawl import FoundForm, Undone, send
from tests.matrix.routes import Address, addresses, filled
from tests.matrix.world import Relation, World

TAKING = [address for address in addresses() if "POST" in address.methods and address.urlconf == "urls"]
HOSTILE: dict[str, str | bytes] = {
    "nul": "a\0b",
    "half a character": b"\xed\xa0\x80",
    "no characters": b"\xff\xfe\xc3(",
    "long": "9" * 100_000,
    "template": "{{7*7}}{% include 'base.html' %}\r\nBcc: x@evil.example",
}


@cache
def field_names() -> tuple[str, ...]:
    """Return the name of every field that a form class or a template of ours has."""
    found: set[str] = set()
    for path in [*BASE.glob("*/*.py"), *BASE.glob("*/views/**/*.py")]:
        text = path.read_text(encoding="utf-8")
        found |= set(re.findall(r"^    (\w+) = (?:forms\.|PlainText\()", text, re.M))
        found |= set(re.findall(r"POST(?:\.get|\.getlist)?[\[(][\"'](\w+)[\"']", text))
    for path in (BASE / "templates").rglob("*.html"):
        found |= set(re.findall(r'name="(\w+)"', path.read_text(encoding="utf-8")))
    return tuple(sorted(found - {"form_token", "csrfmiddlewaretoken"}))


def people(world: World) -> list[Client]:
    """Return the browsers of who may do most."""
    return [world.browsers[Role.SUPERVISOR], world.browsers[Role.ADMINISTRATOR]]


def answer_to(browser: Client, address: Address, world: World, value: str | bytes) -> int:
    """Send a value in every field at once; return what came back."""
    path = filled(address, world, Relation.OWN, person=Role.SUPERVISOR)
    form = FoundForm(path=path, method="post", is_multipart=address.view == "add_exhibits")
    values: dict[str, Any] = {name: [value] for name in field_names()}
    with Undone(browser):
        return int(send(browser, form, values).status_code)


@pytest.mark.django_db
@pytest.mark.parametrize("address", TAKING, ids=lambda address: address.route or "home")
def test_what_cannot_be_stored_is_refused_and_breaks_nothing(world, address):
    assert len(field_names()) > 60
    wrong = {}
    for browser in people(world):
        browser.raise_request_exception = False
        try:
            for name, value in HOSTILE.items():
                status = answer_to(browser, address, world, value)
                wrong |= {name: status} if status >= 500 else {}
        finally:
            browser.raise_request_exception = True
    assert wrong == {}
