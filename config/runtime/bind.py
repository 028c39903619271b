"""The address Recourse listens on and the host names that follow from it."""

import contextlib
import errno
import ipaddress
import socket
from dataclasses import dataclass

from config.runtime.children import Refused

DEFAULT = "127.0.0.1:8000"
BACKLOG = 256


@dataclass(frozen=True)
class Bind:
    """An address and port to listen on; port 0 takes a free one."""

    address: str
    port: int

    @classmethod
    def parse(cls, text: str) -> "Bind":
        """Read `ADDR:PORT`, `[V6]:PORT`, or `ADDR` alone (port 8000); raise Refused for anything else."""
        address, port = text, "8000"
        if text.startswith("["):
            address, closed, port = text[1:].partition("]")
            port = (port.removeprefix(":") or "8000") if closed else ""
        elif text.count(":") == 1:
            address, port = text.split(":")
        if not address or not port.isdigit() or int(port) > 65535:
            raise Refused(f"--bind {text} is not an address and a port, such as 127.0.0.1:8000.")
        return cls(address, int(port))

    @property
    def local(self) -> bool:
        """Return whether people on this machine reach it as localhost."""
        if self.address == "localhost":
            return True
        with contextlib.suppress(ValueError):
            found = ipaddress.ip_address(self.address)
            return found.is_loopback or found.is_unspecified
        return False

    @property
    def shown(self) -> str:
        """Return the host and port for an address bar."""
        if self.local:
            return f"localhost:{self.port}"
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"

    def hosts(self) -> dict[str, str]:
        """Return the three host settings that follow from the address.

        Portal and media need names of their own, which an address cannot have: away from this machine they are set
        by whoever runs it (docs/running.md).
        """
        return {
            "RECOURSE_STAFF_HOST": self.shown,
            "RECOURSE_PORTAL_HOST": f"portal.localhost:{self.port}",
            "RECOURSE_MEDIA_HOST": f"media.localhost:{self.port}",
        }

    def listen(self) -> tuple["Bind", list[socket.socket]]:
        """Open the listening sockets; return the address with the port that was taken, and the sockets.

        A loopback address listens on IPv4 and, where there is one, on IPv6: browsers try both for localhost.
        Raises Refused when the address is not ours or the port is in use.
        """
        addresses = ["127.0.0.1", "::1"] if self.address in {"127.0.0.1", "localhost", "::1"} else [self.address]
        sockets: list[socket.socket] = []
        port = self.port
        for address in addresses:
            try:
                opened = _listening(address, port)
            except OSError as error:
                if address == "::1" and sockets:
                    continue
                for other in sockets:
                    other.close()
                in_use = error.errno == errno.EADDRINUSE
                reason = "the port is in use by another program" if in_use else error.strerror or str(error)
                raise Refused(f"Cannot listen on {self.address}:{self.port}: {reason}.") from error
            sockets.append(opened)
            port = opened.getsockname()[1]
        return Bind(self.address, port), sockets


def _listening(address: str, port: int) -> socket.socket:
    family, kind, protocol, _, place = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
    opened = socket.socket(family, kind, protocol)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.bind(place)
        opened.listen(BACKLOG)
    except OSError:
        opened.close()
        raise
    return opened
