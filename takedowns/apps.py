"""The takedowns app."""

from django.apps import AppConfig


class TakedownsConfig(AppConfig):
    """People, takedowns, who may see them, and the record of what happened."""

    name = "takedowns"
    default_auto_field = "django.db.models.BigAutoField"
