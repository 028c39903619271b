"""`bin/manage scrub`: verify stored files now, and say what came of it."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone

from cases.rowsecurity import OWNER, WORKER
from evidence import scrub


class Command(BaseCommand):
    """Looks at what is due, or with --now at every stored file; ends with an error where one differs or is missing."""

    help = "Verify stored files by their hashes. With --now every one, due or not. With --json for programs."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to look at and how to answer."""
        parser.add_argument("--now", action="store_true", help="look at every stored file, due or not")
        parser.add_argument("--json", action="store_true", help="answer in JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look, then tell the run's numbers and how every stored file stands."""
        with connection.cursor() as cursor:
            cursor.execute("select current_user")
            (login,) = cursor.fetchone()
        if login not in (OWNER, WORKER):
            raise CommandError(f"Verifying stored files needs {WORKER}; this is {login}.")
        counts = scrub.run(at=timezone.now(), everything=options["now"])
        told = {"run": counts.as_dict(), "all": scrub.totals()}
        if options["json"]:
            self.stdout.write(json.dumps(told, sort_keys=True))
        else:
            said = counts.as_dict()
            self.stdout.write(", ".join(f"{name.replace('_', ' ')} {number}" for name, number in said.items()))
        if counts.differ or counts.missing:
            raise CommandError(f"{counts.differ} differ, {counts.missing} are missing: see the tasks of their cases.")
