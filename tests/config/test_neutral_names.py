"""The portal's host, title, cookie and sender are neutral, and whatever the organisation chooses instead."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

BASE = Path(__file__).resolve().parents[2]
OTHER = {
    "RECOURSE_PORTAL_HOST": "notes.example",
    "RECOURSE_PORTAL_NAME": "Garden notes",
    "RECOURSE_PORTAL_COOKIE": "gn",
    "RECOURSE_CLIENT_MAIL_FROM": "post@notes.example",
    "RECOURSE_EXIT_URL": "https://weather.example/",
}
ASK = """
import django; django.setup()
from django.conf import settings
from django.test import Client
from django.test.utils import setup_test_environment
setup_test_environment()
settings.PORTAL_LANGUAGES = ("en",)
page = Client(HTTP_HOST=settings.PORTAL_HOST).get("/ended")
print(page.status_code, settings.SESSION_COOKIE_NAMES["portal"], settings.CLIENT_MAIL_FROM)
print(page.content.decode())
"""


@pytest.fixture(scope="module")
def answer() -> str:
    """What a process with other names in its environment shows."""
    env = {**os.environ, **OTHER, "DJANGO_SETTINGS_MODULE": "config.settings.test"}
    done = subprocess.run(
        [sys.executable, "-c", ASK], cwd=BASE, env=env, capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout


def test_other_settings_give_other_names(answer):
    first, page = answer.split("\n", 1)
    assert first == "200 gn post@notes.example"
    assert "<title>Garden notes</title>" in page
    assert 'data-exit-url="https://weather.example/"' in page
    assert "My page" not in page


@pytest.mark.parametrize("word", ["recourse", "helpline", "casework", "abuse", "image", "victim", "django"])
def test_the_portals_own_names_say_nothing(settings, word):
    names = [
        settings.PORTAL_HOST,
        settings.PORTAL_NAME,
        settings.SESSION_COOKIE_NAMES["portal"],
        settings.CLIENT_MAIL_FROM,
    ]
    assert not [name for name in names if word in name.lower()]


def test_a_page_before_the_door_names_no_software(answer):
    page = answer.split("\n", 1)[1].lower()
    assert not [word for word in ("recourse", "django", "helpline", "generator") if word in page]
