"""Passkeys in Chromium: a virtual authenticator stands for a phone or a key."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.stack import PATIENCE, RunningStack
from tests.journeys.walk import PASSWORD, give_passkey_holder

pytestmark = [pytest.mark.journey, pytest.mark.django_db]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A browser with a passkey holder that asks nobody."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    give_passkey_holder(page)
    yield page
    context.close()


def test_a_new_colleague_sets_up_a_passkey_and_signs_in_with_it_alone(stack: RunningStack, page: Page, shot):
    page.goto(stack.manage("first_admin_link", role="web").strip().split()[-1])
    page.get_by_label("Your name").fill("Robin")
    page.get_by_label("Your work e-mail address").fill("robin@casework.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    page.get_by_role("button", name="Make account").click()
    page.wait_for_url("**/accounts/2fa/**")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Sign in with it alone").check()
    shot(page, "passkey-add")
    page.locator("#mfa_webauthn_add").click()
    page.wait_for_url("**/recovery-codes/**")
    page.goto(f"{stack.staff}/people")
    expect(page.get_by_role("heading", name="People")).to_be_visible()

    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{stack.staff}/people")
    page.wait_for_url("**/accounts/login/**")
    shot(page, "passkey-sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{stack.staff}/people")
    expect(page.get_by_role("heading", name="People")).to_be_visible()
