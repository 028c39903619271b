"""Files that came in parts, and what a case holds of them."""

import os
from pathlib import Path

from cases.access import acting_as
from cases.actor import Actor
from cases.keys import case_key
from cases.models import Case, Event
from cases.vault import Vault
from evidence.events import EvidenceEvent
from evidence.models import Exhibit, Upload
from tests.factories.evidence import film

PART = 100_000
"""Bytes of a part in tests: a film then has several."""


def video(size: int = 3 * PART + 5_000) -> bytes:
    """Make a film of this size that is no other film."""
    start = film()
    return start + os.urandom(size - len(start))


def left(folder: Path) -> list[Path]:
    """Return the files below a folder."""
    return [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []


def upload_of(case: Case) -> Upload:
    """Return the one upload of a case, opened."""
    with acting_as(Actor.user(case.owner)):
        upload: Upload = Upload.objects.get(case=case)
        upload.opened()
        return upload


def refusals(case: Case) -> list[str]:
    """Return why files of a case were refused, first to last."""
    with acting_as(Actor.user(case.owner)):
        events = Event.objects.filter(case=case, kind=EvidenceEvent.FILE_REFUSED).order_by("seq")
        return [event.body["reason"] for event in events]


def content_of(case: Case) -> bytes:
    """Return the bytes of the one exhibit of a case, opened."""
    with acting_as(Actor.user(case.owner)):
        exhibit = Exhibit.objects.get(case=case)
        opened = Vault().open(
            exhibit.object_name, case_key(case.pk), case.pk, exhibit.pk, sealed_bytes=exhibit.cipher_size
        )
    with opened:
        return b"".join(opened.iter_chunks())
