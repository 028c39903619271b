"""Documents: set in a child that reaches nothing, with nothing in them that acts or leads out."""

import http.server
import os
import subprocess
import threading
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cases import pdf
from cases.pdf import Attached, PdfError, render

PAGE = (
    '<!doctype html><html lang="en"><head><title>Test</title>'
    '<meta name="dcterms.created" content="2026-11-22T15:00:00Z"></head><body>%s</body></html>'
)


def text_of(raw: bytes, tmp_path: Path) -> str:
    (tmp_path / "a.pdf").write_bytes(raw)
    done = subprocess.run(["pdftotext", "-layout", tmp_path / "a.pdf", "-"], capture_output=True, text=True, check=True)
    return done.stdout


def unpacked(raw: bytes) -> bytes:
    """The PDF with its compressed streams laid open, for looking for words."""
    out = [raw]
    for piece in raw.split(b"stream\n")[1:]:
        try:
            out.append(zlib.decompressobj().decompress(piece))
        except zlib.error:
            continue
    return b"\n".join(out)


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def test_a_page_becomes_an_archival_tagged_pdf(tmp_path: Path) -> None:
    made = render(PAGE % "<h1>Evidence packet</h1><p>Nora’s page — صفحة</p>")
    assert "Evidence packet" in text_of(made, tmp_path)
    plain = unpacked(made)
    assert b"/MarkInfo" in plain
    assert b"pdfaid:part" in plain
    assert b"conformance>A" in plain or b'conformance="A"' in plain


def test_the_same_page_gives_the_same_bytes() -> None:
    attached = [Attached("manifest.json", "What is in the bundle", b"{}", datetime(2026, 11, 22, tzinfo=UTC))]
    assert render(PAGE % "x", attachments=attached) == render(PAGE % "x", attachments=attached)


def test_no_address_is_asked_for_whatever_the_page_says(listener: tuple[str, list[str]], tmp_path: Path) -> None:
    base, asked = listener
    secret = tmp_path / "secret.txt"
    secret.write_text("the key file of the organisation")
    hostile = (
        f'<link rel="stylesheet" href="{base}/link.css"><style>@import url({base}/import.css);'
        f"@font-face{{font-family:x;src:url({base}/font.ttf)}} p{{font-family:x;background:url({base}/bg.png)}}</style>"
        f'<img src="{base}/img.png"><img src="file://{secret}"><object data="{base}/object"></object>'
        f'<embed src="{base}/embed"><iframe src="{base}/frame"></iframe>'
        f'<svg><image href="{base}/svg.png"/><use href="{base}/use.svg#a"/></svg>'
        f'<link rel="attachment" href="file://{secret}"><a rel="attachment" href="file://{secret}">a</a>'
        f'<p style="background:url({base}/inline.png)">words stay</p><base href="{base}/">'
        f'<meta http-equiv="refresh" content="0;{base}/meta"><img srcset="{base}/set.png 2x">'
    )
    made = render(PAGE % hostile)
    assert asked == []
    assert b"/EmbeddedFile" not in unpacked(made)
    assert "key file of the organisation" not in text_of(made, tmp_path)
    assert "words stay" in text_of(made, tmp_path)


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "file:///etc/passwd", "https://site.example/a", "JaVaScRiPt:x", "data:text/html,x"],
)
def test_an_address_is_text_and_never_a_link(address: str, tmp_path: Path) -> None:
    made = render(PAGE % f'<a href="{address}">{address}</a>')
    assert b"/URI" not in unpacked(made)
    assert b"/JavaScript" not in unpacked(made)
    assert address in text_of(made, tmp_path)


def test_a_link_within_the_document_stays() -> None:
    made = render(PAGE % '<a href="#there">to</a><h2 id="there">There</h2>')
    assert b"/Dest" in unpacked(made)


def test_words_behind_a_dropped_element_stay(tmp_path: Path) -> None:
    made = render(PAGE % "<p><script>x()</script>first <b>and</b><style>p{}</style> last</p>")
    assert "first and last" in text_of(made, tmp_path)


def test_a_page_nested_too_deeply_is_refused_in_plain_words() -> None:
    with pytest.raises(PdfError, match="nested too deeply"):
        render(PAGE % ("<div>" * 3000))


def test_a_page_that_takes_too_long_is_stopped() -> None:
    with pytest.raises(PdfError, match="too long"):
        render(PAGE % ("<p>word " * 60_000), seconds=2)


def test_a_failure_does_not_carry_the_documents_words() -> None:
    with pytest.raises(PdfError) as failure:
        render(PAGE % "her name", variant="no such variant")
    assert "her name" not in str(failure.value)
    assert failure.value.__cause__ is None
    assert "her name" not in failure.value.place
    assert ".py:" in failure.value.place


def test_the_child_is_given_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, str]] = []
    run = subprocess.run

    def watched(*args: object, **kwargs: object) -> object:
        seen.append(dict(kwargs["env"]))  # type: ignore[call-overload]
        return run(*args, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    monkeypatch.setattr(subprocess, "run", watched)
    render(PAGE % "x")
    assert set(seen[0]) <= {"PATH", "HOME", "XDG_CACHE_HOME", "LANG"}
    assert os.environ["DATABASE_URL"] == "postgresql://secret"


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/",
        "file:///etc/passwd",
        "data:text/css,x",
        "recourse:css/../../manage.py",
        "recourse:css/packet.css\n",
        "recourse:js/htmx.js",
        "RECOURSE:css/packet.css",
        "",
    ],
)
def test_only_our_own_style_sheets_and_fonts_are_served(address: str) -> None:
    assert pdf._own_file("recourse:css/packet.css").startswith(b"/* The printed packet")
    with pytest.raises(ValueError, match="Only our own"):
        pdf._own_file(address)
