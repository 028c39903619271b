"""The fetcher against a site that attacks it. Everything stays on this machine."""

import asyncio
import ipaddress
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from cases.addresses import Policy, Refused
from takedowns.fetcher import Limits, Resolver, look
from takedowns.observations import LookError, Observation
from takedowns.reference import Marker
from tests.takedowns.hostile_site import PAGES, PRIVATE, PUBLIC, HostileSite, hostile_site

QUICK = Limits(seconds=30.0, connect_seconds=10.0, wire_bytes=500_000, body_bytes=1_000_000, text_length=200)


class StreetPolicy(Policy):
    """The real policy, for which the hostile site's loopback address counts as public."""

    def check_address(self, address: str, *, host: str, port: int) -> None:
        if address != PUBLIC:
            super().check_address(address, host=host, port=port)


@pytest.fixture(scope="module")
def site() -> Iterator[HostileSite]:
    with hostile_site() as running:
        yield running


@pytest.fixture(autouse=True)
def _nobody_got_inside(site: HostileSite) -> Iterator[None]:
    site.private_hits.clear()
    site.asked.clear()
    yield
    assert site.private_hits == []


def names(**answers: Sequence[str]) -> Resolver:
    """A resolver for <name>.hostile.net; each further question gets the next answer, the last one stays."""
    asked: dict[str, int] = {}

    async def resolver(host: str, port: int) -> Sequence[str]:
        name = host.split(".")[0]
        listed = answers.get(name, [PRIVATE if name == "private" else PUBLIC])
        asked[name] = asked.get(name, -1) + 1
        if name.startswith("rebind"):
            return [listed[min(asked[name], len(listed) - 1)]]
        return listed

    return resolver


def seen(
    site: HostileSite,
    path: str,
    *,
    host: str = "site.hostile.net",
    limits: Limits = QUICK,
    resolver: Resolver | None = None,
    markers: Sequence[Marker] = (),
) -> Observation:
    policy = StreetPolicy(ports=frozenset({80, site.port}))
    return asyncio.run(
        look(site.url(path, host), policy=policy, resolver=resolver or names(), limits=limits, markers=markers)
    )


def test_a_page_is_read_for_what_it_says(site: HostileSite) -> None:
    found = seen(site, "/ok")
    assert (found.error, found.status, found.content_type) == (None, 200, "text/html")
    assert (found.title, found.headings, found.text) == ("A page", ("Hello",), "Hello words")
    assert (found.hops[0].ip, found.bytes_read, len(found.body_sha256)) == (PUBLIC, len(PAGES["/ok"][1]), 64)


def test_a_redirect_is_followed_and_each_step_kept(site: HostileSite) -> None:
    found = seen(site, "/to-ok")
    assert [(hop.url, hop.status) for hop in found.hops] == [(site.url("/to-ok"), 302), (site.url("/ok"), 200)]
    assert (found.url, found.final_url) == (site.url("/to-ok"), site.url("/ok"))


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/to-loopback", "ip_not_public"),
        ("/to-v6", "ip_not_public"),
        ("/to-mapped", "ip_not_public"),
        ("/to-metadata", "ip_not_public"),
        ("/to-schemeless", "ip_not_public"),
        ("/to-private-name", "ip_not_public"),
        ("/to-decimal", "ip_notation"),
        ("/to-file", "scheme"),
        ("/to-gopher", "scheme"),
        ("/to-port", "port"),
        ("/to-userinfo", "userinfo"),
        ("/to-backslash", "url_chars"),
        ("/to-broken", "host_syntax"),
        ("/to-localhost", "single_label"),
    ],
)
def test_a_redirect_to_where_nobody_may_go_is_not_followed(site: HostileSite, path: str, why: str) -> None:
    found = seen(site, path)
    assert (found.error, found.detail) == (LookError.ADDRESS_REFUSED, why)
    assert [hop.status for hop in found.hops] == [302]


def test_a_redirect_loop_ends_after_five_steps(site: HostileSite) -> None:
    found = seen(site, "/to-loop")
    assert (found.error, len(found.hops)) == (LookError.TOO_MANY_REDIRECTS, 6)


def test_the_checked_answer_is_the_connected_address(site: HostileSite) -> None:
    resolver = names(rebind=[PUBLIC, PRIVATE])
    assert seen(site, "/ok", host="rebind.hostile.net", resolver=resolver).hops[0].ip == PUBLIC
    assert seen(site, "/ok", host="rebind.hostile.net", resolver=resolver).detail == "ip_not_public"


def test_a_mixed_answer_is_refused_whole(site: HostileSite) -> None:
    found = seen(site, "/ok", host="mixed.hostile.net", resolver=names(mixed=[PUBLIC, PRIVATE]))
    assert (found.error, found.hops) == (LookError.ADDRESS_REFUSED, ())


class ForgetfulPolicy(StreetPolicy):
    """Forgets to check what the resolver said, so that only the socket's own check is left."""

    def check_answers(self, answers: object, *, host: str, port: int) -> list[str]:
        return [PRIVATE]


def test_the_socket_refuses_by_itself(site: HostileSite) -> None:
    policy = ForgetfulPolicy(ports=frozenset({site.port}))
    found = asyncio.run(look(site.url("/secret"), policy=policy, resolver=names(), limits=QUICK))
    assert (found.error, found.detail, found.hops) == (LookError.ADDRESS_REFUSED, "ip_not_public", ())


class LatePolicy(StreetPolicy):
    """Lets the socket connect and refuses the peer that the kernel names afterwards."""

    checks = 0

    def check_address(self, address: str, *, host: str, port: int) -> None:
        type(self).checks += 1
        if self.checks == 3:
            raise Refused("ip_not_public", address)


def test_the_peer_is_checked_before_anything_is_asked(site: HostileSite) -> None:
    policy = LatePolicy(ports=frozenset({site.port}))
    found = asyncio.run(look(site.url("/ok"), policy=policy, resolver=names(), limits=QUICK))
    assert (found.error, site.asked) == (LookError.ADDRESS_REFUSED, [])


@pytest.mark.parametrize(
    ("path", "error", "detail"),
    [
        ("/gzip-bomb", LookError.TOO_BIG, "body"),
        ("/endless", LookError.TOO_BIG, "wire"),
        ("/stacked", LookError.BAD_ENCODING, "br, gzip"),
        ("/gzip-lie", LookError.BAD_ENCODING, "gzip"),
        ("/many-headers", LookError.BAD_ANSWER, None),
        ("/long-header", LookError.BAD_ANSWER, None),
        ("/no-http", LookError.BAD_ANSWER, None),
        ("/cut", LookError.BAD_ANSWER, None),
    ],
)
def test_what_is_too_much_or_broken_is_put_down(
    site: HostileSite, path: str, error: LookError, detail: str | None
) -> None:
    found = seen(site, path)
    assert found.error is error
    assert detail in (None, found.detail)
    assert found.body_sha256 == ""


@pytest.mark.parametrize("path", ["/drip-body", "/drip-head", "/silent"])
def test_one_deadline_covers_everything(site: HostileSite, path: str) -> None:
    started = time.monotonic()
    found = seen(site, path, limits=Limits(seconds=0.4))
    assert found.error is LookError.TIMED_OUT
    assert time.monotonic() - started < 20


def test_media_is_never_read(site: HostileSite) -> None:
    found = seen(site, "/video")
    assert (found.status, found.content_type, found.bytes_read, found.error) == (200, "video/mp4", 0, None)


def test_a_packed_page_is_unpacked(site: HostileSite) -> None:
    assert seen(site, "/gzip-page").title == "A page"


@pytest.mark.parametrize(
    ("path", "title"),
    [("/cp1252", "café"), ("/codec", "plain"), ("/nul", "a�b")],
    ids=["named", "no text codec", "nul"],
)
def test_text_is_always_storable(site: HostileSite, path: str, title: str) -> None:
    found = seen(site, path)
    assert found.title == title
    assert "\0" not in found.text
    assert "\x1b" not in found.text


def test_json_is_text_too(site: HostileSite) -> None:
    assert seen(site, "/json").text == '{"gone": true}'


def test_a_player_and_a_password_field_are_noticed(site: HostileSite) -> None:
    assert seen(site, "/player").has_player
    assert seen(site, "/login").has_password_field
    assert not seen(site, "/ok").has_player


def test_source_markers_are_looked_for_where_the_source_is(site: HostileSite) -> None:
    here = Marker("html", "<h1>Hello", "verified-in-source")
    there = Marker("html_regex", "<h2[^>]*>", "verified-in-source")
    absent = Marker("html_absent", "<h2", "verified-in-source")
    assert seen(site, "/ok", markers=[here, there, absent]).marks == {here.name, absent.name}


def test_a_page_that_makes_a_pattern_slow_is_put_down(site: HostileSite) -> None:
    slow = Marker("html_regex", r"<div[^>]+class=([\"'])(?:(?!\1).)*\bremoved\b(?:[^>]+>)+x", "verified-in-source")
    found = seen(site, "/slow-pattern", markers=[slow], limits=Limits(seconds=10, page_seconds=0.2))
    assert (found.error, found.seconds < 10) == (LookError.PAGE_TOO_SLOW, True)


def test_nothing_is_sent_that_tells_who_looks(site: HostileSite) -> None:
    seen(site, "/to-ok")
    assert len(site.asked) == 2
    for headers in site.asked:
        sent = {name.lower() for name in headers}
        assert not sent & {"cookie", "referer", "origin", "authorization", "from", "via", "x-forwarded-for"}
        assert "Chrome" in headers["User-Agent"]
        assert headers["Accept-Encoding"] == "gzip"


def test_a_proxy_in_the_environment_is_ignored(site: HostileSite, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://{PRIVATE}:{site.port}")
    assert seen(site, "/ok").status == 200


def test_a_name_without_an_address_is_a_result(site: HostileSite) -> None:
    async def no_such_name(host: str, port: int) -> Sequence[str]:
        raise OSError("no such name")

    assert seen(site, "/ok", resolver=no_such_name).error is LookError.DNS_FAILED


def test_a_closed_port_is_a_result() -> None:
    policy = StreetPolicy(ports=frozenset({9}))
    found = asyncio.run(look("http://site.hostile.net:9/", policy=policy, resolver=names(), limits=QUICK))
    assert found.error is LookError.CONNECT_FAILED


@pytest.mark.parametrize("status", [404, 410, 403, 429, 451, 500, 503])
def test_every_status_is_an_answer(site: HostileSite, status: int) -> None:
    found = seen(site, f"/status/{status}")
    assert (found.error, found.status, found.title) == (None, status, "status")


def test_a_listed_demo_site_is_reached_without_asking_any_resolver(site: HostileSite) -> None:
    class Plain(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.end_headers()
            self.wfile.write(b"demo")

        def log_message(self, *_args: object) -> None:
            pass

    async def no_resolver(host: str, port: int) -> Sequence[str]:
        raise AssertionError("A listed name was looked up.")

    server = ThreadingHTTPServer(("127.0.0.1", 0), Plain)
    port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        policy = Policy(loopback_allowed=frozenset({("demo.localhost", port)}))
        found = asyncio.run(look(f"http://demo.localhost:{port}/", policy=policy, resolver=no_resolver, limits=QUICK))
    finally:
        server.shutdown()
        server.server_close()
    assert (found.text, found.hops[0].ip) == ("demo", "127.0.0.1")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-keyout", str(key), "-out", str(cert), "-subj", "/CN=site.hostile.net",
         "-addext", "subjectAltName=DNS:site.hostile.net"],
        check=True,
        capture_output=True,
        timeout=20,
    )  # fmt: skip
    return cert, key


@pytest.fixture(scope="module")
def tls_port(certificate: tuple[Path, Path], site: HostileSite) -> Iterator[int]:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer((PUBLIC, 0), Page)
    server.daemon_threads = True
    server.handle_error = lambda *_args: None  # type: ignore[method-assign]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("host", "is_trusted", "error"),
    [
        ("site.hostile.net", True, None),
        ("other.hostile.net", True, LookError.TLS_FAILED),
        ("site.hostile.net", False, LookError.TLS_FAILED),
    ],
)
def test_the_certificate_must_be_the_name_s_and_known(
    certificate: tuple[Path, Path], tls_port: int, host: str, is_trusted: bool, error: LookError | None
) -> None:
    trust = ssl.create_default_context(cafile=str(certificate[0])) if is_trusted else None
    policy = StreetPolicy(ports=frozenset({tls_port}))
    found = asyncio.run(look(f"https://{host}:{tls_port}/", policy=policy, resolver=names(), limits=QUICK, tls=trust))
    assert found.error is error
    assert found.status == (0 if error else 200)


def test_an_observation_survives_the_pipe(site: HostileSite) -> None:
    for path in ("/to-ok", "/to-loop", "/gzip-bomb"):
        found = seen(site, path)
        assert Observation.from_json(found.as_json()) == found


def test_the_hostile_address_is_no_public_one() -> None:
    assert ipaddress.ip_address(PUBLIC).is_loopback
