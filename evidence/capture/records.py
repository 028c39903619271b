"""The two records of a capture: what was done and with what, and every answer on the way to the page. Pure."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from evidence.capture.browser import Seen
from evidence.capture.findings import Certificate, Found, Leg
from evidence.capture.judge import Judgement

FORMAT = "capture/1"
EGRESS = "direct"
RESOLVER = "the machine's own resolver, asked by the policy proxy; the first answer held for the whole capture"


def chain(found: Found) -> dict[str, Any]:
    """Return every hop to the page and every other request: URL, status, headers, address, times (UTC)."""
    return {
        "format": "chain/1",
        "entered": found.url,
        "ended_at": found.final_url,
        "page": [_hop(leg) for leg in found.main],
        "others": [_hop(leg, brief=True) for leg in found.legs if not leg.is_main],
        "moves": [
            {"url": one["url"], "at": _time(datetime.fromtimestamp(one["at"], UTC))} for one in found.navigations
        ],
        "web_sockets": list(found.sockets),
    }


def _hop(leg: Leg, *, brief: bool = False) -> dict[str, Any]:
    told: dict[str, Any] = {
        "url": leg.url,
        "method": leg.method,
        "kind": leg.kind,
        "status": leg.status,
        "at": _time(leg.at),
        "addresses": list(leg.addresses),
        "outcome": leg.outcome,
    }
    for name, value in (("stopped_by", leg.why), ("refused", leg.refused), ("error", leg.error)):
        if value:
            told[name] = value
    if not brief:
        told["status_words"] = leg.status_words
        told["request_headers"] = [list(pair) for pair in leg.request_headers]
        told["headers"] = [list(pair) for pair in leg.headers]
        told["protocol"] = leg.protocol
        told["tls"] = _tls(leg.tls)
    return told


def _tls(facts: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not facts:
        return None
    told = dict(facts)
    for name in ("valid_from", "valid_to"):
        told[name] = _time(datetime.fromtimestamp(float(facts.get(name, 0)), UTC))
    return told


def record(
    seen: Seen,
    found: Found,
    judged: Judgement,
    *,
    started_at: datetime,
    finished_at: datetime,
    certificates: list[Certificate],
    software: Mapping[str, str],
) -> dict[str, Any]:
    """Return the record of one capture, as it stands in the archive and beside it."""
    job, shot = seen.job, seen.blobs.get("shot")
    return {
        "format": FORMAT,
        "url_entered": found.url,
        "url_shown": found.final_url,
        "redirects": [leg.url for leg in found.main[:-1]],
        "started_at": _time(started_at),
        "finished_at": _time(finished_at),
        "result": str(judged.result),
        "reason": judged.reason,
        "notes": list(judged.notes),
        "title": found.title,
        "content_not_downloaded": not job.with_media,
        "media": "asked for" if job.with_media else "left out: pictures, films, sounds",
        "blocked": dict(sorted(found.blocked.items())),
        "addresses_refused": list(found.refused_addresses),
        "refused": dict(found.refused),
        "browser": {
            "program": found.browser,
            "user_agent": found.user_agent,
            "viewport": list(job.viewport),
            "locale": job.locale,
            "time_zone": job.timezone,
            "scripts": True,
            "cookies_kept": False,
            "profile": "new for this capture, removed after it",
        },
        "network": {
            "egress": EGRESS,
            "resolver": RESOLVER,
            "proxy": "every connection checked and logged by our own proxy; TLS passes it unopened",
            "bytes_down": found.bytes_down,
            "limit_reached": found.over,
        },
        "limits": {
            "seconds": int(job.seconds),
            "memory_bytes": job.memory,
            "bytes_down": seen.limits.down,
            "picture_height": job.most_height,
        },
        "picture": {**(found.shot or {}), "sha256": hashlib.sha256(shot).hexdigest()} if shot else None,
        "text_sha256": hashlib.sha256(seen.blobs["text"]).hexdigest() if "text" in seen.blobs else "",
        "certificates": [{"origin": one.origin, "place": one.place, "sha256": one.sha256} for one in certificates],
        "software": dict(software),
    }


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
