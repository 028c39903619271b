"""The process that touches the internet for one capture: the policy proxy, without secrets, database or Django.

One line of JSON in: {"socket": path, "seconds": 60, "limits": {…}}. It says "ready", serves until standard input
closes, and then tells its log in one line of JSON.
"""

import asyncio
import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

from cases.addresses import Policy, loopback_pairs
from evidence.capture.proxy import Limits, PolicyProxy, run_until

MEGABYTE = 1024 * 1024


def confine() -> None:
    """Give up what this process never needs: files to write, core dumps, unbounded memory and time."""
    for what, limit in (
        (resource.RLIMIT_AS, 1024 * MEGABYTE),
        (resource.RLIMIT_CPU, 120),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 512),
    ):
        hard = resource.getrlimit(what)[1]
        wanted = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(what, (wanted, wanted))


async def _serve(order: dict[str, Any], policy: Policy) -> dict[str, Any]:
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    proxy = PolicyProxy(policy, limits=Limits(**order["limits"]))
    serving = asyncio.ensure_future(
        run_until(proxy, str(order["socket"]), lines.read(), seconds=float(order["seconds"]))
    )
    while not Path(order["socket"]).exists() and not serving.done():
        await asyncio.sleep(0.01)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    return (await serving).as_json()


def _first_line() -> bytes:
    """Read the order byte by byte: what a buffer took beyond it would be missing from the pipe."""
    line = bytearray()
    while not line.endswith(b"\n") and (piece := os.read(sys.stdin.fileno(), 1)):
        line += piece
    return bytes(line)


def main() -> None:
    """Serve one capture. The environment names the demo sites that stand for loopback, and nothing else."""
    confine()
    order = json.loads(_first_line())
    policy = Policy(loopback_allowed=loopback_pairs(os.environ.get("RECOURSE_FETCH_LOOPBACK", "")))
    log = asyncio.run(_serve(order, policy))
    sys.stdout.write(json.dumps(log) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
