"""From an address to the item it names: platform, what it is called there, canonical form, site. Pure.

The canonical form serves comparison only: an item is always reported and checked at its address as found.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import SplitResult, quote, unquote_to_bytes, urlsplit

import idna

from takedowns.noise import is_noise
from takedowns.reference import GENERIC, PlatformFacts, Platforms
from takedowns.wrappers import archived, behind_viewer

MOBILE_LABELS = frozenset({"www", "m", "mobile", "touch", "amp", "wap"})
# Endings under which strangers register names, beside the two-letter countries' own second level.
SHARED_SUFFIXES = frozenset(
    [
        "blogspot.com",
        "wordpress.com",
        "tumblr.com",
        "github.io",
        "gitlab.io",
        "pages.dev",
        "workers.dev",
        "r2.dev",
        "web.app",
        "firebaseapp.com",
        "appspot.com",
        "run.app",
        "netlify.app",
        "vercel.app",
        "herokuapp.com",
        "cloudfront.net",
        "neocities.org",
        "weebly.com",
        "wixsite.com",
        "substack.com",
        "livejournal.com",
        "fandom.com",
        "onrender.com",
        "azurewebsites.net",
        "b-cdn.net",
        "localhost",
    ]
)
COUNTRY_SECOND_LEVEL = frozenset(
    [
        "co",
        "com",
        "org",
        "net",
        "gov",
        "ac",
        "edu",
        "ne",
        "or",
        "go",
        "gob",
        "gen",
        "web",
        "nom",
        "ltd",
        "plc",
        "me",
        "sch",
    ]
)
UNRESERVED = "-._~"
IN_QUERY = UNRESERVED + "!$'()*,;:@/?"
DEFAULT_PORTS = {"http": 80, "https": 443}
DEFAULT_PAGES = frozenset(
    {"index.html", "index.htm", "index.php", "index.asp", "index.aspx", "index.jsp", "index.shtml"}
    | {"default.html", "default.htm", "default.asp", "default.aspx"}
)
# A fragment that begins so is a page of a site built in script; one that names a number is one item of many.
PAGE_FRAGMENT = re.compile(r"[!/]|(?:[^=]*&)?(?:id|v|vid|video|photo|image|img|p|pid|gid|post|item|viewkey)=", re.I)
TEXT_FRAGMENT = ":~:"


@dataclass(frozen=True)
class Identity:
    """What an address stands for. `site` is the name under which pages of one owner are counted together.

    `held_by` names the web archive whose copy it is, else it is empty; everything else then tells of the page copied.
    """

    platform_key: str | None
    canonical: str
    content_id: str
    site: str
    as_found: str
    held_by: str = ""

    @property
    def name(self) -> str:
        """Platform and content id as one text: the same for every address of one item, never for two items."""
        return f"{self.platform_key or GENERIC}:{self.content_id}"

    @property
    def key(self) -> str:
        """What makes two addresses one line of work. A copy in an archive is another place, with another keeper."""
        return f"{self.name}|{self.held_by}" if self.held_by else self.name


def identify(url: str, platforms: Platforms) -> Identity:
    """Name the item behind a URL that `read_lines` or the address policy has let through.

    A platform is the longest domain that ends the host on whole labels. Its first matching rule gives the canonical
    form; where none matches, the address stays as it is but for scheme and host in lower case and parameters that
    only track. Addresses of unknown sites also lose fragments, mobile and AMP forms, default pages and the order of
    parameters. Raises ValueError for what is no web address.
    """
    direct, held_by = _meant(lowered(url.strip()))
    host = direct.hostname or ""
    platform = platforms.by_host(host)
    if platform is None:
        canonical = content_id = _generic(direct)
    elif (ruled := _by_rules(direct.geturl(), platform)) is not None:
        canonical = content_id = ruled
    else:
        canonical = _untracked(direct)
        content_id = _generic(direct, keeps_fragment=True)
    return Identity(
        platform_key=platform.key if platform else None,
        canonical=canonical,
        content_id=_short(content_id, platform),
        site=held_by or site_of(host),
        as_found=url,
        held_by=held_by,
    )


@lru_cache(maxsize=4096)
def site_of(host: str) -> str:
    """The name of the site: the registrable part by common rules, without www or m; an IP address is itself."""
    try:
        return str(ip_address(host))
    except ValueError:
        labels = host.split(".")
    keep = 2
    if ".".join(labels[-2:]) in SHARED_SUFFIXES or (
        len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in COUNTRY_SECOND_LEVEL
    ):
        keep = 3
    if labels[-1] in SHARED_SUFFIXES:
        keep = 2
    return ".".join(labels[-keep:])


def lowered(url: str) -> SplitResult:
    """The parts of an address with scheme and host as machines write them. Raises ValueError for no web address."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    if scheme not in DEFAULT_PORTS or not parts.hostname:
        raise ValueError("An address starts with http:// or https:// and names a host.")
    host = parts.hostname.rstrip(".")
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True, transitional=False).decode()
        except idna.IDNAError as problem:
            raise ValueError("The host name cannot be read.") from problem
    if not host:
        raise ValueError("The host name cannot be read.")
    if ":" in host:
        host = f"[{ip_address(host.partition('%')[0]).compressed}]"
    port = parts.port
    netloc = host if port is None or port == DEFAULT_PORTS[scheme] else f"{host}:{port}"
    return parts._replace(scheme=scheme, netloc=netloc, path=parts.path or "/")


def _meant(parts: SplitResult) -> tuple[SplitResult, str]:
    """The page behind viewers, redirects and archives, and the outermost archive that keeps a copy of it.

    Each step leaves a shorter address, so the steps end.
    """
    held_by = ""
    while True:
        host = parts.netloc
        inner = behind_viewer(host, parts.path, parts.query)
        kept = None if inner else archived(host, parts.path, parts.query)
        if kept:
            inner = kept[1]
        if not inner:
            return parts, held_by
        try:
            found = lowered(inner if "#" in inner or not parts.fragment else f"{inner}#{parts.fragment}")
        except ValueError:
            return parts, held_by
        parts, held_by = found, held_by or (kept[0] if kept else "")


def _by_rules(url: str, platform: PlatformFacts) -> str | None:
    for rule in platform.canonical_rules:
        found = rule.match.search(url)
        if found:
            return found.expand(rule.canonical)
    return None


def _untracked(parts: SplitResult) -> str:
    query = "&".join(part for part in parts.query.split("&") if not is_noise(*_pair(part)))
    return parts._replace(query=query, fragment=_without_text(parts.fragment)).geturl()


def _short(content_id: str, platform: PlatformFacts | None) -> str:
    """The content id without what says nothing: the scheme, and the platform's own first domain."""
    rest = content_id.removeprefix("https://")
    if platform is None:
        return rest
    rest = rest.removeprefix("www.")
    return rest.removeprefix(platform.domains[0]) if rest.startswith(f"{platform.domains[0]}/") else rest


def _generic(parts: SplitResult, *, keeps_fragment: bool = False) -> str:
    port = "" if parts.port in (None, 443) else f":{parts.port}"
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else _without_mobile(parts.hostname or "")
    kept = sorted(
        ((name, part) for part in parts.query.split("&") if part for name, part in [_even_part(part)]),
        key=lambda found: found[0],
    )
    query = "&".join(part for _name, part in kept if not is_noise(*_pair(part)))
    fragment = _without_text(parts.fragment)
    if not keeps_fragment and not PAGE_FRAGMENT.match(fragment):
        fragment = ""
    shown = [f"https://{host}{port}{_even_path(parts.path)}"]
    return "".join(shown + ([f"?{query}"] if query else []) + ([f"#{fragment}"] if fragment else []))


def _without_text(fragment: str) -> str:
    return fragment.partition(TEXT_FRAGMENT)[0]


def _pair(part: str) -> tuple[str, str]:
    name, _equals, value = part.partition("=")
    return name, value


def _without_mobile(host: str) -> str:
    labels = host.split(".")
    least = max(site_of(host).count(".") + 1, 2)
    while len(labels) > least and labels[0] in MOBILE_LABELS:
        del labels[0]
    # As in en.m.site.org: the form for phones below a language.
    above = [label for place, label in enumerate(labels[:-least]) if place == 0 or label not in ("m", "mobile")]
    return ".".join([*above, *labels[-least:]])


def _even_path(path: str) -> str:
    # Segment by segment, so that an escaped slash stays escaped.
    segments = [_even(segment, UNRESERVED + "!$&'()*+,;=:@") for segment in path.split("/")]
    while len(segments) > 1:
        last = segments[-1]
        if last in ("", "amp") or last.lower() in DEFAULT_PAGES:
            segments.pop()
        elif found := re.search(r"(?:\.amp)+(?=\.html?$|$)", last):
            segments[-1] = last[: found.start()] + last[found.end() :]
        elif found := re.search(r";(?:jsessionid|phpsessid)=[^;/]*$", last, re.I):
            segments[-1] = last[: found.start()]
        else:
            break
    return "/".join(segments) or "/"


def _even_part(part: str) -> tuple[str, str]:
    name, equals, value = part.partition("=")
    name = _even(name.replace("+", "%20"), IN_QUERY)
    return name, f"{name}{equals}{_even(value.replace('+', '%20'), IN_QUERY + '=')}"


def _even(written: str, safe: str) -> str:
    """Escapes written one way, without changing what they stand for."""
    return quote(unquote_to_bytes(written), safe=safe)
