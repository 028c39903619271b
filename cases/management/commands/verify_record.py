"""`bin/manage verify_record`: is the record whole? Exit code 1 and the place of the first fault when it is not."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from cases.record_check import check_record
from cases.rowsecurity import OWNER, WORKER


class Command(BaseCommand):
    """Walk all chains and anchors."""

    help = "Check that no event of the record was changed, removed or put in later."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, and say what was looked at."""
        with connection.cursor() as cursor:
            cursor.execute("select current_user")
            (login,) = cursor.fetchone()
        if login not in (OWNER, WORKER):
            raise CommandError(f"{login} does not see every event; run this as {WORKER}.")
        checked = check_record()
        if checked.fault:
            raise CommandError(f"The record is NOT whole. {checked.fault}", returncode=1)
        self.stdout.write(
            f"The record is whole: {checked.events} events in {checked.chains} chains, {checked.anchors} anchors."
        )
