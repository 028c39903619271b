"""The policy proxy: the one way out of the browser's sandbox. Every connection is resolved, judged and logged here.

The address that was checked is the address that is connected, and the first answer for a name holds for the whole
capture, so a name that changes its mind changes nothing. A refused request gets no answer at all: a page of ours must
never pass for the site's.
"""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from cases.addresses import Policy, Refused, Target

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
CHUNK = 64 * 1024
HEAD_BYTES = 64 * 1024
MOST_LOGGED = 2000
OWN_SERVICES = (
    "update.googleapis.com",
    "clients1.google.com",
    "clients2.google.com",
    "clients3.google.com",
    "clients4.google.com",
    "clients2.googleusercontent.com",
    "edgedl.me.gvt1.com",
    "redirector.gvt1.com",
    "optimizationguide-pa.googleapis.com",
    "safebrowsing.googleapis.com",
    "safebrowsingohttpgateway.googleapis.com",
    "content-autofill.googleapis.com",
    "android.clients.google.com",
    "mtalk.google.com",
    "accounts.google.com",
    "chromewebstore.googleapis.com",
)
"""Where a browser calls its maker by itself. No page of a case lies there, and nobody is told that we look."""
HOP_BY_HOP = frozenset({b"connection", b"proxy-connection", b"keep-alive", b"proxy-authorization", b"te", b"upgrade"})


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one capture: bytes down, bytes up, connections in all and at once, seconds to connect."""

    down: int = 24_000_000
    up: int = 2_000_000
    connections: int = 400
    at_once: int = 40
    connect_seconds: float = 8.0


@dataclass(slots=True)
class Passage:
    """One connection through the proxy. `refused` is a code of cases.addresses.Refused, or a word of ours."""

    at: str
    method: str
    host: str
    port: int
    url: str = ""
    address: str = ""
    refused: str = ""
    error: str = ""
    up: int = 0
    down: int = 0


@dataclass(slots=True)
class Log:
    """Everything that went through, and what did not."""

    passages: list[Passage] = field(default_factory=list)
    down: int = 0
    up: int = 0
    over: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "passages": [asdict(one) for one in self.passages],
            "down": self.down,
            "up": self.up,
            "over": self.over,
        }


class _Ended(Exception):
    """This connection ends here; why stands in its passage."""


async def machine_resolver(host: str, port: int) -> Sequence[str]:
    """The machine's own resolver. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class PolicyProxy:
    """Serves one capture. `policy` is cases.addresses' own; `resolver` is replaced in tests."""

    def __init__(self, policy: Policy, *, limits: Limits, resolver: Resolver = machine_resolver) -> None:
        self.log = Log()
        self._policy = policy
        self._limits = limits
        self._resolver = resolver
        self._pinned: dict[tuple[str, int], asyncio.Task[list[str]]] = {}
        self._open = 0
        self._count = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection of the browser; never raises for what a page does."""
        self._count += 1
        self._open += 1
        try:
            if self._count > self._limits.connections or self._open > self._limits.at_once:
                self.log.over = self.log.over or "connections"
                return
            await self._answer(reader, writer)
        except (_Ended, OSError, ValueError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return
        finally:
            self._open -= 1
            # Without a word: the browser then knows a connection that failed, never a page.
            with suppress(Exception):
                writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), self._limits.connect_seconds)
        line, *lines = head[:-4].split(b"\r\n")
        method, url, _version = line.decode("ascii").split(" ")
        passage = Passage(datetime.now(UTC).isoformat(), method[:20], "", 0)
        if len(self.log.passages) < MOST_LOGGED:
            self.log.passages.append(passage)
        is_tunnel = method == "CONNECT"
        try:
            target = self._policy.read(f"https://{url}/" if is_tunnel else url)
            passage.host, passage.port = target.host, target.port
            if target.host in OWN_SERVICES:
                raise Refused("own_service")
            if not is_tunnel:
                passage.url = target.url[:2000]
                if target.scheme != "http":
                    raise Refused("scheme")
            up_reader, up_writer = await self._connect(target, passage)
        except Refused as refusal:
            passage.refused = refusal.code
            passage.host = passage.host or url[:200]
            raise _Ended from None
        try:
            if is_tunnel:
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await self._both_ways(reader, writer, up_reader, up_writer, passage)
            else:
                await self._one_request((method, target, lines), reader, writer, up_reader, up_writer, passage)
        finally:
            up_writer.close()

    async def _connect(self, target: Target, passage: Passage) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        pair = (target.host, target.port)
        if pair not in self._pinned:
            self._pinned[pair] = asyncio.ensure_future(self._addresses(target))
        try:
            addresses = await asyncio.shield(self._pinned[pair])
        except (OSError, UnicodeError):
            passage.error = "dns_failed"
            raise _Ended from None
        last = "connect_failed"
        for address in addresses:
            # Once more and for this one address, right before it is connected.
            self._policy.check_address(address, host=target.host, port=target.port)
            try:
                streams = await asyncio.wait_for(
                    asyncio.open_connection(address, target.port, limit=HEAD_BYTES), self._limits.connect_seconds
                )
            except TimeoutError:
                last = "timed_out"
                continue
            except OSError:
                continue
            peer = str(streams[1].get_extra_info("peername")[0])
            try:
                self._policy.check_address(peer, host=target.host, port=target.port)
            except Refused:
                streams[1].close()
                raise
            passage.address = peer
            if addresses[0] != address:
                addresses.insert(0, address)
            return streams
        passage.error = last
        raise _Ended

    async def _addresses(self, target: Target) -> list[str]:
        if self._policy.stands_for_loopback(target.host, target.port):
            answers: Sequence[str] = ["127.0.0.1"]
        elif target.is_literal:
            answers = [target.host]
        else:
            answers = await asyncio.wait_for(self._resolver(target.host, target.port), self._limits.connect_seconds)
        return self._policy.check_answers(answers, host=target.host, port=target.port)[:2]

    async def _both_ways(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        up_reader: asyncio.StreamReader,
        up_writer: asyncio.StreamWriter,
        passage: Passage,
    ) -> None:
        flows = {
            asyncio.ensure_future(self._flow(reader, up_writer, passage, is_up=True)),
            asyncio.ensure_future(self._flow(up_reader, writer, passage, is_up=False)),
        }
        try:
            await asyncio.wait(flows, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for flow in flows:
                flow.cancel()
            await asyncio.gather(*flows, return_exceptions=True)

    async def _one_request(
        self,
        request: tuple[str, Target, list[bytes]],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        up_reader: asyncio.StreamReader,
        up_writer: asyncio.StreamWriter,
        passage: Passage,
    ) -> None:
        """Pass one plain request and its answer, then end: a kept connection could be asked for another host."""
        method, target, lines = request
        headers = [line for line in lines if line.partition(b":")[0].strip().lower() not in HOP_BY_HOP]
        path = "/" + target.url.partition("://")[2].partition("/")[2]
        first = f"{method} {path} HTTP/1.1".encode("ascii")
        up_writer.write(b"\r\n".join([first, *headers, b"Connection: close", b"", b""]))
        body = asyncio.ensure_future(self._flow(reader, up_writer, passage, is_up=True, most=_length(headers)))
        try:
            head = await up_reader.readuntil(b"\r\n\r\n")
            status, *answered = head[:-4].split(b"\r\n")
            kept = [line for line in answered if line.partition(b":")[0].strip().lower() not in HOP_BY_HOP]
            writer.write(b"\r\n".join([status, *kept, b"Connection: close", b"", b""]))
            self._count_down(passage, len(head))
            await self._flow(up_reader, writer, passage, is_up=False)
        finally:
            body.cancel()
            await asyncio.gather(body, return_exceptions=True)

    async def _flow(
        self,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        passage: Passage,
        *,
        is_up: bool,
        most: int | None = None,
    ) -> None:
        left = most
        while left is None or left > 0:
            data = await source.read(CHUNK if left is None else min(CHUNK, left))
            if not data:
                return
            if is_up:
                passage.up += len(data)
                self.log.up += len(data)
                if self.log.up > self._limits.up:
                    self.log.over = self.log.over or "up"
                    raise _Ended
            else:
                self._count_down(passage, len(data))
            if left is not None:
                left -= len(data)
            target.write(data)
            await target.drain()

    def _count_down(self, passage: Passage, size: int) -> None:
        passage.down += size
        self.log.down += size
        if self.log.down > self._limits.down:
            self.log.over = self.log.over or "down"
            raise _Ended


def _length(headers: Sequence[bytes]) -> int:
    """The length of a request's body; one without a stated length has none, as far as we pass it."""
    for line in headers:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            return int(value)
    return 0


async def listen(proxy: PolicyProxy, path: str) -> asyncio.Server:
    """Listen on a unix socket until the server is closed."""
    return await asyncio.start_unix_server(proxy.serve, path, limit=HEAD_BYTES)


async def run_until(proxy: PolicyProxy, path: str, stop: Awaitable[Any], *, seconds: float) -> Log:
    """Serve until `stop` is done or the time is over; return the log."""
    server = await listen(proxy, path)
    began = time.monotonic()
    try:
        with suppress(TimeoutError):
            await asyncio.wait_for(stop, max(0.1, seconds - (time.monotonic() - began)))
    finally:
        server.close()
    return proxy.log
