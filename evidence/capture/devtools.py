"""Talk to a browser through its two pipes: commands out, answers and events in. Standard library only.

The protocol is Chromium's DevTools protocol over --remote-debugging-pipe: JSON messages that end in a NUL byte, read
by the browser from descriptor 3 and written to descriptor 4. No port is opened for it.
"""

import asyncio
import fcntl
import json
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

LONGEST = 192 * 1024 * 1024
Listener = Callable[[str, dict[str, Any], str], None]


class Refusal(Exception):
    """The browser answered a command with an error."""


class Gone(Exception):
    """The browser ended, or its pipe broke."""


class DevTools:
    """One browser. `listener(method, params, session)` hears every event; it must not raise."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._last = 0
        self._process: asyncio.subprocess.Process | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None

    async def start(self, argv: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start the browser with its ends of two pipes as descriptors 3 and 4."""
        command_out, command_in = os.pipe()
        answer_out, answer_in = os.pipe()
        # Far from 3 and 4, so that neither is overwritten before it is copied.
        theirs = [fcntl.fcntl(fd, fcntl.F_DUPFD, 20) for fd in (command_out, answer_in)]
        os.close(command_out)
        os.close(answer_in)

        def place() -> None:
            os.dup2(theirs[0], 3)
            os.dup2(theirs[1], 4)

        try:
            self._process = await asyncio.create_subprocess_exec(
                *argv,
                env=dict(environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                preexec_fn=place,
                pass_fds=(3, 4),
            )
        finally:
            for fd in theirs:
                os.close(fd)
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=LONGEST)
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(answer_out, "rb", 0))
        transport, protocol = await loop.connect_write_pipe(
            asyncio.streams.FlowControlMixin, os.fdopen(command_in, "wb", 0)
        )
        self._writer = asyncio.StreamWriter(transport, protocol, None, loop)
        self._reading = asyncio.ensure_future(self._read(reader))

    async def ask(
        self, method: str, params: Mapping[str, Any] | None = None, *, session: str = "", seconds: float = 10.0
    ) -> dict[str, Any]:
        """Send one command and return its result. Raises Refusal, Gone or TimeoutError."""
        return await asyncio.wait_for(self.send(method, params, session=session), seconds)

    def send(
        self, method: str, params: Mapping[str, Any] | None = None, *, session: str = ""
    ) -> "asyncio.Future[dict[str, Any]]":
        """Send one command at once, in order with all others; the future is its result."""
        if self._writer is None or self._reading is None or self._reading.done():
            raise Gone
        self._last += 1
        message: dict[str, Any] = {"id": self._last, "method": method, "params": dict(params or {})}
        if session:
            message["sessionId"] = session
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        # Many commands are sent without anybody waiting for their answer.
        answer.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._waiting[self._last] = answer
        self._writer.write(json.dumps(message).encode() + b"\0")
        return answer

    async def stop(self) -> None:
        """End the browser at once."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        if self._reading is not None:
            self._reading.cancel()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                self._hear(json.loads((await reader.readuntil(b"\0"))[:-1]))
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError, OSError):
            return
        finally:
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(Gone())
            self._waiting.clear()

    def _hear(self, message: dict[str, Any]) -> None:
        number = message.get("id")
        if number is None:
            self._listener(str(message.get("method")), message.get("params", {}), message.get("sessionId", ""))
            return
        answer = self._waiting.pop(number, None)
        if answer is None or answer.done():
            return
        if "error" in message:
            answer.set_exception(Refusal(str(message["error"].get("message", ""))[:200]))
        else:
            answer.set_result(message.get("result", {}))
