"""How fast a packet is set, and in how much memory: parts that are joined against one document, in the same run.

Run: bin/bench bundle [--exhibits 1000] [--large]. What is measured is setting and joining, nearly all of a build,
without a database. `--large` also sets 5,000 exhibits (minutes). The exhibits are synthetic; packets hold no pictures.
"""

import argparse
import os
import resource
import shutil
import tempfile
import time
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks._setup import begin

SMALL, LARGE = 10, 5000
MOST_OF_ONE_DOCUMENT, MOST_KB, MOST_GROWTH, LEAST_ZIP = 0.6, 300 * 1024, 5.5, 0.7
ZIPPED_FILES, ZIPPED_BYTES = 40, 8 << 20


def main() -> int:
    """Measure, print a table, return 1 when a limit is missed."""
    parser = argparse.ArgumentParser(prog="bin/bench bundle")
    parser.add_argument("--exhibits", type=int, default=1000)
    parser.add_argument("--large", action="store_true", help="set 5,000 exhibits too")
    asked = parser.parse_args()
    begin()
    seconds, _kb, pages = parts_of(SMALL)
    print(f"{SMALL} exhibits, one document      {seconds:7.1f} s   {pages} pages", flush=True)
    # The parts first: a process's peak never falls, and one document is a page of many megabytes here too.
    seconds, kb, pages = parts_of(asked.exhibits)
    print(
        f"{asked.exhibits} exhibits, parts joined    {seconds:7.1f} s   {kb / 1024:6.0f} MB   {pages} pages", flush=True
    )
    limits = [("memory of the largest process, MB", kb / 1024, MOST_KB / 1024, True)]
    if asked.large:
        large, large_kb, pages = parts_of(LARGE)
        print(
            f"{LARGE} exhibits, parts joined    {large:7.1f} s   {large_kb / 1024:6.0f} MB   {pages} pages", flush=True
        )
        limits.append((f"time of {LARGE} / {asked.exhibits}", large / seconds, MOST_GROWTH, True))
        limits.append((f"memory at {LARGE}, MB", large_kb / 1024, MOST_KB / 1024, True))
    whole, whole_kb = one_document(asked.exhibits)
    print(f"{asked.exhibits} exhibits, one document    {whole:7.1f} s   {whole_kb / 1024:6.0f} MB", flush=True)
    limits.append(("time of parts / one document", seconds / whole, MOST_OF_ONE_DOCUMENT, True))
    limits.append(("zip of stored files / plain copy, rate", zip_rate(), LEAST_ZIP, False))
    missed = 0
    for name, value, limit, is_most in limits:
        good = value <= limit if is_most else value >= limit
        missed += not good
        print(f"{'ok  ' if good else 'MISS'} {name}: {value:.2f} ({'at most' if is_most else 'at least'} {limit:g})")
    return 1 if missed else 0


def script(exhibits: int) -> Any:
    """A packet with as many exhibits and three events for each."""
    from tests.evidence.packet_script import script as told

    return told(exhibits, events=3 * exhibits)


def parts_of(exhibits: int) -> tuple[float, int, int]:
    """Set a packet as a build does; return seconds, the most memory of one process in kilobytes, pages."""
    from evidence.packet import assemble

    order = script(exhibits)
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
