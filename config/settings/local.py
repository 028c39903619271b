"""Settings of bin/start: one machine, plain http on loopback names."""

from config import env
from config.settings.base import *  # noqa: F403

STORAGES["staticfiles"] = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}  # noqa: F405
STYLEGUIDE = True
PORTAL_LANGUAGES = tuple(env.text("RECOURSE_PORTAL_LANGUAGES", "en,ar").split(","))
if DEMO_SITE:  # noqa: F405
    PLAYBOOK_FILES = [BASE_DIR / "config" / "demo" / "platforms.toml"]  # noqa: F405
    INSTALLED_APPS = [*INSTALLED_APPS, "config.demo"]  # noqa: F405
    TSA_LOOPBACK = frozenset({("tsa.localhost", DEMO_SITE)})  # noqa: F405
    # What is set in the demo opens nothing once its data is used without the demo.
    PASSWORD_HASHERS = ["config.demo.hashing.DemoHasher", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
WHITENOISE_USE_FINDERS = False
