"""From what the shut-in browser handed over to plain facts of a known shape. Pure; all of it is a stranger's word."""

import base64
import binascii
import hashlib
import ssl
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from evidence.capture.browser import Seen

MOST_ADDRESSES = 8
DATA_MEDIA = (b"data:image/", b"data:video/", b"data:audio/")


@dataclass(frozen=True, slots=True)
class Leg:
    """One request and its answer, or its failure. `outcome`: whole, redirect, blocked, failed, unfinished, not_kept.

    `why` says which rule of ours stopped it. `addresses` are what the proxy connected to for this host and port.
    """

    url: str
    method: str
    kind: str
    at: datetime
    ended_at: datetime | None
    status: int
    status_words: str
    request_headers: Sequence[tuple[str, str]]
    headers: Sequence[tuple[str, str]]
    outcome: str
    why: str
    error: str
    is_main: bool
    mime: str
    protocol: str
    tls: Mapping[str, Any] | None
    body_name: str
    post: str
    addresses: Sequence[str]
    refused: str

    def header(self, name: str) -> str:
        """Return the first header of a name, or an empty text."""
        return next((value for key, value in self.headers if key.lower() == name), "")


@dataclass(frozen=True, slots=True)
class Found:
    """One capture as plain facts. `ended`: loaded, timed_out, failed, no_page, out_of_memory, browser_failed, …"""

    url: str
    final_url: str
    title: str
    headings: Sequence[str]
    text: str
    text_length: int
    legs: Sequence[Leg]
    ended: str
    error: str
    signals: Mapping[str, Any]
    navigations: Sequence[Mapping[str, Any]]
    notes: Sequence[str]
    shot: Mapping[str, int] | None
    refused: Mapping[str, int]
    certificates: Mapping[str, Sequence[str]]
    user_agent: str
    browser: str
    with_media: bool
    over: str
    bytes_down: int
    has_dom: bool
    sockets: Sequence[str] = field(default=())

    @property
    def main(self) -> Sequence[Leg]:
        """The requests for the page itself: every hop, then the answer that is shown."""
        return [leg for leg in self.legs if leg.is_main]

    @property
    def answer(self) -> Leg | None:
        """The last answer for the page itself, if any came."""
        return next((leg for leg in reversed(self.main) if leg.status), None)

    @property
    def blocked(self) -> Mapping[str, int]:
        """How many requests our own rules stopped, by rule."""
        return Counter(leg.why for leg in self.legs if leg.why)

    @property
    def refused_addresses(self) -> Sequence[str]:
        """Hosts that the page wanted and the address rules did not allow, in order, once each."""
        return list(dict.fromkeys(host_of(leg.url) for leg in self.legs if leg.refused))


def read(seen: Seen) -> Found:
    """Return the facts of one visit. Raises ValueError, KeyError or TypeError when they do not have the known shape."""
    facts, proxy = seen.facts, seen.proxy
    signals = facts.get("signals") or {}
    passages = list(proxy.get("passages", []))
    legs = [_leg(raw, passages) for raw in facts["legs"]]
    navigations = [{"url": str(one["url"]), "at": float(one["at"])} for one in facts.get("navigations", [])]
    main = [leg for leg in legs if leg.is_main]
    shown = str(signals.get("address") or "")
    last = shown if shown.startswith(("http://", "https://")) else main[-1].url if main else seen.job.url
    text = seen.blobs.get("text", b"").decode("utf-8", "replace")
    return Found(
        url=seen.job.url,
        final_url=last,
        title=str(signals.get("title", ""))[:300],
        headings=[str(one)[:300] for one in signals.get("headings", [])][:5],
        text=text,
        text_length=len(text.strip()),
        legs=legs,
        ended=str(facts.get("ended", "")) or "browser_failed",
        error=str(facts.get("error", ""))[:200],
        signals=signals,
        navigations=navigations,
        notes=[str(one)[:40] for one in facts.get("notes", [])],
        shot=facts.get("shot"),
        refused={str(key): int(value) for key, value in facts.get("refused", {}).items()},
        certificates={str(key): [str(one) for one in value] for key, value in facts.get("certificates", {}).items()},
        user_agent=str(facts.get("user_agent", ""))[:300],
        browser=str(facts.get("browser", ""))[:80],
        with_media=seen.job.with_media,
        over=str(proxy.get("over", "")),
        bytes_down=int(proxy.get("down", 0)),
        has_dom="dom" in seen.blobs,
        sockets=[str(one) for one in facts.get("sockets", [])],
    )


def _leg(raw: Mapping[str, Any], passages: Sequence[Mapping[str, Any]]) -> Leg:
    url = str(raw["url"])
    addresses, refused = _passed(url, passages)
    return Leg(
        url=url,
        method=str(raw["method"]),
        kind=str(raw["type"]),
        at=datetime.fromtimestamp(float(raw["at"]), UTC),
        ended_at=datetime.fromtimestamp(float(raw["ended_at"]), UTC) if raw.get("ended_at") else None,
        status=int(raw["status"]),
        status_words=str(raw.get("reason", "")),
        request_headers=[(str(name), str(value)) for name, value in raw["request_headers"]],
        headers=[(str(name), str(value)) for name, value in raw["headers"]],
        outcome=str(raw["outcome"]),
        why=str(raw["why"]),
        error=str(raw["error"]),
        is_main=bool(raw["is_main"]),
        mime=str(raw["mime"]),
        protocol=str(raw["protocol"]),
        tls=raw.get("tls"),
        body_name=str(raw["body"]),
        post=str(raw.get("post", "")),
        addresses=addresses,
        refused=refused,
    )


def _passed(url: str, passages: Sequence[Mapping[str, Any]]) -> tuple[list[str], str]:
    """What the proxy's log says of a URL's host and port: the addresses it connected to, and why it refused."""
    host, port = host_of(url), _port(url)
    mine = [one for one in passages if one["host"] == host and one["port"] == port]
    addresses = list(dict.fromkeys(str(one["address"]) for one in mine if one["address"]))[:MOST_ADDRESSES]
    if addresses:
        return addresses, ""
    # What the rules refuse by its looks alone has no host and port in the log, only the text itself.
    raw = [one for one in passages if one["refused"] and str(one["host"]) in (url, f"{host}:{port}")]
    return [], next((str(one["refused"]) for one in [*mine, *raw] if one["refused"]), "")


def host_of(url: str) -> str:
    """Return the host of a URL, or an empty text."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def _port(url: str) -> int:
    try:
        parts = urlsplit(url)
        return parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return 0


def connection_error(seen: Seen) -> str:
    """Return what the proxy says of the page's own host, where nothing came: dns_failed, connect_failed, timed_out."""
    host, port = host_of(seen.job.url), _port(seen.job.url)
    errors = [str(one["error"]) for one in seen.proxy.get("passages", []) if (one["host"], one["port"]) == (host, port)]
    return next((error for error in errors if error), "")


def holds_media(seen: Seen, found: Found) -> bool:
    """Whether pictures, films or sounds lie in what was kept: asked for, or written into the page itself."""
    if found.with_media:
        return True
    return any(mark in data for name, data in seen.blobs.items() if name != "shot" for mark in DATA_MEDIA)


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate that a site showed: PEM text and SHA-256 (hex) of its DER form."""

    origin: str
    place: int
    pem: str
    sha256: str


def certificates(found: Found) -> list[Certificate]:
    """Return every certificate, the site's own first; what is no base64 is left out."""
    made = []
    for origin, chain in found.certificates.items():
        for place, text in enumerate(chain):
            try:
                der = base64.b64decode(text, validate=True)
            except (binascii.Error, ValueError):
                continue
            made.append(Certificate(origin, place, ssl.DER_cert_to_PEM_cert(der), hashlib.sha256(der).hexdigest()))
    return made
