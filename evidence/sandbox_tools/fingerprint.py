"""How a picture or a film looks, as PDQ hashes: of the picture, or of frames of the film, each in all eight turns.

Always computed from the full-size picture of picture.py and film.py: a reduced one has another hash. Of a film the key
frames are taken, spread evenly where there are many; where there are hardly any, frames at whole half seconds, which
are the same moments in every copy.
"""

import ctypes
import json
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import version
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray
from pdqhash.bindings import compute_dihedral
from PIL import Image

from evidence.sandbox_tools import Refused, film, picture

MOST_FRAMES: Final = film.MOST_STILLS
FEW: Final = 3
GRID_FRAMES: Final = 8
MOST_PACKETS: Final = 4 << 20
"""Characters of the list of key frames: more than a day of film."""
# glibc's malloc.h: from which size on memory is mapped by itself (32 MB is its most), and how much is kept when freed.
M_MMAP_THRESHOLD, M_TRIM_THRESHOLD = -3, -1
MAPPED_FROM, KEPT_FREE = 32 << 20, 256 << 20


def hashed(image: Image.Image, *, at_ms: int) -> dict[str, Any]:
    """Return quality and the eight hashes of one decoded picture, as hex."""
    turns, quality = compute_dihedral(colours(image))
    return {
        "at_ms": at_ms,
        "quality": int(quality),
        "turns": "".join(np.packbits(np.asarray(turn, dtype=np.uint8)).tobytes().hex() for turn in turns),
    }


def colours(image: Image.Image) -> NDArray[np.uint8]:
    """Return a picture's pixels by row, column and colour, each colour lying by itself: so they are read faster."""
    planes = np.empty((3, image.height, image.width), dtype=np.uint8)
    for plane, band in zip(planes, image.split(), strict=True):
        plane[:] = np.asarray(band)
    return planes.transpose(1, 2, 0)


def keep_memory() -> None:
    """Let the allocator keep what one step frees for the next: asking for the pages anew takes a sixth of the time."""
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(M_MMAP_THRESHOLD, MAPPED_FROM)
        libc.mallopt(M_TRIM_THRESHOLD, KEPT_FREE)


def of_picture(path: str) -> list[dict[str, Any]]:
    """Return the hashes of a picture. Raises Refused."""
    return [hashed(picture.decoded(path), at_ms=0)]


def of_film(path: str, *, most: int = MOST_FRAMES) -> list[dict[str, Any]]:
    """Return the hashes of a film's frames in order. Raises Refused."""
    moments = key_moments(path)
    if len(moments) > most:
        step = len(moments) / most
        moments = [moments[int(place * step)] for place in range(most)]
        return list(_stills(path, moments))
    found = [
        hashed(image, at_ms=round(moment * 1000))
        for image, moment in zip(film.key_frames(path, limit=most), moments, strict=False)
    ]
    if len(found) < FEW:
        length = film.facts(path)["seconds"]
        grid = [place + 0.5 for place in range(GRID_FRAMES) if place + 0.5 < length]
        found += list(_stills(path, grid))
    if not found:
        raise Refused("no_frames")
    return sorted(found, key=lambda one: int(one["at_ms"]))


def key_moments(path: str) -> list[float]:
    """Return when each key frame is shown, in seconds, read from the film's index without decoding it."""
    argv = ["ffprobe", "-v", "error", *film.INPUT, "-select_streams", "v:0"]
    argv += ["-show_entries", "packet=pts_time,flags", "-of", "csv=p=0", path]
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False, close_fds=False)
    if done.returncode != 0:
        raise Refused("damaged")
    found = []
    for line in done.stdout[:MOST_PACKETS].decode("ascii", "replace").splitlines():
        shown, _comma, flags = line.partition(",")
        if flags.startswith("K"):
            try:
                found.append(max(0.0, float(shown)))
            except ValueError:
                continue
    return sorted(found)


def _stills(path: str, moments: list[float]) -> Iterator[dict[str, Any]]:
    for moment in moments:
        for image in film.stills(path, [moment]):
            yield hashed(image, at_ms=round(moment * 1000))


def tool() -> str:
    """Return what made the hashes, with versions."""
    return f"pdqhash {version('pdqhash')}, Pillow {version('pillow')}"


def main(arguments: dict[str, Any], path: str, out: BinaryIO) -> None:
    """{"kind": "picture"} or {"kind": "film"}: JSON with `tool` and `frames` (at_ms, quality, turns)."""
    kind = arguments["kind"]
    if kind not in ("picture", "film"):
        raise Refused("unknown_verb")
    keep_memory()
    frames = of_picture(path) if kind == "picture" else of_film(path)
    out.write(json.dumps({"tool": tool(), "frames": frames}).encode())
