"""Time stamps outlive their certificates only while somebody stamps them anew: which are due, and what is stamped.

The signature inside a sealed packet is never touched again. What keeps a bundle provable over decades is the stamp on
its list of files: before the certificate behind that stamp runs out, a fresh stamp is laid over the old one.
"""

from datetime import datetime, timedelta

from cases import timestamps
from cases.timestamps import Authority
from evidence.models import BundleStamp, BundleState

BEFORE = timedelta(days=90)
"""So long before a stamp's certificate runs out it is stamped anew."""


def message_of(reply: bytes) -> bytes:
    """Return what a renewing stamp is over: the whole earlier reply, as the .tsr file that it is."""
    return reply


def due(*, at: datetime) -> list[BundleStamp]:
    """Return good stamps of standing bundles that were not renewed and whose certificate runs out soon."""
    good = BundleStamp.objects.good().filter(bundle__state=BundleState.SEALED, ends_at__lte=at + BEFORE)
    renewed = BundleStamp.objects.good().filter(renews__isnull=False).values("renews")
    return list(good.exclude(pk__in=renewed).select_related("bundle__case").order_by("ends_at", "pk"))


def authority_for(name: str) -> Authority | None:
    """Return the authority of that name where it is still set, else the first that is, or None."""
    found = timestamps.authorities()
    return next((one for one in found if one.name == name), found[0] if found else None)
