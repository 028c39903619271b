"""`bin/manage vault_sweep`: remove stored files that no row names any more."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from evidence.orphans import WouldBeBlind, sweep


class Command(BaseCommand):
    """Say how many were removed."""

    help = "Remove stored and staged files older than 24 hours that no row names."

    def handle(self, *args: Any, **options: Any) -> None:
        """Sweep once."""
        try:
            removed = sweep(at=timezone.now())
        except WouldBeBlind as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(f"{removed} removed.")
