"""What people do again and again in journeys: join, sign in, check a page with axe."""

import base64
import hashlib
import hmac
import re
import struct
import subprocess
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.journeys.stack import RunningStack

PASSWORD = "walk-along-the-river-7"
STEP = 30
IN_A_HURRY = 5
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@dataclass
class Person:
    """Somebody who can sign in."""

    email: str
    password: str
    seed: str


def totp(seed: str, *, ahead: int = 0) -> str:
    """Return the six digits that an authenticator app shows for a seed (RFC 6238, 30 seconds, SHA-1).

    Like a person who sees that the digits are about to change, it waits for the next ones.
    """
    left = STEP - time.time() % STEP
    if left < IN_A_HURRY:
        time.sleep(left + 0.1)
    key = base64.b32decode(seed + "=" * (-len(seed) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(time.time()) // STEP + ahead), "sha1")
    start = digest[-1] & 15
    (number,) = struct.unpack(">I", digest[start : start + 4])
    return f"{(number & 0x7FFFFFFF) % 1_000_000:06d}"


def join(page: Page, link: str, *, name: str, email: str = "", casework: bool = False) -> Person:
    """Open an invitation, choose a password, set up the app and see the recovery codes."""
    page.goto(link)
    page.get_by_label("Your name").fill(name)
    if email:
        page.get_by_label("Your work e-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    if casework:
        page.get_by_label("I will also work on cases").check()
    page.get_by_role("button", name="Make account").click()
    page.wait_for_url("**/accounts/2fa/**")
    page.goto(re.sub(r"(https?://[^/]+)/.*", r"\1/accounts/2fa/totp/activate/", link))
    page.get_by_text("I cannot scan it").click()
    seed = page.locator("p.mono bdi").inner_text().strip()
    page.get_by_label("Code from the app").fill(totp(seed))
    page.get_by_role("button", name="Turn it on").click()
    page.wait_for_url("**/recovery-codes/**")
    return Person(email, PASSWORD, seed)


def found_house(
    page: Page, stack: RunningStack, *, name: str = "Robin", email: str = "robin@casework.example"
) -> Person:
    """Join as the first administrator of a new installation, who also works on cases."""
    link = stack.manage("first_admin_link", role="web").strip().split()[-1]
    return join(page, link, name=name, email=email, casework=True)


def open_case(
    page: Page,
    stack: RunningStack,
    *,
    told: str = "",
    links: Sequence[str] = (),
    witness: str = "",
    reached: bool = True,
) -> str:
    """Open an adult's case from a call; return the address of its page.

    `witness` heard that sites may be asked. Unless she can be `reached` nobody may contact her.
    """
    page.goto(f"{stack.staff}/contacts/new")
    page.get_by_role("button", name="Start").click()
    page.wait_for_url("**/contacts/**")
    page.locator("input[name=age][value=adult]").check()
    page.get_by_role("button", name="Save and go on").click()
    page.locator(f"input[name=may_contact][value={'yes' if reached else 'no'}]").check()
    if reached:
        page.locator("input[name=channels][value=text]").check()
        page.locator("[name=phone]").fill("+44 20 7946 0018")
    page.locator("[name=what_happened]").fill(told)
    page.locator("textarea[name=links]").fill("\n".join(links))
    if witness:
        page.locator("input[name=agrees_ask_sites][value=yes]").check()
        page.locator("[name=witness]").fill(witness)
    page.get_by_role("button", name="Open case").click()
    page.wait_for_url("**/cases/C-*/")
    return page.url


def give_passkey_holder(page: Page) -> None:
    """Put a phone or a key beside the browser that holds passkeys and answers for its owner without asking."""
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )


def sign_in(page: Page, stack: RunningStack, person: Person) -> None:
    """Sign in by password and app."""
    page.goto(f"{stack.staff}/accounts/login/")
    page.get_by_label(re.compile("mail")).fill(person.email)
    page.get_by_label("Password", exact=True).fill(person.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_label(re.compile("[Cc]ode")).first.fill(totp(person.seed))
    page.get_by_role("button", name=re.compile("^(Sign in|Continue|Verify)")).first.click()


def serious_problems(page: Page, *, only: list[str] | None = None) -> list[str]:
    """Return what axe calls serious or critical on the page as it stands; `only` names single rules."""
    wanted = {"type": "rule", "values": only} if only else {"type": "tag", "values": RULES}
    found = Axe().run(page, options={"runOnly": wanted, "resultTypes": ["violations"]}).response["violations"]
    return [
        f"{page.url}: {problem['id']} {problem['nodes'][0]['html'][:160]} {problem['nodes'][0]['failureSummary'][:240]}"
        for problem in found
        if problem["impact"] in ("serious", "critical")
    ]


def sideways(page: Page) -> int:
    """Return by how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


PROBLEMS: list[str] = []
"""What axe and the 320 px phone found on the way; the last test tells it all at once."""


def look(page: Page, shot: Any, name: str) -> None:
    """Check a page as everybody meets it: axe in light and dark, and a phone 320 px wide."""
    page.emulate_media(reduced_motion="reduce")
    page.wait_for_timeout(150)  # what was still fading when the page came
    PROBLEMS.extend(serious_problems(page))
    shot(page, name)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    PROBLEMS.extend(f"dark: {problem}" for problem in serious_problems(page))
    shot(page, f"{name}-dark")
    page.evaluate("delete document.documentElement.dataset.theme")
    page.set_viewport_size({"width": 320, "height": 800})
    if (wider := sideways(page)) > 0:
        PROBLEMS.append(f"{page.url} is {wider} px wider than a phone")
    shot(page, f"{name}-320")
    page.set_viewport_size({"width": 1280, "height": 900})


def still_me(page: Page) -> None:
    """Type the password where something weighty asks for it; what was pressed then goes on by itself."""
    page.wait_for_load_state()
    if "reauthenticate" not in page.url:
        return
    if page.get_by_role("link", name="Use your password").count():
        page.get_by_role("link", name="Use your password").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url(lambda url: "/accounts/" not in url and "/confirmed/" not in url)


def go_on(page: Page, name: str = "Save and continue") -> None:
    """Press the page's main button."""
    page.get_by_role("button", name=name).first.click()


def wait_until(page: Page, what: Callable[[], bool], *, seconds: float = 40) -> None:
    """Load the page again until something is so."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, f"{page.url} never came to show it:\n{page.locator('main').inner_text()[:2000]}"
        page.wait_for_timeout(400)
        page.reload()


def check_bag(archive: Path, folder: Path, told: str) -> None:
    """Check a downloaded bag with common tools only."""
    assert hashlib.sha256(archive.read_bytes()).hexdigest() in told
    with zipfile.ZipFile(archive) as bag:
        bag.extractall(folder)
    (top,) = folder.iterdir()
    for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        subprocess.run(["sha256sum", "-c", "--quiet", manifest], cwd=top, check=True, timeout=60)
    done = subprocess.run(["python3", "verify.py"], cwd=top, capture_output=True, text=True, timeout=60, check=False)
    assert "RESULT INTACT" in done.stdout, done.stdout
    assert (top / "data" / "report" / "packet.pdf").read_bytes().startswith(b"%PDF")
    for path in top.rglob("*"):
        assert b"Ines Moreau" not in (path.read_bytes() if path.is_file() else b""), path
