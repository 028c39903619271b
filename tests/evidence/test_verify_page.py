"""/verify: says whether a fingerprint is one of ours, to staff and to strangers, and never more."""

import hashlib
from datetime import UTC, datetime

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
