"""What somebody sees who looks on purpose: new pictures and clips with the viewer's sign burned in, never the file.

Run it with `forks=True` for films and papers. Stills of a film come as one sheet. Each answer is made from pixels
anew; tags, names, places and sound (unless asked for) of the old file are not in it.
"""

import subprocess
import tempfile
from collections.abc import Sequence
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final

from PIL import Image, ImageDraw, ImageFont

from evidence.sandbox_tools import Refused, film, picture

SIDE: Final = 1280
SHEET_STILLS: Final = 6
SHEET_COLUMNS: Final = 2
STILL_SIDE: Final = 560
GAP: Final = 8
MOST_PAGES: Final = 4
PAPER_SIDE: Final = 1400
CLIP_SIDE: Final = 480
CLIP_RATE: Final = 12
CLIP_SECONDS: Final = 30
SOFT_SIDE: Final = 24
"""A blurred film is drawn from this many pixels on its longer side, as a blurred picture is."""


def toned(image: Image.Image, tone: str, *, side: int) -> Image.Image:
    """Return a picture as one step shows it: soft (grey and blurred), sharp (grey) or colour."""
    held = BytesIO(picture.made(image, side=side, grey=tone != "colour", blur=tone == "soft"))
    return Image.open(held, formats=("JPEG",)).convert("RGB")


def marked(image: Image.Image, mark: str) -> Image.Image:
    """Burn a mark into a picture: faint all over it, so that a cut-out has it too, and once in plain at the foot."""
    base = image.convert("RGBA")
    base.alpha_composite(_veil(base.size, mark))
    return base.convert("RGB")


def _veil(size: tuple[int, int], mark: str) -> Image.Image:
    """Draw the mark alone, on nothing."""
    width, height = size
    size_small = max(11, min(width, height) // 28)
    small = ImageFont.load_default(size_small)
    tile = Image.new("RGBA", (int(small.getlength(mark)) + 60, 4 * size_small), (0, 0, 0, 0))
    pen = ImageDraw.Draw(tile)
    for offset, ink in ((1, (0, 0, 0, 46)), (0, (255, 255, 255, 66))):
        pen.text((30 + offset, size_small + offset), mark, font=small, fill=ink)
    turned = tile.rotate(24, expand=True)
    wide = Image.new("RGBA", (width + 2 * turned.width, height + 2 * turned.height), (0, 0, 0, 0))
    for row, top in enumerate(range(0, wide.height - turned.height + 1, max(1, turned.height * 2 // 3))):
        for left in range(row % 2 * turned.width // 2, wide.width - turned.width + 1, max(1, turned.width)):
            wide.alpha_composite(turned, (left, top))
    veil = wide.crop((turned.width, turned.height, turned.width + width, turned.height + height))
    size_foot = max(11, min(18, width // 40))
    foot = ImageFont.load_default(size_foot)
    band = int(size_foot * 1.9)
    pen = ImageDraw.Draw(veil)
    pen.rectangle((0, height - band, width, height), fill=(16, 19, 24, 190))
    pen.text((10, height - band + int(size_foot * 0.35)), mark, font=foot, fill=(255, 255, 255, 235))
    return veil


def sheet(images: Sequence[Image.Image]) -> Image.Image:
    """Lay stills on one sheet, in order, two beside each other. Raises Refused where there is none."""
    if not images:
        raise Refused("no_picture")
    if len(images) == 1:
        return images[0]
    cell = (max(image.width for image in images), max(image.height for image in images))
    rows = -(-len(images) // SHEET_COLUMNS)
    size = (SHEET_COLUMNS * (cell[0] + GAP) - GAP, rows * (cell[1] + GAP) - GAP)
    made = Image.new("RGB", size, (24, 27, 32))
    for number, image in enumerate(images):
        row, column = divmod(number, SHEET_COLUMNS)
        left = column * (cell[0] + GAP) + (cell[0] - image.width) // 2
        made.paste(image, (left, row * (cell[1] + GAP) + (cell[1] - image.height) // 2))
    return made


def stills(path: str, tone: str) -> Image.Image:
    """Return up to six stills, spread over the film; its key frames where its length is not known."""
    seconds = float(film.facts(path)["seconds"])
    times = [seconds * (number + 0.5) / SHEET_STILLS for number in range(SHEET_STILLS)]
    found = [toned(image, tone, side=STILL_SIDE) for image in film.stills(path, times)] if seconds > 1 else []
    if not found:
        found = [toned(image, tone, side=STILL_SIDE) for image in islice(film.key_frames(path), SHEET_STILLS)]
    return sheet(found)


def pages(path: str, tone: str) -> Image.Image:
    """Return the first pages of a paper, below each other in pairs."""
    with tempfile.TemporaryDirectory() as folder:
        argv = ["pdftoppm", "-q", "-jpeg", "-r", "90", "-scale-to", str(PAPER_SIDE), "-l", str(MOST_PAGES), path]
        done = subprocess.run([*argv, f"{folder}/p"], stdin=subprocess.DEVNULL, check=False, close_fds=False)
        drawn = sorted(Path(folder).glob("p*.jpg"))
        if not drawn:
            raise Refused("damaged" if done.returncode >= 0 else "too_costly")
        return sheet([toned(picture.decoded(str(one)), tone, side=PAPER_SIDE // 2) for one in drawn])


def clip(path: str, tone: str, mark: str, *, sound: bool) -> bytes:
    """Encode the first half minute anew: small, marked, mute unless sound was asked for (H.264 and AAC in MP4)."""
    first = next(iter(film.stills(path, [0.0])), None) or next(iter(film.key_frames(path, limit=1)), None)
    if first is None:
        raise Refused("no_picture")
    first.thumbnail((CLIP_SIDE, CLIP_SIDE))
    width, height = (max(2, side // 2 * 2) for side in first.size)
    steps = [f"fps={CLIP_RATE}", f"scale={width}:{height}"]
    if tone == "soft":
        least = max(width, height)
        steps += [f"scale={max(2, width * SOFT_SIDE // least)}:{max(2, height * SOFT_SIDE // least)}:flags=area"]
        steps += [f"scale={width}:{height}:flags=bicubic", "gblur=sigma=8"]
    if tone != "colour":
        steps.append("hue=s=0")
    with tempfile.TemporaryDirectory() as folder:
        _veil((width, height), mark).save(f"{folder}/mark.png")
        graph = f"[0:v:0]{','.join(steps)},setsar=1[a];[a][1:v]overlay=0:0,format=yuv420p[v]"
        argv = ["ffmpeg", "-v", "error", "-nostdin", "-threads", "2", *film.INPUT]
        argv += ["-max_pixels", str(picture.MAX_PIXELS), "-t", str(CLIP_SECONDS), "-i", path]
        argv += ["-i", f"{folder}/mark.png", "-filter_complex", graph, "-map", "[v]"]
        argv += ["-map", "0:a:0?", "-c:a", "aac", "-ac", "1", "-b:a", "64k"] if sound else ["-an"]
        argv += ["-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1", "-t", str(CLIP_SECONDS), "-threads", "2"]
        argv += ["-c:v", "libx264", "-profile:v", "main", "-preset", "ultrafast", "-crf", "28", "-bitexact"]
        argv += ["-movflags", "+faststart", "-f", "mp4", f"{folder}/clip.mp4"]
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False, close_fds=False)
        if done.returncode != 0:
            raise Refused("damaged" if done.returncode > 0 else "too_costly")
        return Path(f"{folder}/clip.mp4").read_bytes()


def main(arguments: dict[str, Any], path: str, out: BinaryIO) -> None:
    """Verbs picture, stills and pages give one JPEG, clip one MP4, words the plain text of a paper's first pages.

    {"verb": "picture", "tone": "soft", "mark": "7F3A · C-2047 · 2026-11-22 13:40Z"}; clip takes "sound" as well.
    """
    verb, tone, mark = arguments["verb"], str(arguments.get("tone", "soft")), str(arguments.get("mark", ""))[:120]
    if tone not in ("soft", "sharp", "colour"):
        raise Refused("unknown_tone")
    if verb == "picture":
        out.write(picture.jpeg(marked(toned(picture.decoded(path), tone, side=SIDE), mark)))
    elif verb == "stills":
        out.write(picture.jpeg(marked(stills(path, tone), mark)))
    elif verb == "pages":
        out.write(picture.jpeg(marked(pages(path, tone), mark)))
    elif verb == "clip":
        out.write(clip(path, tone, mark, sound=bool(arguments.get("sound"))))
    elif verb == "words":
        argv = ["pdftotext", "-q", "-enc", "UTF-8", "-l", "40", path, "-"]
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False, close_fds=False)
        if done.returncode != 0:
            raise Refused("damaged")
        out.write(done.stdout)
    else:
        raise Refused("unknown_verb")
