"""Page numbers and running numbers drawn onto finished pages, with a font that the renderer embedded."""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

import pikepdf

SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ -/."
PAGE = '<html lang="en"><head><title>-</title></head><body><p>{signs}</p></body></html>'
GLYPH = re.compile(rb"<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]{4})>")
MARGIN, BASE = 56.69, 46.0
"""Of an A4 page set by packet.css, in points: 20 mm beside the text, and where the foot's first line stands."""
SIZE = 8.0
OPEN = b"/Artifact <</Type /Pagination /Subtype /Footer>> BDC\n"
INK = b"0.11 0.141 0.192 rg"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What is written at the foot of one page: the running number in the middle, the page number at the end."""

    running: str
    page: str
    reads_from_right: bool = False


@dataclass(frozen=True, slots=True)
class StampFont:
    """A font inside a small PDF: its name there, the glyph of each sign, the width of each in thousandths."""

    pdf: bytes
    name: str
    glyphs: Mapping[str, int]
    widths: Mapping[str, float]

    @classmethod
    def of(cls, pdf: bytes) -> Self:
        """Read the one font of a PDF that shows SIGNS."""
        with pikepdf.open(io.BytesIO(pdf)) as source:
            fonts: Any = source.pages[0].obj.Resources.Font
            name = max(fonts.keys(), key=lambda key: len(fonts[key].ToUnicode.read_bytes()))
            font = fonts[name]
            pairs = GLYPH.findall(font.ToUnicode.read_bytes())
            glyphs = {bytes.fromhex(sign.decode()).decode("utf-16-be"): int(glyph, 16) for glyph, sign in pairs}
            by_glyph = _widths(list(font.DescendantFonts[0].W))
        missing = set(SIGNS) - set(glyphs)
        if missing:
            raise ValueError(f"The font for page numbers lacks {sorted(missing)}.")
        widths = {sign: by_glyph.get(glyph, 600.0) for sign, glyph in glyphs.items()}
        return cls(pdf, str(name).lstrip("/"), glyphs, widths)

    def draw(self, stamp: Stamp, size: tuple[float, float]) -> bytes:
        """Write a stamp in the operators of a page's content, as an artifact."""
        width = size[0]
        right, middle = width - MARGIN - self._length(stamp.page), (width - self._length(stamp.running)) / 2
        page_at = MARGIN if stamp.reads_from_right else right
        shown = self._show(stamp.running, middle) + self._show(stamp.page, page_at)
        return OPEN + b"q\nBT\n/RunningNumber %.1f Tf\n%s\n%sET\nQ\nEMC\n" % (SIZE, INK, shown)

    def _show(self, text: str, at: float) -> bytes:
        if not text:
            return b""
        codes = "".join(f"{self.glyphs[sign]:04x}" for sign in text)
        return b"1 0 0 1 %.2f %.2f Tm <%s> Tj\n" % (at, BASE, codes.encode())

    def _length(self, text: str) -> float:
        return sum(self.widths[sign] for sign in text) * SIZE / 1000


def _widths(rows: list[Any]) -> dict[int, float]:
    """Widths by glyph, as a CID font lists them (ISO 32000-1, 9.7.4.3)."""
    found: dict[int, float] = {}
    place = 0
    while place < len(rows):
        first = int(rows[place])
        if isinstance(rows[place + 1], pikepdf.Array):
            found |= {first + step: float(width) for step, width in enumerate(rows[place + 1])}
            place += 2
        else:
            found |= {number: float(rows[place + 2]) for number in range(first, int(rows[place + 1]) + 1)}
            place += 3
    return found


@lru_cache(maxsize=1)
def stamp_font() -> StampFont:
    """Return the font of page numbers; made once in a process."""
    from cases import pdf

    return StampFont.of(pdf.render(PAGE.format(signs=SIGNS), stylesheet="packet_part"))
