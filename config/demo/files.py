"""Evidence of the demo, made in code: a grey box with the word "placeholder", in every kind of file."""

import io
import random
import struct
import subprocess
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image, ImageDraw, ImageFont

GREY, INK = (118, 122, 128), (226, 228, 231)
WORD = "placeholder"


def picture(kind: str, *, number: int, size: tuple[int, int] = (960, 540)) -> bytes:
    """Return a picture as PNG or JPEG; the number makes each one a file of its own."""
    image = Image.new("RGB", size, GREY)
    draw = ImageDraw.Draw(image)
    draw.text((size[0] // 2, size[1] // 2), f"{WORD} {number}", fill=INK, font=ImageFont.load_default(48), anchor="mm")
    out = io.BytesIO()
    image.save(out, kind, **({"quality": 80} if kind == "JPEG" else {}))
    return out.getvalue()


def scene(kind: str, *, number: int, size: tuple[int, int] = (960, 720)) -> bytes:
    """Return a picture of grey shapes in which a fingerprint finds enough: the same number gives the same shapes."""
    chance = random.Random(number)
    image = Image.new("RGB", (960, 720), GREY)
    draw = ImageDraw.Draw(image)
    for _ in range(24):
        left, top, wide, high = (chance.randrange(*span) for span in ((0, 860), (0, 620), (60, 340), (60, 280)))
        shade = chance.randrange(20, 235)
        shape = draw.ellipse if chance.random() < 0.5 else draw.rectangle
        shape((left, top, left + wide, top + high), fill=(shade, shade, shade))
    draw.text((480, 360), WORD, fill=INK, font=ImageFont.load_default(48), anchor="mm")
    out = io.BytesIO()
    image.resize(size).save(out, kind, **({"quality": 85} if kind == "JPEG" else {}))
    return out.getvalue()


def packed(members: dict[str, bytes]) -> bytes:
    """Return a ZIP archive of some files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def film(*, number: int) -> bytes:
    """Return a film of four seconds in which a grey scene moves; without ffmpeg, one that holds no picture."""
    with TemporaryDirectory(prefix="recourse-demo-film-") as passing:
        still, made = Path(passing) / "still.png", Path(passing) / "film.mp4"
        still.write_bytes(scene("PNG", number=number, size=(480, 360)))
        # Both of these files are of our own making: nothing from outside is decoded here.
        turning = ["-loop", "1", "-framerate", "10", "-i", still.name, "-t", "4", "-vf", "scroll=horizontal=0.01"]
        coded = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-movflags", "+faststart"]
        command = ["ffmpeg", "-nostdin", "-v", "error", *turning, *coded, made.name]
        try:
            subprocess.run(command, cwd=passing, check=True, capture_output=True, timeout=30)
        except (OSError, subprocess.SubprocessError):
            return _empty_film(number=number)
        return made.read_bytes()


def _empty_film(*, number: int) -> bytes:
    header = struct.pack(">IIIII", 0, 0, 0, 1000, 4000) + struct.pack(">IH", 0x00010000, 0x0100) + bytes(10)
    matrix = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    movie = _box(b"mvhd", header + matrix + bytes(24) + struct.pack(">I", 1))
    brands = b"isom" + struct.pack(">I", 512) + b"isomiso2mp41"
    return _box(b"ftyp", brands) + _box(b"moov", movie) + _box(b"mdat", f"{WORD} {number}".encode() * 4000)


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + kind + content


def text(*lines: str) -> bytes:
    """Return a text file."""
    return ("\n".join((f"[{WORD}]", *lines)) + "\n").encode()


def paper(*lines: str) -> bytes:
    """Return a PDF of one page with a few lines of plain ASCII text."""
    shown = [line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)") for line in (f"[{WORD}]", *lines)]
    drawn = "BT /F1 12 Tf 72 770 Td 18 TL " + " ".join(f"({line}) Tj T*" for line in shown) + " ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R"
        " /Resources << /Font << /F1 4 0 R >> >> >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream",
    ]
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n".encode("ascii")
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}".encode("ascii")
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode("ascii")
    return bytes(out)
