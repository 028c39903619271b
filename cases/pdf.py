"""HTML to PDF, in a child process that reaches nothing; the one module that knows WeasyPrint.

The parent hands over text and gets bytes. The child has no secrets in its environment, no Django, a limit of time and
memory, and a fetcher that serves our own style sheets and fonts and refuses every other address.
"""

import base64
import ctypes
import hashlib
import io
import json
import os
import re
import select
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

HERE = Path(__file__).resolve().parents[1]
STATIC = HERE / "static"
OWN_NAME = re.compile(r"recourse:((?:css|fonts)/[a-z0-9][a-z0-9_-]*\.(?:css|woff2|ttf|otf))\Z")
# The renderer recurses into each element; far below its own limit, a page's markup is a mistake or an attack.
DEEPEST = 100
SECONDS = 120
MEMORY_BYTES = 3 * 1024**3
TOO_DEEP, NO_MEMORY, NOT_SET = 3, 4, 5
PR_SET_PDEATHSIG = 1
# What brings a script, a file, an address or a style of its own. Our templates use none of it.
DROPPED_ELEMENTS = frozenset(
    (
        *("script", "style", "link", "base", "object", "embed", "iframe", "frame", "frameset", "applet"),
        *("audio", "video", "source", "track", "form", "input", "button", "textarea", "select", "foreignobject"),
    )
)
KEPT_ADDRESSES = frozenset(("src", "href", "{http://www.w3.org/1999/xlink}href", "xlink:href"))


class PdfError(Exception):
    """The document could not be made. The message can be shown to a caseworker.

    `place` says where the renderer failed (an exception's name, a file and a line), without a word of the document.
    """

    def __init__(self, message: str, place: str = "") -> None:
        super().__init__(message)
        self.place = place


@dataclass(frozen=True, slots=True)
class Attached:
    """A file carried inside the PDF."""

    name: str
    description: str
    data: bytes
    at: datetime


def render(
    html: str,
    *,
    variant: str = "pdf/a-3a",
    stylesheet: str = "packet",
    attachments: Sequence[Attached] = (),
    seconds: int = SECONDS,
) -> bytes:
    """A PDF of `html` under static/css/<stylesheet>.css; the same input gives the same bytes.

    Links that lead out of the document, scripts, inline styles and foreign resources are dropped. `seconds` bounds the
    work. Raises PdfError for a document that is nested too deeply, takes too long or too much memory, or cannot be set.
    """
    order = {
        "html": html,
        "variant": variant,
        "stylesheets": [stylesheet],
        "seconds": seconds,
        "attachments": [
            {
                "name": item.name,
                "description": item.description,
                "data": base64.b64encode(item.data).decode("ascii"),
                "at": item.at.isoformat(),
            }
            for item in attachments
        ],
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", "cases.pdf"],
            input=json.dumps(order).encode("utf-8"),
            capture_output=True,
            timeout=seconds,
            cwd=HERE,
            env=_environment(),
            check=False,
        )
    except subprocess.TimeoutExpired:
        # The exception would carry the document's words into a log.
        raise PdfError(_("The document took too long to make. Try fewer exhibits or links at once.")) from None
    if done.returncode == 0 and done.stdout.startswith(b"%PDF-"):
        return done.stdout
    raise _said(done.returncode, done.stderr.decode("ascii", "replace"))


@dataclass(frozen=True, slots=True)
class SetPart:
    """One part of a longer document: its PDF, the names that stand in it only for links to other parts, and the most
    memory that its child has used so far, in kilobytes."""

    pdf: bytes
    elsewhere: Sequence[str]
    peak_kb: int


class Lane:
    """A child that sets one part after another, so that each need not load the renderer anew.

    `begin` hands a part over and returns at once; `finish` waits for it. One part at a time.
    """

    def __init__(self, *, seconds: int = SECONDS) -> None:
        self._seconds = seconds
        # Its words go to a pipe of their own, which nobody fills: a place is at most 200 letters.
        self._child = subprocess.Popen(
            [sys.executable, "-m", "cases.pdf", "lane"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=HERE,
            env=_environment(),
        )
        self.parts_set = 0

    @property
    def pid(self) -> int:
        """Return the child's process number."""
        return self._child.pid

    def begin(self, html: str, *, variant: str = "pdf/a-3a", stylesheets: Sequence[str] = ("packet",)) -> None:
        """Hand over a page. Links to anchors that are not in it are kept, for the document it becomes a part of."""
        order = {"html": html, "variant": variant, "stylesheets": list(stylesheets), "seconds": self._seconds}
        assert self._child.stdin is not None
        try:
            self._child.stdin.write(json.dumps(order).encode("utf-8") + b"\n")
            self._child.stdin.flush()
        except BrokenPipeError:
            raise PdfError(_("The document could not be made.")) from None

    def finish(self) -> SetPart:
        """Return the part that was handed over. Raises PdfError as `render` does."""
        assert self._child.stdout is not None
        ready, _write, _other = select.select([self._child.stdout], [], [], self._seconds)
        if not ready:
            self.close()
            raise PdfError(_("The document took too long to make. Try fewer exhibits or links at once."))
        line = self._child.stdout.readline()
        if not line:
            raise PdfError(_("The document is too large to be made at once."))
        answer = json.loads(line)
        if answer["code"]:
            raise _said(answer["code"], answer["place"])
        self.parts_set += 1
        return SetPart(self._child.stdout.read(answer["bytes"]), answer["elsewhere"], answer["peak_kb"])

    def close(self) -> None:
        """End the child; what it was setting is lost."""
        self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()


def _environment() -> dict[str, str]:
    # HOME and the cache folder let the font list be kept between runs; nothing else of ours is passed on.
    passed = {name: os.environ[name] for name in ("PATH", "HOME", "XDG_CACHE_HOME") if name in os.environ}
    return {**passed, "LANG": "C.UTF-8"}


def _said(code: int, place: str) -> PdfError:
    match code:
        case _ if code == TOO_DEEP:
            return PdfError(_("The document is nested too deeply to be set."))
        case _ if code == NO_MEMORY:
            return PdfError(_("The document is too large to be made at once."))
        case _:
            return PdfError(_("The document could not be made."), place[-200:])


def _main() -> int:
    if sys.argv[1:] == ["lane"]:
        return _serve()
    order = json.load(sys.stdin.buffer)
    _limit(order["seconds"])
    code, pdf, place, _elsewhere = _tried(order)
    sys.stderr.write(place)
    sys.stdout.buffer.write(pdf)
    return code


def _serve() -> int:
    """Set the parts that come, one line each, until there are no more."""
    import resource
    import signal

    # The parent may be killed between two parts.
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    _limit(None)
    while line := sys.stdin.buffer.readline():
        order = json.loads(line)
        used = resource.getrusage(resource.RUSAGE_SELF)
        most = int(used.ru_utime + used.ru_stime) + order["seconds"] + 1
        resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))
        code, pdf, place, elsewhere = _tried(order, is_part=True)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        answer = {"code": code, "place": place, "bytes": len(pdf), "elsewhere": elsewhere, "peak_kb": peak}
        sys.stdout.buffer.write(json.dumps(answer).encode("utf-8") + b"\n" + pdf)
        sys.stdout.buffer.flush()
    return 0


def _tried(order: Mapping[str, Any], *, is_part: bool = False) -> tuple[int, bytes, str, list[str]]:
    try:
        pdf, elsewhere = _set(order, is_part=is_part)
    except (_TooDeep, RecursionError):
        return TOO_DEEP, b"", "", []
    except MemoryError:
        return NO_MEMORY, b"", "", []
    except Exception as error:
        # The message may quote the document; the place cannot.
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return NOT_SET, b"", f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}", []
    return 0, pdf, "", elsewhere


def _limit(seconds: int | None) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    if seconds is not None:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    # A core file would hold the document.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _set(order: Mapping[str, Any], *, is_part: bool) -> tuple[bytes, list[str]]:
    import logging

    import cssselect2
    import weasyprint
    import weasyprint.css.counters
    import weasyprint.urls

    # The renderer has no types of its own.
    renderer: Any = weasyprint
    selectors: Any = cssselect2
    answer: Any = weasyprint.urls.URLFetcherResponse

    class OwnFilesOnly(weasyprint.urls.URLFetcher):
        def fetch(self, url: str, headers: object = None) -> Any:
            return answer(url, io.BytesIO(_own_file(url)))

    # The renderer's warnings quote the document.
    logging.disable(logging.CRITICAL)
    fetcher_class: Any = OwnFilesOnly
    fetcher = fetcher_class()
    document = renderer.HTML(string=order["html"], url_fetcher=fetcher, base_url=None)
    _clean(document.etree_element)
    elsewhere = _stand_in_for_anchors(document.etree_element) if is_part else []
    document.wrapper_element = selectors.ElementWrapper.from_html_root(document.etree_element, content_language=None)
    sheets = [f"recourse:css/{name}.css" for name in order["stylesheets"]]
    counters = weasyprint.css.counters.CounterStyle()
    made = bytes(
        document.write_pdf(
            counter_style=counters,
            stylesheets=[
                renderer.CSS(
                    string=_own_file(sheet).decode("utf-8"),
                    base_url=sheet,
                    url_fetcher=fetcher,
                    counter_style=counters,
                )
                for sheet in sheets
            ],
            pdf_variant=order["variant"],
            pdf_identifier=hashlib.sha256(order["html"].encode("utf-8")).digest()[:16],
            attachments=[
                renderer.Attachment(
                    file_obj=io.BytesIO(base64.b64decode(item["data"])),
                    name=item["name"],
                    description=item["description"],
                    created=datetime.fromisoformat(item["at"]),
                    modified=datetime.fromisoformat(item["at"]),
                    relationship="Data",
                    url_fetcher=fetcher,
                )
                for item in order.get("attachments", ())
            ],
        )
    )
    return made, elsewhere


def _stand_in_for_anchors(root: Any) -> list[str]:
    """Give every link inside the page a target: the renderer drops links to what stands in another part."""
    elements = [element for element in root.iter() if isinstance(element.tag, str)]
    here = {element.get("id") for element in elements}
    wanted = {str(element.get("href"))[1:] for element in elements if str(element.get("href")).startswith("#")}
    missing = sorted(wanted - here)
    body = root.find("body")
    for name in missing:
        stand_in = body.makeelement("div", {"id": name, "class": "elsewhere"})
        body.append(stand_in)
    return missing


def _own_file(url: str) -> bytes:
    match = OWN_NAME.match(url)
    if match is None:
        raise ValueError("Only our own style sheets and fonts are served.")
    return (STATIC / match.group(1)).read_bytes()


class _TooDeep(Exception):
    pass


def _clean(root: Any) -> None:
    """Take out of the parsed page, in place, whatever acts, leads out or styles itself; works without recursion."""
    waiting = [(root, 1)]
    while waiting:
        element, depth = waiting.pop()
        if depth > DEEPEST:
            raise _TooDeep
        for name in list(element.attrib):
            if not _harmless(str(name), str(element.attrib[name])):
                del element.attrib[name]
        before = None
        for child in list(element):
            tag = child.tag.lower().rpartition("}")[2] if isinstance(child.tag, str) else "comment"
            if tag in DROPPED_ELEMENTS or (tag == "meta" and "http-equiv" in child.attrib):
                _remove(element, before, child)
            else:
                before = child
                waiting.append((child, depth + 1))


def _remove(parent: Any, before: Any, child: Any) -> None:
    # The words behind an element hang on it and would go with it.
    if child.tail and before is not None:
        before.tail = (before.tail or "") + child.tail
    elif child.tail:
        parent.text = (parent.text or "") + child.tail
    parent.remove(child)


def _harmless(name: str, value: str) -> bool:
    lower = name.lower()
    if lower in KEPT_ADDRESSES:
        return value.startswith("#") or OWN_NAME.match(value) is not None
    return not (lower in ("style", "rel", "background", "poster", "srcset", "data", "action") or lower.startswith("on"))


if __name__ == "__main__":
    sys.exit(_main())
