"""A large file on the way that a browser takes: parts through every layer, put together, stored, read back.

Run: bin/bench upload [--gigabytes 4]. The parts are made as they are sent, so nothing plain lies anywhere. Shown is
the most memory of the process that answers (whoever sends is in it too), after a small file and after the large one.
On the disk stands for a while the sealed file three times over: its parts, the whole, and the stored one.
"""

import argparse
import gc
import hashlib
import os
import resource
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from benchmarks._setup import begin

if TYPE_CHECKING:
    from django.test import Client

    from cases.models import Case

SMALL = 64 << 20
MOST_MORE = 16 << 20
"""How many bytes more the large file may take than the small one."""


def main() -> int:
    """Send both files, print what they took; return 1 where memory grew or a file came out as another."""
    parser = argparse.ArgumentParser(prog="bin/bench upload")
    parser.add_argument("--gigabytes", type=float, default=4)
    asked = parser.parse_args()
    begin()
    from tests.factories.browsers import signed_in
    from tests.factories.cases import make_case, make_staff

    person = make_staff()
    case, browser = make_case(owner=person), signed_in(person)
    _sent(browser, case, SMALL)
    before = _peak()
    _sent(browser, case, round(asked.gigabytes * (1 << 30)))
    grown = _peak() - before
    print(f"memory: {before >> 20} MB after the small file, {grown >> 20} MB more after the large one")
    print(f"{'ok  ' if grown <= MOST_MORE else 'MISS'} more memory, MB: {grown >> 20} (at most {MOST_MORE >> 20})")
    return 0 if grown <= MOST_MORE else 1


def _sent(browser: "Client", case: "Case", size: int) -> None:
    from django.conf import settings
    from django.urls import reverse

    from tests.factories.uploads import SAID

    gc.freeze()
    start = os.times()
    first, whole = next(_parts(size, settings.PART_BYTES)), hashlib.sha256()
    begun = time.perf_counter()
    fields = {**SAID, "name": f"film-{size}.mp4", "size": size, "type": "video/mp4", "first": _hash(first)}
    told = browser.post(reverse("evidence:upload_start", args=[case.reference]), fields).json()
    for part in _parts(size, settings.PART_BYTES):
        whole.update(part)
        headers = {"upload-offset": str(told["offset"]), "upload-sha256": _hash(part)}
        answer = browser.post(told["urls"]["part"], part, content_type="application/octet-stream", headers=headers)
        if answer.status_code != 200:
            raise SystemExit(f"A part was not taken: {answer.status_code} {answer.content[:200]!r}")
        told = answer.json()
        # The sender here ties every answer to its request, and so to the part, in a circle; a browser does not.
        del answer
        gc.collect()
    sent = time.perf_counter()
    answer = browser.post(told["urls"]["finish"])
    ended = time.perf_counter()
    if answer.status_code != 200 or not answer.json()["new"]:
        raise SystemExit(f"The file was not taken in: {answer.status_code} {answer.content[:200]!r}")
    if _recorded(case, size) != whole.hexdigest():
        raise SystemExit("The exhibit has another hash than the file.")
    used = os.times()
    cpu = used.user + used.system - start.user - start.system
    megabytes = size / (1 << 20)
    print(
        f"{megabytes:.0f} MB: parts {sent - begun:.1f} s ({megabytes / (sent - begun):.0f} MB/s), "
        f"put together, stored and read back {ended - sent:.1f} s ({megabytes / (ended - sent):.0f} MB/s), "
        f"processor {cpu:.1f} s",
        flush=True,
    )


def _parts(size: int, step: int) -> Iterator[bytes]:
    """Yield a film of so many bytes, the same each time, each part unlike the others."""
    from tests.factories.evidence import film

    noise = hashlib.shake_256(size.to_bytes(8, "big")).digest(step)
    for at in range(0, size, step):
        begins = film() if at == 0 else at.to_bytes(8, "big")
        yield (begins + noise[len(begins) :])[: size - at]


def _recorded(case: "Case", size: int) -> str:
    from cases.access import acting_as
    from cases.actor import Actor
    from evidence.models import Exhibit

    with acting_as(Actor.user(case.owner)):
        return str(Exhibit.objects.get(case=case, size=size).sha256)


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    raise SystemExit(main())
