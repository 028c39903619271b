"""Which addresses a program of ours may reach: rules for URLs and a deny list for IP addresses. No client here."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

import idna

MAX_URL = 4096
PORTS = frozenset({80, 443, 8080, 8443})
DEFAULT_PORT = {"http": 80, "https": 443}
LOOPBACK = "127.0.0.1"

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# The IANA special-purpose registries and addresses that clouds answer on. ipaddress.is_global is not used: it calls
# NAT64, 6to4, multicast and Azure's 168.63.129.16 global, and changes between patch releases of Python.
DENIED_V4 = tuple(
    ipaddress.IPv4Network(net)
    for net in [
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "168.63.129.16/32",
    ]
)
# Global unicast alone is let through, which already refuses mapped, translated, unique-local and link-local forms.
ALLOWED_V6 = ipaddress.IPv6Network("2000::/3")
DENIED_V6 = tuple(
    ipaddress.IPv6Network(net) for net in ["2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"]
)
SPECIAL_NAMES = frozenset(
    [
        "localhost",
        "local",
        "internal",
        "intranet",
        "lan",
        "corp",
        "home",
        "private",
        "localdomain",
        "arpa",
        "test",
        "example",
        "invalid",
        "onion",
        "i2p",
        "alt",
        "svc",
        "cluster",
    ]
)

UNWANTED = re.compile(r"[\x00-\x20\x7f-\x9f\\\ud800-\udfff]")
SHAPE = re.compile(r"(https?)://([^/?#]*)([^#]*)(?:#.*)?", re.IGNORECASE | re.DOTALL)
BRACKETED = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::([0-9]{1,5}))?")
NAMED = re.compile(r"([^:\[\]]+)(?::([0-9]{1,5}))?")
DOTTED_QUAD = re.compile(r"(?:0|[1-9][0-9]{0,2})(?:\.(?:0|[1-9][0-9]{0,2})){3}")
ENDS_IN_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
PLAIN_NAME = re.compile(r"[A-Za-z0-9_.-]+")
FULL_STOPS = "。．｡."


class Refused(Exception):
    """The policy does not let this address be reached. `code` is stable and safe to store, `detail` is for a person."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class Target:
    """A URL that passed the rules: `url` is its only form to be sent, `host` is ASCII, lower case, without brackets."""

    scheme: str
    host: str
    port: int
    url: str
    is_literal: bool


@dataclass(frozen=True)
class Policy:
    """The rules for one process.

    `loopback_allowed` names host and port pairs that stand for 127.0.0.1 (a demo or test site); they are never looked
    up, and everything else keeps every rule.
    """

    loopback_allowed: frozenset[tuple[str, int]] = frozenset()
    ports: frozenset[int] = PORTS

    def read(self, url: str) -> Target:
        """Take a URL apart and judge everything that can be judged without a look-up. Raises Refused."""
        if len(url) > MAX_URL:
            raise Refused("url_length")
        if UNWANTED.search(url):
            raise Refused("url_chars")
        shape = SHAPE.fullmatch(url)
        if not shape:
            raise Refused("scheme", url[:40])
        scheme, authority, rest = shape[1].lower(), shape[2], shape[3]
        if "@" in authority:
            raise Refused("userinfo")
        if not authority:
            raise Refused("no_host")
        host, typed_port, literal = _host_and_port(authority)
        port = int(typed_port) if typed_port else DEFAULT_PORT[scheme]
        if not self.stands_for_loopback(host, port):
            self._judge_host(host, literal)
            if port not in self.ports:
                raise Refused("port", str(port))
        return Target(scheme, host, port, _sendable(scheme, host, port, rest), literal is not None)

    def stands_for_loopback(self, host: str, port: int) -> bool:
        """Whether this pair was named as a demo or test site on this machine."""
        return (host, port) in self.loopback_allowed

    def check_answers(self, answers: Iterable[str], *, host: str, port: int) -> list[str]:
        """The addresses that may be connected, in order, once each.

        Every answer must be public: a mixed answer is hostile, so one bad address refuses all. Raises Refused.
        """
        addresses = list(dict.fromkeys(answers))
        if not addresses:
            raise Refused("dns_empty", host)
        for address in addresses:
            self.check_address(address, host=host, port=port)
        return addresses

    def check_address(self, address: str, *, host: str, port: int) -> None:
        """Judge the one address that is about to be, or has been, connected for host and port. Raises Refused."""
        if self.stands_for_loopback(host, port):
            if address != LOOPBACK:
                raise Refused("ip_not_loopback", address)
            return
        try:
            check_public(ipaddress.ip_address(address))
        except ValueError:
            raise Refused("ip_notation", address) from None

    def _judge_host(self, host: str, literal: IPAddress | None) -> None:
        if literal is not None:
            check_public(literal)
            return
        labels = host.split(".")
        if len(labels) < 2:
            raise Refused("single_label", host)
        if labels[-1] in SPECIAL_NAMES:
            raise Refused("special_name", host)


def loopback_pairs(listing: str) -> frozenset[tuple[str, int]]:
    """Read "name:port,name:port" as the pairs for `Policy.loopback_allowed`. Raises ValueError with the bad part."""
    pairs = set()
    for part in filter(None, (piece.strip() for piece in listing.split(","))):
        host, colon, port = part.rpartition(":")
        if not colon or not host or not port.isdecimal():
            raise ValueError(f"{part!r} is not a name and a port, like site.localhost:9001")
        pairs.add((host.lower(), int(port)))
    return frozenset(pairs)


def check_public(address: IPAddress) -> None:
    """Refuse every address that is not on the public internet. Raises Refused."""
    if isinstance(address, ipaddress.IPv4Address):
        if any(address in net for net in DENIED_V4):
            raise Refused("ip_not_public", str(address))
        return
    if address.scope_id:
        raise Refused("ip_zone", str(address))
    if address not in ALLOWED_V6 or any(address in net for net in DENIED_V6) or _is_isatap(address):
        raise Refused("ip_not_public", str(address))


def _is_isatap(address: ipaddress.IPv6Address) -> bool:
    # RFC 5214: the interface part is 0000:5efe or 0200:5efe before an IPv4 address.
    return (int(address) >> 32) & 0xFDFFFFFF == 0x00005EFE


def _host_and_port(authority: str) -> tuple[str, str | None, IPAddress | None]:
    if authority.startswith("["):
        found = BRACKETED.fullmatch(authority)
        if not found:
            raise Refused("host_syntax", authority)
        try:
            literal = ipaddress.IPv6Address(found[1])
        except ValueError:
            raise Refused("host_syntax", authority) from None
        return str(literal), found[2], literal
    found = NAMED.fullmatch(authority)
    if not found or "%" in found[1]:
        raise Refused("host_syntax", authority)
    host = _ascii_name(found[1])
    return host, found[2], _literal_v4(host)


def _ascii_name(name: str) -> str:
    name = name.rstrip(FULL_STOPS)
    try:
        host = idna.encode(name, uts46=True, std3_rules=True, transitional=False).decode().lower()
    except idna.IDNAError as problem:
        # Real hosts use underscores, which the standard does not know.
        if not PLAIN_NAME.fullmatch(name):
            raise Refused("host_idna", str(problem)) from None
        host = name.lower()
    if len(host) > 253 or any(not 0 < len(label) < 64 for label in host.split(".")):
        raise Refused("host_syntax", host)
    return host


def _literal_v4(host: str) -> ipaddress.IPv4Address | None:
    """The address that a host ending in a number must be, by the WHATWG host parser; other notations are refused."""
    if not ENDS_IN_NUMBER.fullmatch(host.rpartition(".")[2]):
        return None
    if not DOTTED_QUAD.fullmatch(host):
        raise Refused("ip_notation", host)
    try:
        return ipaddress.IPv4Address(host)
    except ValueError:
        raise Refused("ip_notation", host) from None


def _sendable(scheme: str, host: str, port: int, rest: str) -> str:
    shown = f"[{host}]" if ":" in host else host
    if port != DEFAULT_PORT[scheme]:
        shown = f"{shown}:{port}"
    path = rest if rest.startswith("/") else f"/{rest}"
    return f"{scheme}://{shown}" + quote(path, safe="/?#[]@!$&'()*+,;=:%~-._")
