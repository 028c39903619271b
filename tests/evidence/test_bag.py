"""The bag: programs that are not ours accept it, two builds are the same bytes, and nothing half is left."""

import io
import os
import subprocess
import tracemalloc
import zipfile
import zlib
from collections.abc import Iterator
from hashlib import sha256, sha512
from pathlib import Path
from typing import Any
from uuid import uuid4

import bagit
import pytest

from cases.rvlt import Opener
from evidence.bag import FolderTarget, Payload, PayloadChanged, ZipTarget, write_bag
from evidence.intake import Staging
from tests.evidence.sample_bag import BUILT_AT, INFO, build, payloads


def zipped() -> bytes:
    sink = io.BytesIO()
    with ZipTarget(sink, root="RC-2047", at=BUILT_AT) as target:
        write_bag(target, payloads(), info=INFO, at=BUILT_AT)
    return sink.getvalue()


def accepted(folder: Path) -> bool:
    open_bag: Any = bagit.Bag
    return bool(open_bag(str(folder)).validate())


def test_a_bag_program_of_others_accepts_it(tmp_path: Path) -> None:
    build(tmp_path / "bag")
    assert accepted(tmp_path / "bag")


@pytest.mark.parametrize("tool", ["sha256sum", "sha512sum"])
def test_the_common_tools_accept_it(tmp_path: Path, tool: str) -> None:
    build(tmp_path / "bag")
    manifest = f"manifest-{tool.removesuffix('sum')}.txt"
    done = subprocess.run([tool, "-c", "--strict", manifest], cwd=tmp_path / "bag", capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stdout.count(": OK") == 4


def test_the_fingerprint_is_the_hash_of_the_manifest(tmp_path: Path) -> None:
    written = build(tmp_path / "bag")
    assert written.fingerprint == sha256((tmp_path / "bag" / "manifest-sha256.txt").read_bytes()).hexdigest()
    assert written.files == 4


def test_two_builds_of_the_same_inputs_are_the_same_bytes() -> None:
    assert zipped() == zipped()


def test_the_archive_holds_the_same_bag_as_the_folder(tmp_path: Path) -> None:
    build(tmp_path / "bag")
    zipfile.ZipFile(io.BytesIO(zipped())).extractall(tmp_path / "out")
    folder, archive = tmp_path / "bag", tmp_path / "out" / "RC-2047"
    names = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(archive) for path in archive.rglob("*") if path.is_file())
    assert all((folder / name).read_bytes() == (archive / name).read_bytes() for name in names)


def test_the_archive_can_be_sealed_while_it_is_written(tmp_path: Path) -> None:
    key, case = bytes(32), uuid4()
    with Staging(tmp_path, key, case, limit=10**9) as sink:
        with ZipTarget(sink, root="RC-2047", at=BUILT_AT) as target:
            write_bag(target, payloads(), info=INFO, at=BUILT_AT)
        staged = sink.finish()
    with Opener(staged.path.open("rb"), key, case, staged.file_id) as opener:
        assert b"".join(opener.iter_chunks()) == zipped()


def test_memory_does_not_grow_with_the_exhibits(tmp_path: Path) -> None:
    piece = os.urandom(64 * 1024)

    def pieces() -> Iterator[bytes]:
        yield from (piece for _ in range(1024))

    with (tmp_path / "bag.zip").open("wb") as sink:
        tracemalloc.start()
        with ZipTarget(sink, root="RC-2047", at=BUILT_AT) as target:
            write_bag(
                target, [Payload("data/exhibits/film.mp4", 1024 * len(piece), None, pieces)], info={}, at=BUILT_AT
            )
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 4 * 1024 * 1024
    assert zipfile.ZipFile(tmp_path / "bag.zip").testzip() is None


@pytest.mark.parametrize("data", [b"changed!", b"longer than it was", b"short"])
def test_an_exhibit_that_changed_since_intake_stops_the_build(tmp_path: Path, data: bytes) -> None:
    changed = Payload("data/a.txt", 8, sha256(b"original").hexdigest(), lambda: (data,))
    with pytest.raises(PayloadChanged), FolderTarget(tmp_path / "bag") as target:
        write_bag(target, [changed], info={}, at=BUILT_AT)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_archive_writes_nothing_more(tmp_path: Path) -> None:
    sink = io.BytesIO()
    with pytest.raises(PayloadChanged), ZipTarget(sink, root="r", at=BUILT_AT) as target:
        write_bag(target, [Payload("data/a.txt", 5, None, lambda: (b"other words",))], info={}, at=BUILT_AT)
    assert not zipfile.is_zipfile(sink)


def test_a_folder_has_no_name_until_it_is_whole(tmp_path: Path) -> None:
    target = FolderTarget(tmp_path / "bag")
    write_bag(target, payloads(), info=INFO, at=BUILT_AT)
    assert not (tmp_path / "bag").exists()
    target.close()
    assert (tmp_path / "bag").is_dir()


def test_a_folder_that_exists_is_not_written_over(tmp_path: Path) -> None:
    build(tmp_path / "bag")
    with pytest.raises(FileExistsError):
        build(tmp_path / "bag")


@pytest.mark.parametrize(
    "path",
    [
        "a.txt",
        "/data/a.txt",
        "data/../a.txt",
        "data/./a.txt",
        "data//a.txt",
        "data/.hidden",
        "data/a\n.txt",
        "data/é.txt",
        "data/\u202etxt.a",
        "data/a\0.txt",
        "data/con",
        "data/COM1.txt",
        "data/a.",
        "data/a b",
        "data/" + "x" * 81,
        "data/a\\b",
    ],
)
def test_a_name_that_some_system_cannot_hold_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match=r"data/|system"):
        write_bag(ZipTarget(io.BytesIO(), root="r", at=BUILT_AT), [Payload.of(path, b"")], info={}, at=BUILT_AT)


def test_two_names_that_differ_only_in_case_are_refused(tmp_path: Path) -> None:
    both = [Payload.of("data/a.txt", b""), Payload.of("data/A.txt", b"")]
    with pytest.raises(ValueError, match="same path"), FolderTarget(tmp_path / "bag") as target:
        write_bag(target, both, info={}, at=BUILT_AT)


def test_a_line_feed_in_a_label_adds_no_label(tmp_path: Path) -> None:
    with FolderTarget(tmp_path / "bag") as target:
        write_bag(target, payloads(), info={"Source-Organization": "A\nPayload-Oxum: 1.1"}, at=BUILT_AT)
    info = (tmp_path / "bag" / "bag-info.txt").read_text()
    assert info.splitlines()[0] == "Source-Organization: A Payload-Oxum: 1.1"
    assert accepted(tmp_path / "bag")


def test_proofs_are_made_over_the_manifest_and_listed(tmp_path: Path) -> None:
    seen: list[bytes] = []

    def prove(manifest: bytes) -> dict[str, bytes]:
        seen.append(manifest)
        return {"manifest-sha256.txt.p7s": b"signature"}

    with FolderTarget(tmp_path / "bag") as target:
        write_bag(target, payloads(), info=INFO, at=BUILT_AT, prove=prove)
    assert seen == [(tmp_path / "bag" / "manifest-sha256.txt").read_bytes()]
    assert "proof/manifest-sha256.txt.p7s" in (tmp_path / "bag" / "tagmanifest-sha256.txt").read_text()
    assert accepted(tmp_path / "bag")


def known(path: str, data: bytes, told: bytes, reads: list[str]) -> Payload:
    """A file whose hashes and checksum were taken at intake from `told`; it gives `data`."""

    def read() -> Iterator[bytes]:
        reads.append(path)
        yield from (data[:3], data[3:])

    return Payload(path, len(told), sha256(told).hexdigest(), read, sha512(told).hexdigest(), zlib.crc32(told))


def test_what_was_hashed_at_intake_is_read_once(tmp_path: Path) -> None:
    reads: list[str] = []
    with (tmp_path / "bag.zip").open("wb") as sink, ZipTarget(sink, root="r", at=BUILT_AT) as target:
        write_bag(target, [known("data/a.bin", b"original", b"original", reads)], info={}, at=BUILT_AT)
    assert reads == ["data/a.bin"]
    zipfile.ZipFile(tmp_path / "bag.zip").extractall(tmp_path)
    assert sha512(b"original").hexdigest() in (tmp_path / "r" / "manifest-sha512.txt").read_text()
    reads.clear()
    with FolderTarget(tmp_path / "bag") as folder:
        write_bag(folder, [Payload("data/a.bin", 8, sha256(b"original").hexdigest(), lambda: (b"original",))],
                  info={}, at=BUILT_AT)  # fmt: skip
    assert (tmp_path / "bag/manifest-sha512.txt").read_bytes() == (tmp_path / "r/manifest-sha512.txt").read_bytes()


@pytest.mark.parametrize("data", [b"changed!", b"longer than it was", b"short"])
@pytest.mark.parametrize("is_folder", [True, False])
def test_a_change_is_found_in_that_one_reading(tmp_path: Path, data: bytes, is_folder: bool) -> None:
    made: Any = FolderTarget(tmp_path / "bag") if is_folder else ZipTarget(io.BytesIO(), root="r", at=BUILT_AT)
    with pytest.raises(PayloadChanged), made as target:
        write_bag(target, [known("data/a.bin", data, b"original", [])], info={}, at=BUILT_AT)


def test_a_recorded_hash_of_the_second_kind_must_fit_too(tmp_path: Path) -> None:
    wrong = Payload("data/a", 1, None, lambda: (b"x",), sha512=sha512(b"y").hexdigest())
    with pytest.raises(PayloadChanged), FolderTarget(tmp_path / "bag") as target:
        write_bag(target, [wrong], info={}, at=BUILT_AT)
