"""The evidence app."""

from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    """People, evidence, who may see them, and the record of what happened."""

    name = "evidence"
    default_auto_field = "django.db.models.BigAutoField"
