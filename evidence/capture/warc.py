"""WARC 1.1 (ISO 28500:2017) of one capture: requests, responses and what was taken from the page, with digests."""

import io
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlsplit

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.timeutils import datetime_to_iso_date
from warcio.warcwriter import WARCWriter

from evidence.capture.findings import Certificate, Found, Leg

UNPACKED = frozenset({"content-encoding", "transfer-encoding", "content-length"})
"""Headers that speak of bytes on the wire; the browser has unpacked them, so they are kept under another name."""
PSEUDO = ":"


def write(
    found: Found,
    blobs: Mapping[str, bytes],
    *,
    record: Mapping[str, Any],
    chain: Mapping[str, Any],
    certificates: Sequence[Certificate],
    at: datetime,
    software: str,
) -> bytes:
    """Return one gzip'd WARC. The picture of the page is not in it: its hash is in the record of the capture."""
    target = io.BytesIO()
    writer = WARCWriter(target, gzip=True, warc_version="1.1")
    writer.write_record(
        writer.create_warcinfo_record(
            "data.warc.gz",
            {
                "software": software,
                "format": "WARC File Format 1.1",
                "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
                "http-header-user-agent": found.user_agent,
                "robots": "ignore",
            },
        )
    )
    for leg in found.legs:
        if leg.status and not leg.why:
            _write_leg(writer, leg, blobs.get(leg.body_name, b"") if leg.body_name else b"")
    page = _target(found.final_url)
    for name, kind, body in _taken(blobs, record, chain, certificates):
        made = writer.create_warc_record(
            f"urn:capture:{name}:{page}",
            "resource",
            payload=io.BytesIO(body),
            warc_content_type=kind,
            warc_headers_dict={"WARC-Date": _date(at), "WARC-Refers-To-Target-URI": page},
        )
        writer.write_record(made)
    said = json.dumps({"blocked": dict(found.blocked), "refused_hosts": list(found.refused_addresses)}, sort_keys=True)
    writer.write_record(
        writer.create_warc_record(
            page,
            "metadata",
            payload=io.BytesIO(said.encode()),
            warc_content_type="application/json",
            warc_headers_dict={"WARC-Date": _date(at)},
        )
    )
    return target.getvalue()


def _taken(
    blobs: Mapping[str, bytes],
    record: Mapping[str, Any],
    chain: Mapping[str, Any],
    certificates: Sequence[Certificate],
) -> list[tuple[str, str, bytes]]:
    made = [("record", "application/json", as_json(record)), ("chain", "application/json", as_json(chain))]
    if "dom" in blobs:
        made.append(("dom", "text/html; charset=utf-8", blobs["dom"]))
    if "text" in blobs:
        made.append(("text", "text/plain; charset=utf-8", blobs["text"]))
    if certificates:
        pem = "".join(f"# {one.origin} {one.place}\n{one.pem}" for one in certificates)
        made.append(("certificates", "application/x-pem-file", pem.encode()))
    return made


def as_json(value: Mapping[str, Any]) -> bytes:
    """Return readable JSON with sorted keys."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1).encode("utf-8", "replace")


def _write_leg(writer: WARCWriter, leg: Leg, body: bytes) -> None:
    shared = {"WARC-Date": _date(leg.at)}
    if leg.addresses:
        shared["WARC-IP-Address"] = leg.addresses[0]
    if leg.protocol:
        shared["WARC-Protocol"] = leg.protocol
    url = _target(leg.url)
    response: ArcWarcRecord = writer.create_warc_record(
        url,
        "response",
        payload=io.BytesIO(body),
        http_headers=StatusAndHeaders(_status_line(leg), _response_headers(leg, len(body)), protocol="HTTP/1.1"),
        warc_headers_dict=dict(shared) | ({"WARC-Truncated": "unspecified"} if _is_cut(leg) else {}),
    )
    request: ArcWarcRecord = writer.create_warc_record(
        url,
        "request",
        payload=io.BytesIO(leg.post.encode("utf-8", "replace")),
        http_headers=StatusAndHeaders(
            f"{_clean(leg.method)} {_path(url)} HTTP/1.1", _request_headers(leg, url), is_http_request=True
        ),
        warc_headers_dict=shared,
    )
    writer.write_request_response_pair(request, response)


def _is_cut(leg: Leg) -> bool:
    return not leg.body_name and leg.outcome in ("failed", "unfinished", "not_kept")


def _status_line(leg: Leg) -> str:
    try:
        known = HTTPStatus(leg.status).phrase
    except ValueError:
        known = "Unknown"
    return f"{leg.status} {_clean(leg.status_words) or known}"


def _response_headers(leg: Leg, length: int) -> list[tuple[str, str]]:
    kept = []
    for name, value in leg.headers:
        if name.startswith(PSEUDO):
            continue
        kept.append((f"x-orig-{name}" if name.lower() in UNPACKED else _clean(name), _clean(value)))
    return [*kept, ("Content-Length", str(length))]


def _request_headers(leg: Leg, url: str) -> list[tuple[str, str]]:
    kept = [
        (_clean(name), _clean(value))
        for name, value in leg.request_headers
        if not name.startswith(PSEUDO) and name.lower() != "proxy-connection"
    ]
    if not any(name.lower() == "host" for name, _ in kept):
        kept.insert(0, ("Host", urlsplit(url).netloc))
    return kept


def _clean(text: str) -> str:
    """One line of Latin-1, as a header can hold it."""
    line = " ".join(text.replace("\0", " ").splitlines())
    return line.encode("latin-1", "backslashreplace").decode("latin-1").strip()


def _target(url: str) -> str:
    return quote(url.partition("#")[0], safe="/?#[]@!$&'()*+,;=:%~-._")


def _path(url: str) -> str:
    rest = url.partition("://")[2].partition("/")
    return "/" + rest[2]


def _date(at: datetime) -> str:
    return str(datetime_to_iso_date(at.astimezone(UTC).replace(tzinfo=None), use_micros=True))
