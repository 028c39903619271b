"""The process that touches the internet: no database, no secrets, no Django. Batches come in on a pipe, answers go out.

One line of JSON in: {"batch": 7, "seconds": 60, "items": [{"id": "a", "url": "https://…"}]}.
One line of JSON out: {"batch": 7, "observations": {"a": {…}}}, an Observation for every item.
"""

import asyncio
import json
import os
import resource
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from urllib.parse import urlsplit

from cases.addresses import Policy, loopback_pairs
from takedowns.fetcher import Limits, look
from takedowns.observations import LookError, Observation, without_answer
from takedowns.reference import Marker, platforms

MAX_LINE = 8 * 1024 * 1024
AT_ONCE = 32
MEGABYTE = 1024 * 1024
# A page, its tree and the extract take a few megabytes; thread stacks of the resolver count as address space.
ADDRESS_SPACE = 2048 * MEGABYTE
CPU_SECONDS = 3600


def confine() -> None:
    """Give up what this process never needs: files to write, core dumps, unbounded memory and time."""
    for what, limit in (
        (resource.RLIMIT_AS, ADDRESS_SPACE),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 512),
    ):
        hard = resource.getrlimit(what)[1]
        wanted = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(what, (wanted, wanted))


class Hosts:
    """One request at a time per host, and a pause before the next: nobody is to notice a crowd."""

    def __init__(self, gap: float) -> None:
        self._gap = gap
        self._locks: dict[str, asyncio.Lock] = {}
        self._free_at: dict[str, float] = {}

    async def look(self, url: str, *, policy: Policy, gate: asyncio.Semaphore, limits: Limits) -> Observation:
        """Wait for the host's turn, then look once."""
        host = _host(url)
        async with self._locks.setdefault(host, asyncio.Lock()):
            await asyncio.sleep(max(0.0, self._free_at.get(host, 0.0) - time.monotonic()))
            async with gate:
                try:
                    return await look(url, policy=policy, limits=limits, markers=_markers(host))
                finally:
                    self._free_at[host] = time.monotonic() + self._gap


def _host(url: str) -> str:
    with suppress(ValueError):
        return (urlsplit(url).hostname or "").rstrip(".")
    return ""


def _markers(host: str) -> tuple[Marker, ...]:
    platform = platforms().by_host(host)
    return (platform or platforms().generic).source_markers


async def answer_batch(
    batch: Mapping[str, object], *, policy: Policy, hosts: Hosts, gate: asyncio.Semaphore, limits: Limits
) -> dict[str, object]:
    """Look at every item within the batch's seconds; what was not reached says so. Raises ValueError if malformed."""
    items, seconds = batch.get("items"), batch.get("seconds")
    if not isinstance(items, list) or not isinstance(seconds, int | float):
        raise ValueError("A batch has items and seconds.")
    began = datetime.now(UTC)
    urls = {str(item["id"]): str(item["url"]) for item in items}
    looks = {
        key: asyncio.create_task(hosts.look(url, policy=policy, gate=gate, limits=limits)) for key, url in urls.items()
    }
    if looks:
        await asyncio.wait(looks.values(), timeout=float(seconds))
    found = {}
    for key, task in looks.items():
        url = urls[key]
        if not task.done():
            task.cancel()
            found[key] = without_answer(url, error=LookError.NOT_REACHED, at=began)
        elif problem := task.exception():
            found[key] = without_answer(url, error=LookError.FETCHER_FAILED, at=began, detail=type(problem).__name__)
        else:
            found[key] = task.result()
    await asyncio.gather(*looks.values(), return_exceptions=True)
    return {"batch": batch.get("batch"), "observations": {key: one.as_json() for key, one in found.items()}}


async def serve(*, policy: Policy, gap: float, limits: Limits) -> None:
    """Answer batches until the pipe closes; a closed pipe ends the work under way, so nothing outlives the parent."""
    lines = asyncio.StreamReader(limit=MAX_LINE)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    hosts, gate = Hosts(gap), asyncio.Semaphore(AT_ONCE)
    work: asyncio.Task[None] | None = None
    while line := await lines.readline():
        if work:
            await work
        work = asyncio.create_task(_answer_line(line, policy=policy, hosts=hosts, gate=gate, limits=limits))
    # Leaving at once drops the looks under way: there is nobody to tell.
    os._exit(0)


async def _answer_line(line: bytes, *, policy: Policy, hosts: Hosts, gate: asyncio.Semaphore, limits: Limits) -> None:
    answer = await answer_batch(json.loads(line), policy=policy, hosts=hosts, gate=gate, limits=limits)
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Run until standard input closes. The environment names the demo sites and the pause between looks at one host."""
    confine()
    platforms()
    policy = Policy(loopback_allowed=loopback_pairs(os.environ.get("RECOURSE_FETCH_LOOPBACK", "")))
    gap = float(os.environ.get("RECOURSE_FETCH_HOST_GAP", "2"))
    limits = Limits(seconds=float(os.environ.get("RECOURSE_FETCH_SECONDS", "20")))
    asyncio.run(serve(policy=policy, gap=gap, limits=limits))


if __name__ == "__main__":
    main()
