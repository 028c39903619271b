"""`bin/manage bundle REF --profile lawyer --to DIR`: build the same bundle as the page does, and write it out."""

import json
import time
import zipfile
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from cases.access import acting_as
from cases.actor import Actor
from cases.models import Case
from cases.states import IllegalMove
from evidence.actions import bundle as bundle_actions
from evidence.bundle_sections import is_reply
from evidence.bundles import build_and_seal, open_archive
from evidence.models import Bundle, BundleState, Exhibit, Reader

BY = Actor.system("bin/manage")
PATIENCE_SECONDS = 4 * 3600
"""How long a worker that was quicker may take."""


def _built(bundle_id: UUID) -> Bundle:
    """Build a bundle here, or wait for the worker that was quicker to claim it; return it sealed."""
    build_and_seal(bundle_id)
    ended = (BundleState.FAILED, BundleState.STOPPED)
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        with acting_as(BY):
            bundle: Bundle = Bundle.objects.get(pk=bundle_id)
        if bundle.state == BundleState.SEALED:
            return bundle
        if bundle.state in ended or time.monotonic() > end:
            with acting_as(BY):
                raise CommandError(bundle.error or "A worker is still building the bundle; look at the case's page.")
        time.sleep(0.3)


class Command(BaseCommand):
    """Ask, build, seal, then write the archive or the unpacked bag. Each step is in the case's record."""

    help = "Build a bundle of a case and write the unpacked bag (or, with --zip, the archive) to a folder."

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the case, the folder and what the cover says."""
        parser.add_argument("reference", help="the case, such as C-2047")
        parser.add_argument("--to", required=True, type=Path, help="folder to write to")
        parser.add_argument("--zip", action="store_true", help="write the archive instead of the unpacked bag")
        parser.add_argument(
            "--profile", "--reader", dest="profile", choices=Reader.values, default=Reader.LAWYER.value,
            help="who receives it: decides what is inside",
        )  # fmt: skip
        parser.add_argument("--language", choices=[code for code, _name in settings.LANGUAGES], default="en")
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument("--recipient", default="The person who asked for it", help="name on the cover")
        parser.add_argument("--purpose", default="Copy of the record", help="purpose on the cover")
        parser.add_argument("--enclose", action="store_true", help="put every text and PDF exhibit inside")

    def handle(self, *args: Any, **options: Any) -> None:
        """Build and write."""
        folder: Path = options["to"]
        with acting_as(BY):
            case = Case.objects.filter(reference=options["reference"]).first()
            if case is None:
                raise CommandError(f"There is no case {options['reference']}.")
            rows = [row for row in Exhibit.objects.sealed().filter(case=case) if not row.is_media]
            chosen = [row.pk for row in rows if options["enclose"] or is_reply(row)]
            try:
                bundle = bundle_actions.request(
                    case_id=case.pk,
                    reader=Reader(options["profile"]),
                    language=options["language"],
                    recipient=options["recipient"],
                    purpose=options["purpose"],
                    included=chosen,
                    by=BY,
                    at=timezone.now(),
                )
            except IllegalMove as refusal:
                raise CommandError(str(refusal)) from None
        bundle = _built(bundle.pk)
        with acting_as(BY):
            fingerprint = bundle.fingerprint
            opener = open_archive(bundle)
            bundle_actions.note_download(bundle_id=bundle.pk, by=BY, at=timezone.now())
        folder.mkdir(parents=True, exist_ok=True)
        archive = folder / f"{bundle.reference}.zip"
        with opener, archive.open("xb") as file:
            for piece in opener.iter_chunks():
                file.write(piece)
        written = archive
        if not options["zip"]:
            with zipfile.ZipFile(archive) as packed:
                # Our own archive, just built: the bag let no name in that leads out of the folder.
                packed.extractall(folder)
            archive.unlink()
            written = folder / bundle.reference
        told = {
            "bundle": bundle.reference,
            "id": str(bundle.pk),
            "path": str(written),
            "profile": options["profile"],
            "pages": bundle.pages,
            "bytes": bundle.size,
            "sha256": bundle.sha256,
            "fingerprint": fingerprint,
        }
        if options["json"]:
            self.stdout.write(json.dumps(told, sort_keys=True))
        else:
            self.stdout.write(f"{written}\nFingerprint (SHA-256 of manifest-sha256.txt): {fingerprint}")
