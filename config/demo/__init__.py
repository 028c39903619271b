"""The demo: a small internet that misbehaves and the fictional cases that use it. Never part of production."""

import os

if os.environ.get("DJANGO_SETTINGS_MODULE") == "config.settings.production":
    raise RuntimeError("The demo does not run with production settings (DJANGO_SETTINGS_MODULE).")
