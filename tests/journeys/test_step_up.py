"""Step-up in Chromium: what was typed waits for the password, then goes on by itself; and one's own sign-ins."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.stack import RunningStack
from tests.journeys.walk import PASSWORD, PROBLEMS, join, look

pytestmark = [pytest.mark.journey, pytest.mark.django_db]

AGE = """
import json
from cases.models import Session
row = Session.objects.filter(door="staff").latest("seen_at")
data = json.loads(row.data)
for entry in data["account_authentication_methods"]:
    entry["at"] -= 400
row.data = json.dumps(data)
row.save()
"""


def test_an_invitation_waits_for_the_password_and_goes_on(stack: RunningStack, page: Page, shot):
    link = stack.manage("first_admin_link", role="web").strip().split()[-1]
    person = join(page, link, name="Robin", email="robin@casework.example")
    look(page, shot, "recovery-codes")
    page.goto(f"{stack.staff}/accounts/2fa/")
    look(page, shot, "second-factors")

    page.goto(f"{stack.staff}/people")
    page.get_by_label("Name", exact=True).fill("Noor B.")
    page.get_by_label("Work e-mail address").fill("noor@casework.example")
    page.get_by_label("Supervisor").check()
    stack.manage("shell", "-c", AGE)
    page.get_by_role("button", name="Make a link").click()
    expect(page.get_by_role("heading", name="Is it still you?")).to_be_visible()
    look(page, shot, "confirm-code")
    page.get_by_role("link", name="Use your password").click()
    look(page, shot, "confirm-password")
    page.get_by_label("Password").fill("not-my-password-at-all")
    page.get_by_role("button", name="Continue").click()
    look(page, shot, "confirm-refused")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/people")
    expect(page.get_by_role("heading", name="Link for Noor B.")).to_be_visible()
    expect(page.get_by_role("rowheader", name="Noor B.")).to_have_count(1)

    page.goto(f"{stack.staff}/me/sign-ins")
    look(page, shot, "sign-ins")
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{stack.staff}/accounts/login/")
    look(page, shot, "sign-in")
    for _ in range(6):
        page.get_by_label("E-mail").fill(person.email)
        page.get_by_label("Password", exact=True).fill("not-my-password-at-all")
        page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("Too many tries from here")).to_be_visible()
    look(page, shot, "sign-in-slowed")
    assert not PROBLEMS
