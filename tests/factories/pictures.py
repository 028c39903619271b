"""Pictures and films with something in them, drawn from a number: the same number draws the same scene."""

import io
import subprocess
from functools import cache

import numpy as np
from PIL import Image


@cache
def scene(number: int, size: tuple[int, int] = (640, 400)) -> Image.Image:
    """Draw a soft scene of light and dark patches, different for each number."""
    random = np.random.default_rng(number)
    patches = random.integers(0, 255, (10, 16, 3), dtype=np.uint8)
    return Image.fromarray(patches).resize(size, Image.Resampling.BICUBIC)


def jpeg(image: Image.Image, *, quality: int = 85) -> bytes:
    """Encode a picture as a JPEG."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()


def plain(colour: tuple[int, int, int] = (20, 20, 20)) -> Image.Image:
    """Draw a wall: nothing to compare."""
    return Image.new("RGB", (640, 400), colour)


@cache
def clip(*numbers: int, seconds_each: int = 1, size: tuple[int, int] = (320, 200), steps: str = "null") -> bytes:
    """Encode a film of scenes, each a key frame of its own; `steps` are filters of ffmpeg, such as "hflip"."""
    rate = 5
    frames = b"".join(scene(number, size).tobytes() for number in numbers for _frame in range(rate * seconds_each))
    command = ["ffmpeg", "-v", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{size[0]}x{size[1]}"]
    command += ["-r", str(rate), "-i", "pipe:0", "-vf", steps, "-c:v", "libx264", "-preset", "ultrafast"]
    command += ["-g", str(rate * seconds_each), "-pix_fmt", "yuv420p"]
    command += ["-movflags", "frag_keyframe+empty_moov", "-f", "mp4", "pipe:1"]
    return subprocess.run(command, input=frames, stdout=subprocess.PIPE, check=True, timeout=60).stdout
