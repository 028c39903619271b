"""Uploads of a request: every file sealed while it is read, refusals with a sentence, nothing left on the disk."""

import hashlib
from pathlib import Path
from uuid import UUID

import pytest
from django.core.exceptions import TooManyFilesSent
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError
from django.test import RequestFactory

from cases.rvlt import Opener
from evidence.uploads import Reason, RefusingUploadHandler, SealingUploadHandler

KEY = bytes(range(32))
CASE = UUID("6f1c1f0e-1d4e-4f3a-9a57-0c8f4f0b2a11")
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x04\x38\0\0\x07\x80" + bytes(200)
BOUNDARY = "xXxBoundaryxXx"


def part(name: str, data: bytes, *, field: str = "files", media_type: str = "image/png") -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n'
    return head.encode() + f"Content-Type: {media_type}\r\n\r\n".encode() + data + b"\r\n"


def field(name: str, value: str) -> bytes:
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()


def request_of(*parts: bytes, end: bytes = f"--{BOUNDARY}--\r\n".encode()) -> HttpRequest:
    body = b"".join(parts) + end
    return RequestFactory().post("/", data=body, content_type=f"multipart/form-data; boundary={BOUNDARY}")


def sealing(request: HttpRequest, directory: Path, *, limit: int = 10**6, most: int = 50) -> SealingUploadHandler:
    handler = SealingUploadHandler(request, directory=directory, key=KEY, case_id=CASE, limit=limit, most=most)
    request.upload_handlers = [handler]
    return handler


def left(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


def test_several_files_of_one_request_are_sealed_and_the_fields_stay(tmp_path: Path) -> None:
    request = request_of(
        field("note", "first"), part("a.png", PNG), part("b.txt", b"words", media_type="text/plain"), field("x", "y")
    )
    handler = sealing(request, tmp_path)
    assert (request.POST["note"], request.POST["x"]) == ("first", "y")
    assert [upload.client_name.shown for upload in handler.taken] == ["a.png", "b.txt"]
    assert request.FILES.getlist("files") == handler.taken
    first = handler.taken[0]
    assert (first.size, first.finding.media_type, first.finding.height) == (len(PNG), "image/png", 1920)
    assert first.staged.sha256 == hashlib.sha256(PNG).hexdigest()
    with Opener(first.staged.path.open("rb"), KEY, CASE, first.staged.file_id) as opener:
        assert opener.read_range(0, 10**6) == PNG


@pytest.mark.parametrize("size", [10, 3_000_000])
def test_neither_a_small_nor_a_large_file_rests_in_the_clear(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(spool))
    request = request_of(part("a.txt", b"secretword " * (size // 11 + 1), media_type="text/plain"))
    handler = sealing(request, tmp_path / "in", limit=10**7)
    assert len(request.FILES) == 1
    assert left(spool) == []
    assert all(b"secretword" not in path.read_bytes() for path in left(tmp_path))
    with pytest.raises(AttributeError):
        handler.taken[0].read()


def test_a_file_over_the_limit_is_refused_and_the_rest_of_the_form_is_kept(tmp_path: Path) -> None:
    request = request_of(part("big.png", PNG + bytes(500_000)), part("a.png", PNG), field("note", "kept"))
    handler = sealing(request, tmp_path, limit=1000)
    assert request.POST["note"] == "kept"
    assert [upload.client_name.shown for upload in handler.taken] == ["a.png"]
    assert [(refusal.name.shown, refusal.reason) for refusal in handler.refused] == [("big.png", Reason.TOO_LARGE)]
    assert len(left(tmp_path)) == 1


def test_a_kind_that_is_not_taken_is_refused_with_a_sentence(tmp_path: Path) -> None:
    request = request_of(part("setup.png", b"MZ\x90\0" + bytes(100)), part("none.png", b""))
    handler = sealing(request, tmp_path)
    assert len(request.FILES) == 0
    assert [refusal.reason for refusal in handler.refused] == [Reason.KIND, Reason.KIND]
    assert "We cannot take this kind of file" in handler.refused[0].message
    assert "empty" in handler.refused[1].message
    assert left(tmp_path) == []


def test_more_files_than_allowed_are_refused_one_by_one(tmp_path: Path) -> None:
    request = request_of(*[part(f"{n}.png", PNG) for n in range(4)])
    handler = sealing(request, tmp_path, most=2)
    assert len(request.FILES.getlist("files")) == 2
    assert [refusal.reason for refusal in handler.refused] == [Reason.TOO_MANY, Reason.TOO_MANY]


@pytest.mark.parametrize("name", ["../../x", "..", ".", "a/b/c.png", "CON", "x" * 300, "\u202egnp.exe", "n\0l.png"])
def test_an_odd_name_is_kept_in_hex_and_never_reaches_the_disk(tmp_path: Path, name: str) -> None:
    request = request_of(part(name, PNG))
    handler = sealing(request, tmp_path / "in")
    assert len(request.FILES) == 1
    upload = handler.taken[0]
    assert upload.staged.path.name == f"{upload.staged.file_id}.rvlt"
    assert "/" not in upload.client_name.shown
    raw = bytes.fromhex(upload.client_name.raw_hex).decode() or upload.client_name.shown
    assert raw == name
    assert [path.parent for path in left(tmp_path)] == [tmp_path / "in"]


def test_a_field_without_a_chosen_file_is_nothing(tmp_path: Path) -> None:
    request = request_of(part("", b""), field("note", "x"))
    handler = sealing(request, tmp_path)
    assert request.POST["note"] == "x"
    assert (handler.taken, handler.refused) == ([], [])


def test_a_request_that_breaks_off_leaves_no_half_file(tmp_path: Path) -> None:
    request = request_of(part("whole.png", PNG), part("half.png", PNG)[:-60], end=b"")
    sealing(request, tmp_path)
    assert len(request.FILES) == 1
    request.close()
    assert left(tmp_path) == []


def test_a_request_that_cannot_be_parsed_leaves_nothing(tmp_path: Path) -> None:
    broken = part("b.png", b"!!!!!").replace(b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n", 1)
    request = request_of(part("a.png", PNG), broken)
    sealing(request, tmp_path)
    with pytest.raises(MultiPartParserError):
        _ = request.FILES
    assert left(tmp_path) == []


def test_a_request_with_endless_files_is_stopped_and_leaves_nothing(tmp_path: Path) -> None:
    request = request_of(*[part(f"{n}.png", PNG) for n in range(120)])
    sealing(request, tmp_path, most=1000)
    with pytest.raises(TooManyFilesSent):
        _ = request.FILES
    assert left(tmp_path) == []


def test_what_no_action_took_is_removed_when_the_request_ends(tmp_path: Path) -> None:
    request = request_of(part("a.png", PNG))
    sealing(request, tmp_path)
    assert len(request.FILES) == 1
    request.close()
    assert left(tmp_path) == []


def test_a_folder_that_cannot_be_written_is_a_refusal_not_a_crash(tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    request = request_of(part("a.png", PNG), field("note", "kept"))
    handler = sealing(request, blocked)
    assert request.POST["note"] == "kept"
    assert [refusal.reason for refusal in handler.refused] == [Reason.NO_ROOM]


def test_elsewhere_files_are_read_past(tmp_path: Path) -> None:
    request = request_of(part("a.png", PNG), field("note", "kept"))
    request.upload_handlers = [RefusingUploadHandler(request)]
    assert request.POST["note"] == "kept"
    assert len(request.FILES) == 0
