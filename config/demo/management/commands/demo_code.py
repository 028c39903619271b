"""`demo_code EMAIL`: the code that the second factor of one of the demo's people asks for right now."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.demo.people import PEOPLE


class Command(BaseCommand):
    """Knows the fictional people only: no seed is read from the database."""

    help = "Print the present code of the second factor of one of the demo's people."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the e-mail address."""
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print six digits."""
        found = next((person for person in PEOPLE if person.email == options["email"].strip().lower()), None)
        if found is None:
            raise CommandError(f"The demo's people are {', '.join(person.email for person in PEOPLE)}.")
        self.stdout.write(found.code())
