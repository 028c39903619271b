"""Every page of the staff host with an address of its own answers, axe is silent on it, and a phone shows it whole."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page

from cases.permissions import ROLES, Role
from cases.retention import DataClass
from cases.route_table import rows
from tests.journeys.stack import PATIENCE, RunningStack
from tests.journeys.walk import join, open_case, serious_problems, sideways, still_me

pytestmark = [pytest.mark.journey, pytest.mark.django_db]

NO_PAGE = re.compile(
    r"^$|^healthz$|^styleguide/|^accounts/|/changes$|/evidence/add$|/captures/new$|/links/add/list$"
    r"|^me/(?:break|quiet|handover)"
)
"""Addresses that belong to signing in, lead on to another page, or give a fragment."""
OWN = ("accounts/2fa/", "accounts/2fa/webauthn/", "accounts/password/change/")
"""Pages about one's own factors that open at any time."""
ASKED = {"search": "search?q=C-1999"}
"""Pages that answer a question only."""


def pages(role: Role, reference: str) -> list[str]:
    """Return the paths that show a page on GET to a role, without arguments or with those of a case."""
    found = list(OWN)
    for row in rows():
        path = row.route.replace("<str:reference>", reference).replace("<str:kind>", DataClass.MEDIA.value)
        is_page = row.urlconf == settings.ROOT_URLCONF and "GET" in row.methods and not NO_PAGE.search(row.route)
        if is_page and "<" not in path and row.guard.removeprefix("staff: ") in ROLES[role]:
            found.append(ASKED.get(path, path))
    return found


@pytest.fixture(scope="module")
def office(stack: RunningStack, browser: Browser) -> Iterator[dict[str, Page]]:
    """An administrator and a supervisor who joined, each in their own browser."""
    contexts = [browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce") for _ in "ab"]
    for context in contexts:
        context.set_default_timeout(PATIENCE)
    administrator, supervisor = (context.new_page() for context in contexts)
    link = stack.manage("first_admin_link", role="web").strip().split()[-1]
    join(administrator, link, name="Robin", email="robin@casework.example")
    administrator.goto(f"{stack.staff}/people")
    administrator.get_by_label("Name", exact=True).fill("Salma H.")
    administrator.get_by_label("Work e-mail address").fill("salma@casework.example")
    administrator.get_by_label("Supervisor").check()
    administrator.get_by_role("button", name="Make a link").click()
    still_me(administrator)
    join(supervisor, administrator.locator("#handed-link").inner_text().strip(), name="Salma H.")
    yield {"administrator": administrator, "supervisor": supervisor}
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def reference(stack: RunningStack, office: dict[str, Page]) -> str:
    """A case with two links, opened from a call."""
    page = office["supervisor"]
    links = [stack.demo.url("vidnest", "/v/abc1"), stack.demo.url("steady", "/v/stays")]
    open_case(page, stack, links=links, witness="Salma H.")
    (found,) = re.findall(r"C-\d+", page.url)
    return found


@pytest.fixture(autouse=True)
def _photograph_failures(browser: Browser) -> None:
    """Name the browser, so that a failure is photographed."""


def problems_of(page: Page, address: str, shot: Any) -> list[str]:
    """Open a page; return what is wrong with it in light, in dark and on a phone 320 px wide."""
    answer = page.goto(address)
    assert answer is not None
    found = [] if answer.status == 200 else [f"{address} answered {answer.status}"]
    still_me(page)
    if page.url != address:
        found.append(f"{address} led to {page.url}")
    found += serious_problems(page)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    found += [f"dark: {problem}" for problem in serious_problems(page, only=["color-contrast"])]
    page.evaluate("delete document.documentElement.dataset.theme")
    page.set_viewport_size({"width": 320, "height": 800})
    if (wider := sideways(page)) > 0:
        found.append(f"{address} is {wider} px wider than a phone")
    shot(page, "every-" + re.sub(r"[^a-z0-9]+", "-", address.split("/", 3)[3].lower()))
    page.set_viewport_size({"width": 1280, "height": 900})
    return found


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.ADMINISTRATOR])
def test_every_page_answers_is_accessible_and_fits_a_phone(stack, office, reference, shot, role):
    page = office[role.value]
    paths = pages(role, reference)
    assert len(paths) > (30 if role == Role.SUPERVISOR else 8)
    found = [problem for path in paths for problem in problems_of(page, f"{stack.staff}/{path}", shot)]
    assert not found, "\n".join(found)
