"""Bundles built in tests as the worker builds them, and unpacked as the person who receives them does."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

from django.utils import timezone

from cases.access import acting_as
from cases.actor import Actor
from cases.models import Case
from evidence import bundles
from evidence.actions import bundle as bundle_actions
from evidence.models import Bundle, BundleState, Reader
from tests.conftest import logged_in_as
from tests.factories.files import own_folders


def use_folders(settings: Any, folder: Path, *, sections: str = "evidence.bundle") -> None:
    """Keep what is stored below a folder, and set only the sections whose paths begin like this: fewer pages."""
    own_folders(settings, folder)
    settings.BUNDLE_SECTIONS = [path for path in settings.BUNDLE_SECTIONS if path.startswith(sections)]


def build(case: Case, reader: Reader = Reader.LAWYER, **more: Any) -> Bundle:
    """Ask for a bundle and build it; it stands, or the test fails with what the build said."""
    actor = Actor.user(case.owner)
    with acting_as(actor):
        made = bundle_actions.request(
            case_id=case.pk,
            reader=reader,
            recipient="Berger & Partner",
            purpose="Claim against Max Muster",
            included=more.pop("included", []),
            by=actor,
            at=timezone.now(),
            **more,
        )
    with logged_in_as("worker"):
        bundles.build_and_seal(made.pk)
    with acting_as(actor):
        built: Bundle = Bundle.objects.select_related("case").get(pk=made.pk)
        built.opened()
    assert (built.state, built.error) == (BundleState.SEALED, "")
    return built


def unpacked(bundle: Bundle, folder: Path) -> Path:
    """Return the bag of a bundle, unpacked in a folder, where its archive lies as bundle.zip."""
    with acting_as(Actor.user(bundle.case.owner)):
        opener = bundles.open_archive(bundle)
    folder.mkdir(exist_ok=True)
    archive = folder / "bundle.zip"
    with opener:
        archive.write_bytes(b"".join(opener.iter_chunks()))
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    return folder / bundle.reference


def words_of_pdf(path: Path) -> str:
    """Return the words of a PDF, blanks between them made one."""
    done = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True)
    return " ".join(done.stdout.split())


def words_of(bag: Path) -> str:
    """Return the words of everything in a bag that can be read."""
    files = [path.read_bytes() for path in bag.rglob("*") if path.is_file() and path.suffix not in (".pdf", ".age")]
    papers = [words_of_pdf(path) for path in sorted((bag / "data/report").glob("*.pdf"))]
    return "\n".join([*papers, b"\n".join(files).decode("utf-8", "replace")])


def is_intact(bag: Path) -> bool:
    """Whether the checker that lies in the bag finds nothing."""
    done = subprocess.run([sys.executable, "-I", "verify.py"], cwd=bag, capture_output=True, text=True, check=False)
    return done.returncode == 0 and done.stdout.strip().endswith("RESULT INTACT")


def manifest_of(bag: Path) -> dict[str, Any]:
    """Return what manifest.json states."""
    found: dict[str, Any] = json.loads((bag / "data/records/manifest.json").read_text())
    return found
