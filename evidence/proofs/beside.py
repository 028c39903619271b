"""The time stamps that came after a bundle was sealed, as a small archive that is given out beside it."""

import io
import zlib

from evidence.archive import Archive
from evidence.models import Bundle, BundleStamp
from evidence.proofs import stamps
from evidence.proofs.listing import manifest_of
from evidence.proofs.prove import SIGNED

PAPER = """\
TIME STAMPS OF {reference} THAT CAME LATER

The bundle {reference} was sealed before the time-stamp authority had answered. These are its answers. They are over
the bundle's list of files, manifest-sha256.txt; the copy here is the same as the one in the bundle.

   openssl ts -verify -data manifest-sha256.txt -in manifest-sha256.txt.tsr -CAfile tsa-ca.pem -untrusted tsa.pem

Expected: "Verification: OK". With the bundle's own checker, in the folder of the bundle:

   python3 verify.py --stamp PATH/TO/manifest-sha256.txt.tsr

A file renewal.N.tsr is a stamp over an earlier .tsr file, laid before that one's certificate ran out; check it with
-data and the name of that earlier file.
"""


def archive_of(bundle: Bundle) -> bytes | None:
    """Return the archive, or None where no stamp came later; call inside `acting_as`."""
    good = list(BundleStamp.objects.good().filter(bundle=bundle).order_by("stamped_at", "pk"))
    later = [row for row in good if not row.is_inside]
    if not later or bundle.built_at is None:
        return None
    first = [row for row in good if row.renews_id is None]
    files: dict[str, bytes] = {
        "READ-ME.txt": PAPER.format(reference=bundle.reference).encode(),
        SIGNED: manifest_of(bundle),
        **stamps.files((SIGNED, bytes(row.reply)) for row in first),
    }
    renewals = [row for row in later if row.renews_id is not None]
    for place, row in enumerate(renewals, start=1):
        files[f"renewal.{place}.tsr"] = bytes(row.reply)
        files["tsa.pem"] = files.get("tsa.pem", b"") + stamps.certificates_of(bytes(row.reply))
    sink = io.BytesIO()
    target = Archive(sink, at=bundle.built_at)
    for name, data in sorted(files.items()):
        target.add(f"{bundle.reference}-timestamp/{name}", len(data), zlib.crc32(data), (data,))
    target.close()
    return sink.getvalue()
