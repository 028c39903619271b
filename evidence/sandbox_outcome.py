"""What goes into a sandbox and what comes out of it (evidence.sandbox)."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from evidence.sandbox_tools import FRAME, REFUSED_CODE

REFUSAL = re.compile(r"refused: ([a-z_]{1,40})\s*$")
"""A code of ours and nothing else: what was broken into could write words of the file in its place."""


class Unavailable(Exception):
    """No sandbox can be made on this machine: whatever waits for one is "not looked at". Says why, without names."""


class Ended(StrEnum):
    """How a run came to its end."""

    WELL = "well"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    TOO_MUCH_OUTPUT = "too_much_output"
    KILLED = "killed"


@dataclass(frozen=True, slots=True)
class Source:
    """A file to look at: its length, and a reader of the bytes from `start` up to but not including `stop`."""

    size: int
    read: Callable[[int, int], Iterable[bytes]]

    @classmethod
    def of(cls, data: bytes) -> Self:
        """Wrap bytes that are in memory already."""
        return cls(len(data), lambda start, stop: [data[start:stop]])


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run left: its exit code, what it wrote, and how it ended. `err` may hold words of the document.

    `whole` is False where only the beginning and the end of the file were given.
    """

    code: int
    out: bytes = field(repr=False)
    err: str = field(repr=False)
    ended: Ended
    whole: bool = True

    @property
    def refusal(self) -> str:
        """The code of the refusal by one of our decoders, such as "too_many_pixels", or nothing."""
        if self.ended != Ended.FAILED or self.code != REFUSED_CODE:
            return ""
        said = REFUSAL.search(self.err)
        return said[1] if said else ""

    def json(self) -> Any:
        """What was written, read as JSON. Raises ValueError for anything else."""
        if self.ended != Ended.WELL:
            raise ValueError(f"The run ended: {self.ended}.")
        return json.loads(self.out)

    def parts(self) -> list[bytes]:
        """What was written, cut into the pieces a decoder framed (evidence.sandbox_tools). Raises ValueError."""
        if self.ended != Ended.WELL:
            raise ValueError(f"The run ended: {self.ended}.")
        found, at = [], 0
        while at < len(self.out):
            (length,) = FRAME.unpack_from(self.out.ljust(at + FRAME.size, b"\xff"), at)
            at += FRAME.size
            if length > len(self.out) - at:
                raise ValueError("The pieces do not fit what was written.")
            found.append(self.out[at : at + length])
            at += length
        return found
