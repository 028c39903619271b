"""A throw-away time-stamp authority on loopback that answers well, badly or not at all."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509

from config.demo import authority


class Authority(authority.Authority):
    """A throw-away authority, and how it answers. `behaviour` may be changed while it runs."""

    def __init__(self, folder: Path, *, signer_days: int = 30, with_root_in_reply: bool = False) -> None:
        super().__init__(
            folder,
            name="Throw-away authority",
            root_name=f"Throw-away root {x509.random_serial_number() % 10**8}",
            signer_lasts=timedelta(days=signer_days),
            with_root_in_reply=with_root_in_reply,
        )
        self.behaviour = "good"
        self.asked = 0
        self.port = 0
        self.let_go = threading.Event()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{authority.HOST}:{self.port}{authority.PATH}"

    @property
    def pair(self) -> tuple[str, int]:
        """Name and port, as the address policy must allow them."""
        return (authority.HOST, self.port)


class _Handler(BaseHTTPRequestHandler):
    authority: Authority

    def do_POST(self) -> None:
        """Answer as the authority's behaviour says."""
        query = self.rfile.read(int(self.headers["Content-Length"]))
        self.authority.asked += 1
        match self.authority.behaviour:
            case "good":
                self._send(200, self.authority.reply(query))
            case "garbage":
                self._send(200, b"\x30\x03\x02\x01\x00 this is no reply")
            case "a page":
                self._send(200, b"<p>Sign in</p>", kind="text/html")
            case "elsewhere":
                self._send(302, b"", location=f"http://tsa.localhost:{self.authority.port}/other")
            case "broken":
                self._send(500, b"")
            case "too much":
                self._send(200, b"0" * (65 << 10))
            case "slow":
                self.authority.let_go.wait(20)
            case "drops":
                self._drip()
            case "another question":
                other = (self.authority.folder / "other").read_bytes()
                self._send(200, self.authority.reply(other))
            case kind:
                raise AssertionError(kind)

    def _send(self, status: int, body: bytes, *, kind: str = "application/timestamp-reply", location: str = "") -> None:
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Content-Length", "4000")
        self.end_headers()
        for _ in range(400):
            if self.authority.let_go.wait(0.05):
                return
            try:
                self.wfile.write(b"0")
                self.wfile.flush()
            except OSError:
                return

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def answering(asked: Authority) -> Iterator[Authority]:
    """Let an authority answer on a free port of loopback."""
    handler = type("Handler", (_Handler,), {"authority": asked})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    asked.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield asked
    finally:
        asked.let_go.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
