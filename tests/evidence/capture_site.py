"""A site on 127.0.0.2 whose pages try everything, a private service on 127.0.0.1, and a proxy that calls one public."""

import asyncio
import base64
import ssl
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cases.addresses import Policy
from evidence.capture.proxy import Limits, Log, PolicyProxy, Resolver, listen

PUBLIC, PRIVATE = "127.0.0.2", "127.0.0.1"
HOST = "site.hostile.net"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
DATA_PNG = "data:image/png;base64," + base64.b64encode(PNG).decode()

# Every way out that a page has, each to a place that it must not reach; {port} is the private service's.
ESCAPES = """<!doctype html><html lang="en"><title>Escapes</title><h1>A page that tries everything</h1>
<p id="log">started and long enough to be a page of words</p>
<img src="http://127.0.0.1:{port}/img"><iframe src="http://127.0.0.1:{port}/frame"></iframe>
<iframe src="http://private.hostile.net:{port}/frame"></iframe>
<link rel="stylesheet" href="http://[::1]:{port}/css"><script src="http://2130706433:{port}/js"></script>
<link rel="prefetch" href="http://127.0.0.1:{port}/prefetch"><link rel="dns-prefetch" href="//leak.hostile.net">
<link rel="preconnect" href="http://127.0.0.1:{port}"><object data="http://127.0.0.1:{port}/object"></object>
<video src="http://127.0.0.1:{port}/video"></video><a ping="http://127.0.0.1:{port}/ping" href="#x" id="a">x</a>
<form id="f" method="post" action="http://127.0.0.1:{port}/form" target="_blank"></form>
<script>
const log = document.getElementById('log'); const put = (t) => {{ log.append(' | ' + t); }};
const to = 'http://127.0.0.1:{port}';
for (const path of ['/fetch', '/x/../fetch2']) fetch(to + path, {{mode: 'no-cors'}}).catch(() => put('fetch failed'));
fetch('/redirect-private').catch(() => put('redirect failed'));
fetch('http://169.254.169.254/latest/meta-data/').catch(() => put('metadata failed'));
fetch('http://localhost:{port}/localhost', {{mode: 'no-cors'}}).catch(() => put('localhost failed'));
fetch('file:///etc/passwd').then((r) => r.text()).then((t) => put('FILE READ ' + t)).catch(() => put('file failed'));
try {{ const x = new XMLHttpRequest(); x.onerror = () => put('xhr failed'); x.open('GET', to + '/xhr'); x.send();
 }} catch (e) {{ put('xhr ' + e); }}
try {{ const w = new WebSocket('ws://127.0.0.1:{port}/ws'); w.onerror = () => put('ws failed'); w.onopen = () =>
 put('WS OPEN'); }} catch (e) {{ put('ws ' + e); }}
try {{ navigator.sendBeacon(to + '/beacon', 'x'); }} catch (e) {{ put('beacon ' + e); }}
try {{ new EventSource(to + '/events').onerror = () => put('events failed'); }} catch (e) {{ put('events ' + e); }}
try {{ new Worker(URL.createObjectURL(new Blob(["fetch('" + to +
"/worker',{{mode:'no-cors'}}).catch(()=>postMessage('worker failed'))"]))).onmessage = (m) => put(m.data); }}
 catch (e) {{ put('worker ' + e); }}
try {{ const pc = new RTCPeerConnection({{iceServers: [{{urls: 'stun:127.0.0.1:{port}'}}, {{urls:
'turn:127.0.0.1:{port}?transport=tcp', username: 'u', credential: 'c'}}]}});
 pc.createDataChannel('x'); pc.onicecandidate = (c) => put('ice ' + (c.candidate ? c.candidate.candidate : 'end'));
 pc.createOffer().then((o) => pc.setLocalDescription(o)); }} catch (e) {{ put('rtc ' + e); }}
try {{ new WebTransport('https://127.0.0.1:{port}/quic').ready.catch(() => put('quic failed')); }}
 catch (e) {{ put('quic ' + e); }}
try {{ window.open(to + '/popup'); }} catch (e) {{ put('popup ' + e); }}
try {{ document.getElementById('f').submit(); document.getElementById('a').click(); }}
 catch (e) {{ put('form ' + e); }}
try {{ alert('stay'); put('alert passed'); }} catch (e) {{ put('alert ' + e); }}
</script></html>"""
MEDIA = f"""<!doctype html><html lang="en"><title>Media</title><h1>A page with pictures</h1>
<p>There are words here, quite enough of them to be a page.</p>
<img src="/a.png" id="a"><img src="{DATA_PNG}" id="b"><img id="c"><video src="/film.mp4"></video>
<audio src="/sound"></audio>
<div id="d">bg</div><style>#d {{ background: url(/bg.png) }}</style><p id="log"></p>
<script>const put = (t) => {{ document.getElementById('log').append(t + ' | '); }};
(async () => {{
 for (const [name, url] of [['disguised', '/picture-without-ending'], ['bytes', '/bytes']]) {{
  try {{ const r = await fetch(url); const b = await r.blob(); put(name + ' ' + b.size);
 c.src = URL.createObjectURL(new Blob([b], {{type: 'image/png'}})); }}
  catch (e) {{ put(name + ' failed'); }} }}
 await new Promise((done) => setTimeout(done, 300));
 for (const id of ['a', 'b', 'c']) put(id + ' ' + document.getElementById(id).naturalWidth);
 put('cookie ' + document.cookie);
}})();</script></html>"""
ODD = """<!doctype html><html lang="en"><title>Odd</title><h1>A page that wants more</h1>
<p>Words that make it a page.</p>
<p id="log"></p><a id="save" download href="/download">x</a>
<script>const put = (t) => { document.getElementById('log').append(t + ' | '); };
try { put('confirm ' + confirm('really?')); } catch (e) { put(e); }
try { document.getElementById('save').click(); } catch (e) { put(e); }
try { navigator.geolocation.getCurrentPosition(() => put('PLACE'), () => put('no place')); } catch (e) { put(e); }
try { navigator.serviceWorker.register('/sw.js').then(() => put('WORKER'), () => put('no worker'));
 } catch (e) { put('no worker'); }
try { localStorage.setItem('a', 'kept'); document.cookie = 'kept=1; max-age=9999';
 put('stored ' + localStorage.length); } catch (e) { put(e); }
put('agent ' + navigator.userAgent + ' ' + navigator.language + ' ' + navigator.platform);
</script></html>"""
WORDS = b"<p>" + b"Words of a page. " * 40 + b"</p>"
PAGES: dict[str, tuple[int, str, bytes]] = {
    "/ok": (200, "text/html", b"<!doctype html><html lang=en><title>A page</title><h1>Hello</h1>" + WORDS),
    "/lazy": (200, "text/html", b"<!doctype html><title>L</title><div id=root></div><script>/* nothing */</script>"),
    "/tall": (200, "text/html", b"<!doctype html><title>T</title>" + WORDS + b"<div style='height:30000px'></div>"),
    "/busy": (200, "text/html", b"<!doctype html><title>B</title>" + WORDS + b"<script>for(;;);</script>"),
    "/hungry": (
        200,
        "text/html",
        b"<!doctype html><title>H</title>" + WORDS + b"<script>const a=[];setInterval(()=>{for(let i=0;i<8;i++)"
        b"a.push(new Uint8Array(16e6).fill(7))},20)</script><script src=/hang></script>",
    ),
    "/lost-style": (200, "text/html", b"<title>S</title><link rel=stylesheet href=/missing.css>" + WORDS),
    "/slow-style": (200, "text/html", b"<title>S</title>" + WORDS + b"<script src=/hang></script>"),
    "/moves": (200, "text/html", b"<title>M</title><meta http-equiv=refresh content='0;url=/ok'>"),
    "/picture-without-ending": (200, "image/png", PNG),
    "/bytes": (200, "application/octet-stream", PNG),
    "/film.mp4": (200, "video/mp4", b"\0" * 5000),
    "/sound": (200, "audio/mpeg", b"\0" * 5000),
    "/sw.js": (200, "text/javascript", b"self.x = 1"),
    "/file": (200, "application/zip", b"PK\x03\x04" + b"\0" * 200),
    "/refused": (403, "text/html", b"<title>No</title>" + WORDS),
    "/huge": (200, "text/html", b"<title>Huge</title>" + WORDS + b"<script src=/endless></script>"),
}


@dataclass
class CaptureSite:
    """The running site: its port, the requests it got, and what reached the private service."""

    port: int
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    private_hits: list[str] = field(default_factory=list)
    private_connections: list[str] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def demo(self, path: str) -> str:
        """The same pages under a name that stands for loopback, as the demo's do."""
        return self.url(path, "demo.localhost")

    def url(self, path: str, host: str = HOST) -> str:
        return f"http://{host}:{self.port}{path}"

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


def _handler(site: CaptureSite, *, is_private: bool) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            if is_private:
                site.private_connections.append(str(self.client_address))

        def do_GET(self) -> None:
            try:
                self._answer()
            except OSError:
                self.close_connection = True

        def do_POST(self) -> None:
            self.do_GET()

        def _answer(self) -> None:
            path = self.path.partition("?")[0]
            if is_private and not self.headers.get("Host", "").startswith("demo.localhost"):
                site.private_hits.append(self.path)
                self._send(200, "text/html", b"<title>Secret</title>secret")
                return
            site.asked.append((self.path, dict(self.headers)))
            if path == "/escapes":
                self._send(200, "text/html", ESCAPES.format(port=site.port).encode())
            elif path == "/media":
                self._send(200, "text/html", MEDIA.encode(), **{"Set-Cookie": "track=1"})
            elif path == "/odd":
                self._send(200, "text/html", ODD.encode())
            elif path == "/redirect-private":
                self._send(302, "text/html", b"", Location=f"http://127.0.0.1:{site.port}/redirected")
            elif path == "/redirect-name":
                self._send(302, "text/html", b"", Location=f"http://private.hostile.net:{site.port}/redirected")
            elif path == "/hops":
                self._send(301, "text/html", b"", Location="/hop2", **{"X-First": "one"})
            elif path == "/hop2":
                self._send(302, "text/html", b"", Location="/ok")
            elif path == "/loop":
                self._send(302, "text/html", b"", Location="/loop")
            elif path == "/download":
                disposition = {"Content-Disposition": "attachment; filename=x.bin"}
                self._send(200, "application/octet-stream", b"x" * 100, **disposition)
            elif path == "/hang":
                site.stopped.wait(60)
            elif path == "/endless":
                self._endless()
            elif path.endswith(".png"):
                self._send(200, "image/png", PNG)
            elif path in PAGES:
                status, kind, body = PAGES[path]
                self._send(status, kind, body)
            else:
                self._send(404, "text/html", b"<title>Not found</title>Nothing here")

        def _endless(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/javascript")
            self.end_headers()
            while not site.stopped.is_set():
                self.wfile.write(b"/* on and on */" * 4096)

        def _send(self, status: int, kind: str, body: bytes, **headers: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    return Handler


@contextmanager
def capture_site() -> Iterator[CaptureSite]:
    """Run both servers on one port number of two loopback addresses."""
    site = CaptureSite(0)
    public = ThreadingHTTPServer((PUBLIC, 0), _handler(site, is_private=False))
    site.port = public.server_port
    private = ThreadingHTTPServer((PRIVATE, site.port), _handler(site, is_private=True))
    for server in (public, private):
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield site
    finally:
        site.stopped.set()
        for server in (public, private):
            server.shutdown()
            server.server_close()


class StreetPolicy(Policy):
    """The real policy, for which the site's own loopback address counts as public, on whatever port it got."""

    def check_address(self, address: str, *, host: str, port: int) -> None:
        if address != PUBLIC:
            super().check_address(address, host=host, port=port)


class OpenPolicy(StreetPolicy):
    """Lets everything on loopback through: what would happen without our rules."""

    def _judge_host(self, host: str, literal: Any) -> None:
        """Let every host pass."""

    def check_address(self, address: str, *, host: str, port: int) -> None:
        """Let every address pass."""


def street(site: CaptureSite, policy: type[StreetPolicy] = StreetPolicy) -> StreetPolicy:
    """Return a policy that knows the site's port."""
    return policy(ports=frozenset({site.port, 443}))


def names(answers: Mapping[str, Sequence[Sequence[str]]] | None = None) -> Resolver:
    """A resolver: "private…" names lead inside, others to the site; listed hosts give one answer after the other."""
    left = {host: list(listed) for host, listed in (answers or {}).items()}

    async def resolver(host: str, port: int) -> Sequence[str]:
        if host in left:
            return left[host].pop(0) if len(left[host]) > 1 else left[host][0]
        if host.startswith("nowhere"):
            raise OSError("no such name")
        return [PRIVATE if host.startswith("private") or host == "localhost" else PUBLIC]

    return resolver


class ThreadProxy:
    """The real proxy in a thread of the test, with a resolver and a policy of the test's own."""

    def __init__(self, path: Path, limits: Limits, *, policy: Policy, resolver: Resolver) -> None:
        self.proxy = PolicyProxy(policy, limits=limits, resolver=resolver)
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(listen(self.proxy, str(path)))
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def log(self) -> Mapping[str, Any]:
        log: Log = self.proxy.log
        return log.as_json()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
            self._loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
        self._loop.close()


@contextmanager
def secure_site(folder: Path, host: str) -> Iterator[tuple[int, str]]:
    """Run a page behind TLS with a certificate for `host` that no authority signed; give its port and key's hash."""
    key, certificate = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    public = subprocess.run(
        f"openssl x509 -in {certificate} -pubkey -noout | openssl pkey -pubin -outform der"
        " | openssl dgst -sha256 -binary | base64",
        shell=True,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>Secure</title><h1>Behind TLS</h1>" + WORDS)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((PUBLIC, 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port, public
    finally:
        server.shutdown()
        server.server_close()
