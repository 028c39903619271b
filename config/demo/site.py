"""Run the demo site: `python -m config.demo.site --port 8100 [--smtp-port N] [--data DIR] [--deliver-to HOST:PORT]`."""

import argparse
import asyncio
import ctypes
import fcntl
import json
import os
import signal
import sys
import tempfile
from pathlib import Path

from aiohttp import web
from aiosmtpd.smtp import SMTP

from config.demo import authority, pages
from config.demo.behaviours import Behaviour
from config.demo.control import HOST as CONTROL_HOST
from config.demo.control import Control
from config.demo.mailbox import LONGEST_MESSAGE, SLOW_SECONDS, Mailbox
from config.demo.platforms import PLATFORMS, Platform, find_platform
from config.demo.world import Refused, Visit, World

LOOPBACK = "127.0.0.1"
LONGEST_HANG = 8.0
MOST_TYPED = 20_000
_PR_SET_PDEATHSIG = 1


class Site:
    """The HTTP side: every platform and the control page behind one port, told apart by the Host header."""

    def __init__(self, world: World, *, hang: float, stamps: authority.Authority | None = None) -> None:
        """`hang` is how many seconds a page that times out keeps its visitor waiting; `stamps` gives time stamps."""
        self.world = world
        self.stamps = stamps
        self.control = Control(world)
        self.hang = min(hang, LONGEST_HANG)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer any request to any host."""
        host = request.host.partition(":")[0].lower()
        platform = find_platform(host) if host.endswith(".localhost") else None
        if request.method not in {"GET", "HEAD", "POST"}:
            return _send(pages.as_json({"error": "GET, HEAD or POST."}, status=405))
        if host == CONTROL_HOST:
            if request.path == "/control.css":
                return _send(pages.stylesheet("control.css"))
            body, form = await request.read(), await _typed(request)
            return _send(self.control.answer(request.method, request.path, request.headers, body, form))
        if host == authority.HOST and self.stamps is not None:
            return await self._stamp(request, self.stamps)
        if platform is None:
            return _send(pages.as_json({"error": "No platform has this name."}, status=404))
        return await self._platform(request, platform)

    async def _stamp(self, request: web.Request, stamps: authority.Authority) -> web.StreamResponse:
        query = await request.read()
        if request.method != "POST" or request.path != authority.PATH or len(query) > authority.LONGEST_QUERY:
            return _send(pages.as_json({"error": "POST a question of RFC 3161 to /stamp."}, status=400))
        try:
            reply = await asyncio.to_thread(stamps.reply, query)
        except authority.NoStamp as none:
            return _send(pages.as_json({"error": str(none)}, status=500))
        return web.Response(body=reply, content_type="application/timestamp-reply")

    async def _platform(self, request: web.Request, platform: Platform) -> web.StreamResponse:
        path = request.path
        if path == "/style.css":
            return _send(pages.stylesheet("style.css"))
        if path == "/":
            self._note(request, platform, "home")
            known = [*self.world.links.values(), *self.world.seen.values()]
            here = [link for link in known if link.host == platform.host]
            return _send(pages.home(platform, [link for link in here if self.world.behaviour(link) is Behaviour.UP]))
        if path == "/login":
            return _send(pages.login(platform))
        if path == "/report":
            return _send(self._report(platform, await _typed(request)) if request.method == "POST" else _form(platform))
        if path.startswith("/report/"):
            number = path.removeprefix("/report/")
            found = [
                report for report in self.world.reports if report.ticket == number and report.host == platform.host
            ]
            return _send(pages.ticket(platform, found[0]) if found else pages.nothing_here(platform))
        try:
            link = self.world.link(platform, path)
        except Refused:
            self._note(request, platform, "nothing here")
            return _send(pages.nothing_here(platform))
        behaviour = self.world.behaviour(link)
        self._note(request, platform, behaviour)
        if behaviour is Behaviour.DROPPED and request.transport is not None:
            request.transport.close()
        if behaviour is Behaviour.TIME_OUT:
            await asyncio.sleep(self.hang)
        if behaviour is Behaviour.DROPPED:
            return web.Response(status=500)
        return _send(pages.item(platform, path, behaviour))

    def _report(self, platform: Platform, typed: dict[str, str]) -> pages.Answer:
        links = self.world.links_in(typed.get("links", ""), platform)
        errors = {}
        if not links:
            errors["links"] = f"Give at least one address on {platform.host}, such as /{platform.letter}/a1b2."
        if "@" not in typed.get("email", ""):
            errors["email"] = "Give a mail address that we can answer to."
        if not typed.get("signature", "").strip():
            errors["signature"] = "Type your full name as your signature."
        if not typed.get("statement"):
            errors["statement"] = "Say that the picture is shown without consent."
        if errors:
            return pages.report_form(platform, typed=typed, errors=errors)
        fields = {name: typed.get(name, "") for name in ("email", "signature", "description")}
        report = self.world.report(platform, via="form", links=links, fields=fields)
        return pages.redirect(f"/report/{report.ticket}")

    def _note(self, request: web.Request, platform: Platform, behaviour: str) -> None:
        headers = request.headers
        visit = Visit(
            host=platform.host,
            path=request.path,
            behaviour=behaviour,
            user_agent=headers.get("User-Agent", "")[:300],
            referer=headers.get("Referer", "")[:300],
            cookie=headers.get("Cookie", "")[:300],
        )
        self.world.visits.append(visit)


def _form(platform: Platform) -> pages.Answer:
    return pages.report_form(platform, typed={}, errors={})


async def _typed(request: web.Request) -> dict[str, str]:
    if request.method != "POST" or not request.content_type.startswith(("application/x-www-form", "multipart/form")):
        return {}
    form = await request.post()
    return {name: value[:MOST_TYPED] for name, value in form.items() if isinstance(value, str)}


def _send(answer: pages.Answer) -> web.Response:
    return web.Response(
        status=answer.status, text=answer.body, headers=answer.headers, content_type=answer.kind, charset="utf-8"
    )


async def serve(options: argparse.Namespace, folder: Path) -> None:
    """Listen until SIGTERM or SIGINT; say on standard output, in one JSON line, where."""
    world = World(folder)
    stamps = authority.Authority(folder / "authority") if authority.is_possible() else None
    if stamps is not None:
        stamps.publish_list()
    site = Site(world, hang=options.hang, stamps=stamps)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", site.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    listening = web.TCPSite(runner, LOOPBACK, options.port, shutdown_timeout=0.5)
    await listening.start()
    site.control.port = int(runner.addresses[0][1])
    mailbox = Mailbox(world, deliver_to=options.deliver_to, slow_seconds=min(options.slow, SLOW_SECONDS))
    loop = asyncio.get_running_loop()
    smtp = await loop.create_server(
        lambda: SMTP(mailbox, hostname="mail.localhost", enable_SMTPUTF8=True, data_size_limit=LONGEST_MESSAGE),
        LOOPBACK,
        options.smtp_port,
    )
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    ready = {
        "port": site.control.port,
        "smtp_port": smtp.sockets[0].getsockname()[1],
        "control": CONTROL_HOST,
        "hosts": list(PLATFORMS),
        "data": str(folder),
        "stamps": f"http://{authority.HOST}:{site.control.port}{authority.PATH}" if stamps is not None else "",
        "stamp_roots": str(stamps.roots) if stamps is not None else "",
    }
    print(json.dumps(ready), flush=True)
    await stop.wait()
    smtp.close()
    await runner.cleanup()


def _loopback_server(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if host not in {LOOPBACK, "localhost"} or not port.isdecimal() or not 0 < int(port) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is not 127.0.0.1:PORT")
    return LOOPBACK, int(port)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m config.demo.site", description="A small internet that misbehaves.")
    parser.add_argument("--port", type=int, default=8100, help="HTTP port on 127.0.0.1; 0 picks a free one")
    parser.add_argument("--smtp-port", type=int, default=0, help="SMTP port on 127.0.0.1; 0 (default) picks a free one")
    parser.add_argument("--data", type=Path, help="folder that keeps state and mail over a restart")
    parser.add_argument(
        "--deliver-to", type=_loopback_server, help="127.0.0.1:PORT that also gets the mailboxes' answers"
    )
    parser.add_argument("--hang", type=float, default=LONGEST_HANG, help="seconds that a time-out lasts (at most 8)")
    parser.add_argument(
        "--slow", type=float, default=SLOW_SECONDS, help="seconds that a slow mailbox takes (at most 3)"
    )
    return parser.parse_args(arguments)


def _die_with_parent() -> None:
    """Ask the kernel for SIGTERM when the parent dies, even by kill -9 (prctl(2), PR_SET_PDEATHSIG)."""
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    if os.getppid() != parent:  # it died before we asked
        sys.exit(0)


def main(arguments: list[str] | None = None) -> int:
    """Run the site in the foreground. Returns the exit code: 1 with one plain line when it cannot start."""
    options = _options(arguments)
    _die_with_parent()
    os.umask(0o077)
    with tempfile.TemporaryDirectory(prefix="recourse-demo-") as passing:
        folder = options.data or Path(passing)
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                asyncio.run(serve(options, folder.resolve()))
            except BlockingIOError:
                print(f"Another demo site uses {folder}.", file=sys.stderr)
                return 1
            except OSError as error:
                print(f"The demo site cannot listen on {LOOPBACK}: {os.strerror(error.errno or 0)}.", file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
