"""Fingerprints: PDQ of a picture and of a film through the one fixed path, and the search over a million hashes.

The search is compared with looking at every hash in the same run: equal answers, and how many times quicker. With
`--strict` it returns 1 where a limit is missed.
"""

import io
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks._setup import begin, middle_seconds

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MILLION = 1_000_000
QUERIES = 40
COMPARED = 10
"""How many of the queries are also answered by looking at every hash."""
LIMITS = {"picture": 0.025, "film": 0.6, "search": 0.015}
"""Seconds on a calm machine of two cores: picture and film without the start of the sandbox, and one search."""


def photograph(width: int = 1280, height: int = 800) -> bytes:
    """Return a JPEG with patches, edges and grain, so that decoding it costs what a photo costs."""
    import numpy as np
    from PIL import Image

    random = np.random.default_rng(7)
    patches = Image.fromarray(random.integers(0, 255, (20, 32, 3), dtype=np.uint8))
    soft = np.asarray(patches.resize((width, height), Image.Resampling.BICUBIC)).astype(np.int16)
    grain = random.integers(-12, 12, soft.shape, dtype=np.int16)
    out = io.BytesIO()
    Image.fromarray(np.clip(soft + grain, 0, 255).astype(np.uint8)).save(out, "JPEG", quality=85)
    return out.getvalue()


def film(folder: Path) -> Path:
    """Encode a film of 60 seconds at 720p with key frames as encoders set them."""
    path = folder / "film.mp4"
    command = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=s=1280x720:r=25:d=60"]
    command += ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", str(path)]
    subprocess.run(command, check=True, timeout=300)
    return path


def pictures_and_films() -> bool:
    """Time the decoders in this process, where the bytes are our own, and the whole way through the sandbox."""
    from evidence.matching.reading import look
    from evidence.sandbox import Source
    from evidence.sandbox_tools import fingerprint, picture

    data = photograph()
    fingerprint.keep_memory()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        still, moving = folder / "photo.jpg", film(folder)
        still.write_bytes(data)
        decoding = middle_seconds(lambda: picture.decoded(str(still)))
        inside = middle_seconds(lambda: fingerprint.of_picture(str(still)))
        whole = middle_seconds(lambda: look(Source.of(data), media_type="image/jpeg"))
        is_good = told("PDQ of a JPEG of 1280 x 800, eight turns", inside, LIMITS["picture"])
        print(f"    of which decoding {decoding * 1000:.1f} ms; with the sandbox {whole * 1000:.0f} ms")
        clip = moving.read_bytes()
        frames = len(fingerprint.of_film(str(moving)))
        inside = middle_seconds(lambda: fingerprint.of_film(str(moving)), runs=3)
        whole = middle_seconds(lambda: look(Source.of(clip), media_type="video/mp4"), runs=3)
        is_good &= told(f"film of 60 s at 720p, {frames} key frames, eight turns", inside, LIMITS["film"])
        print(f"    with the sandbox {whole * 1000:.0f} ms")
    return is_good


def searches() -> bool:
    """Search a million hashes, some of them near to what is asked, and check against looking at each."""
    import numpy as np

    from evidence.matching.scan import Hashes

    random = np.random.default_rng(11)
    table = random.integers(0, 256, (MILLION, 32), dtype=np.uint8)
    wanted = [random.bytes(32) for _query in range(QUERIES)]
    for number, one in enumerate(wanted):
        for place in range(5):
            table[random.integers(MILLION)] = near(one, bits=place * 10, random=random)
        table[number] = near(one, bits=31, random=random)
    started = time.perf_counter()
    hashes = Hashes.packed(table.tobytes(), np.arange(MILLION, dtype=np.int64))
    built = time.perf_counter() - started
    hashes.near(wanted[0])
    taken = []
    for one in wanted:
        started = time.perf_counter()
        hashes.near(one)
        taken.append(time.perf_counter() - started)
    slow = []
    for one in wanted[:COMPARED]:
        started = time.perf_counter()
        expected = looking_at_each(table, one)
        slow.append(time.perf_counter() - started)
        assert hashes.near(one) == expected, "the search and looking at each hash disagree"
        assert expected, "nothing near was planted"
    p95 = statistics.quantiles(taken, n=20)[-1]
    is_good = told("one search of a million hashes within 31, p50", statistics.median(taken), LIMITS["search"])
    is_good &= told("one search of a million hashes within 31, p95", p95, LIMITS["search"])
    ratio = statistics.median(slow) / statistics.median(taken)
    print(
        f"    {ratio:.1f} times quicker than looking at each; {COMPARED} answers equal; built in {built:.2f} s, 40 MB"
    )
    return is_good


def near(one: bytes, *, bits: int, random: "np.random.Generator") -> "NDArray[np.uint8]":
    """Return a hash that differs from one in so many bits."""
    import numpy as np

    flags = np.unpackbits(np.frombuffer(one, dtype=np.uint8))
    flags[random.choice(256, bits, replace=False)] ^= 1
    return np.packbits(flags)


def looking_at_each(table: "NDArray[np.uint8]", one: bytes) -> list[tuple[int, int]]:
    """Count the different bits of every hash, all 256 of each."""
    import numpy as np

    apart = np.bitwise_count(table ^ np.frombuffer(one, dtype=np.uint8)).sum(axis=1, dtype=np.uint16)
    places = np.flatnonzero(apart <= 31)
    return list(zip(places.tolist(), apart[places].tolist(), strict=True))


def told(what: str, seconds: float, limit: float) -> bool:
    """Print a figure beside its limit; return whether it holds."""
    verdict = "ok" if seconds <= limit else "OVER"
    print(f"{what}: {seconds * 1000:.1f} ms of {limit * 1000:.0f} ms  {verdict}")
    return seconds <= limit


def main() -> int:
    """Run all; return 1 where a limit is missed and `--strict` was given."""
    begin()
    is_good = pictures_and_films()
    is_good &= searches()
    return 1 if "--strict" in sys.argv and not is_good else 0


if __name__ == "__main__":
    raise SystemExit(main())
