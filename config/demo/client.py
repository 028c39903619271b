"""Start the demo site as a child process and steer it: for tests and for the one-command stack."""

import http.client
import json
import select
import subprocess
import sys
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

from config.demo import platforms
from config.demo.world import Mail, Report

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 20.0
STOP_SECONDS = 5.0


class DemoSiteFailed(RuntimeError):
    """The demo site did not start, or did not follow a request; the text is what it said."""


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """One answer of the demo site."""

    status: int
    headers: dict[str, str]
    text: str


@dataclass(kw_only=True)
class DemoSite:
    """A running demo site. Stop it with `stop()` or by leaving its `with` block.

    The site dies with the thread that started it (the kernel counts threads here): start it from the main one.
    """

    process: subprocess.Popen[str]
    port: int
    smtp_port: int
    data: Path
    hosts: list[str] = field(default_factory=list)
    stamps: str = ""
    stamp_roots: Path = Path()

    @classmethod
    def start(
        cls,
        data: Path,
        *,
        port: int = 0,
        smtp_port: int = 0,
        hang: float = 8.0,
        slow: float = 3.0,
        deliver_to: str = "",
    ) -> Self:
        """Start the site with its memory in `data` and return once it listens; port 0 picks a free one.

        `hang` and `slow` are seconds; `deliver_to` is "127.0.0.1:PORT". Raises DemoSiteFailed when it does not start.
        """
        command = [sys.executable, "-m", "config.demo.site", "--port", str(port), "--smtp-port", str(smtp_port)]
        command += ["--data", str(data), "--hang", str(hang), "--slow", str(slow)]
        if deliver_to:
            command += ["--deliver-to", deliver_to]
        data.mkdir(parents=True, exist_ok=True)
        with (data / "site.log").open("a") as log:
            process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
        assert process.stdout is not None
        readable, _, _ = select.select([process.stdout], [], [], START_SECONDS)
        line = process.stdout.readline() if readable else ""
        if not line:
            process.kill()
            process.wait()
            process.stdout.close()
            raise DemoSiteFailed(
                (data / "site.log").read_text(encoding="utf-8").strip() or "The demo site said nothing."
            )
        said = json.loads(line)
        return cls(
            process=process,
            port=said["port"],
            smtp_port=said["smtp_port"],
            data=data,
            hosts=said["hosts"],
            stamps=said["stamps"],
            stamp_roots=Path(said["stamp_roots"]),
        )

    def stop(self) -> None:
        """End the site and wait for it. Safe to call twice."""
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def url(self, host: str, path: str = "/") -> str:
        """The address of a page; `host` may leave out ".localhost"."""
        return f"http://{_full(host)}:{self.port}{path}"

    def fetch(self, host: str, path: str = "/", *, form: dict[str, str] | None = None, timeout: float = 15) -> Fetched:
        """Look at a page without following redirects, or POST a form to it."""
        body = urlencode(form) if form is not None else None
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if form is not None else {}
        return self._request("POST" if form is not None else "GET", host, path, body, kind, timeout)

    def set(self, host: str, path: str, behaviour: str, *then: str) -> None:
        """Say what a link answers now and, one by one, at the following steps; the last one stays."""
        self._post("set", {"host": host, "path": path, "script": [behaviour, *then]})

    def step(self, steps: int = 1) -> int:
        """Let the demo internet go on by one or more steps. Returns the number of the step reached."""
        reached = 0
        for _ in range(steps):
            reached = self._post("step", {})["step"]
        return reached

    def upload_again(self, host: str, path: str) -> str:
        """Put a copy of a link at a new address. Returns that address."""
        copy = self._post("reupload", {"host": host, "path": path})
        return self.url(copy["host"], copy["path"])

    def mailbox(self, address: str, mode: str) -> None:
        """Choose how the mailbox of an address treats what comes: see config.demo.world.Mode."""
        self._post("mailbox", {"address": address, "mode": mode})

    def reset(self) -> None:
        """Forget all links, reports, mails and modes."""
        self._post("reset", {})

    def state(self) -> dict[str, Any]:
        """All that the site knows, as its JSON interface tells it."""
        state: dict[str, Any] = json.loads(self._request("GET", "control", "/api/state", None, {}, 15).text)
        return state

    def reports(self) -> list[Report]:
        """The reports taken, oldest first."""
        return [Report(**row) for row in self.state()["reports"]]

    def mails(self) -> list[Mail]:
        """The mails received, oldest first."""
        return [Mail(**row) for row in self.state()["mails"]]

    def visits(self, host: str = "", path: str = "") -> list[dict[str, str]]:
        """The newest requests to a platform, oldest first, with the headers that could give a visitor away."""
        return [
            visit
            for visit in self.state()["visits"]
            if host in ("", visit["host"]) or _full(host) == visit["host"]
            if path in ("", visit["path"])
        ]

    def received(self, mail: Mail) -> EmailMessage:
        """A received mail as a message."""
        return message_from_bytes((self.data / "received" / mail.file).read_bytes(), policy=policy.default)

    def answers(self, mail: Mail) -> list[EmailMessage]:
        """What the mailboxes answered to it, as messages."""
        folder = self.data / "outgoing"
        return [message_from_bytes((folder / name).read_bytes(), policy=policy.default) for name in mail.answers]

    def fetch_allowance(self) -> str:
        """The value for RECOURSE_FETCH_LOOPBACK."""
        return platforms.fetch_allowance(self.port)

    def _post(self, name: str, asked: dict[str, Any]) -> dict[str, Any]:
        kind = {"Content-Type": "application/json"}
        fetched = self._request("POST", "control", f"/api/{name}", json.dumps(asked), kind, 15)
        answer: dict[str, Any] = json.loads(fetched.text)
        if fetched.status != 200:
            raise DemoSiteFailed(str(answer.get("error")))
        return answer

    def _request(
        self, method: str, host: str, path: str, body: str | None, headers: dict[str, str], timeout: float
    ) -> Fetched:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers | {"Host": f"{_full(host)}:{self.port}"})
            response = connection.getresponse()
            text = response.read().decode()
            return Fetched(status=response.status, headers=dict(response.getheaders()), text=text)
        finally:
            connection.close()


def _full(host: str) -> str:
    return host if "." in host else f"{host}.localhost"
