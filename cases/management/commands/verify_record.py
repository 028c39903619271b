"""`bin/manage verify_record`: is the record whole? Names the first place where it is not.

Exit codes: 0 whole, 1 not whole, 2 it could not be checked.
"""

import time
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from cases.anchor_check import read_kept
from cases.record_check import check_case, check_record
from cases.rowsecurity import OWNER, WORKER

BROKEN, UNCHECKED = 1, 2


class Command(BaseCommand):
    """Walk all chains, anchors and stamps, or one case's chain."""

    help = "Check that no event of the record was changed, removed or put in later."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take one case, or the anchors that were kept outside."""
        parser.add_argument("--case", metavar="REF", help="check one case's chain, such as C-2047")
        parser.add_argument("--anchors", metavar="FILE", help="compare with anchors kept outside (an export, mails)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, and say what was looked at."""
        with connection.cursor() as cursor:
            cursor.execute("select current_user")
            (login,) = cursor.fetchone()
        if login not in (OWNER, WORKER):
            text = f"{login} does not see every event; run this as {WORKER}."
            raise CommandError(text, returncode=UNCHECKED)
        kept = _kept(options["anchors"]) if options["anchors"] else {}
        if options["case"]:
            self._one_case(options["case"])
        if kept or not options["case"]:
            self._everything(kept)

    def _everything(self, kept: dict[date, str]) -> None:
        began = time.monotonic()
        checked = check_record(kept)
        if checked.fault:
            raise CommandError(f"The record is NOT whole. {checked.fault}", returncode=BROKEN)
        seconds = max(time.monotonic() - began, 0.001)
        self.stdout.write(
            f"The record is whole: {checked.events} events in {checked.chains} chains, {checked.anchors} anchors, "
            f"{checked.stamps} stamps, in {seconds:.1f} s ({checked.events / seconds:.0f} events a second)."
        )
        if kept:
            self.stdout.write(f"All {len(kept)} anchors that were kept outside are in it, unchanged.")
        if checked.unreadable:
            self.stdout.write(f"{checked.unreadable} events cannot be read any more: their cases were erased.")
        for note in checked.notes:
            self.stdout.write(note)

    def _one_case(self, reference: str) -> None:
        from cases.models import Case

        case = Case.objects.filter(reference=reference).first()
        if case is None:
            raise CommandError(f"There is no case {reference}.", returncode=UNCHECKED)
        checked = check_case(case)
        if checked.fault:
            raise CommandError(f"The record of {reference} is NOT whole. {checked.fault}", returncode=BROKEN)
        self.stdout.write(f"The record of {reference} is whole: {checked.events} events.")
        if checked.anchored_day is None or not checked.anchored_event:
            self.stdout.write("No anchor covers it yet.")
        else:
            day, upto = checked.anchored_day, checked.anchored_event
            self.stdout.write(f"The anchor of {day} covers it up to event {upto}.")
        if checked.unreadable:
            self.stdout.write("What its events say cannot be read any more: its key was destroyed.")


def _kept(name: str) -> dict[date, str]:
    try:
        return read_kept(Path(name).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CommandError(f"{name} cannot be used: {error}", returncode=UNCHECKED) from error
