"""A web site on 127.0.0.2 that attacks whoever looks, and a private service on 127.0.0.1 that nobody may reach."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PUBLIC = "127.0.0.2"
PRIVATE = "127.0.0.1"
DRIP_PAUSE = 0.05


@dataclass
class HostileSite:
    """The running site: its port, the headers it was sent, and the paths asked of the private service."""

    port: int
    asked: list[dict[str, str]] = field(default_factory=list)
    private_hits: list[str] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str, host: str = "site.hostile.net") -> str:
        return f"http://{host}:{self.port}{path}"

    def redirects(self) -> dict[str, str]:
        port = self.port
        return {
            "/to-loop": "/to-loop",
            "/to-ok": "/ok",
            "/to-loopback": f"http://127.0.0.1:{port}/secret",
            "/to-v6": f"http://[::1]:{port}/secret",
            "/to-mapped": f"http://[::ffff:127.0.0.1]:{port}/secret",
            "/to-metadata": "http://169.254.169.254/latest/meta-data/",
            "/to-decimal": f"http://2130706433:{port}/secret",
            "/to-file": "file:///etc/passwd",
            "/to-gopher": "gopher://127.0.0.1:6379/_FLUSHALL",
            "/to-port": "http://site.hostile.net:6379/",
            "/to-schemeless": f"//127.0.0.1:{port}/secret",
            "/to-userinfo": f"http://site.hostile.net:{port}@127.0.0.1:{port}/secret",
            "/to-backslash": f"http://127.0.0.1:{port}\\@site.hostile.net/",
            "/to-broken": "http://[::1",
            "/to-private-name": f"http://private.hostile.net:{port}/secret",
            "/to-localhost": f"http://localhost:{port}/secret",
        }


PAGES = {
    "/ok": ("text/html; charset=utf-8", b"<title>A page</title><h1>Hello</h1><p>words</p><script>unseen()</script>"),
    "/cp1252": ("text/html; charset=windows-1252", b"<title>caf\xe9</title>"),
    "/codec": ("text/html; charset=zlib", b"<title>plain</title>"),
    "/nul": ("text/html", b"<title>a\0b</title><p>\x1b[31m red</p>"),
    "/json": ("application/json", b'{"gone": true}'),
    "/player": ("text/html", b"<title>v</title><video src=x></video>"),
    "/login": ("text/html", b"<title>Welcome</title><form><input type=PASSWORD></form>"),
    "/slow-pattern": ("text/html", b"<div class='" * 20_000),
}


def _handler(site: HostileSite) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            site.asked.append(dict(self.headers))
            target = site.redirects().get(self.path)
            try:
                if target is not None:
                    self.answer(302, "text/html", b"", Location=target, **{"Set-Cookie": "track=1"})
                elif self.path in PAGES:
                    self.answer(200, *PAGES[self.path])
                elif self.path.startswith("/status/"):
                    self.answer(int(self.path[8:11]), "text/html", b"<title>status</title>")
                else:
                    getattr(self, self.path[1:].replace("-", "_"))()
            except OSError:
                self.close_connection = True

        def answer(self, status: int, kind: str, body: bytes, **headers: str) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def gzip_page(self) -> None:
            self.answer(200, "text/html", gzip.compress(PAGES["/ok"][1]), **{"Content-Encoding": "gzip"})

        def gzip_bomb(self) -> None:
            self.answer(200, "text/html", gzip.compress(bytes(50_000_000), 9), **{"Content-Encoding": "gzip"})

        def gzip_lie(self) -> None:
            self.answer(200, "text/html", b"not gzip at all", **{"Content-Encoding": "gzip"})

        def stacked(self) -> None:
            self.answer(200, "text/html", b"x", **{"Content-Encoding": "br, gzip"})

        def endless(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            while not site.stopped.is_set():
                self.wfile.write(b"x" * 65536)

        def drip_body(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", "100000")
            self.end_headers()
            while not site.stopped.wait(DRIP_PAUSE):
                self.wfile.write(b"x")

        def drip_head(self) -> None:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while not site.stopped.wait(DRIP_PAUSE):
                self.wfile.write(b"X-A: a\r\n")

        def silent(self) -> None:
            site.stopped.wait()

        def many_headers(self) -> None:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while not site.stopped.is_set():
                self.wfile.write(b"X-A: " + b"a" * 1000 + b"\r\n")

        def long_header(self) -> None:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-A: ")
            while not site.stopped.is_set():
                self.wfile.write(b"a" * 65536)

        def no_http(self) -> None:
            self.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")
            self.close_connection = True

        def cut(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"half")
            self.close_connection = True

        def video(self) -> None:
            self.answer(200, "video/mp4", b"\0" * 1000, **{"Content-Length": "999999999"})
            site.stopped.wait()

        def log_message(self, *_args: object) -> None:
            pass

    return Handler


def _private_handler(site: HostileSite) -> type[BaseHTTPRequestHandler]:
    class Private(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.private_hits.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"SECRET")

        def log_message(self, *_args: object) -> None:
            pass

    return Private


@contextmanager
def hostile_site() -> Iterator[HostileSite]:
    """Run both servers on one free port for as long as the block lasts."""
    site = HostileSite(port=0)
    public = ThreadingHTTPServer((PUBLIC, 0), _handler(site))
    site.port = public.server_address[1]
    private = ThreadingHTTPServer((PRIVATE, site.port), _private_handler(site))
    servers = (public, private)
    for server in servers:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield site
    finally:
        site.stopped.set()
        for server in servers:
            server.shutdown()
            server.server_close()
