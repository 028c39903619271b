"""How fast a packet is set, and in how much memory: parts that are joined against one document, in the same run.

Run: bin/bench bundle [--exhibits 1000] [--large]. What is measured is setting and joining, nearly all of a build,
without a database. Each exhibit brings three events and, but beside one document, ten checks of a link. `--large`
also sets 5,000 exhibits (minutes). The exhibits are synthetic; packets hold no pictures
(docs/adr/0030-packets-in-parts.md). Returns 1 where a limit is missed.

Or: bin/bench bundle --originals 5 10. Bags of so many gigabytes of files, made as they are read (twice, since their
hashes are not known), written into a sealed archive on the disk: time that grows as they do, memory that does not.
"""

import argparse
import hashlib
import os
import resource
import shutil
import tempfile
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

from benchmarks._setup import begin

SMALL, LARGE, CHECKS = 10, 5000, 10
MOST_OF_ONE_DOCUMENT, MOST_KB, MOST_GROWTH, LEAST_ZIP = 0.6, 300 * 1024, 5.5, 0.7
ZIPPED_FILES, ZIPPED_BYTES = 40, 8 << 20


def main() -> int:
    """Measure, print a table, return 1 when a limit is missed."""
    parser = argparse.ArgumentParser(prog="bin/bench bundle")
    parser.add_argument("--exhibits", type=int, default=1000)
    parser.add_argument("--large", action="store_true", help="set 5,000 exhibits too")
    parser.add_argument("--originals", type=int, nargs="+", metavar="GB", help="instead: bags of so many gigabytes")
    asked = parser.parse_args()
    begin()
    if asked.originals:
        return told([row for before, now in pairwise(map(bag_of, asked.originals)) for row in grown(before, now)])
    seconds, _kb, pages = parts_of(SMALL)
    print(f"{SMALL} exhibits, one document      {seconds:7.1f} s   {pages} pages", flush=True)
    # The parts first: a process's peak never falls, and one document is a page of many megabytes here too.
    limits = []
    sizes = [asked.exhibits, LARGE] if asked.large else [asked.exhibits]
    taken = []
    for size in sizes:
        seconds, kb, pages = parts_of(size, checks=CHECKS)
        taken.append(seconds)
        print(
            f"{size} exhibits, {size * CHECKS} checks, parts joined {seconds:7.1f} s   {kb / 1024:6.0f} MB   "
            f"{pages} pages",
            flush=True,
        )
        limits.append((f"memory of the largest process at {size}, MB", kb / 1024, MOST_KB / 1024, True))
    if asked.large:
        limits.append((f"time of {LARGE} / {asked.exhibits}", taken[1] / taken[0], MOST_GROWTH, True))
    # With every check, one document does not fit into what a child may take.
    seconds, kb, pages = parts_of(asked.exhibits)
    print(
        f"{asked.exhibits} exhibits, parts joined    {seconds:7.1f} s   {kb / 1024:6.0f} MB   {pages} pages", flush=True
    )
    whole, whole_kb = one_document(asked.exhibits)
    print(f"{asked.exhibits} exhibits, one document    {whole:7.1f} s   {whole_kb / 1024:6.0f} MB", flush=True)
    limits.append(("time of parts / one document", seconds / whole, MOST_OF_ONE_DOCUMENT, True))
    limits.append(("zip of stored files / plain copy, rate", zip_rate(), LEAST_ZIP, False))
    return told(limits)


def told(limits: Sequence[tuple[str, float, float, bool]]) -> int:
    """Print each figure beside its limit, a bound above or below; return 1 when one is missed."""
    missed = 0
    for name, value, limit, is_most in limits:
        good = value <= limit if is_most else value >= limit
        missed += not good
        print(f"{'ok  ' if good else 'MISS'} {name}: {value:.2f} ({'at most' if is_most else 'at least'} {limit:g})")
    return 1 if missed else 0


def script(exhibits: int, checks: int = 0) -> Any:
    """A packet with as many exhibits, and for each of them three events and so many checks of a link."""
    from tests.evidence.packet_script import script as told

    return told(exhibits, events=3 * exhibits, checks=checks * exhibits)


def parts_of(exhibits: int, *, checks: int = 0) -> tuple[float, int, int]:
    """Set a packet as a build does; return seconds, the most memory of one process in kilobytes, pages."""
    from evidence.packet import assemble

    order = script(exhibits, checks)
    start = time.perf_counter()
    with os.fdopen(os.memfd_create("bench"), "w+b") as file:
        packet = assemble.assemble(order, file)
    spent = time.perf_counter() - start
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return spent, max(own, packet.child_peak_kb), packet.pages


def one_document(exhibits: int) -> tuple[float, int]:
    """Set the same packet as one document; return seconds and the most memory of the child in kilobytes."""
    from cases.pdf import Lane

    order = script(exhibits)
    page = order.whole()
    lane = Lane(seconds=3600)
    start = time.perf_counter()
    try:
        lane.begin(page)
        made = lane.finish()
    finally:
        lane.close()
    return time.perf_counter() - start, made.peak_kb


@dataclass(frozen=True)
class Bag:
    """A bag that was written: its gigabytes, the seconds, and the most memory of this process so far."""

    gigabytes: int
    seconds: float
    peak_kb: int


def bag_of(gigabytes: int) -> Bag:
    """Write a bag of files of one gigabyte each into a sealed archive, as a build does; it is removed at once."""
    from django.conf import settings

    from evidence.bag import Payload, ZipTarget, write_bag
    from evidence.intake import Staging

    at = datetime(2026, 11, 22, tzinfo=UTC)
    payloads = [
        Payload(f"data/exhibits/ABC-{number:03}.bin", 1 << 30, None, partial(noise, number))
        for number in range(gigabytes)
    ]
    start = time.perf_counter()
    with Staging(settings.STAGING_DIR, os.urandom(32), uuid4(), limit=1 << 40) as staging:
        with ZipTarget(staging, root="RC-2047", at=at) as target:
            write_bag(target, payloads, info={}, at=at)
        staging.finish().discard()
    bag = Bag(gigabytes, time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    print(f"bag of {gigabytes} GB: {bag.seconds:.1f} s, {bag.peak_kb / 1024:.0f} MB", flush=True)
    return bag


def noise(number: int) -> Iterator[bytes]:
    """Yield a gigabyte, the same each time for one number, in pieces as they come from a sealed file."""
    piece = hashlib.shake_256(number.to_bytes(8, "big")).digest(64 << 10)
    for place in range((1 << 30) // len(piece)):
        yield place.to_bytes(8, "big") + piece[8:]


def grown(before: Bag, now: Bag) -> list[tuple[str, float, float, bool]]:
    """Compare two bags: seconds a gigabyte within a fifth, memory within 16 MB."""
    each = now.seconds / now.gigabytes / (before.seconds / before.gigabytes)
    more = (now.peak_kb - before.peak_kb) / 1024
    return [
        (f"seconds a gigabyte, {now.gigabytes} / {before.gigabytes} GB", each, 1.2, True),
        (f"memory at {now.gigabytes} more than at {before.gigabytes} GB, MB", more, 16, True),
    ]


def zip_rate() -> float:
    """Write stored files into an archive and copy them in the same pieces; return the ratio of the two rates.

    The copy reads and writes as any program does. One made inside the kernel is faster and hashes nothing.
    """
    from evidence.archive import Archive

    memory = Path("/dev/shm")  # noqa: S108 — a disk's own speed would be measured elsewhere
    folder = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
    try:
        data = os.urandom(ZIPPED_BYTES)
        crc = zlib.crc32(data)
        for number in range(ZIPPED_FILES):
            (folder / f"{number}.bin").write_bytes(data)
        start = time.perf_counter()
        for number in range(ZIPPED_FILES):
            with (folder / f"{number}.bin").open("rb") as file, (folder / f"{number}.copy").open("wb") as copy:
                shutil.copyfileobj(file, copy, 1 << 20)
        copied = time.perf_counter() - start
        start = time.perf_counter()
        with (folder / "out.zip").open("wb") as sink:
            archive = Archive(sink, at=datetime(2026, 11, 22, tzinfo=UTC))
            for number in range(ZIPPED_FILES):
                with (folder / f"{number}.bin").open("rb") as file:
                    archive.add(f"{number}.bin", ZIPPED_BYTES, crc, iter(lambda: file.read(1 << 20), b""))
            archive.close()
        return copied / (time.perf_counter() - start)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    raise SystemExit(main())
