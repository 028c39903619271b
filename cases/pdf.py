"""HTML to PDF, in a child process that reaches nothing; the one module that knows WeasyPrint.

The parent hands over text and gets bytes. The child has no secrets in its environment, no Django, a limit of time and
memory, and a fetcher that serves our own style sheets and fonts and refuses every other address.
"""

import base64
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
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
        "stylesheet": stylesheet,
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
    # HOME and the cache folder let the font list be kept between runs; nothing else of ours is passed on.
    passed = {name: os.environ[name] for name in ("PATH", "HOME", "XDG_CACHE_HOME") if name in os.environ}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "cases.pdf"],
            input=json.dumps(order).encode("utf-8"),
            capture_output=True,
            timeout=seconds,
            cwd=HERE,
            env={**passed, "LANG": "C.UTF-8"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        # The exception would carry the document's words into a log.
        raise PdfError(_("The document took too long to make. Try fewer exhibits or links at once.")) from None
    if done.returncode == 0 and done.stdout.startswith(b"%PDF-"):
        return done.stdout
    if done.returncode == TOO_DEEP:
        raise PdfError(_("The document is nested too deeply to be set."))
    if done.returncode == NO_MEMORY:
        raise PdfError(_("The document is too large to be made at once."))
    raise PdfError(_("The document could not be made."), done.stderr.decode("ascii", "replace")[-200:])


def _main() -> int:
    order = json.load(sys.stdin.buffer)
    _limit(order["seconds"])
    try:
        pdf = _set(order)
    except (_TooDeep, RecursionError):
        return TOO_DEEP
    except MemoryError:
        return NO_MEMORY
    except Exception as error:
        # The message may quote the document; the place cannot.
        frame = traceback.extract_tb(error.__traceback__)[-1]
        sys.stderr.write(f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}")
        return NOT_SET
    sys.stdout.buffer.write(pdf)
    return 0


def _limit(seconds: int) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    # A core file would hold the document.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _set(order: Mapping[str, Any]) -> bytes:
    import logging

    import cssselect2
    import weasyprint
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
    document.wrapper_element = selectors.ElementWrapper.from_html_root(document.etree_element, content_language=None)
    sheet = f"recourse:css/{order['stylesheet']}.css"
    return bytes(
        document.write_pdf(
            stylesheets=[renderer.CSS(string=_own_file(sheet).decode("utf-8"), base_url=sheet, url_fetcher=fetcher)],
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
                for item in order["attachments"]
            ],
        )
    )


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
