"""Whether the anchors hold: made again from the heads of all chains, compared with those kept outside, and stamped."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from django.conf import settings

from cases import timestamps
from cases.actions.anchor import end_of, heads_line, message_of
from cases.eventformat import HEADS
from cases.models import Anchor, AnchorStamp

KEPT_LINE = re.compile(r"(?<![\d-])(\d{4}-\d\d-\d\d)\s+([0-9a-f]{64})(?![0-9a-f])")
LATE = timedelta(days=3)
"""A stamp that came longer after the end of its day proves nothing about the days between: it is told."""


class AnchorsOver:
    """All anchors made again in one walk over the chains in their order, with a running hash for each anchor."""

    def __init__(self, anchors: list[Anchor]) -> None:
        self._anchors = anchors
        self._ends = [end_of(anchor.day) for anchor in anchors]
        self._hashes = [sha256(HEADS) for _ in anchors]
        self._chains = [0] * len(anchors)
        self._events = [0] * len(anchors)
        self._chain = ""
        self._last: dict[int, tuple[int, str]] = {}

    def add(self, chain: UUID | None, seq: int, head: str, recorded_at: datetime) -> None:
        """Take the next event of the chain that is being walked."""
        self._chain = str(chain)
        # The first anchor whose day ends after the event was written; it and all later ones stand on the event.
        self._last[bisect_right(self._ends, recorded_at)] = (seq, head)

    def end_chain(self) -> None:
        """Let every anchor take the head that the chain had at the end of its day."""
        if not self._last:
            return
        head: tuple[int, str] | None = None
        for place in range(min(self._last), len(self._anchors)):
            here = self._last.get(place)
            if here is not None and (head is None or here[0] > head[0]):
                head = here
            if head is not None:
                self._hashes[place].update(heads_line(self._chain, head[1], head[0]))
                self._chains[place] += 1
                self._events[place] += head[0]
        self._last = {}

    def faults(self, kept: dict[date, str]) -> Iterator[tuple[date, str]]:
        """Yield each day in order with what is wrong with its anchor, or with nothing.

        Anchors kept outside come first: they are the only ones that whoever owns the database cannot rewrite.
        """
        stored = {anchor.day: bytes(anchor.hash).hex() for anchor in self._anchors}
        for day in sorted(kept):
            if day not in stored:
                yield day, "it was kept outside and is not in the record"
            elif stored[day] != kept[day]:
                yield day, "it is not the one that was kept outside: the record up to this day was rewritten"
        before = b""
        for place, anchor in enumerate(self._anchors):
            yield anchor.day, self._fault(place, anchor, before)
            before = bytes(anchor.hash)

    def _fault(self, place: int, anchor: Anchor, before: bytes) -> str:
        if bytes(anchor.prev) != before:
            return "it does not follow the anchor before it"
        if (self._chains[place], self._events[place]) != (anchor.chains, anchor.events):
            return "it was made over another number of chains or events"
        of_heads = self._hashes[place].digest()
        whole = sha256(message_of(before, of_heads)).digest()
        if of_heads != bytes(anchor.heads_hash) or whole != bytes(anchor.hash):
            return "the chains do not end where it says"
        return ""


def read_kept(text: str) -> dict[date, str]:
    """Read anchors that were kept outside: an export, or mails to trustees one after another. Later lines are told.

    Raises ValueError for a text without a single anchor, for a day that does not exist, and for a day that is given
    with two hashes.
    """
    found: dict[date, str] = {}
    for written, digest in KEPT_LINE.findall(text):
        day = date.fromisoformat(written)
        if found.setdefault(day, digest) != digest:
            raise ValueError(f"The day {day} stands there with two anchors.")
    if not found:
        raise ValueError("There is no anchor in it.")
    return found


def stamps_fault(anchors: list[Anchor]) -> tuple[int, tuple[str, str] | None]:
    """Read every stamp that was found good once again; return how many, and the first that does not hold.

    Without root certificates on this machine none can be read, and none is.
    """
    trusted = timestamps.roots(Path(settings.TSA_ROOTS))
    if not trusted:
        return 0, None
    by_id = {anchor.pk: anchor for anchor in anchors}
    read = 0
    for stamp in AnchorStamp.objects.good().order_by("anchor__day", "authority").iterator():
        anchor = by_id.get(stamp.anchor_id)
        if anchor is None:
            continue
        read += 1
        where = f"stamp of {anchor.day} by {stamp.authority}"
        try:
            when = timestamps.read(
                bytes(stamp.reply),
                message=message_of(bytes(anchor.prev), bytes(anchor.heads_hash)),
                nonce=int(stamp.nonce),
                query=bytes(stamp.query),
                trusted=trusted,
            )
        except (timestamps.BadStamp, ValueError) as bad:
            return read, (where, f"it does not hold for this anchor ({bad})")
        if when != stamp.stamped_at:
            return read, (where, "its time is not the one that is written beside it")
    return read, None


def stamp_notes(anchors: list[Anchor]) -> Iterator[str]:
    """Say what is no fault and yet should be known about stamps."""
    good: dict[object, datetime] = {}
    for stamp in AnchorStamp.objects.good().order_by("-stamped_at"):
        if stamp.stamped_at is not None:
            good[stamp.anchor_id] = stamp.stamped_at
    if not good:
        if anchors and settings.TSA_URLS:
            yield f"None of {len(anchors)} anchors is stamped."
        return
    if not timestamps.roots(Path(settings.TSA_ROOTS)):
        yield f"{len(good)} anchors are stamped, but no root certificate is here to check them."
    if bare := [anchor.day for anchor in anchors if anchor.pk not in good]:
        yield f"{len(bare)} anchors have no stamp, the first of {bare[0]}; a stamp of a later one covers them."
    if late := [anchor.day for anchor in anchors if anchor.pk in good and good[anchor.pk] - end_of(anchor.day) > LATE]:
        yield f"{len(late)} anchors were stamped more than {LATE.days} days late, the first of {late[0]}."
