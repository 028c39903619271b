"""The demo as an installed app: for its commands, and only where the demo or a test asks for it."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """Commands without models."""

    name = "config.demo"
    label = "demo"
