"""`bin/manage export_anchors FOLDER`: copy all anchors and their time stamps to where the database's owner is not."""

import re
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from cases.access import acting_as
from cases.actions import anchor_export
from cases.actor import Actor


class Command(BaseCommand):
    """Write anchors.txt and, for each stamp, the reply as it came."""

    help = "Copy all anchors and time stamps into a folder, to be kept elsewhere."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the folder."""
        parser.add_argument("folder", help="where to write; made when it is not there")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the files and say how a stamp is checked without Recourse."""
        folder = Path(options["folder"])
        folder.mkdir(parents=True, exist_ok=True)
        actor = Actor.system("export")
        with acting_as(actor):
            copied = anchor_export.copy_all(by=actor, at=timezone.now())
        (folder / "anchors.txt").write_text(copied.text, encoding="ascii")
        for stamp in copied.stamps:
            name = re.sub(r"[^A-Za-z0-9.-]+", "_", stamp.authority)
            (folder / f"{stamp.anchor.day}-{name}.tsr").write_bytes(bytes(stamp.reply))
        self.stdout.write(f"{copied.days} anchors and {len(copied.stamps)} stamps are in {folder}.")
        self.stdout.write("A stamp is checked with: openssl ts -verify -in STAMP -digest ANCHOR -CAfile ROOT")
