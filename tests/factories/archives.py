"""ZIP files for tests of what comes from outside: whole ones, and ones that lie."""

import io
import struct
import zipfile
from collections.abc import Mapping


def packed(files: Mapping[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Make a ZIP file of some files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def chat_export() -> bytes:
    """Make what a messenger exports: a text and a picture."""
    return packed({"WhatsApp Chat with M/_chat.txt": b"[22.11.26, 13:40:01] M: hello\n", "IMG-1.jpg": bytes(900)})


def with_link() -> bytes:
    """Make an archive whose second entry is a symbolic link."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("chat.txt", b"words")
        link = zipfile.ZipInfo("elsewhere.txt")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    return out.getvalue()


def listing_of(count: int, *, told: int | None = None, name: bytes = b"a.txt") -> bytes:
    """Make the listing of an archive of `count` empty files, with headers; `told` is the number it claims."""
    local = struct.pack("<4sHHHHHIIIHH", b"PK\x03\x04", 20, 0, 0, 0, 0, 0, 0, 0, len(name), 0) + name
    body = local * count
    listing = b"".join(
        struct.pack(
            "<4sHHHHHHIIIHHHHHII", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, len(name), 0, 0, 0, 0, 0, n * len(local)
        )
        + name
        for n in range(count)
    )
    number = min(count if told is None else told, 0xFFFF)
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, number, number, len(listing), len(body), 0)
    return body + listing + end


def overlapping() -> bytes:
    """Make an archive whose entries all lie on the same bytes (after Fifield, a better zip bomb)."""
    data = packed({"a.txt": b"words" * 50, "b.txt": b"words" * 50})
    at = data.rfind(b"PK\x01\x02")
    return data[: at + 42] + struct.pack("<I", 0) + data[at + 46 :]
