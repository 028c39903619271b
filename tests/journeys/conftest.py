"""Chromium and a running stack for journeys."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.conftest import end_other_sessions
from tests.journeys.stack import PATIENCE, RunningStack, running
from tests.journeys.walk import PROBLEMS, found_house

# Playwright keeps an event loop in this thread; Django's own check would take that for async code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
expect.set_options(timeout=PATIENCE)

SWITCHES = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for a module: its driver keeps an event loop, and tests of coroutines need their own."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert path, "Chromium is missing: bin/test installs it"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=SWITCHES)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def stack(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A running stack on a fresh clone of the test database, for the tests of one module."""
    connection.close()
    template = str(connection.settings_dict["NAME"])
    end_other_sessions(template)
    with running(template, tmp_path_factory.mktemp("stack")) as stack:
        yield stack


@pytest.fixture(scope="module")
def desk(browser: Browser) -> Iterator[BrowserContext]:
    """The caseworker's browser, kept through a module. What axe finds there is the module's own."""
    PROBLEMS.clear()
    kept = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    kept.set_default_timeout(PATIENCE)
    yield kept
    kept.close()


@pytest.fixture(scope="module")
def robin(stack: RunningStack, desk: BrowserContext) -> Page:
    """Robin, who set the house up and works on cases."""
    page = desk.new_page()
    found_house(page, stack)
    return page


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh browser profile."""
    fresh = browser.new_context(viewport={"width": 1280, "height": 900})
    fresh.set_default_timeout(PATIENCE)
    yield fresh
    fresh.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A page in a fresh profile."""
    return context.new_page()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """When a journey fails, keep a picture of every open page where RECOURSE_SHOTS says."""
    report = yield
    folder = os.environ.get("RECOURSE_SHOTS")
    browser = getattr(item, "funcargs", {}).get("browser")
    if report.when == "call" and report.failed and folder and browser is not None:
        Path(folder).mkdir(parents=True, exist_ok=True)
        for number, page in enumerate(page for context in browser.contexts for page in context.pages):
            page.screenshot(path=Path(folder) / f"failed-{item.name[:60]}-{number}.png", full_page=True)
    return report


@pytest.fixture
def shot(request: pytest.FixtureRequest) -> Any:
    """Take a screenshot into the folder that RECOURSE_SHOTS names, if it names one."""
    folder = os.environ.get("RECOURSE_SHOTS")

    def take(page: Page, name: str) -> None:
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    return take
