"""Make the coming months' partitions of the table of looks; run as the owner of the schema."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connection
from django.utils import timezone

MONTHS_AHEAD = 24


class Command(BaseCommand):
    """Months that are there already stay as they are."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Say how far ahead."""
        parser.add_argument("--months", type=int, default=MONTHS_AHEAD, help="how many months ahead (default 24)")

    def handle(self, *_: Any, months: int, verbosity: int = 1, **__: Any) -> None:
        """Ask the database for them."""
        with connection.cursor() as cursor:
            cursor.execute("select recourse_make_months(%s, %s)", [timezone.now().date(), months + 1])
            (made,) = cursor.fetchone() or (0,)
        if verbosity:
            self.stdout.write(f"{made} months were made.")
