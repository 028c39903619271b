"""Compile the translations; no system gettext is needed."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from cases import catalogue


class Command(BaseCommand):
    """`compile_locale` writes the .mo files; `--collect LANGUAGE` first brings a .po file up to date."""

    help = "Compile the translations. With --collect ar: first add texts that clients read and that are missing."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take a language to collect."""
        parser.add_argument("--collect", metavar="LANGUAGE", default="")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Collect if asked, then compile."""
        if options["collect"]:
            book = catalogue.collect(options["collect"])
            missing = [entry.msgid for entry in book.untranslated_entries()]
            self.stdout.write(f"{len(book)} texts, {len(missing)} without a translation.")
        for path in catalogue.compile_all():
            self.stdout.write(f"Compiled {path}.")
