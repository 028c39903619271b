"""A further thread for a part of the work on a file: blocks go in, one function does them in order.

Hashing and writing let go of the interpreter's lock, so threads do on two cores what one would do after the other.
At most `ahead` blocks wait; whoever gives more is held up until one is done.
"""

import queue
import threading
import weakref
from collections.abc import Callable

AHEAD = 2


class Lane:
    """Runs `work` on every block that is given, in order, in a thread of its own that starts with the first block.

    An error of `work` is raised again by the next `give` or by `end`; later blocks are dropped then. The thread ends
    with `end`, with `stop`, and when nobody holds the lane any more.
    """

    def __init__(self, work: Callable[[bytes], None], *, ahead: int = AHEAD) -> None:
        self._state = _State(work, ahead)
        self._thread: threading.Thread | None = None

    def give(self, block: bytes) -> None:
        """Hand over a block. Raises what went wrong with an earlier one."""
        if self._thread is None:
            self._thread = threading.Thread(target=_run, args=[self._state], name="intake", daemon=True)
            self._thread.start()
            weakref.finalize(self, _State.leave, self._state)
        self._state.raise_error()
        self._state.waiting.put(block)

    def end(self) -> None:
        """Wait until everything is done. Raises what went wrong."""
        self._close()
        self._state.raise_error()

    def stop(self) -> None:
        """Drop what waits and end the thread; the block at work is finished first."""
        self._state.is_dropped = True
        self._close()

    def _close(self) -> None:
        if self._thread is not None:
            self._state.leave()
            self._thread.join()
            self._thread = None


class _State:
    def __init__(self, work: Callable[[bytes], None], ahead: int) -> None:
        self.work = work
        self.waiting: queue.Queue[bytes | None] = queue.Queue(ahead)
        self.error: BaseException | None = None
        self.is_dropped = False

    def raise_error(self) -> None:
        if self.error is not None:
            raise self.error

    def leave(self) -> None:
        self.waiting.put(None)


def _run(state: _State) -> None:
    while (block := state.waiting.get()) is not None:
        if state.is_dropped or state.error is not None:
            continue
        try:
            state.work(block)
        except BaseException as error:
            state.error = error
