"""Addresses that show or lead to another address: viewers and caches, redirects of big sites, web archives. Pure.

A viewer or a redirect is nobody's copy: the page behind it is meant. An archive holds a copy of its own under its
own roof; which one is told beside the page that it copied.
"""

import re
from collections.abc import Iterator
from urllib.parse import unquote

GOOGLE = re.compile(r"(?:www\.)?google(?:\.[a-z]{2,3}){1,2}")
AMP_PATH = re.compile(r"/amp/(s/)?(.+)", re.S)
AMP_CACHE = re.compile(r"/(?:wp/)?[civr]/(s/)?(.+)", re.S)
TRANSLATED = re.compile(r"([a-z0-9-]+)\.translate\.goog")
TRANSLATOR_WORDS = re.compile(r"_x_tr_\w+(?:=|$)")

# host, path, and the parameter that holds the address meant; a host may be written without its www.
REDIRECTS: dict[tuple[str, str], tuple[str, ...]] = {
    ("l.facebook.com", "/l.php"): ("u",),
    ("lm.facebook.com", "/l.php"): ("u",),
    ("facebook.com", "/l.php"): ("u",),
    ("m.facebook.com", "/l.php"): ("u",),
    ("facebook.com", "/flx/warn/"): ("u",),
    ("l.instagram.com", "/"): ("u",),
    ("l.threads.net", "/"): ("u",),
    ("l.threads.com", "/"): ("u",),
    ("l.wl.co", "/l"): ("u",),
    ("youtube.com", "/redirect"): ("q",),
    ("vk.com", "/away.php"): ("to",),
    ("m.vk.com", "/away.php"): ("to",),
    ("out.reddit.com", "/"): ("url",),
    ("t.umblr.com", "/redirect"): ("z",),
    ("linkedin.com", "/redir/redirect"): ("url",),
    ("duckduckgo.com", "/l/"): ("uddg",),
    ("translate.google.com", "/translate"): ("u",),
    ("tiktok.com", "/link/v2"): ("target",),
    ("slack-redir.net", "/link"): ("url",),
    ("getpocket.com", "/redirect"): ("url",),
    ("steamcommunity.com", "/linkfilter/"): ("u", "url"),
}
MAIL_SHIELD = ".safelinks.protection.outlook.com"

# Who keeps copies of pages, under which hosts, and how a copy's address names the page.
KEPT = re.compile(
    r"/(?:(?:web|wayback|wayback/archive|all|noFrame/replay)/)?"
    r"(?:\d{4,14}\*?(?:[a-z]{2}_)?|newest|oldest|latest|timegate|\*|o/\w{4,6})"
    r"/((?:https?(?::/+|%3A)[^/]|[\w-]+\.\w).*)",
    re.S | re.I,
)
ARCHIVES = {
    "web.archive.org": "web.archive.org",
    "archive.org": "web.archive.org",
    "wayback.archive.org": "web.archive.org",
    "wayback.archive-it.org": "wayback.archive-it.org",
    "arquivo.pt": "arquivo.pt",
    "webarchive.org.uk": "webarchive.org.uk",
    "webarchive.nationalarchives.gov.uk": "webarchive.nationalarchives.gov.uk",
    "webarchive.loc.gov": "webarchive.loc.gov",
    "web.archive.bibalex.org": "web.archive.bibalex.org",
    "archive.today": "archive.today",
    "archive.ph": "archive.today",
    "archive.is": "archive.today",
    "archive.li": "archive.today",
    "archive.fo": "archive.today",
    "archive.vn": "archive.today",
    "archive.md": "archive.today",
    "webcache.googleusercontent.com": "webcache.googleusercontent.com",
}
CACHED = re.compile(r"cache:(?:[\w-]{6,20}:)?(.+)", re.S)


def parameters(query: str) -> Iterator[tuple[str, str]]:
    """Give the parts of a query as they are written, name and value; the value of a bare name is empty."""
    for part in query.split("&"):
        name, _equals, value = part.partition("=")
        if part:
            yield name, value


def behind_viewer(host: str, path: str, query: str) -> str | None:
    """Return the address that a viewer or a redirect stands for, or None. It may be one that cannot be read."""
    bare = host.removeprefix("www.")
    if GOOGLE.fullmatch(host):
        if path == "/url":
            return _first(query, ("q", "url"))
        return _amp(AMP_PATH.fullmatch(path), query)
    if host.endswith(".cdn.ampproject.org"):
        return _amp(AMP_CACHE.fullmatch(path), query)
    if found := TRANSLATED.fullmatch(host):
        return _untranslated(found[1], path, query)
    if host.endswith(MAIL_SHIELD):
        return _first(query, ("url",))
    if bare in ("href.li", "anonym.to", "nullrefer.com") and path == "/" and query:
        return query
    names = REDIRECTS.get((bare, path))
    return _first(query, names) if names else None


def archived(host: str, path: str, query: str) -> tuple[str, str] | None:
    """Return whose archive an address lies in and the page that was kept, or None for anything else.

    The short address of an archive names no page: it stands for itself.
    """
    holder = ARCHIVES.get(host.removeprefix("www."))
    if holder is None:
        return None
    if holder == "webcache.googleusercontent.com":
        found = CACHED.fullmatch(_first(query, ("q",)) or "") if path == "/search" else None
        # What follows the address are the words that were searched for.
        return (holder, _with_scheme(re.split(r"[+ ]", found[1], maxsplit=1)[0])) if found else None
    found = KEPT.fullmatch(path)
    if not found:
        return None
    kept = _with_scheme(found[1])
    return holder, f"{kept}?{query}" if query else kept


def _with_scheme(address: str) -> str:
    address = unquote(address) if re.match(r"https?%3A", address, re.I) else address
    # Proxies fold two slashes into one.
    folded = re.match(r"(https?):/+", address, re.I)
    return f"{folded[1]}://{address[folded.end() :]}" if folded else f"http://{address}"


def _amp(found: re.Match[str] | None, query: str) -> str | None:
    if not found:
        return None
    inner = f"{'https' if found[1] else 'http'}://{found[2]}"
    return f"{inner}?{query}" if query else inner


def _untranslated(written: str, path: str, query: str) -> str:
    # The translator writes a dot as one hyphen and a hyphen as two.
    host = written.replace("--", "\0").replace("-", ".").replace("\0", "-")
    kept = "&".join(part for part in query.split("&") if part and not TRANSLATOR_WORDS.match(part))
    return f"https://{host}{path}?{kept}" if kept else f"https://{host}{path}"


def _first(query: str, names: tuple[str, ...]) -> str | None:
    for name, value in parameters(query):
        if name in names and value:
            said = unquote(value.replace("+", "%20"))
            return said if re.match(r"https?://|cache:", said, re.I) and "\ufffd" not in said else None
    return None
