"""The shut-in browser against a site that tries everything. Everything stays on this machine."""

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from evidence.capture import browser, findings
from evidence.capture.browser import BrowserFailed, Job, Seen, Stopped
from evidence.capture.findings import Found
from evidence.capture.judge import judge
from evidence.capture.proxy import Limits, Resolver
from tests.evidence.capture_site import (
    PRIVATE,
    PUBLIC,
    CaptureSite,
    OpenPolicy,
    StreetPolicy,
    ThreadProxy,
    capture_site,
    names,
    secure_site,
    street,
)


@pytest.fixture(scope="module")
def site() -> Iterator[CaptureSite]:
    with capture_site() as running:
        yield running


@pytest.fixture(autouse=True)
def _clean(site: CaptureSite) -> None:
    site.asked.clear()
    site.private_hits.clear()
    site.private_connections.clear()


def visit(
    site: CaptureSite,
    path: str,
    *,
    host: str = "site.hostile.net",
    resolver: Resolver | None = None,
    policy: StreetPolicy | None = None,
    limits: Limits | None = None,
    url: str = "",
    **job: object,
) -> tuple[Seen, Found]:
    def proxy(socket: Path, bounds: Limits, seconds: float) -> ThreadProxy:
        return ThreadProxy(socket, bounds, policy=policy or street(site), resolver=resolver or names())

    seen = browser.visit(Job(url=url or site.url(path, host), **job), limits=limits, proxy=proxy)  # type: ignore[arg-type]
    return seen, findings.read(seen)


def answer(seen: Seen, found: Found) -> tuple[str, str]:
    judged = judge(found, connection_error=findings.connection_error(seen))
    return str(judged.result), judged.reason


def test_an_installation_may_lie_below_the_folder_that_is_scratch_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as prefix:
        (Path(prefix) / "packages").write_text("still there")
        monkeypatch.setattr(sys, "base_prefix", prefix)
        inner = ["/usr/bin/sh", "-c", f"cat {prefix}/packages && touch $HOME/it && echo ' and scratch'"]
        done = subprocess.run(browser.sandbox(inner), capture_output=True, text=True, timeout=60)
        assert (done.stdout, done.stderr) == ("still there and scratch\n", "")
        assert [path.name for path in Path(prefix).iterdir()] == ["packages"]


def test_a_page_is_captured_whole_with_text_source_picture_and_answers(site: CaptureSite) -> None:
    seen, found = visit(site, "/ok")
    assert answer(seen, found) == ("whole", "whole")
    assert found.title == "A page"
    assert "Words of a page." in found.text
    assert seen.blobs["shot"].startswith(b"\x89PNG")
    assert found.shot == {
        "width": 1280,
        "height": 800,
        "page_height": 800,
    }
    assert b"<h1>Hello</h1>" in seen.blobs["dom"]
    assert found.answer is not None
    assert found.answer.status == 200
    assert list(found.answer.addresses) == [PUBLIC]
    assert seen.blobs[found.answer.body_name].startswith(b"<!doctype html>")
    headers = dict(site.asked)["/ok"]
    assert "Headless" not in headers["User-Agent"]
    assert headers["Accept-Language"] == "en-US,en;q=0.9"
    assert not {"Cookie", "Referer", "Via", "X-Forwarded-For", "Proxy-Connection"} & set(headers)


def test_every_hop_of_a_redirect_is_kept_with_status_headers_and_address(site: CaptureSite) -> None:
    _, found = visit(site, "/hops")
    assert [(leg.status, leg.outcome) for leg in found.main] == [(301, "redirect"), (302, "redirect"), (200, "whole")]
    assert found.main[0].header("x-first") == "one"
    assert all(list(leg.addresses) == [PUBLIC] for leg in found.main)
    assert found.final_url == site.url("/ok")


def test_a_page_that_moves_on_by_itself_is_followed_and_said(site: CaptureSite) -> None:
    _seen, found = visit(site, "/moves")
    assert found.final_url == site.url("/ok")
    assert [leg.status for leg in found.main] == [200, 200]
    assert "moved" in judge(found).notes


def test_a_page_that_tries_everything_reaches_nothing_inside(site: CaptureSite) -> None:
    seen, found = visit(site, "/escapes")
    assert site.private_hits == []
    assert site.private_connections == []
    assert "alert passed" in found.text
    for tried in ("fetch failed", "redirect failed", "metadata failed", "xhr failed", "ws failed", "worker failed"):
        assert tried in found.text, tried
    assert "FILE READ" not in found.text
    assert "WS OPEN" not in found.text
    assert PUBLIC not in found.text
    refused = {(one["refused"]) for one in seen.proxy["passages"] if one["refused"]}
    assert {"ip_not_public", "single_label"} <= refused
    assert all(one["address"] in ("", PUBLIC) for one in seen.proxy["passages"])
    assert found.refused["popups"] >= 1
    assert found.refused["dialogs"] == 1


def test_without_our_rules_the_same_page_gets_inside(site: CaptureSite) -> None:
    visit(site, "/escapes", policy=street(site, OpenPolicy))
    assert {"/fetch", "/fetch2", "/xhr", "/frame"} <= set(site.private_hits)


@pytest.mark.parametrize("path", ["/redirect-private", "/redirect-name"])
def test_a_redirect_inside_is_refused_and_said(site: CaptureSite, path: str) -> None:
    seen, found = visit(site, path)
    assert answer(seen, found) == ("nothing", "address_refused")
    assert site.private_hits == []


def test_a_name_that_changes_its_mind_is_asked_once_per_capture(site: CaptureSite) -> None:
    resolver = names({"rebind.hostile.net": [[PUBLIC], [PRIVATE]]})
    _, found = visit(site, "/lost-style", host="rebind.hostile.net", resolver=resolver)
    assert {address for leg in found.legs for address in leg.addresses} == {PUBLIC}
    assert "/missing.css" in site.paths()
    assert site.private_hits == []


def test_a_name_with_one_private_answer_among_public_ones_is_refused(site: CaptureSite) -> None:
    resolver = names({"mixed.hostile.net": [[PUBLIC, PRIVATE]]})
    assert answer(*visit(site, "/ok", host="mixed.hostile.net", resolver=resolver)) == ("nothing", "address_refused")
    assert site.asked == []


def test_pictures_films_and_sounds_are_not_downloaded(site: CaptureSite) -> None:
    seen, found = visit(site, "/media")
    assert "a 0 | b 0 | c 0" in found.text
    assert "disguised failed" in found.text
    assert not {"/a.png", "/bg.png", "/film.mp4", "/sound"} & set(site.paths())
    assert found.blocked["media"] >= 5
    assert not found.with_media
    assert not any(leg.body_name and leg.mime.startswith(("image/", "video/", "audio/")) for leg in found.legs)
    assert answer(seen, found)[0] == "whole"
    assert "media_left_out" in judge(found).notes
    # A picture that stands in the source itself came with the page.
    assert findings.holds_media(seen, found)


def test_pictures_come_when_they_are_asked_for(site: CaptureSite) -> None:
    seen, found = visit(site, "/media", with_media=True)
    assert {"/a.png", "/bg.png"} <= set(site.paths())
    assert "a 1 | b 1 | c 1" in found.text
    assert findings.holds_media(seen, found)
    assert "media" not in found.blocked


def test_a_link_to_a_picture_is_said_and_not_downloaded(site: CaptureSite) -> None:
    seen, found = visit(site, "/photo.png")
    assert answer(seen, found) == ("other", "media_itself")
    assert not any(name.startswith("body:") for name in seen.blobs)


def test_a_link_to_a_file_is_said_and_not_downloaded(site: CaptureSite) -> None:
    assert answer(*visit(site, "/file")) == ("other", "download")


def test_downloads_dialogs_workers_and_places_are_refused(site: CaptureSite) -> None:
    _, found = visit(site, "/odd")
    assert "confirm false" in found.text
    assert "PLACE" not in found.text
    assert "WORKER" not in found.text
    assert found.refused["dialogs"] == 1
    assert "Windows NT 10.0" in found.text
    assert "HeadlessChrome" not in found.text


def test_nothing_is_remembered_from_one_capture_to_the_next(site: CaptureSite) -> None:
    visit(site, "/media")
    site.asked.clear()
    _, found = visit(site, "/media")
    assert all("Cookie" not in headers for path, headers in site.asked if path == "/media")
    assert "stored" not in found.text


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/lazy", ("other", "empty_shell")),
        ("/refused", ("other", "refused")),
        ("/nothing-here", ("other", "not_there")),
        ("/lost-style", ("partial", "parts_failed")),
        ("/tall", ("partial", "picture_cut")),
        ("/loop", ("nothing", "too_many_redirects")),
    ],
)
def test_what_was_got_is_said(site: CaptureSite, path: str, expected: tuple[str, str]) -> None:
    assert answer(*visit(site, path)) == expected


def test_the_picture_of_a_long_page_is_cut_at_a_height(site: CaptureSite) -> None:
    _, found = visit(site, "/tall", most_height=2000)
    assert found.shot is not None
    assert found.shot["height"] == 2000
    assert found.shot["page_height"] > 30_000


def test_a_page_that_is_not_done_in_time_is_kept_as_a_part(site: CaptureSite) -> None:
    seen, found = visit(site, "/slow-style", seconds=30, load_seconds=5)
    assert answer(seen, found) == ("partial", "timed_out")
    assert "Words of a page" in found.text
    assert "shot" in seen.blobs


def test_a_site_that_never_answers_is_said(site: CaptureSite) -> None:
    assert answer(*visit(site, "/hang", seconds=12, load_seconds=2)) == ("nothing", "no_answer")


def test_a_script_that_never_ends_does_not_hold_the_worker(site: CaptureSite) -> None:
    seen, found = visit(site, "/busy", seconds=12, load_seconds=3)
    assert seen.facts["seconds"] < 14
    assert answer(seen, found)[0] in ("nothing", "partial")


def test_a_page_that_eats_memory_is_ended(site: CaptureSite) -> None:
    seen, found = visit(site, "/hungry", seconds=25, memory=700 * 1024 * 1024)
    assert found.ended == "out_of_memory"
    assert answer(seen, found) == ("nothing", "out_of_memory")


def test_an_endless_answer_ends_at_the_limit_and_is_said(site: CaptureSite) -> None:
    seen, found = visit(site, "/huge", seconds=20, load_seconds=8, limits=Limits(down=3_000_000))
    assert found.over == "down"
    assert found.bytes_down < 4_000_000
    assert answer(seen, found)[0] == "partial"


def test_a_name_that_leads_nowhere_and_a_closed_port_are_said(site: CaptureSite) -> None:
    assert answer(*visit(site, "/ok", host="nowhere.hostile.net")) == ("nothing", "dns_failed")
    with socket.socket() as closed:
        closed.bind((PUBLIC, 0))
        port = closed.getsockname()[1]
    policy = StreetPolicy(ports=frozenset({port}))
    url = f"http://site.hostile.net:{port}/"
    assert answer(*visit(site, "", url=url, policy=policy)) == ("nothing", "connect_failed")


def test_tls_passes_the_proxy_unopened_and_the_certificate_is_kept(site: CaptureSite, tmp_path: Path) -> None:
    with secure_site(tmp_path, "secure.hostile.net") as (port, key):
        policy = StreetPolicy(ports=frozenset({port}))
        url = f"https://secure.hostile.net:{port}/page"
        untrusted = visit(site, "", url=url, policy=policy)
        assert answer(*untrusted) == ("nothing", "tls_failed")
        seen, found = visit(site, "", url=url, policy=policy, trusted_keys=(key,))
    assert answer(seen, found) == ("whole", "whole")
    (shown,) = findings.certificates(found)
    assert shown.pem == (tmp_path / "cert.pem").read_text()
    assert found.answer is not None
    assert found.answer.tls is not None
    assert found.answer.tls["subject"] == "secure.hostile.net"
    assert list(found.answer.addresses) == [PUBLIC]
    passages = [one for one in seen.proxy["passages"] if one["port"] == port]
    assert {(one["method"], one["url"]) for one in passages} == {("CONNECT", "")}


def test_a_capture_can_be_stopped_while_it_runs(site: CaptureSite) -> None:
    with pytest.raises(Stopped):
        browser.visit(
            Job(url=site.url("/hang")),
            proxy=lambda socket, limits, seconds: ThreadProxy(socket, limits, policy=street(site), resolver=names()),
            stopped=lambda: True,
        )


def test_the_browsers_own_calls_home_are_refused_without_a_look_up(site: CaptureSite) -> None:
    asked: list[str] = []

    async def resolver(host: str, port: int) -> list[str]:
        asked.append(host)
        return [PUBLIC]

    visit(site, "/ok", resolver=resolver)
    assert set(asked) == {"site.hostile.net"}


PROBE = """
import json, os, socket
def tried(action, *given):
    try:
        action(*given)
    except OSError as problem:
        return type(problem).__name__
    return 'REACHED'
print(json.dumps({
    'env': sorted(os.environ), 'uid': os.getuid(), 'root': sorted(os.listdir('/')),
    'out': [tried(socket.create_connection, (address, PORT), 1) for address in ('127.0.0.1', '127.0.0.2')],
    'net': [line.split(':')[0].strip() for line in open('/proc/net/dev') if ':' in line],
    'written': [tried(open, path, 'w') for path in ('/usr/x', '/app/x', '/x')],
    'pids': len([name for name in os.listdir('/proc') if name.isdigit()]),
    'caps': [line.split()[1] for line in open('/proc/self/status') if line.startswith('CapEff')][0],
}))
"""
"""What a program that broke out of the browser would find."""


def test_the_sandbox_holds_no_secret_no_file_of_ours_and_no_way_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, site: CaptureSite
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    probe = tmp_path / "probe.py"
    probe.write_text(PROBE.replace("PORT", str(site.port)))
    command = browser.sandbox(
        [os.path.realpath(sys.executable), "-E", "-s", "/app/probe.py"],
        binds=[(str(probe), "/app/probe.py")],
    )
    told = json.loads(subprocess.run(command, capture_output=True, check=True, env={}, timeout=20).stdout)
    assert set(told["env"]) <= {"HOME", "PATH", "LANG", "TZ", "PWD", "LC_CTYPE"}
    assert told["uid"] == 65534
    assert told["caps"].strip("0") == ""
    assert not {"work", "srv", "var", "home", "data"} & set(told["root"])
    assert "REACHED" not in told["out"]
    assert told["net"] == ["lo"]
    assert "REACHED" not in told["written"]
    assert told["pids"] <= 3


def test_the_proxys_process_gets_no_secret() -> None:
    given = {"DATABASE_URL": "x", "SECRET_KEY_FILE": "y", "RECOURSE_KEYS": "z", "PATH": "/bin", "HTTP_PROXY": "p"}
    assert browser.child_environment(given) == {"PATH": "/bin"}


def test_the_proxys_own_process_serves_and_tells_its_log(monkeypatch: pytest.MonkeyPatch, site: CaptureSite) -> None:
    monkeypatch.setenv("RECOURSE_FETCH_LOOPBACK", f"demo.localhost:{site.port}")
    assert findings.read(browser.visit(Job(url=site.demo("/ok")))).title == "A page"
    others = browser.visit(Job(url=f"http://other.localhost:{site.port}/y"))
    assert "/y" not in site.private_hits
    assert answer(others, findings.read(others)) == ("nothing", "address_refused")


def test_a_browser_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECOURSE_CHROMIUM", "/nowhere/chromium")
    browser._works.cache_clear()
    assert browser.trouble() == "no_browser"
    browser._works.cache_clear()


def test_a_browser_that_says_nothing_is_a_failure_not_a_capture(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, site: CaptureSite
) -> None:
    monkeypatch.setenv("RECOURSE_CHROMIUM", "/usr/bin/true")
    seen = browser.visit(
        Job(url=site.url("/ok"), seconds=8),
        proxy=partial(_street_proxy, site),
    )
    assert answer(seen, findings.read(seen)) == ("nothing", "browser_failed")


def test_a_sandbox_that_dies_is_a_failure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, site: CaptureSite) -> None:
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(BrowserFailed):
        browser.visit(Job(url=site.url("/ok")), proxy=partial(_street_proxy, site))


def _street_proxy(site: CaptureSite, socket: Path, limits: Limits, seconds: float) -> ThreadProxy:
    return ThreadProxy(socket, limits, policy=street(site), resolver=names())
