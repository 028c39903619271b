"""A small ClamAV daemon that knows one test virus: it speaks INSTREAM over a real socket."""

import socket
import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VIRUS = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The harmless text that every scanner takes for a virus (eicar.org)."""


class _Handler(socketserver.BaseRequestHandler):
    server: "FakeClamd"

    def _exactly(self, size: int) -> bytes:
        got = b""
        while len(got) < size:
            piece = self.request.recv(size - len(got))
            if not piece:
                raise ConnectionError
            got += piece
        return got

    def handle(self) -> None:
        """Take one file and say what it is, or what the daemon was told to say."""
        try:
            assert self._exactly(10) == b"zINSTREAM\0"
            content = b""
            while size := struct.unpack(">I", self._exactly(4))[0]:
                content += self._exactly(size)
                if len(content) > self.server.limit:
                    self.request.sendall(b"INSTREAM size limit exceeded. ERROR\0")
                    return
        except ConnectionError:
            return
        self.server.seen.append(content)
        found = b"stream: Eicar-Test-Signature FOUND\0" if VIRUS in content else b"stream: OK\0"
        self.request.sendall(self.server.says if self.server.says is not None else found)


class FakeClamd(socketserver.ThreadingUnixStreamServer):
    """The daemon: `says` overrides its answer, `limit` is the largest file it takes, `seen` what it was given."""

    daemon_threads = True

    def __init__(self, path: Path) -> None:
        super().__init__(str(path), _Handler)
        self.path = str(path)
        self.says: bytes | None = None
        self.limit = 1 << 20
        self.seen: list[bytes] = []


@contextmanager
def fake_clamd(folder: Path) -> Iterator[FakeClamd]:
    """Run the daemon on a socket in a folder."""
    with FakeClamd(folder / "clamd.sock") as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def free_port() -> int:
    """Return a port on loopback where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
