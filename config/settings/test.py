"""Settings of bin/test: the same parts, with cheap password hashes and the demo's fictional platforms."""

import os

from config.settings.base import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "config.demo"]  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STYLEGUIDE = True
PORTAL_LANGUAGES = ("en", "ar")
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
PLAYBOOK_FILES = [BASE_DIR / "config" / "demo" / "platforms.toml"]  # noqa: F405
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
DATABASES["default"]["TEST"] = {"NAME": os.environ.get("RECOURSE_TEST_DB", "test_recourse")}  # noqa: F405

# Tests side by side share the server of each part, but no database, queue or folder.
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
if WORKER:
    DATA_DIR = DATA_DIR / WORKER  # noqa: F405
    STAGING_DIR = DATA_DIR / "staging"
    STORAGES["vault"]["OPTIONS"] = {"location": DATA_DIR / "vault"}  # noqa: F405
    REDIS_URL = REDIS_URL.replace("virtual_host=0", f"virtual_host={int(WORKER.removeprefix('gw')) + 1}")  # noqa: F405
NOTICE_UNDO_SECONDS = 0
