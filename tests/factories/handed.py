"""Bundles that are handed over: built or quickly made, shared, opened, for tests of what a recipient does."""

import io
import subprocess
import zipfile
from pathlib import Path

from django.test import Client
from django.utils import timezone

from cases.access import acting_as
from cases.actor import Actor
from cases.models import Case, CaseTask, Event
from evidence import bundles
from evidence.actions import share as share_actions
from evidence.actions.share import Made
from evidence.bag import ZipTarget
from evidence.models import Bundle, BundleState, Reader
from evidence.proofs.signing import Signer
from tests.conftest import logged_in_as
from tests.evidence import proved_bag
from tests.evidence.sample_bag import BUILT_AT
from tests.factories.browsers import anyone, press
from tests.factories.evidence import ask_for_bundle, make_sealed_bundle

SYSTEM = Actor.system("test")
TOOL = Path(__file__).resolve().parents[2] / "evidence" / "verify_tool" / "verify.py"


def build(case: Case) -> Bundle:
    """Ask for a bundle and build it as the worker does."""
    asked = ask_for_bundle(case, reader=Reader.POLICE)
    with logged_in_as("worker"):
        bundles.build_and_seal(asked.pk)
        with acting_as(SYSTEM):
            built: Bundle = Bundle.objects.select_related("case").get(pk=asked.pk)
            assert built.state == BundleState.SEALED, built.error
            built.opened()
    return built


def ready(case: Case, signer: Signer | None = None) -> Bundle:
    """A sealed bundle with a small real bag, without the work of a build."""
    sink = io.BytesIO()
    with ZipTarget(sink, root="RC-2047-P1", at=BUILT_AT) as target:
        proved_bag.write(target, signer)
    return make_sealed_bundle(case, reader=Reader.POLICE, archive=sink.getvalue())


def archive(bundle: Bundle) -> bytes:
    """The archive of a bundle as its owner gets it."""
    with acting_as(Actor.user(bundle.case.owner)), bundles.open_archive(bundle) as opener:
        return b"".join(opener.iter_chunks())


def check(bag: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run the checker in the system's own Python, isolated."""
    command = ["/usr/bin/python3", "-I", str(TOOL), str(bag), *words]
    return subprocess.run(command, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, timeout=60)


def unpacked(data: bytes, folder: Path) -> Path:
    """Unpack an archive and return the one folder in it."""
    zipfile.ZipFile(io.BytesIO(data)).extractall(folder)
    (bag,) = folder.iterdir()
    return bag


def share(bundle: Bundle) -> Made:
    """Make a share of a bundle for an officer."""
    actor = Actor.user(bundle.case.owner)
    with acting_as(actor):
        words = {"recipient": "PC Lindqvist", "purpose": "Report 4711", "days": 14, "downloads": 2}
        return share_actions.make(bundle_id=bundle.pk, by=actor, at=timezone.now(), **words)


def let_in(made: Made) -> Client:
    """A recipient's browser after link and code."""
    browser = anyone()
    assert press(browser, f"/share/{made.token}", secret=made.secret).status_code == 302
    return browser


def tasks(case: Case) -> set[str]:
    """Kinds of the open tasks of a case."""
    with acting_as(Actor.user(case.owner)):
        return set(CaseTask.objects.open().filter(case=case).values_list("kind", flat=True))


def kinds(case: Case) -> list[str]:
    """Kinds of the events of a case, oldest first."""
    with acting_as(Actor.user(case.owner)):
        return list(Event.objects.filter(case=case).order_by("seq").values_list("kind", flat=True))
