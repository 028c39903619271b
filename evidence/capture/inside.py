"""The program inside the sandbox: a way to the proxy's socket, a browser, a watch on its memory. No network but that.

Reads its job, one line of JSON, from standard input and hands over one message (evidence.capture.frames) on standard
output. It runs with an empty environment in namespaces of its own, on a read-only system, with nothing of ours but
this folder. Standard library only.
"""

import asyncio
import json
import os
import resource
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from evidence.capture.frames import pack
from evidence.capture.visit import Visit

MEGABYTE = 1024 * 1024
WATCH_EVERY = 0.4
FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-software-rasterizer",
    "--disable-3d-apis",
    "--hide-scrollbars",
    "--mute-audio",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-pings",
    "--no-experiments",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-client-side-phishing-detection",
    "--disable-component-extensions-with-background-pages",
    "--disable-component-update",
    "--disable-crash-reporter",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-file-system",
    "--disable-notifications",
    "--disable-popup-blocking",
    "--disable-print-preview",
    "--disable-quic",
    "--disable-remote-fonts-fallback",
    "--disable-speech-api",
    "--disable-sync",
    "--disable-features=AutofillServerCommunication,BackForwardCache,CertificateTransparencyComponentUpdater,DialMediaRouteProvider,"
    "DnsOverHttps,InterestFeedContentSuggestions,LoadingPredictorPrefetch,MediaRouter,NetworkTimeServiceQuerying,"
    "OptimizationHints,Prerender2,PrivateNetworkAccessPermissionPrompt,Reporting,SafeBrowsing,SpeculationRulesPrefetchProxy,"
    "Translate,WebBluetooth,WebOTP,WebUSB",
    "--dns-prefetch-disable",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--password-store=basic",
    "--use-mock-keychain",
    "--remote-debugging-pipe",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    # Without this the browser would go to its own loopback by itself.
    "--proxy-bypass-list=<-loopback>",
)


async def _forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> None:
    """Carry one connection of the browser to the proxy's socket and back."""

    async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            target.write(data)
            await target.drain()

    with suppress(OSError, asyncio.CancelledError):
        away_reader, away_writer = await asyncio.open_unix_connection(path)
        flows = [asyncio.ensure_future(carry(reader, away_writer)), asyncio.ensure_future(carry(away_reader, writer))]
        await asyncio.wait(flows, return_when=asyncio.FIRST_COMPLETED)
        for flow in flows:
            flow.cancel()
        await asyncio.gather(*flows, return_exceptions=True)
        away_writer.close()
    with suppress(Exception):
        writer.close()


def memory_used() -> int:
    """Return how many bytes all processes in here hold together, shared pages counted once."""
    total = 0
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError, ValueError, IndexError):
                for line in (folder / "smaps_rollup").read_text().splitlines():
                    if line.startswith("Pss:"):
                        total += int(line.split()[1]) * 1024
                        break
    return total


async def _watch(visit: Visit, limit: int) -> None:
    """End the browser when it holds more memory than it may."""
    while True:
        await asyncio.sleep(WATCH_EVERY)
        used = await asyncio.to_thread(memory_used)
        visit.facts["memory"] = max(used, visit.facts.get("memory", 0))
        if used > limit:
            visit.facts["ended"] = visit.facts["ended"] or "out_of_memory"
            await visit.browser.stop()
            return


def _flags(job: dict[str, Any], port: int) -> list[str]:
    width, height = job["viewport"]
    flags = [
        *FLAGS,
        f"--proxy-server=http://127.0.0.1:{port}",
        f"--window-size={width},{height}",
        f"--lang={job['locale']}",
        f"--accept-lang={job['languages']}",
        f"--user-data-dir={os.environ['HOME']}/profile",
    ]
    if not job["with_media"]:
        # Pictures written into the page itself never pass a request that could be stopped.
        flags.append("--blink-settings=imagesEnabled=false")
    if job.get("trusted_keys"):
        flags.append("--ignore-certificate-errors-spki-list=" + ",".join(job["trusted_keys"]))
    return flags


async def _run(job: dict[str, Any]) -> list[bytes]:
    server = await asyncio.start_server(lambda r, w: _forward(r, w, job["socket"]), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    visit = Visit(job)
    watch = asyncio.ensure_future(_watch(visit, int(job["memory"])))
    try:
        environment = {name: os.environ[name] for name in ("HOME", "PATH", "LANG", "TZ") if name in os.environ}
        await visit.go([job["browser"], *_flags(job, port), "about:blank"], environment)
    finally:
        watch.cancel()
        server.close()
    return pack(visit.facts, visit.blobs)


def main() -> None:
    """Make one visit."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    job = json.loads(sys.stdin.buffer.readline())
    for piece in asyncio.run(_run(job)):
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()
    # What is left in here ends with the namespace.
    os._exit(0)


if __name__ == "__main__":
    main()
