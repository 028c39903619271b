"""Search many PDQ hashes for those within a distance. Pure, numpy only; exact by construction.

Hashes lie as four columns of 64 bits. A search counts different bits of the first two columns and looks at the rest
only where these alone are within the limit: a part is never further away than the whole, so nothing can be missed.
A million hashes take 32 MB, and a search a few milliseconds on one core. An index over bands of bits would be quicker
and three times as large, with more that could be wrong; it was not needed.
"""

from collections.abc import Iterable
from typing import Self

import numpy as np
from numpy.typing import NDArray

from evidence.matching.turns import ALIKE, PDQ_BYTES

COLUMNS = 4
BLOCK = 1 << 15
"""Rows looked at together: their counts stay in the processor's own memory."""


class Hashes:
    """An immutable set of hashes, each with a number of its owner."""

    def __init__(self, columns: NDArray[np.uint64], owners: NDArray[np.int64]) -> None:
        self._columns = columns
        self._owners = owners

    @classmethod
    def of(cls, rows: Iterable[tuple[int, bytes]]) -> Self:
        """Build a set from pairs of owner and hash. Raises ValueError for a hash that has not 32 bytes."""
        owners: list[int] = []
        data = bytearray()
        for owner, one in rows:
            if len(one) != PDQ_BYTES:
                raise ValueError("A PDQ hash has 32 bytes.")
            owners.append(owner)
            data += one
        return cls.packed(bytes(data), np.array(owners, dtype=np.int64))

    @classmethod
    def packed(cls, data: bytes, owners: NDArray[np.int64]) -> Self:
        """Build a set from hashes that lie one after another."""
        if len(data) != PDQ_BYTES * len(owners):
            raise ValueError("Each owner needs one hash of 32 bytes.")
        table = np.frombuffer(data, dtype=">u8").reshape(-1, COLUMNS).astype(np.uint64)
        return cls(np.ascontiguousarray(table.T), owners)

    def __len__(self) -> int:
        return len(self._owners)

    def joined_with(self, more: Self) -> Self:
        """Return this set and another together."""
        columns = np.ascontiguousarray(np.concatenate([self._columns, more._columns], axis=1))
        return type(self)(columns, np.concatenate([self._owners, more._owners]))

    def near(self, wanted: bytes, *, limit: int = ALIKE) -> list[tuple[int, int]]:
        """Return (owner, distance) of every hash within `limit` bits of one, in the order in which they lie."""
        asked = np.frombuffer(wanted, dtype=">u8").astype(np.uint64)
        if asked.shape != (COLUMNS,):
            raise ValueError("A PDQ hash has 32 bytes.")
        found: list[tuple[int, int]] = []
        for start in range(0, len(self), BLOCK):
            block = self._columns[:, start : start + BLOCK]
            half = np.bitwise_count(block[0] ^ asked[0]) + np.bitwise_count(block[1] ^ asked[1])
            places = np.flatnonzero(half <= limit)
            if not places.size:
                continue
            rest = np.bitwise_count(block[2:, places] ^ asked[2:, None]).sum(axis=0, dtype=np.uint16)
            whole = half[places] + rest
            kept = np.flatnonzero(whole <= limit)
            owners = self._owners[start + places[kept]]
            found.extend(zip(owners.tolist(), whole[kept].tolist(), strict=True))
        return found
