"""Print the table of addresses for docs/permissions.md."""

from typing import Any

from django.core.management.base import BaseCommand

from cases.route_table import rows

HEAD = """# Who may open which address

Made by `bin/manage route_table > docs/permissions.md`; a test keeps it true.

Staff addresses ask for a permission of the person's roles (`cases/permissions.py`), portal addresses for a client,
share addresses for a recipient who knows link and second secret. "open" stands before every door and says why.
The pages of sign-in under `/accounts/` are django-allauth's.

| Urlconf | Address | Asks for |
|---|---|---|"""


class Command(BaseCommand):
    """Print one line an address."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        """Print."""
        self.stdout.write("\n".join([HEAD, *map(str, rows())]))
