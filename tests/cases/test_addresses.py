"""The address policy against the list of known tricks. Nothing here opens a socket: one that tries fails the test."""

import ipaddress
import re
import socket
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.addresses import LOOPBACK, Policy, Refused, check_public, loopback_pairs

VECTORS = Path(__file__).parent.parent / "vectors" / "ssrf_cases.txt"
ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "0": "\0", "\\": "\\"}


def unescaped(text: str) -> str:
    return re.sub(r"\\(u[0-9a-fA-F]{4}|[tnr0\\])", lambda m: ESCAPES.get(m[1]) or chr(int(m[1][1:], 16)), text)


def vectors(verdict: str) -> list[tuple[str, str]]:
    rows = [line.split("\t", 2) for line in VECTORS.read_text("utf-8").split("\n") if line and line[0] != "#"]
    return [(reason, unescaped(url)) for kind, reason, url in rows if kind == verdict]


@pytest.fixture(autouse=True)
def _no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_kwargs: object) -> NoReturn:
        raise AssertionError("The address policy opened a socket.")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def test_the_list_of_tricks_is_whole() -> None:
    assert [len(vectors(verdict)) for verdict in ("block", "resolve", "allow")] == [95, 7, 11]


@pytest.mark.parametrize(("reason", "url"), vectors("block"))
def test_a_trick_is_refused_before_any_look_up(reason: str, url: str) -> None:
    with pytest.raises(Refused):
        Policy().read(url)


@pytest.mark.parametrize(("reason", "url"), vectors("allow"))
def test_a_real_address_passes(reason: str, url: str) -> None:
    assert Policy().read(url).port in (80, 443, 8080)


@pytest.mark.parametrize(("answers", "url"), vectors("resolve"))
def test_a_name_that_leads_inside_is_refused_at_the_answer(answers: str, url: str) -> None:
    target = Policy().read(url)
    with pytest.raises(Refused, match="ip_not_public"):
        Policy().check_answers(answers.split(","), host=target.host, port=target.port)


@pytest.mark.parametrize(
    "address",
    [
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "::7f00:1",
        "fec0::1",
        "3fff::1",
        "5f00::1",
        "224.0.0.1",
        "192.88.99.1",
        "192.0.0.9",
        "168.63.129.16",
        "100.64.0.1",
        "::ffff:8.8.8.8",
        "fe80::1%eth0",
        "2a00:1450::200:5efe:a00:1",
    ],
)
def test_addresses_that_the_standard_library_misjudges_are_refused(address: str) -> None:
    with pytest.raises(Refused):
        check_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "172.32.0.1", "100.128.0.1"])
def test_public_addresses_pass(address: str) -> None:
    check_public(ipaddress.ip_address(address))


def test_what_is_sent_is_ascii_without_a_fragment() -> None:
    target = Policy().read("HTTPS://WWW.München.example.org:443/vidéo?q=%61#part")
    assert target.url == "https://www.xn--mnchen-3ya.example.org/vid%C3%A9o?q=%61"
    assert (target.host, target.port, target.is_literal) == ("www.xn--mnchen-3ya.example.org", 443, False)


def test_no_answer_at_all_is_refused() -> None:
    with pytest.raises(Refused, match="dns_empty"):
        Policy().check_answers([], host="site.example.org", port=80)


def test_an_answer_that_is_no_address_is_refused() -> None:
    with pytest.raises(Refused, match="ip_notation"):
        Policy().check_answers(["0x7f.1"], host="site.example.org", port=80)


def test_a_named_demo_site_stands_for_loopback_and_for_nothing_else() -> None:
    policy = Policy(loopback_allowed=loopback_pairs("site.localhost:9001, 127.0.0.1:9002"))
    assert policy.read("http://site.localhost:9001/p/1").url == "http://site.localhost:9001/p/1"
    assert policy.read("http://127.0.0.1:9002/").is_literal
    policy.check_address(LOOPBACK, host="site.localhost", port=9001)
    with pytest.raises(Refused, match="ip_not_loopback"):
        policy.check_address("8.8.8.8", host="site.localhost", port=9001)


@pytest.mark.parametrize(
    "url",
    [
        "http://site.localhost:9002/",
        "http://other.localhost:9001/",
        "http://127.0.0.1:9001/",
        "http://site.localhost/",
        "http://user@site.localhost:9001/",
        "file://site.localhost:9001/",
    ],
)
def test_a_demo_site_opens_no_other_door(url: str) -> None:
    with pytest.raises(Refused):
        Policy(loopback_allowed=frozenset({("site.localhost", 9001)})).read(url)


@pytest.mark.parametrize("listing", ["site.localhost", "site.localhost:", ":9001", "site:90x"])
def test_a_bad_listing_names_its_bad_part(listing: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(listing))):
        loopback_pairs(listing)


@given(st.text(max_size=60))
def test_no_text_crashes_the_policy(text: str) -> None:
    for url in (text, f"http://{text}", f"http://{text}/", f"https://example.org/{text}"):
        try:
            target = Policy().read(url)
        except Refused:
            continue
        assert target.url.isascii()
        assert Policy().read(target.url) == target


@given(st.integers(min_value=0, max_value=2**32 - 1))
def test_every_spelling_of_a_private_v4_address_inside_v6_is_refused(number: int) -> None:
    for prefix in (0, 0xFFFF << 32, 0xFFFF0000 << 16, 0x0064FF9B << 96):
        with pytest.raises(Refused):
            check_public(ipaddress.IPv6Address(prefix | number))
