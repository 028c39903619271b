"""Settings of bin/start: one machine, plain http on loopback names."""

from config.settings.base import *  # noqa: F403

STORAGES["staticfiles"] = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}  # noqa: F405
STYLEGUIDE = True
if DEMO_SITE:  # noqa: F405
    PLAYBOOK_FILES = [BASE_DIR / "config" / "demo" / "platforms.toml"]  # noqa: F405
WHITENOISE_USE_FINDERS = False
