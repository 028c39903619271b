"""The policy proxy by itself: what passes, what is refused, and what its log says."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from evidence.capture.proxy import Limits, PolicyProxy, Resolver, listen
from tests.evidence.capture_site import PRIVATE, PUBLIC, CaptureSite, StreetPolicy, capture_site, names, street


@pytest.fixture(scope="module")
def site() -> Iterator[CaptureSite]:
    with capture_site() as running:
        yield running


async def _talk(path: str, question: bytes) -> bytes:
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(question)
    try:
        answer = await asyncio.wait_for(reader.read(), 10)
    except ConnectionResetError:
        answer = b""
    writer.close()
    return answer


def ask(
    site: CaptureSite, folder: Path, *questions: bytes, limits: Limits | None = None, resolver: Resolver | None = None,
    policy: StreetPolicy | None = None,
) -> tuple[list[bytes], PolicyProxy]:  # fmt: skip
    async def run() -> tuple[list[bytes], PolicyProxy]:
        proxy = PolicyProxy(policy or street(site), limits=limits or Limits(), resolver=resolver or names())
        server = await listen(proxy, str(folder / "p.sock"))
        answers = [await _talk(str(folder / "p.sock"), question) for question in questions]
        server.close()
        return answers, proxy

    site.private_connections.clear()
    answers, proxy = asyncio.run(run())
    assert site.private_connections == []
    return answers, proxy


def get(site: CaptureSite, path: str = "/ok", host: str = "site.hostile.net") -> bytes:
    return (
        f"GET http://{host}:{site.port}{path} HTTP/1.1\r\nHost: {host}\r\nProxy-Connection: keep-alive\r\n\r\n".encode()
    )


def test_a_plain_request_passes_once_and_the_connection_ends(site: CaptureSite, tmp_path: Path) -> None:
    (answer,), proxy = ask(site, tmp_path, get(site))
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"Connection: close" in answer
    assert b"<h1>Hello" in answer
    (passage,) = proxy.log.passages
    assert (passage.address, passage.refused, passage.method) == (PUBLIC, "", "GET")
    assert passage.down > 500
    assert "Proxy-Connection" not in site.asked[-1][1]


def test_a_second_request_on_one_connection_reaches_nobody(site: CaptureSite, tmp_path: Path) -> None:
    site.asked.clear()
    ask(site, tmp_path, get(site) + get(site, "/secret", "private.hostile.net"))
    assert site.paths() == ["/ok"]


@pytest.mark.parametrize(
    ("authority", "code"),
    [
        ("127.0.0.1:{port}", "ip_not_public"),
        ("[::1]:{port}", "ip_not_public"),
        ("[::ffff:127.0.0.1]:{port}", "ip_not_public"),
        ("169.254.169.254:{port}", "ip_not_public"),
        ("10.1.2.3:{port}", "ip_not_public"),
        ("localhost:{port}", "single_label"),
        ("2130706433:{port}", "ip_notation"),
        ("0x7f.1:{port}", "ip_notation"),
        ("private.hostile.net:{port}", "ip_not_public"),
        ("site.hostile.net:22", "port"),
        ("user@site.hostile.net:{port}", "userinfo"),
        ("update.googleapis.com:443", "own_service"),
    ],
)
@pytest.mark.parametrize("method", ["CONNECT", "GET"])
def test_what_the_rules_refuse_gets_no_answer_at_all(
    site: CaptureSite, tmp_path: Path, method: str, authority: str, code: str
) -> None:
    place = authority.format(port=site.port)
    target = place if method == "CONNECT" else f"http://{place}/secret"
    (answer,), proxy = ask(site, tmp_path, f"{method} {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert answer == b""
    assert [passage.refused for passage in proxy.log.passages] == [code]


@pytest.mark.parametrize(
    "question",
    [
        b"GET /no-host HTTP/1.1\r\n\r\n",
        b"GET ftp://site.hostile.net/ HTTP/1.1\r\n\r\n",
        b"GET https://site.hostile.net/ HTTP/1.1\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"GET \xff\xfe HTTP/1.1\r\n\r\n",
        b"\0" * 70_000,
    ],
)
def test_nonsense_ends_the_connection(site: CaptureSite, tmp_path: Path, question: bytes) -> None:
    (answer,), _ = ask(site, tmp_path, question)
    assert answer == b""


def test_the_first_answer_for_a_name_holds_for_the_whole_capture(site: CaptureSite, tmp_path: Path) -> None:
    resolver = names({"rebind.hostile.net": [[PUBLIC], [PRIVATE]]})
    answers, proxy = ask(site, tmp_path, *[get(site, host="rebind.hostile.net")] * 3, resolver=resolver)
    assert all(b"<h1>Hello" in answer for answer in answers)
    assert {passage.address for passage in proxy.log.passages} == {PUBLIC}


class Forgetful(StreetPolicy):
    """Forgets to judge what the resolver said: only the check right before the connection is left."""

    def check_answers(self, answers: object, *, host: str, port: int) -> list[str]:
        return list(answers)  # type: ignore[call-overload]


def test_the_address_is_judged_again_right_before_it_is_connected(site: CaptureSite, tmp_path: Path) -> None:
    policy = Forgetful(ports=frozenset({site.port}))
    (answer,), proxy = ask(site, tmp_path, get(site, host="private.hostile.net"), policy=policy)
    assert answer == b""
    assert proxy.log.passages[0].refused == "ip_not_public"


def test_limits_of_bytes_and_connections_end_what_goes_over(site: CaptureSite, tmp_path: Path) -> None:
    (answer,), proxy = ask(site, tmp_path, get(site, "/endless"), limits=Limits(down=300_000))
    assert len(answer) < 600_000
    assert proxy.log.over == "down"
    answers, proxy = ask(site, tmp_path, get(site), get(site), limits=Limits(connections=1))
    assert answers[0]
    assert not answers[1]
    assert proxy.log.over == "connections"


def test_a_body_is_passed_as_long_as_it_says_and_no_further(site: CaptureSite, tmp_path: Path) -> None:
    head = f"POST http://site.hostile.net:{site.port}/ok HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n".encode()
    (answer,), proxy = ask(site, tmp_path, head + b"hello and more")
    assert answer.startswith(b"HTTP/1.1 200")
    assert proxy.log.up == 5


def test_a_name_that_leads_nowhere_is_noted(site: CaptureSite, tmp_path: Path) -> None:
    _, proxy = ask(site, tmp_path, get(site, host="nowhere.hostile.net"))
    assert proxy.log.passages[0].error == "dns_failed"
