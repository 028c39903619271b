"""From pasted text to addresses: each line read once, in a time that grows as its length does. Pure."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from takedowns.canonical import DEFAULT_PORTS, lowered

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
TRAILING = ".,;:!?'’‘`|…。，、"
EMPHASIS = "*_~"
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
    to do and quotes it. At most `limit` results are returned, and one more that holds and tells what was not read.
    """
    found: list[Line] = []
    lines = re.split(r"\r\n|\r|\n", text)
    for number, raw in enumerate(lines, start=1):
        for line in read_line(number, raw):
            if len(found) == limit:
                notice = _("We read the first %(limit)d links. Please add the lines from number %(number)d separately.")
                rest = "\n".join(lines[number - 1 :])
                return [*found, Line(number, rest, None, notice % {"limit": limit, "number": number})]
            found.append(line)
    return found


def read_address(text: str) -> Line:
    """Read one address that somebody gave by itself; a second one beside it is an error, not a choice of ours."""
    found = read_lines(" ".join(text.splitlines()), limit=2)
    if len(found) == 1:
        return found[0]
    if not found:
        return Line(1, text, None, _("This is empty. A link looks like https://site.com/page."))
    return Line(1, text, None, _said(1, text, _("It holds more than one link. Please give one at a time.")))


def find_addresses(text: str) -> list[str]:
    """The usable addresses in a short text, such as one cell of a table."""
    if not ("." in text or "://" in text) or len(text) > MAX_LINE or CONTROL.search(text):
        return []
    found = _candidates(INVISIBLE.sub("", text).strip())
    return [candidate for candidate in dict.fromkeys(found) if _problem(candidate) is None]


def read_line(number: int, raw: str) -> Iterator[Line]:
    """Read one line; a blank one gives nothing, one without a usable address gives what is wrong with it."""
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
    schemed = [_trimmed(match[0], line[match.start() - 1 : match.start()]) for match in WITH_SCHEME.finditer(line)]
    if schemed:
        yield from schemed
        return
    words = [(word[:1], word.lstrip("<([{\"'“„«*-•")) for word in line.split()]
    for word in [_trimmed(word, first) for first, word in words]:
        # Among other words a bare name may be the end of a sentence, so it must also have a path or begin with www.
        if WITHOUT_SCHEME.fullmatch(word) and (len(words) == 1 or "/" in word or word.lower().startswith("www.")):
            yield f"https://{word}"


def _trimmed(word: str, before: str) -> str:
    """The word without the punctuation of the sentence round it; a closing bracket stays if the address opened it.

    Marks of emphasis fall away only where the same one stood `before` the address: an item's number may end in them.
    """
    word = word.rstrip('>"”»')
    end, held = len(word), Counter(word)
    while end:
        last = word[end - 1]
        unopened = last in CLOSING and held[last] > held[CLOSING[last]]
        if last not in TRAILING and not unopened and not (last in EMPHASIS and last == before):
            break
        held[last] -= 1
        end -= 1
    return word[:end]


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
        parts = lowered(url)
    except ValueError:
        return _("The site name cannot be read. Please copy the link again from the address bar.")
    host = parts.hostname or ""
    if not re.fullmatch(r"[a-z0-9_.-]{1,253}|[0-9a-f:.]+", host) or ".." in host or host.startswith("."):
        return _("The site name cannot be read. Please copy the link again from the address bar.")
    return None
