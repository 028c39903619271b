"""The way back in on the host, when the last administrator is lost."""

import argparse
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import connection
from django.utils import timezone

from cases.actions import recovery
from cases.actor import Actor
from cases.forms import clean_text
from cases.invitations import join_address
from cases.states import IllegalMove


class Command(BaseCommand):
    """Make a link for one administrator."""

    help = (
        "Print a link (one use, 24 hours) with which a person becomes administrator: a new one, or a colleague who "
        "lost their way in. Only for whoever holds the host; every administrator is told by mail."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the e-mail address, a name for a new person, and the flag that removes second factors."""
        parser.add_argument("email")
        parser.add_argument("--name", default="", help="how colleagues see them; needed for a new person")
        parser.add_argument(
            "--remove-factors",
            action="store_true",
            help="also remove their passkeys, app and recovery codes (when the phone or key is lost)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and say what was done."""
        if not self._owns_the_schema():
            raise CommandError("Only the owner of the database may do this: run it on the host, as bin/manage does.")
        try:
            validate_email(options["email"])
            done = recovery.recover_administrator(
                email=options["email"],
                name=clean_text(options["name"]) if options["name"] else "",
                without_factors=options["remove_factors"],
                by=Actor.system("recover_admin"),
                at=timezone.now(),
            )
        except (IllegalMove, ValidationError) as refusal:
            text = " ".join(refusal.messages) if isinstance(refusal, ValidationError) else str(refusal)
            raise CommandError(text) from refusal
        self._say(done, kept=not options["remove_factors"])

    def _owns_the_schema(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("select tableowner = current_user from pg_tables where tablename = 'cases_user'")
            row = cursor.fetchone()
        return bool(row and row[0])

    def _say(self, done: recovery.Recovered, *, kept: bool) -> None:
        if done.is_new:
            self.stdout.write("A new administrator was invited.")
        else:
            factors = "Their second factors stay." if kept else f"Second factors removed: {done.factors}."
            self.stdout.write(
                "The account is an administrator's, and closed until the link is used: the old password is void. "
                f"Sessions ended: {done.sessions}. {factors}"
            )
        self.stdout.write(f"Mails to administrators: {done.told}. The record has it.")
        self.stdout.write(f"Hand this link over (one use, 24 hours): {join_address(done.token)}")
