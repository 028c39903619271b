"""/verify: says whether a fingerprint is one of ours, to staff and to strangers, and never more."""

import hashlib
import io
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.utils import ProgrammingError
from django.test import Client

from evidence.models import BundleSeal, SealedPart
from tests.factories.browsers import anyone, signed_in
from tests.factories.cases import make_staff

pytestmark = pytest.mark.django_db
DIGEST = hashlib.sha256(b"an archive").hexdigest()


@pytest.fixture(autouse=True)
def seal() -> BundleSeal:
    return BundleSeal.objects.create(
        sha256=DIGEST,
        part=SealedPart.ARCHIVE,
        reference="C-2047-P1",
        built_at=datetime(2026, 11, 22, 14, 2, tzinfo=UTC),
    )


@pytest.fixture(params=["staff", "stranger"])
def browser(request: pytest.FixtureRequest) -> tuple[Client, str]:
    return (signed_in(make_staff()), "/verify") if request.param == "staff" else (anyone(), "/share/verify")


def ask(browser: tuple[Client, str], typed: str) -> tuple[int, str]:
    client, address = browser
    answer = client.post(address, {"sha256": typed})
    return answer.status_code, answer.content.decode()


@pytest.mark.parametrize(
    "typed",
    [
        DIGEST,
        DIGEST.upper(),
        f"{DIGEST}  C-2047-P1.zip",
        f"{DIGEST} *C-2047-P1.zip",
        f"  {DIGEST} ",
        " ".join(DIGEST[n : n + 4] for n in range(0, 64, 4)),
        ":".join(DIGEST[n : n + 2] for n in range(0, 64, 2)),
    ],
)
def test_a_fingerprint_of_ours_is_recognised_however_it_was_copied(browser: tuple[Client, str], typed: str) -> None:
    status, text = ask(browser, typed)
    assert status == 200
    assert "Matches packet C-2047-P1" in text
    assert "Built 22 November 2026 14:02 UTC." in text


def test_any_other_fingerprint_does_not_match(browser: tuple[Client, str]) -> None:
    status, text = ask(browser, "0" * 64)
    assert status == 200
    assert "Does not match" in text
    assert "Do not rely on it." in text
    assert "C-2047-P1</" not in text


@pytest.mark.parametrize("typed", ["", "abc", "\0", "g" * 64, DIGEST + "0", "<script>alert(1)</script>", "x" * 9000])
def test_what_is_no_fingerprint_is_said_and_nothing_crashes(browser: tuple[Client, str], typed: str) -> None:
    status, text = ask(browser, typed)
    assert status == 422
    assert "<script>alert" not in text
    assert "Matches" not in text


def test_a_seal_is_written_once() -> None:
    with pytest.raises(ProgrammingError), connection.cursor() as cursor:
        cursor.execute("update evidence_bundleseal set reference = 'C-1-P1'")


def send(data: bytes, **more: object) -> Any:
    return anyone().post("/share/verify/file", {"file": io.BytesIO(data), **more})


def test_a_file_that_is_sent_is_compared_and_forgotten(tmp_path: Path, settings: Any) -> None:
    settings.STAGING_DIR = settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    ours, other = send(b"an archive"), send(b"an archive that was changed")
    assert "Matches packet C-2047-P1" in ours.content.decode()
    assert "Do not rely on it." in other.content.decode()
    assert list(tmp_path.rglob("*")) == []


def test_a_large_file_is_hashed_in_little_memory() -> None:
    data = bytes(30_000_000)
    tracemalloc.start()
    base = tracemalloc.get_traced_memory()[0]
    answer = send(data)
    peak = tracemalloc.get_traced_memory()[1] - base
    tracemalloc.stop()
    assert hashlib.sha256(data).hexdigest() in answer.content.decode()
    # The test's own client holds the whole request; the view adds next to nothing to it.
    assert peak < 3 * len(data)


def test_no_file_and_a_file_too_large_are_said(settings: Any) -> None:
    assert anyone().post("/share/verify/file").status_code == 422
    settings.MAX_UPLOAD = 1000
    answer = send(bytes(200_000))
    assert (answer.status_code, "too large to be sent" in answer.content.decode()) == (422, True)


def test_a_file_is_not_asked_about_by_opening_an_address() -> None:
    assert anyone().get("/share/verify/file").status_code == 405
