"""The one path by which a picture is decoded: format, size and turning are settled here, once, for every use.

PNG, JPEG, GIF (its first frame) and WebP; at most 40 million pixels, checked before the first of them is decoded;
always at full size, turned as its EXIF says, in RGB on white. A fingerprint or a preview of the same bytes is the same
each time.
"""

import json
import warnings
from io import BytesIO
from typing import Any, BinaryIO, Final

import PIL
from PIL import Image, ImageFilter, ImageOps, UnidentifiedImageError, features

from evidence.sandbox_tools import Refused

FORMATS: Final = ("PNG", "JPEG", "GIF", "WEBP")
MAX_PIXELS: Final = 40_000_000
MAX_SIDE: Final = 30_000
PREVIEW_SIDE: Final = 1600
QUALITY: Final = 80
PLAIN_MODES: Final = ("RGB", "L", "1")


def opened(path: str) -> Image.Image:
    """Open a picture without decoding it. Raises Refused with unknown_format, too_many_pixels or damaged."""
    warnings.simplefilter("error")
    warnings.simplefilter("ignore", ResourceWarning)
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        image = Image.open(path, formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused("too_many_pixels") from None
    except UnidentifiedImageError:
        raise Refused("unknown_format") from None
    except MemoryError:
        raise
    except Exception:
        raise Refused("damaged") from None
    width, height = image.size
    if width < 1 or height < 1:
        raise Refused("damaged")
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise Refused("too_many_pixels")
    return image


def decoded(path: str) -> Image.Image:
    """Decode the whole picture at full size, turned upright, in RGB. Raises Refused, also for a damaged file."""
    image = opened(path)
    try:
        image.seek(0)
        image.load()
        # In place: a picture that lies upright and in RGB already is not copied.
        ImageOps.exif_transpose(image, in_place=True)
        turned: Image.Image = image
        if turned.mode == "RGB":
            return turned
        if turned.mode in PLAIN_MODES:
            return turned.convert("RGB")
        clear = turned.convert("RGBA")
        ground = Image.new("RGBA", clear.size, "white")
        ground.alpha_composite(clear)
        return ground.convert("RGB")
    except MemoryError:
        raise
    except Exception:
        # Each codec has exceptions of its own; all of them mean that no picture came out.
        raise Refused("damaged") from None


def facts(path: str) -> dict[str, Any]:
    """Tell format, width and height as stored, number of frames, colour mode and turning; decodes nothing."""
    image = opened(path)
    try:
        orientation = image.getexif().get(0x0112, 1)
        frames = int(getattr(image, "n_frames", 1))
    except MemoryError:
        raise
    except Exception:
        raise Refused("damaged") from None
    return {
        "format": str(image.format),
        "width": image.width,
        "height": image.height,
        "frames": frames,
        "mode": image.mode,
        "orientation": orientation if isinstance(orientation, int) else 1,
    }


def preview(path: str, *, side: int, grey: bool, blur: bool) -> bytes:
    """Return a new JPEG of a picture; nothing of the old file's bytes is in it. See `made`."""
    return made(decoded(path), side=side, grey=grey, blur=blur)


def made(image: Image.Image, *, side: int, grey: bool, blur: bool) -> bytes:
    """Return a decoded picture as a JPEG of at most `side` pixels on its longer side.

    `blur` leaves so little that neither a face nor a body can be made out: 24 pixels on the longer side, spread soft.
    """
    image = image.copy()
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    if grey:
        image = ImageOps.grayscale(image)
    if blur:
        size = image.size
        image.thumbnail((24, 24), Image.Resampling.BOX)
        image = image.resize(size, Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(max(size) / 40))
    return jpeg(image)


def jpeg(image: Image.Image) -> bytes:
    """Encode a picture as a JPEG that holds pixels only."""
    held = BytesIO()
    image.save(held, "JPEG", quality=QUALITY, optimize=True)
    return held.getvalue()


def main(arguments: dict[str, Any], path: str, out: BinaryIO) -> None:
    """Verbs: {"verb": "facts"}, {"verb": "preview", "side": 1600, "grey": false, "blur": false}, {"verb": "tool"}."""
    verb = arguments["verb"]
    if verb == "facts":
        out.write(json.dumps(facts(path)).encode())
    elif verb == "preview":
        side = min(int(arguments.get("side", PREVIEW_SIDE)), 4096)
        out.write(preview(path, side=side, grey=bool(arguments.get("grey")), blur=bool(arguments.get("blur"))))
    elif verb == "tool":
        out.write(json.dumps({"pillow": PIL.__version__, "jpeg": features.version("jpg")}).encode())
    else:
        raise Refused("unknown_verb")
