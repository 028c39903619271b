"""One careful look at a hostile address. The only module that knows the HTTP client.

The address that was checked is the address that is connected: names are resolved here, every answer is checked, the
client is given those answers alone, its sockets check again before they connect, and the kernel's peer is checked
before a byte is sent. Nothing is rendered, nothing is kept but a bounded extract.
"""

import asyncio
import hashlib
import socket
import ssl
import time
import zlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urljoin

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.connector import Connection
from aiohttp.tracing import Trace
from yarl import URL

from cases.addresses import UNWANTED, Policy, Refused, Target
from takedowns.observations import Hop, LookError, Observation
from takedowns.pages import Page, PageTooSlow, decode, plain_page, read_page
from takedowns.reference import Marker

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]

REDIRECTS = frozenset({301, 302, 303, 307, 308})
HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
# What a current browser sends when a person opens a page: a site learns that somebody looked, and nothing of who.
HEADERS = {
    "User-Agent": (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/142.0.0.0 Safari/537.36"
    ),
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "en-US,en;q=0.9",
    "Accept-Encoding": "gzip",
    "Upgrade-Insecure-Requests": "1",
}


@dataclass(frozen=True)
class Limits:
    """Bounds of one look: seconds for everything together, bytes on the wire, bytes after decompression."""

    seconds: float = 20.0
    connect_seconds: float = 6.0
    page_seconds: float = 1.0
    redirects: int = 5
    wire_bytes: int = 2_000_000
    body_bytes: int = 5_000_000
    header_bytes: int = 16_384
    text_length: int = 4_000


class _Failed(Exception):
    def __init__(self, error: LookError, detail: str = "") -> None:
        super().__init__(error)
        self.error = error
        self.detail = detail


async def resolve(host: str, port: int) -> Sequence[str]:
    """The machine's own resolver. Raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context()


async def look(
    url: str,
    *,
    policy: Policy,
    resolver: Resolver = resolve,
    limits: Limits | None = None,
    markers: Sequence[Marker] = (),
    tls: ssl.SSLContext | None = None,
) -> Observation:
    """Look once. A dead, hostile or forbidden address is a result, not an error: this never raises for one.

    `markers` are the source markers to look for, `tls` replaces the machine's trusted authorities in tests.
    """
    visit = _Visit(policy, resolver, limits or Limits(), tuple(markers), tls or _trusted())
    started_at, began = datetime.now(UTC), time.monotonic()
    seen = Observation(url=url, final_url=url, started_at=started_at, seconds=0.0)
    try:
        async with asyncio.timeout(visit.limits.seconds):
            seen = await visit.follow(seen)
    except TimeoutError:
        seen = replace(seen, error=LookError.TIMED_OUT)
    except Refused as refusal:
        seen = replace(seen, error=LookError.ADDRESS_REFUSED, detail=refusal.code)
    except _Failed as failure:
        seen = replace(seen, error=failure.error, detail=failure.detail)
    hops = tuple(visit.hops)
    return replace(
        seen,
        hops=hops,
        final_url=hops[-1].url if hops else url,
        status=hops[-1].status if hops else 0,
        seconds=round(time.monotonic() - began, 3),
    )


@dataclass
class _Visit:
    """The state of one look: what it may do and where it has been."""

    policy: Policy
    resolver: Resolver
    limits: Limits
    markers: tuple[Marker, ...]
    tls: ssl.SSLContext
    hops: list[Hop] = field(default_factory=list)

    async def follow(self, seen: Observation) -> Observation:
        target = self.policy.read(seen.url)
        for _ in range(self.limits.redirects + 1):
            answer = await self._ask(target)
            if isinstance(answer, Observation):
                return replace(answer, url=seen.url, started_at=seen.started_at)
            if UNWANTED.search(answer):
                raise Refused("url_chars", "in a redirect")
            try:
                onward = urljoin(target.url, answer)
            except ValueError:
                raise Refused("host_syntax", "in a redirect") from None
            target = self.policy.read(onward)
        raise _Failed(LookError.TOO_MANY_REDIRECTS)

    async def _ask(self, target: Target) -> Observation | str:
        """One request: the answer as an observation, or where it redirects to."""
        addresses = await self._addresses(target)
        door = _Door(self.policy, target)
        connector = _CheckedConnector(
            door,
            resolver=_Pinned(target.host, addresses),
            use_dns_cache=False,
            force_close=True,
            limit=1,
            ssl=self.tls,
            socket_factory=door.open,
            happy_eyeballs_delay=None,
        )
        try:
            async with (
                aiohttp.ClientSession(
                    connector=connector,
                    cookie_jar=aiohttp.DummyCookieJar(),
                    headers=HEADERS,
                    trust_env=False,
                    auto_decompress=False,
                    read_bufsize=2**15,
                    max_line_size=self.limits.header_bytes // 2,
                    max_field_size=self.limits.header_bytes // 2,
                    timeout=aiohttp.ClientTimeout(total=None, sock_connect=self.limits.connect_seconds),
                ) as client,
                client.get(URL(target.url, encoded=True), allow_redirects=False) as response,
            ):
                self.hops.append(Hop(target.url, response.status, door.peer))
                location = response.headers.get("Location")
                if response.status in REDIRECTS and location is not None:
                    return location
                return await self._read(target, response)
        except Refused:
            raise
        except (aiohttp.ClientSSLError, ssl.SSLError) as problem:
            raise _Failed(LookError.TLS_FAILED, type(problem).__name__) from problem
        except (aiohttp.ServerTimeoutError, TimeoutError) as problem:
            raise TimeoutError from problem
        except aiohttp.ClientConnectorError as problem:
            raise _Failed(LookError.CONNECT_FAILED, type(problem).__name__) from problem
        except (aiohttp.ClientError, OSError, ValueError) as problem:
            raise _Failed(LookError.BAD_ANSWER, type(problem).__name__) from problem

    async def _addresses(self, target: Target) -> list[str]:
        if self.policy.stands_for_loopback(target.host, target.port):
            answers: Sequence[str] = ["127.0.0.1"]
        elif target.is_literal:
            answers = [target.host]
        else:
            try:
                answers = await self.resolver(target.host, target.port)
            except (OSError, UnicodeError) as problem:
                raise _Failed(LookError.DNS_FAILED, type(problem).__name__) from problem
        # Two tries are enough, and a name with a thousand answers costs no more.
        return self.policy.check_answers(answers, host=target.host, port=target.port)[:2]

    async def _read(self, target: Target, response: aiohttp.ClientResponse) -> Observation:
        content_type = response.headers.get("Content-Type", "").split(";")[0].strip().lower()[:100]
        seen = Observation(
            url=target.url,
            final_url=target.url,
            started_at=datetime.now(UTC),
            seconds=0.0,
            status=response.status,
            content_type=content_type,
        )
        # Media never comes through: the headers are enough, and closing the connection stops the rest.
        if not (content_type.startswith("text/") or content_type in HTML_TYPES or content_type == "application/json"):
            return seen
        body = await self._body(response)
        seen = replace(seen, body_sha256=hashlib.sha256(body).hexdigest(), bytes_read=len(body))
        source = decode(body, response.charset or "")
        page = self._page(source, content_type)
        return replace(
            seen,
            title=page.title,
            headings=page.headings,
            text=page.text,
            has_player=page.has_player,
            has_password_field=page.has_password_field,
            moves_on=page.moves_on,
            marks=page.marks,
        )

    def _page(self, source: str, content_type: str) -> Page:
        if content_type not in HTML_TYPES:
            return plain_page(source, text_length=self.limits.text_length)
        try:
            return read_page(
                source, self.markers, text_length=self.limits.text_length, seconds=self.limits.page_seconds
            )
        except PageTooSlow as problem:
            raise _Failed(LookError.PAGE_TOO_SLOW) from problem

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding not in ("", "identity", "gzip", "x-gzip"):
            raise _Failed(LookError.BAD_ENCODING, encoding[:40])
        unpack = zlib.decompressobj(31) if "gzip" in encoding else None
        wire, body = 0, bytearray()
        async for chunk in response.content.iter_any():
            wire += len(chunk)
            if wire > self.limits.wire_bytes:
                raise _Failed(LookError.TOO_BIG, "wire")
            if unpack is None:
                body += chunk
            else:
                try:
                    body += unpack.decompress(chunk, self.limits.body_bytes - len(body) + 1)
                except zlib.error as problem:
                    raise _Failed(LookError.BAD_ENCODING, "gzip") from problem
            if len(body) > self.limits.body_bytes:
                raise _Failed(LookError.TOO_BIG, "body")
        return bytes(body)


class _Pinned(AbstractResolver):
    """Gives the client the addresses that were checked, for the one host that was checked."""

    def __init__(self, host: str, addresses: Sequence[str]) -> None:
        self._host = host
        self._addresses = addresses

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,
    ) -> list[ResolveResult]:
        if host != self._host:
            raise Refused("host_changed", host)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self._addresses
        ]

    async def close(self) -> None:
        """Nothing is held."""


class _CheckedConnector(aiohttp.TCPConnector):
    """Hands a connection out only after its peer was checked."""

    def __init__(self, door: "_Door", **settings: Any) -> None:
        super().__init__(**settings)
        self._door = door

    async def connect(
        self, req: aiohttp.ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
    ) -> Connection:
        connection = await super().connect(req, traces, timeout)
        try:
            self._door.check_peer(connection.transport)
        except Refused:
            connection.close()
            raise
        return connection


class _Door:
    """The sockets of one request: each address is checked before it is connected, and the peer afterwards."""

    def __init__(self, policy: Policy, target: Target) -> None:
        self._policy = policy
        self._target = target
        self.peer = ""

    def open(self, info: aiohttp.AddrInfoType) -> socket.socket:
        """A socket for the address that the client is about to connect. Raises Refused."""
        family, kind, proto, _, address = info
        self._check(str(address[0]))
        opened = socket.socket(family, kind, proto)
        opened.setblocking(False)
        return opened

    def check_peer(self, transport: asyncio.BaseTransport | None) -> None:
        """What the kernel says was reached, before anything is asked. Raises Refused."""
        name = transport.get_extra_info("peername") if transport else None
        peer = str(name[0]) if name else ""
        self._check(peer)
        self.peer = peer

    def _check(self, address: str) -> None:
        self._policy.check_address(address, host=self._target.host, port=self._target.port)
