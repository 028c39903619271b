"""Taking in a file: three hashes and sealing in one pass, against the three hashes alone."""

import hashlib
import os
import tempfile
from pathlib import Path
from uuid import uuid4

from benchmarks._setup import begin, middle_seconds

MEGABYTES = 64


def main() -> None:
    """Print megabytes a second and the ratio."""
    begin()
    from evidence.intake import Staging

    block = os.urandom(1 << 20)

    def hashes_alone() -> None:
        digests = (hashlib.sha256(), hashlib.sha512(), hashlib.md5(usedforsecurity=False))
        for _ in range(MEGABYTES):
            for digest in digests:
                digest.update(block)

    with tempfile.TemporaryDirectory() as folder:

        def taken_in() -> None:
            with Staging(Path(folder), os.urandom(32), uuid4(), limit=1 << 40) as staging:
                for _ in range(MEGABYTES):
                    staging.write(block)
                staging.finish().discard()

        peer, ours = middle_seconds(hashes_alone), middle_seconds(taken_in)
    print(f"three hashes alone  {MEGABYTES / peer:8.0f} MB/s")
    print(f"hashed and sealed   {MEGABYTES / ours:8.0f} MB/s   {peer / ours:.2f} of the hashes' rate")


if __name__ == "__main__":
    main()
