"""The whole way in through an S3 bucket behind django-storages: sealed, read back, opened, refused, in parts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from django.core.files.storage import storages
from moto import mock_aws

from cases.access import acting_as
from cases.actor import Actor
from cases.keys import case_key
from cases.models import Case
from cases.vault import Vault, VaultError
from evidence.models import Exhibit
from tests.factories.browsers import signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.evidence import film, make_exhibit, picture
from tests.factories.uploads import Sender

pytestmark = pytest.mark.django_db


@pytest.fixture
def bucket(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An empty bucket that the vault keeps its files in."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    settings.STAGING_DIR = tmp_path / "staging"
    settings.PART_BYTES = 300_000
    with mock_aws():
        made = boto3.resource("s3", region_name="us-east-1").create_bucket(Bucket="vault")
        options = {"bucket_name": "vault", "region_name": "us-east-1", "file_overwrite": False, "default_acl": None}
        settings.STORAGES = {
            **settings.STORAGES,
            "vault": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options},
        }
        yield made


def content_of(case: Case, exhibit: Exhibit) -> bytes:
    with acting_as(Actor.user(case.owner)):
        opened = Vault().open(
            exhibit.object_name, case_key(case.pk), case.pk, exhibit.pk, sealed_bytes=exhibit.cipher_size
        )
    with opened:
        return b"".join(opened.iter_chunks())


def test_a_file_is_kept_in_the_bucket_sealed_and_opens_to_the_same_bytes(bucket: Any) -> None:
    case = make_case()
    data = picture()
    exhibit = make_exhibit(case, data).exhibit
    (stored,) = bucket.objects.all()
    assert stored.key == exhibit.object_name
    assert b"PNG" not in stored.get()["Body"].read()
    assert content_of(case, exhibit) == data


def test_a_file_known_already_and_one_that_fails_leave_nothing_more_in_the_bucket(
    bucket: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    case = make_case()
    make_exhibit(case, picture())
    make_exhibit(case, picture(), name="again.png")
    storage = storages["vault"]
    save = type(storage)._save

    def cut(self: Any, name: str, content: Any) -> str:
        kept: str = save(self, name, content)
        bucket.Object(name).put(Body=bucket.Object(name).get()["Body"].read()[:-1])
        return kept

    monkeypatch.setattr(type(storage), "_save", cut)
    with pytest.raises(VaultError, match="differs"):
        make_exhibit(case, picture(colour=(1, 2, 3)))
    assert len(list(bucket.objects.all())) == 1
    assert not [path for path in (tmp_path / "staging").rglob("*") if path.is_file()]


def test_a_file_in_parts_ends_in_the_bucket_whole(bucket: Any, tmp_path: Path) -> None:
    case = make_case(owner=make_staff(name="Amira K."))
    data = film() + bytes(range(256)) * 5000
    assert Sender(signed_in(case.owner), case, data).whole().json()["label"] == "AK/001"
    with acting_as(Actor.user(case.owner)):
        exhibit = Exhibit.objects.get()
    assert content_of(case, exhibit) == data
    assert len(list(bucket.objects.all())) == 1
    assert not [path for path in (tmp_path / "staging").rglob("*") if path.is_file()]
