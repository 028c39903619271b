"""The cases app."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """People, cases, who may see them, and the record of what happened."""

    name = "cases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Hear what allauth tells, and let commands look at the list of leaked passwords."""
        from django.core import checks

        from cases import breached, signin

        signin.listen()
        checks.register(breached.refusals)
