"""An optional look at uploads by a ClamAV daemon (RECOURSE_CLAMD). What could not be looked at is never called clean.

Speaks INSTREAM of clamd(8): pieces with their length in four bytes, big-endian, and a piece of length zero at the end.
"""

import socket
import struct
from enum import StrEnum

TIMEOUT = 60.0
"""Seconds that the daemon may take for one piece, and for its answer."""
LARGEST_PIECE = 1 << 20
LONGEST_ANSWER = 4096
NOT_LOOKED_AT = ("Heuristics.Limits.Exceeded", "Heuristics.Encrypted")
"""What the daemon "finds" in a file that is too large, too deep or locked for it: that is no look."""


class Verdict(StrEnum):
    """What came of looking at a file."""

    CLEAN = "clean"
    HARMFUL = "harmful"
    NOT_SCANNED = "not_scanned"


class Scan:
    """One file on its way through the daemon. Never raises for the daemon's sake: trouble ends in NOT_SCANNED.

    `address` is the path of a socket, or host:port.
    """

    def __init__(self, address: str) -> None:
        self._line: socket.socket | None = None
        try:
            self._line = _connected(address)
            self._line.sendall(b"zINSTREAM\0")
        except OSError:
            self.close()

    def feed(self, data: bytes) -> None:
        """Pass the next bytes on."""
        if self._line is None:
            return
        try:
            for start in range(0, len(data), LARGEST_PIECE):
                piece = data[start : start + LARGEST_PIECE]
                self._line.sendall(struct.pack(">I", len(piece)) + piece)
        except OSError:
            # The daemon hangs up on a file that is too large for it.
            self.close()

    def verdict(self) -> Verdict:
        """Say that the file is whole, and return what the daemon thinks of it."""
        if self._line is None:
            return Verdict.NOT_SCANNED
        try:
            self._line.sendall(struct.pack(">I", 0))
            return read_answer(_answer(self._line))
        except OSError:
            return Verdict.NOT_SCANNED
        finally:
            self.close()

    def close(self) -> None:
        """Hang up."""
        if self._line is not None:
            self._line.close()
            self._line = None


def read_answer(told: bytes) -> Verdict:
    """Return what an answer of the daemon means; one that is cut off or not understood is no look."""
    text = told.rstrip(b"\0\n").decode("utf-8", "replace")
    if text == "stream: OK":
        return Verdict.CLEAN
    if text.startswith("stream: ") and text.endswith(" FOUND"):
        return Verdict.NOT_SCANNED if text[len("stream: ") :].startswith(NOT_LOOKED_AT) else Verdict.HARMFUL
    return Verdict.NOT_SCANNED


def _connected(address: str) -> socket.socket:
    if address.startswith("/"):
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(TIMEOUT)
        line.connect(address)
        return line
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port) if port.isdigit() else 3310), timeout=TIMEOUT)


def _answer(line: socket.socket) -> bytes:
    told = b""
    while len(told) < LONGEST_ANSWER and not told.endswith((b"\0", b"\n")):
        piece = line.recv(LONGEST_ANSWER)
        if not piece:
            break
        told += piece
    return told
