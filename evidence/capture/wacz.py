"""WACZ 1.1.1 (specs.webrecorder.net/wacz): one zip with the WARC, its index, the list of pages and their hashes."""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from warcio.archiveiterator import ArchiveIterator

from evidence.capture.findings import Found

VERSION = "1.1.1"
WARC_PATH = "archive/data.warc.gz"
INDEX_PATH = "indexes/index.cdxj"
PAGES_PATH = "pages/pages.jsonl"
RECORD_PATH = "capture.json"
MOST_TEXT = 50_000


def write(found: Found, warc: bytes, *, record: bytes, at: datetime, software: str) -> bytes:
    """Return the archive. Entries are stored as they are, in one order, with the time of the capture."""
    pages = _pages(found, at=at)
    files = {WARC_PATH: warc, INDEX_PATH: index(warc), PAGES_PATH: pages, RECORD_PATH: record}
    package = {
        "profile": "data-package",
        "wacz_version": VERSION,
        "title": found.title or found.final_url,
        "created": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "mainPageUrl": found.final_url,
        "mainPageDate": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "software": software,
        "resources": [
            {"name": path.rpartition("/")[2], "path": path, "hash": _hash(data), "bytes": len(data)}
            for path, data in files.items()
        ],
    }
    described = json.dumps(package, ensure_ascii=False, indent=1).encode("utf-8", "replace")
    digest = json.dumps({"path": "datapackage.json", "hash": _hash(described)}).encode()
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path, data in {**files, "datapackage.json": described, "datapackage-digest.json": digest}.items():
            entry = zipfile.ZipInfo(path, at.astimezone(UTC).timetuple()[:6])
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return target.getvalue()


def index(warc: bytes) -> bytes:
    """Return the CDXJ index of a WARC: one sorted line per response and resource."""
    lines = []
    source = io.BytesIO(warc)
    records = ArchiveIterator(source)
    for record in records:
        kind = record.rec_type
        url = record.rec_headers.get_header("WARC-Target-URI")
        if kind not in ("response", "resource") or not url:
            continue
        stamp = _stamp(str(record.rec_headers.get_header("WARC-Date")))
        http = record.http_headers
        mime = http.get_header("Content-Type") if http else record.rec_headers.get_header("Content-Type")
        fields: dict[str, Any] = {
            "url": url,
            "digest": record.rec_headers.get_header("WARC-Payload-Digest"),
            "mime": (mime or "unk").split(";")[0].strip(),
            "status": int(http.get_statuscode()) if http else 200,
        }
        record.content_stream().read()
        fields |= {
            "offset": records.get_record_offset(),
            "length": records.get_record_length(),
            "filename": WARC_PATH.rpartition("/")[2],
        }
        lines.append(f"{surt(url)} {stamp} {json.dumps(fields, ensure_ascii=True)}\n")
    return "".join(sorted(lines)).encode()


def surt(url: str) -> str:
    """Return a URL as a sort-friendly key: host turned round, then path and query in lower case."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port and parts.port not in (80, 443) else ""
    except ValueError:
        return url.lower().replace(" ", "%20")
    if not parts.hostname:
        return url.lower().replace(" ", "%20")
    host = ",".join(reversed(parts.hostname.removeprefix("www.").split(".")))
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}{port}){parts.path or '/'}{query}".lower().replace(" ", "%20")


def _pages(found: Found, *, at: datetime) -> bytes:
    head = {"format": "json-pages-1.0", "id": "pages", "title": "All Pages"}
    page: Mapping[str, Any] = {
        "id": "page",
        "url": found.final_url.partition("#")[0],
        "ts": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "title": found.title,
        "text": found.text[:MOST_TEXT],
    }
    lines = [json.dumps(line, ensure_ascii=True) for line in (head, page)]
    return ("\n".join(lines) + "\n").encode()


def _hash(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _stamp(date: str) -> str:
    return "".join(sign for sign in date if sign.isdigit())[:14]
