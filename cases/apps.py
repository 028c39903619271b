"""The cases app."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """People, cases, who may see them, and the record of what happened."""

    name = "cases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Hear of wrong second factors."""
        from cases import signin

        signin.listen()
