"""The one path by which a film or a sound is read: ffprobe for its facts, ffmpeg for stills and for a new, mute clip.

Run it with `forks=True`: both are programs of their own. They may open the one file and nothing it points to: only
these containers, no lists of files, no network protocol. What a still becomes is settled in picture.py.
"""

import json
import subprocess
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, Final

from PIL import Image

from evidence.sandbox_tools import Refused, picture, write_part

CONTAINERS: Final = "mov,matroska,webm,avi,mpegts,flv,mp3,ogg,wav"
INPUT: Final = (
    *("-protocol_whitelist", "file,pipe", "-format_whitelist", CONTAINERS),
    *("-probesize", "20M", "-analyzeduration", "20M"),
)
MOST_STILLS: Final = 60
CLIP_SIDE: Final = 320
CLIP_RATE: Final = 10
STREAM_FACTS: Final = (
    *("codec_type", "codec_name", "profile", "width", "height", "pix_fmt", "avg_frame_rate", "nb_frames", "duration"),
    *("bit_rate", "sample_rate", "channels", "channel_layout", "field_order", "color_space"),
)


def facts(path: str) -> dict[str, Any]:
    """Tell container, length in seconds, streams and tags, as ffprobe reads them; refuses what is no film or sound."""
    wanted = ("-show_format", "-show_streams", "-of", "json")
    found = _call(["ffprobe", "-v", "error", *INPUT, *wanted, path])
    try:
        told = json.loads(found)
        container = told["format"]
        streams = told["streams"]
    except (ValueError, KeyError):
        raise Refused("damaged") from None
    if not streams:
        raise Refused("damaged")
    return {
        "container": str(container.get("format_name", "")),
        "seconds": _number(container.get("duration")),
        "bit_rate": _number(container.get("bit_rate")),
        "tags": _tags(container),
        "streams": [_stream(stream) for stream in streams[:20]],
    }


def stills(path: str, times: Sequence[float]) -> Iterator[Image.Image]:
    """Decode the frame shown at each time (seconds), upright and at full size; a time past the end gives nothing."""
    for at in list(times)[:MOST_STILLS]:
        argv = ["ffmpeg", "-v", "error", "-nostdin", "-threads", "2", *INPUT, "-max_pixels", str(picture.MAX_PIXELS)]
        argv += ["-ss", f"{max(0.0, float(at)):.3f}", "-i", path, "-map", "0:v:0", "-an", "-frames:v", "1"]
        yield from _pictures(argv)


def key_frames(path: str, *, limit: int = MOST_STILLS) -> Iterator[Image.Image]:
    """Decode the frames that stand by themselves, in order, upright and at full size; `limit` of them at most."""
    argv = ["ffmpeg", "-v", "error", "-nostdin", "-threads", "2", *INPUT, "-max_pixels", str(picture.MAX_PIXELS)]
    argv += ["-skip_frame", "nokey", "-i", path, "-map", "0:v:0", "-an", "-fps_mode", "passthrough"]
    yield from _pictures([*argv, "-frames:v", str(limit)])


def clip(path: str, *, seconds: float, grey: bool, blur: bool) -> bytes:
    """Encode a small mute film anew (H.264, baseline, in pieces of MP4); no byte and no tag of the old one is in it."""
    steps = [f"scale=w='min({CLIP_SIDE},iw)':h='min({CLIP_SIDE},ih)':force_original_aspect_ratio=decrease"]
    steps.append("scale=trunc(iw/2)*2:trunc(ih/2)*2")
    if blur:
        steps.append("gblur=sigma=14:steps=3")
    if grey:
        steps.append("format=gray")
    steps.append("format=yuv420p")
    argv = ["ffmpeg", "-v", "error", "-nostdin", "-threads", "2", *INPUT, "-max_pixels", str(picture.MAX_PIXELS)]
    argv += ["-i", path, "-t", f"{seconds:.3f}", "-map", "0:v:0", "-an", "-sn", "-dn", "-map_metadata", "-1"]
    argv += ["-map_chapters", "-1", "-vf", ",".join(steps), "-r", str(CLIP_RATE), "-threads", "2"]
    argv += ["-c:v", "libx264", "-profile:v", "baseline", "-preset", "veryfast", "-crf", "30", "-bitexact"]
    argv += ["-movflags", "frag_keyframe+empty_moov+default_base_moof", "-f", "mp4", "pipe:1"]
    return _call(argv)


def _pictures(argv: Sequence[str]) -> Iterator[Image.Image]:
    """Run ffmpeg, which inherits the one descriptor, and give its pictures singly: one is in memory at a time."""
    command = [*argv, "-c:v", "ppm", "-f", "image2pipe", "pipe:1"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, close_fds=False) as process:
        assert process.stdout is not None
        while process.stdout.readline(16) == b"P6\n":
            size = process.stdout.readline(32)
            depth = process.stdout.readline(16)
            width, height = (int(word) for word in size.split())
            data = process.stdout.read(width * height * 3)
            if depth != b"255\n" or len(data) != width * height * 3:
                break
            yield Image.frombytes("RGB", (width, height), data)
        process.stdout.close()
        process.kill()


def _call(argv: Sequence[str]) -> bytes:
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False, close_fds=False)
    if done.returncode != 0:
        raise Refused("damaged" if done.returncode > 0 else "too_costly")
    return done.stdout


def _stream(stream: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {name: stream[name] for name in STREAM_FACTS if name in stream}
    told["tags"] = _tags(stream)
    for side in stream.get("side_data_list", []):
        if "rotation" in side:
            told["rotation"] = side["rotation"]
    return told


def _tags(part: dict[str, Any]) -> dict[str, str]:
    tags = list(part.get("tags", {}).items())[:100]
    return {str(name)[:60]: str(value)[:500] for name, value in tags}


def _number(text: Any) -> float:
    try:
        return round(float(text), 3)
    except (TypeError, ValueError):
        return 0.0


def _made(image: Image.Image, arguments: dict[str, Any]) -> bytes:
    side = min(int(arguments.get("side", picture.PREVIEW_SIDE)), 4096)
    return picture.made(image, side=side, grey=bool(arguments.get("grey")), blur=bool(arguments.get("blur")))


def main(arguments: dict[str, Any], path: str, out: BinaryIO) -> None:
    """Answer one of four verbs.

    {"verb": "facts"} gives JSON; {"verb": "stills", "times": [0, 4.5], "side": 800, "grey": true, "blur": true} and
    {"verb": "key_frames", "limit": 12, …} give JPEGs in pieces; {"verb": "clip", "seconds": 60, …} gives one MP4.
    """
    verb = arguments["verb"]
    if verb == "facts":
        out.write(json.dumps(facts(path)).encode())
    elif verb == "stills":
        for image in stills(path, arguments["times"]):
            write_part(out, _made(image, arguments))
    elif verb == "key_frames":
        for image in key_frames(path, limit=min(int(arguments.get("limit", 12)), MOST_STILLS)):
            write_part(out, _made(image, arguments))
    elif verb == "clip":
        seconds = min(float(arguments.get("seconds", 60)), 600)
        out.write(clip(path, seconds=seconds, grey=bool(arguments.get("grey")), blur=bool(arguments.get("blur"))))
    else:
        raise Refused("unknown_verb")
