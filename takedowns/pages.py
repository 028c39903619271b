"""What a page says, read from its source: title, main headings, visible text, and the playbook's markers. Pure.

Pages are hostile: the source is bounded before it comes here, and reading stops after a stated time.
"""

import re
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import current_thread, main_thread
from types import FrameType

from selectolax.lexbor import LexborHTMLParser

from takedowns.reference import Marker

TITLE_LENGTH = 300
HEADINGS = 5
PLAYER = (
    "video, audio, embed, object, iframe[src*=embed], iframe[src*=player], meta[property='og:video'], "
    "meta[property='og:video:url'], [itemtype$='schema.org/VideoObject']"
)
UNSEEN = ("script", "style", "noscript", "template", "svg", "head")
META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
# Codecs that only read text; Python also offers some that run long or call out.
TEXT_CODEC = re.compile(
    r"utf-?(?:8|16(?:-?[lb]e)?)|us-ascii|ascii|latin-?1|iso-?8859-\d{1,2}|(?:windows|cp)-?\d{3,4}|koi8-[rut]|"
    r"shift[_-]?jis|euc-(?:jp|kr)|gb(?:k|2312|18030)|big5|tis-620"
)


class PageTooSlow(Exception):
    """Reading the page took longer than allowed."""


@dataclass(frozen=True)
class Page:
    """What a page says. `marks` names the source markers that matched; `moves_on` means a refresh in the page."""

    title: str
    headings: tuple[str, ...]
    text: str
    has_player: bool
    has_password_field: bool
    moves_on: bool
    marks: frozenset[str]


def decode(body: bytes, charset: str) -> str:
    """The body as text, by the charset of the answer, else of the page, else UTF-8; never fails."""
    name = charset.strip("\"' ").lower()
    if not name:
        found = META_CHARSET.search(body[:2048])
        name = found[1].decode("ascii", "replace").lower() if found else "utf-8"
    try:
        return body.decode(name if TEXT_CODEC.fullmatch(name) else "utf-8", "replace")
    except LookupError:
        return body.decode("utf-8", "replace")


def read_page(source: str, markers: Sequence[Marker], *, text_length: int, seconds: float) -> Page:
    """Read one page. Raises PageTooSlow after `seconds` of work, which only the main thread can enforce."""
    with _time_limit(seconds):
        tree = LexborHTMLParser(source)
        title = tree.css_first("title")
        page = Page(
            title=clean(title.text() if title else "", TITLE_LENGTH),
            headings=tuple(clean(node.text(separator=" "), TITLE_LENGTH) for node in tree.css("h1")[:HEADINGS]),
            text="",
            has_player=tree.css_first(PLAYER) is not None,
            has_password_field=tree.css_first("input[type=password i]") is not None,
            moves_on=tree.css_first("meta[http-equiv=refresh i]") is not None,
            marks=frozenset(marker.name for marker in markers if _is_in_source(marker, source)),
        )
        tree.strip_tags(list(UNSEEN))
        body = tree.body
        text = clean(body.text(separator=" ") if body else "", text_length)
        return Page(**{**vars(page), "text": text})


def plain_page(source: str, *, text_length: int) -> Page:
    """A body that is text but no HTML, such as plain text or JSON."""
    return Page("", (), clean(source, text_length), False, False, False, frozenset())


def clean(text: str, length: int) -> str:
    """One line of storable text: no control characters, no lone surrogates, single spaces, at most `length` long."""
    # Twice the length leaves room for the spaces that fall away, and bounds the work.
    text = re.sub(r"[\x00-\x20\x7f-\x9f\ud800-\udfff\s]+", " ", text[: 20 * length])
    return text.strip()[:length]


def _is_in_source(marker: Marker, source: str) -> bool:
    match marker.kind:
        case "html":
            return marker.value in source
        case "html_absent":
            return marker.value not in source
        case "html_regex":
            return re.search(marker.value, source) is not None
        case "json":
            return bool(marker.pattern) and re.search(marker.pattern, source) is not None
    return False


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    # The regular expression engine looks for signals as it works, so an alarm ends a match that a page made slow.
    if current_thread() is not main_thread():
        yield
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise PageTooSlow

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
