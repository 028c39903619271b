"""The vault: what goes in comes out, what lies there says nothing, and what was touched is refused."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import boto3
import pytest
from django.core.files.storage import FileSystemStorage, Storage
from moto import mock_aws
from storages.backends.s3 import S3Storage

from cases.rvlt import CHUNK, HEADER, TAG, Sealer
from cases.vault import Differs, Missing, Vault, VaultError

KEY = bytes(range(32))
CASE = UUID("6f1c1f0e-1d4e-4f3a-9a57-0c8f4f0b2a11")
FILE = UUID("0b6f3a52-6f0e-4a41-8d2c-6e1f5b1f7c10")
OTHER_CASE = UUID("22222222-2222-4222-8222-222222222222")
OTHER_FILE = UUID("33333333-3333-4333-8333-333333333333")
PLAIN = b"what she wrote to him" * 5000


@dataclass
class Staged:
    """A sealed file on disk, as intake would leave it."""

    path: Path
    sealed_sha256: str
    sealed_bytes: int


@pytest.fixture
def staged(tmp_path: Path) -> Staged:
    sealer = Sealer(KEY, CASE, FILE)
    sealed = sealer.feed(PLAIN) + sealer.finish()
    path = tmp_path / "staged"
    path.write_bytes(sealed)
    return Staged(path, hashlib.sha256(sealed).hexdigest(), len(sealed))


@pytest.fixture(params=["folder", "bucket"])
def storage(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Storage]:
    if request.param == "folder":
        yield FileSystemStorage(location=tmp_path / "vault")
        return
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with mock_aws():
        keys: dict[str, Any] = {"region_name": "us-east-1"}
        client: Any = boto3.client
        client("s3", aws_access_key_id="x", aws_secret_access_key="x", **keys).create_bucket(Bucket="vault")
        bucket: Any = S3Storage
        yield bucket(bucket_name="vault", access_key="x", secret_key="x", **keys)


def test_a_file_comes_out_as_it_went_in(storage: Storage, staged: Staged) -> None:
    vault = Vault(storage)
    stored = vault.put(staged)
    with vault.open(stored.name, KEY, CASE, FILE, sealed_bytes=stored.sealed_bytes) as opener:
        assert b"".join(opener.iter_chunks()) == PLAIN
        assert opener.read_range(70_000, 20) == PLAIN[70_000:70_020]


def test_what_lies_in_the_store_says_nothing(storage: Storage, staged: Staged) -> None:
    stored = Vault(storage).put(staged)
    folder, name = stored.name.split("/")
    assert name.startswith(folder)
    assert len(name) == 32
    assert int(name, 16) >= 0
    with storage.open(stored.name, "rb") as file:
        assert b"what she wrote" not in file.read()


def test_two_files_never_share_a_name(storage: Storage, staged: Staged) -> None:
    vault = Vault(storage)
    assert vault.put(staged).name != vault.put(staged).name


def test_a_removed_file_is_gone_and_removing_it_twice_is_no_error(storage: Storage, staged: Staged) -> None:
    vault = Vault(storage)
    stored = vault.put(staged)
    vault.delete(stored.name)
    vault.delete(stored.name)
    with pytest.raises(VaultError, match="could not be read"):
        vault.open(stored.name, KEY, CASE, FILE)


def test_another_case_cannot_open_it(storage: Storage, staged: Staged) -> None:
    vault = Vault(storage)
    stored = vault.put(staged)
    with pytest.raises(VaultError, match="belongs to another case"):
        vault.open(stored.name, KEY, FILE, FILE)


def test_a_file_of_another_length_than_was_stored_is_refused_before_its_first_byte(
    storage: Storage, staged: Staged
) -> None:
    vault = Vault(storage)
    stored = vault.put(staged)
    with pytest.raises(VaultError, match="changed"):
        vault.open(stored.name, KEY, CASE, FILE, sealed_bytes=stored.sealed_bytes + 1)


def test_two_files_that_changed_places_are_refused(tmp_path: Path, staged: Staged) -> None:
    storage = FileSystemStorage(location=tmp_path / "vault")
    vault = Vault(storage)
    mine = vault.put(staged)
    sealer = Sealer(KEY, OTHER_CASE, OTHER_FILE)
    sealed = sealer.feed(PLAIN) + sealer.finish()
    assert len(sealed) == mine.sealed_bytes
    Path(storage.path(mine.name)).write_bytes(sealed)
    with pytest.raises(VaultError, match="belongs to another case"):
        vault.open(mine.name, KEY, CASE, FILE, sealed_bytes=mine.sealed_bytes)


def test_a_file_cut_at_the_border_of_a_piece_is_refused_before_its_first_byte(tmp_path: Path, staged: Staged) -> None:
    storage = FileSystemStorage(location=tmp_path / "vault")
    vault = Vault(storage)
    stored = vault.put(staged)
    path = Path(storage.path(stored.name))
    path.write_bytes(path.read_bytes()[: HEADER + CHUNK + TAG])
    with pytest.raises(VaultError, match="changed"):
        vault.open(stored.name, KEY, CASE, FILE)


class _Counting(FileSystemStorage):
    """A folder that knows which files were opened."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.opened: list[Any] = []

    def _open(self, name: str, mode: str = "rb") -> Any:
        file = super()._open(name, mode)
        self.opened.append(file)
        return file


def test_a_refused_file_is_closed(tmp_path: Path, staged: Staged) -> None:
    storage = _Counting(location=tmp_path / "vault")
    vault = Vault(storage)
    stored = vault.put(staged)
    with pytest.raises(VaultError):
        vault.open(stored.name, bytes(32), CASE, FILE)
    assert storage.opened
    assert all(file.closed for file in storage.opened)


def test_a_store_that_keeps_other_bytes_is_found_before_put_returns(tmp_path: Path, staged: Staged) -> None:
    storage = FileSystemStorage(location=tmp_path / "vault")
    staged.sealed_sha256 = "0" * 64
    with pytest.raises(VaultError, match="differs"):
        Vault(storage).put(staged)
    assert [path for path in (tmp_path / "vault").rglob("*") if path.is_file()] == []


def test_a_touched_file_is_found_without_a_key(tmp_path: Path, staged: Staged) -> None:
    storage = FileSystemStorage(location=tmp_path / "vault")
    vault = Vault(storage)
    stored = vault.put(staged)
    path = Path(storage.path(stored.name))
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(VaultError, match="differs"):
        vault.check(stored)


def test_a_store_that_cannot_be_written_says_so_in_plain_words(tmp_path: Path, staged: Staged) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    with pytest.raises(VaultError, match=r"could not be stored\. Nothing was changed"):
        Vault(FileSystemStorage(location=blocked)).put(staged)


class _FullDisk(FileSystemStorage):
    """A folder that takes the first part of a file and then has no room."""

    def _save(self, name: str, content: Any) -> str:
        path = Path(self.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.read(1000))
        raise OSError(28, "No space left on device")


def test_a_full_disk_leaves_no_half_file(tmp_path: Path, staged: Staged) -> None:
    with pytest.raises(VaultError, match="could not be stored"):
        Vault(_FullDisk(location=tmp_path / "vault")).put(staged)
    assert [path for path in (tmp_path / "vault").rglob("*") if path.is_file()] == []


def test_a_file_that_is_gone_and_one_that_differs_are_told_apart(storage: Storage, staged: Staged) -> None:
    vault = Vault(storage)
    assert not vault.answers(), "an empty store looks like one that is not mounted"
    stored, other = vault.put(staged), vault.put(staged)
    assert vault.answers()
    vault.delete(stored.name)
    with pytest.raises(Missing):
        vault.check(stored)
    with pytest.raises(Differs):
        vault.check(replace(other, sealed_sha256="0" * 64))
    with pytest.raises(Differs):
        vault.check(replace(other, sealed_bytes=1))
