"""From pasted text to addresses, and from an address to the item it names: platform, canonical form, site. Pure.

The canonical form serves comparison only: an item is always reported and checked at its address as found.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import SplitResult, parse_qsl, quote, unquote_to_bytes, urlencode, urlsplit

import idna
from django.utils.translation import gettext as _

from takedowns.reference import PlatformFacts, Platforms

TRACKING = frozenset(
    [
        "fbclid",
        "gclid",
        "gclsrc",
        "dclid",
        "gbraid",
        "wbraid",
        "msclkid",
        "yclid",
        "twclid",
        "ttclid",
        "igshid",
        "igsh",
        "mc_cid",
        "mc_eid",
        "mkt_tok",
        "_hsenc",
        "_hsmi",
        "hsctatracking",
        "vero_id",
        "oly_enc_id",
        "oly_anon_id",
        "wickedid",
        "srsltid",
        "spm",
        "ref_src",
        "ref_url",
        "_ga",
        "_gl",
    ]
)
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
DEFAULT_PORTS = {"http": 80, "https": 443}

MAX_URL = 4096
MAX_LINE = 64 * 1024
QUOTED = 80
# Zero-width and direction marks that chats and editors put round a copied link.
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
WITH_SCHEME = re.compile(
    r"(?<![a-z0-9+.-])(?:[a-z][a-z0-9+.-]{0,20}://|(?:javascript|data|mailto|blob):)[^\s<>\"“”«»„]+", re.I
)
WITHOUT_SCHEME = re.compile(r"(?:[\w-]{1,63}\.)+[^\W\d_][\w-]{1,62}\.?(?::\d{1,5})?(?:[/?#][^\s<>\"“”«»„]*)?")
DEFANGED = (("[.]", "."), ("(.)", "."), ("[:]", ":"), ("[://]", "://"))
TRAILING = ".,;:!?'’‘`*_~|…。，、"
CLOSING = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True)
class Line:
    """One address found in pasted text, or one line in which none could be read; `number` counts from 1."""

    number: int
    raw: str
    url: str | None
    error: str | None


def read_lines(text: str, *, limit: int = 10_000) -> list[Line]:
    """Find the addresses in pasted text: one or more on a line, with or without scheme, among other words.

    Blank lines are skipped. A line without a usable address gives one Line whose `error` says in plain words what
    to do and quotes it. At most `limit` results are returned, and one more that says what was not read.
    """
    found: list[Line] = []
    for number, raw in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        for line in _read_line(number, raw):
            if len(found) == limit:
                notice = _("We read the first %(limit)d links. Please add the lines from number %(number)d separately.")
                return [*found, Line(number, raw, None, notice % {"limit": limit, "number": number})]
            found.append(line)
    return found


def _read_line(number: int, raw: str) -> Iterator[Line]:
    if not raw.strip():
        return
    if CONTROL.search(raw):
        yield Line(number, raw, None, _said(number, raw, _("It holds characters that no link can have.")))
        return
    if len(raw) > MAX_LINE:
        yield Line(number, raw, None, _said(number, raw, _("It is too long. Please put each link on its own line.")))
        return
    candidates = list(dict.fromkeys(_candidates(INVISIBLE.sub("", raw).strip())))
    if not candidates:
        yield Line(number, raw, None, _said(number, raw, _("A link looks like https://site.com/page.")))
    for candidate in candidates:
        problem = _problem(candidate)
        if problem:
            yield Line(number, raw, None, _said(number, raw, problem))
        else:
            yield Line(number, raw, candidate, None)


def _said(number: int, raw: str, advice: str) -> str:
    shown = CONTROL.sub("�", raw.strip())
    quoted = shown if len(shown) <= QUOTED else f"{shown[:QUOTED]}…"
    return _("We could not read line %(number)d: “%(line)s”. %(advice)s") % {
        "number": number,
        "line": quoted,
        "advice": advice,
    }


def _candidates(line: str) -> Iterator[str]:
    for written, meant in DEFANGED:
        line = line.replace(written, meant)
    line = re.sub(r"\bhxxp(s?)://", r"http\1://", line, flags=re.IGNORECASE)
    schemed = [_trimmed(match[0]) for match in WITH_SCHEME.finditer(line)]
    if schemed:
        yield from schemed
        return
    words = [_trimmed(word.lstrip("<([{\"'“„«*-•")) for word in line.split()]
    for word in words:
        # Among other words a bare name may be the end of a sentence, so it must also have a path or begin with www.
        if WITHOUT_SCHEME.fullmatch(word) and (len(words) == 1 or "/" in word or word.lower().startswith("www.")):
            yield f"https://{word}"


def _trimmed(word: str) -> str:
    """The word without the punctuation of the sentence round it; a closing bracket stays if the address opened it."""
    word = word.rstrip('>"”»')
    while word:
        last = word[-1]
        unopened = last in CLOSING and word.count(last) > word.count(CLOSING[last])
        if last not in TRAILING and not unopened:
            break
        word = word[:-1]
    return word


def _problem(url: str) -> str | None:
    if len(url) > MAX_URL:
        return _("This link is longer than any real one. Please copy it again from the address bar.")
    scheme, _colon, rest = url.partition(":")
    if scheme.lower() not in DEFAULT_PORTS:
        return _("We can use links that start with http:// or https:// only.")
    authority = re.split(r"[/?#\\]", rest.lstrip("/"), maxsplit=1)[0]
    if "@" in authority:
        return _("It holds a user name or password. Please remove the part before the @ sign.")
    if "\\" in url:
        return _("It holds a backslash. Please copy it again from the address bar.")
    try:
        parts = _lowered(url)
    except ValueError:
        return _("The site name cannot be read. Please copy the link again from the address bar.")
    host = parts.hostname or ""
    if not re.fullmatch(r"[a-z0-9_.-]{1,253}|[0-9a-f:.]+", host) or ".." in host or host.startswith("."):
        return _("The site name cannot be read. Please copy the link again from the address bar.")
    return None


@dataclass(frozen=True)
class Identity:
    """What an address stands for. `site` is the name under which pages of one owner are counted together."""

    platform_key: str | None
    canonical: str
    site: str
    as_found: str


def identify(url: str, platforms: Platforms) -> Identity:
    """Name the item behind a URL that `read_lines` or the address policy has let through.

    A platform is the longest domain that ends the host on whole labels. Its first matching rule gives the canonical
    form; where none matches, the address stays as it is but for scheme and host in lower case. Addresses of unknown
    sites lose tracking parameters, fragments, mobile and AMP forms. Raises ValueError for what is no web address.
    """
    direct = _unwrapped(_lowered(url.strip()))
    host = direct.hostname or ""
    platform = platforms.by_host(host)
    canonical = _by_rules(direct.geturl(), platform) if platform else _generic(direct)
    return Identity(platform.key if platform else None, canonical, site_of(host), url)


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


def _lowered(url: str) -> SplitResult:
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
    if ":" in host:
        host = f"[{host}]"
    port = parts.port
    netloc = host if port is None or port == DEFAULT_PORTS[scheme] else f"{host}:{port}"
    return parts._replace(scheme=scheme, netloc=netloc, path=parts.path or "/")


def _unwrapped(parts: SplitResult) -> SplitResult:
    """The page inside an AMP viewer or cache, which show a copy under Google's name."""
    found = None
    if re.fullmatch(r"(?:www\.)?google(?:\.[a-z]{2,3}){1,2}", parts.netloc):
        found = re.fullmatch(r"/amp/(s/)?(.+)", parts.path)
    elif parts.netloc.endswith(".cdn.ampproject.org"):
        found = re.fullmatch(r"/[civ]/(s/)?(.+)", parts.path)
    if not found:
        return parts
    inner = f"{'https' if found[1] else 'http'}://{found[2]}"
    try:
        return _lowered(f"{inner}?{parts.query}" if parts.query else inner)
    except ValueError:
        return parts


def _by_rules(url: str, platform: PlatformFacts) -> str:
    for rule in platform.canonical_rules:
        found = rule.match.search(url)
        if found:
            return found.expand(rule.canonical)
    return url


def _generic(parts: SplitResult) -> str:
    host, colon, port = parts.netloc.partition(":") if "[" not in parts.netloc else (parts.netloc, "", "")
    host = _without_mobile(host)
    path = re.sub(r"/amp/?$|\.amp(?=\.html?$|$)", "", _even_escapes(parts.path))
    path = path.rstrip("/") or "/"
    kept = sorted(
        (name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if not _is_noise(name, value)
    )
    query = f"?{urlencode(kept)}" if kept else ""
    # A fragment that begins so is a page of a site built in script, not a place on the page.
    fragment = f"#{parts.fragment}" if parts.fragment[:1] in ("!", "/") else ""
    return f"https://{host}{colon}{port}{path}{query}{fragment}"


def _without_mobile(host: str) -> str:
    labels = host.split(".")
    least = site_of(host).count(".") + 1
    while len(labels) > max(least, 2) and labels[0] in MOBILE_LABELS:
        del labels[0]
    return ".".join(labels)


def _is_noise(name: str, value: str) -> bool:
    lowered = name.lower()
    return (
        lowered in TRACKING
        or lowered.startswith("utm_")
        or (lowered == "amp" and value in ("", "1", "true"))
        or (lowered == "outputtype" and value.lower() == "amp")
    )


def _even_escapes(path: str) -> str:
    # Segment by segment, so that an escaped slash stays escaped.
    return "/".join(quote(unquote_to_bytes(segment), safe=UNRESERVED + "!$&'()*+,;=:@") for segment in path.split("/"))
