"""The address given to bin/start and what follows from it."""

import socket

import pytest

from config.runtime.bind import Bind
from config.runtime.children import Refused


@pytest.mark.parametrize(
    ("text", "address", "port"),
    [
        ("127.0.0.1:8000", "127.0.0.1", 8000),
        ("localhost:81", "localhost", 81),
        ("0.0.0.0", "0.0.0.0", 8000),
        ("[::1]:9000", "::1", 9000),
        ("::1", "::1", 8000),
    ],
)
def test_an_address_is_read(text: str, address: str, port: int) -> None:
    assert Bind.parse(text) == Bind(address, port)


@pytest.mark.parametrize("text", ["", ":8000", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000", "[::1"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="--bind"):
        Bind.parse(text)


@pytest.mark.parametrize("text", ["127.0.0.1:8000", "localhost:8000", "0.0.0.0:8000", "[::1]:8000"])
def test_on_this_machine_the_staff_pages_are_at_localhost(text: str) -> None:
    hosts = Bind.parse(text).hosts()
    assert hosts["RECOURSE_STAFF_HOST"] == "localhost:8000"
    assert hosts["RECOURSE_PORTAL_HOST"] == "portal.localhost:8000"


def test_another_address_is_the_staff_host_itself() -> None:
    assert Bind.parse("192.0.2.7:8000").hosts()["RECOURSE_STAFF_HOST"] == "192.0.2.7:8000"


def test_loopback_listens_where_a_browser_looks_for_localhost() -> None:
    bound, sockets = Bind("127.0.0.1", 0).listen()
    try:
        assert bound.port != 0
        assert {opened.getsockname()[1] for opened in sockets} == {bound.port}
        assert sockets[0].getsockname()[0] == "127.0.0.1"
    finally:
        for opened in sockets:
            opened.close()


def test_a_port_in_use_is_refused_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Refused, match=rf"^Cannot listen on 127\.0\.0\.1:{port}: the port is in use") as refusal:
            Bind("127.0.0.1", port).listen()
    assert "\n" not in str(refusal.value)
