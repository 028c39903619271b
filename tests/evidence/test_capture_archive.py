"""The WARC and the WACZ of a capture: what stands in them, and that common tools find every digest right."""

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from evidence.capture import records, wacz, warc
from evidence.capture.browser import Job, Seen
from evidence.capture.findings import Certificate, Found
from evidence.capture.judge import judge
from tests.evidence.test_capture_judge import AT, found, leg, part

BODY = b"<!doctype html><title>Video abc</title>" + "Wörter. ".encode() * 100
BLOBS = {"body:0": BODY, "dom": b"<html>dom</html>", "text": b"words", "shot": b"\x89PNG the picture of the page"}
CERTIFICATE = Certificate(
    "https://site.example.net", 0, "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n", "ab"
)


def hops() -> Found:
    return found(
        url="http://site.example.net/old",
        legs=[
            leg("http://site.example.net/old", status=301, outcome="redirect", body_name="",
                headers=[("Location", "https://site.example.net/v/abc")], protocol="http/1.1"),
            leg(
                headers=[("content-type", "text/html"), ("content-encoding", "br"), ("content-length", "12"),
                         (":status", "200"), ("x-odd", "line\nbreak\0 ü 世")],
                request_headers=[("User-Agent", "Mozilla"), (":path", "/"), ("Proxy-Connection", "keep-alive")],
            ),
            part(kind="Image", why="media", outcome="blocked", status=200, body_name=""),
            part(outcome="not_kept", body_name=""),
            part(status=0, outcome="failed", body_name=""),
        ],
    )  # fmt: skip


def made() -> tuple[bytes, bytes, dict[str, Any]]:
    facts = hops()
    seen = Seen(Job(url=facts.url), {}, BLOBS, {})
    record = records.record(
        seen, facts, judge(facts), started_at=AT, finished_at=AT, certificates=[CERTIFICATE], software={"recourse": "1"}
    )
    archived = warc.write(
        facts,
        BLOBS,
        record=record,
        chain=records.chain(facts),
        certificates=[CERTIFICATE],
        at=AT,
        software="Recourse 1",
    )
    return archived, wacz.write(facts, archived, record=warc.as_json(record), at=AT, software="Recourse 1"), record


def test_warcio_check_finds_every_digest_right_and_a_flipped_byte_wrong(tmp_path: Path) -> None:
    archived, _, _ = made()
    file = tmp_path / "data.warc.gz"
    file.write_bytes(archived)
    command = [str(Path(sys.executable).with_name("warcio")), "check", str(file)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    plain = b"".join(
        subprocess.run(["zcat", str(file)], capture_output=True, check=True).stdout.splitlines(keepends=True)
    )
    at = plain.index(b"<title>Video") + 7
    file.with_suffix("").write_bytes(plain[:at] + b"X" + plain[at + 1 :])
    broken = subprocess.run([*command[:2], str(file.with_suffix(""))], capture_output=True, check=False)
    assert broken.returncode != 0


def read(archived: bytes) -> list[tuple[str, str, dict[str, str], bytes]]:
    return [
        (
            record.rec_type,
            record.rec_headers.get_header("WARC-Target-URI") or "",
            dict(record.rec_headers.headers),
            record.content_stream().read(),
        )
        for record in ArchiveIterator(io.BytesIO(archived))
    ]


def test_the_archive_holds_each_answer_with_its_request_and_what_was_taken() -> None:
    archived, _, _ = made()
    kinds = [(kind, url) for kind, url, _, _ in read(archived)]
    page = "https://site.example.net/v/abc"
    assert kinds[0][0] == "warcinfo"
    assert kinds[-1] == ("metadata", page)
    assert kinds[1:7] == [
        ("response", "http://site.example.net/old"), ("request", "http://site.example.net/old"),
        ("response", page), ("request", page),
        ("response", "https://site.example.net/x.js"), ("request", "https://site.example.net/x.js"),
    ]  # fmt: skip
    assert [url.split(":")[2] for kind, url in kinds if kind == "resource"] == [
        "record",
        "chain",
        "dom",
        "text",
        "certificates",
    ]
    heads = {url: head for kind, url, head, _ in read(archived) if kind == "response"}
    assert heads[page]["WARC-IP-Address"] == "192.0.2.1"
    assert "WARC-Truncated" not in heads[page]
    assert heads["https://site.example.net/x.js"]["WARC-Truncated"] == "unspecified"
    assert next(body for kind, url, _, body in read(archived) if kind == "response" and url == page) == BODY


def test_headers_that_speak_of_the_wire_are_kept_under_another_name() -> None:
    archived, _, _ = made()
    response = next(
        record.http_headers
        for record in ArchiveIterator(io.BytesIO(archived))
        if record.rec_type == "response" and record.rec_headers.get_header("WARC-Target-URI").startswith("https")
    )
    names = dict(response.headers)
    assert names["x-orig-content-encoding"] == "br"
    assert names["Content-Length"] == str(len(BODY))
    assert "content-encoding" not in names
    assert ":status" not in names
    assert "\n" not in names["x-odd"]


def test_the_picture_of_the_page_is_not_in_the_archive_but_its_hash_is() -> None:
    archived, packed, record = made()
    assert record["picture"]["sha256"] == hashlib.sha256(BLOBS["shot"]).hexdigest()
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert not any(b"the picture of the page" in archive.read(name) for name in archive.namelist())
    assert not any(b"the picture of the page" in body for _, _, _, body in read(archived))


def test_the_wacz_has_the_layout_and_the_hashes_of_its_specification() -> None:
    _, packed, record = made()
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.testzip() is None
        assert all(entry.compress_type == zipfile.ZIP_STORED for entry in archive.infolist())
        package = json.loads(archive.read("datapackage.json"))
        assert package["profile"] == "data-package"
        assert package["wacz_version"] == "1.1.1"
        assert {"title", "created", "mainPageUrl", "software"} <= set(package)
        listed = {one["path"] for one in package["resources"]}
        assert listed == set(archive.namelist()) - {"datapackage.json", "datapackage-digest.json"}
        assert {"archive/data.warc.gz", "indexes/index.cdxj", "pages/pages.jsonl"} <= listed
        for one in package["resources"]:
            data = archive.read(one["path"])
            assert one["bytes"] == len(data)
            assert one["hash"] == "sha256:" + hashlib.sha256(data).hexdigest()
            assert one["name"] == one["path"].rpartition("/")[2]
        digest = json.loads(archive.read("datapackage-digest.json"))
        assert digest["hash"] == "sha256:" + hashlib.sha256(archive.read("datapackage.json")).hexdigest()
        head, page = [json.loads(line) for line in archive.read("pages/pages.jsonl").splitlines()]
        assert head["format"] == "json-pages-1.0"
        assert page["url"] == package["mainPageUrl"]
        assert page["ts"].endswith("Z")
        assert json.loads(archive.read("capture.json")) == json.loads(json.dumps(record))


def test_each_line_of_the_index_leads_to_its_record() -> None:
    archived, packed, _ = made()
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        lines = archive.read("indexes/index.cdxj").decode().splitlines()
    assert lines == sorted(lines)
    assert len(lines) == 8
    for line in lines:
        key, stamp, fields = line.split(" ", 2)
        told = json.loads(fields)
        (record,) = ArchiveIterator(io.BytesIO(archived[told["offset"] : told["offset"] + told["length"]]))
        assert record.rec_headers.get_header("WARC-Target-URI") == told["url"]
        assert stamp == "20261122120000"
        assert record.rec_headers.get_header("WARC-Payload-Digest") == told["digest"]
        assert key == wacz.surt(told["url"])


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://www.Site.example.net/V/a?B=1", "net,example,site)/v/a?b=1"),
        ("http://site.example.net:8080", "net,example,site:8080)/"),
        ("http://[::1/", "http://[::1/"),
    ],
)
def test_keys_sort_by_site(url: str, key: str) -> None:
    assert wacz.surt(url) == key


def test_the_record_states_what_was_done_with_what() -> None:
    _, _, record = made()
    assert record["url_entered"] == "http://site.example.net/old"
    assert record["redirects"] == ["http://site.example.net/old"]
    assert record["content_not_downloaded"] is True
    assert record["network"]["egress"] == "direct"
    assert record["browser"]["viewport"] == [1280, 800]
    assert record["started_at"] == "2026-11-22T12:00:00.000000Z"
    hop = records.chain(hops())["page"][0]
    assert (hop["status"], hop["addresses"]) == (301, ["192.0.2.1"])
    assert [
        "Location",
        "https://site.example.net/v/abc",
    ] in hop["headers"]
    stopped = [one for one in records.chain(hops())["others"] if "stopped_by" in one]
    assert [one["stopped_by"] for one in stopped] == ["media"]
