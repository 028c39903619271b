"""A browser that sends files in parts, as static/js/upload.js does."""

import hashlib
from typing import Any

from django.conf import settings
from django.test import Client
from django.urls import reverse

from cases.models import Case

SAID = {"description": "Screen recording of the chat", "method": "handed_over"}


def sha256(data: bytes) -> str:
    """Return the hash that a part is sent with."""
    return hashlib.sha256(data).hexdigest()


class Sender:
    """Sends one file to a case, as a member of staff or (`start_path`) as a client.

    Answers are those of the test client; `told` is the last one's JSON.
    """

    def __init__(
        self, browser: Client, case: Case, data: bytes, *, name: str = "film.mp4", start_path: str = "", **said: str
    ) -> None:
        self.browser, self.case, self.data, self.name = browser, case, data, name
        self.start_path = start_path or reverse("evidence:upload_start", args=[case.reference])
        self.step = settings.CLIENT_PART_BYTES if start_path else settings.PART_BYTES
        self.said = {**SAID, **said}
        self.told: dict[str, Any] = {}

    def start(self, **other: Any) -> Any:
        """Begin, or find where the file stands."""
        first = sha256(self.data[: self.step])
        fields = {**self.said, "name": self.name, "size": len(self.data), "type": "video/mp4", "first": first, **other}
        answer = self.browser.post(self.start_path, fields)
        self.told = answer.json() if "json" in answer["Content-Type"] else {}
        return answer

    def part(self, offset: int, data: bytes | None = None, **headers: Any) -> Any:
        """Send one part."""
        piece = self.data[offset : offset + self.step] if data is None else data
        more = {"upload-offset": str(offset), "upload-sha256": sha256(piece), **headers}
        answer = self.browser.post(
            self.told["urls"]["part"], piece, content_type="application/octet-stream", headers=more
        )
        if "json" in answer["Content-Type"] and "urls" in answer.json():
            self.told = answer.json()
        return answer

    def rest(self) -> None:
        """Send everything that is missing."""
        while self.told["offset"] < self.told["size"]:
            answer = self.part(self.told["offset"])
            assert answer.status_code == 200, answer.content

    def finish(self, **said: str) -> Any:
        """Ask for the exhibit."""
        return self.browser.post(self.told["urls"]["finish"], said)

    def cancel(self) -> Any:
        """Give up."""
        return self.browser.post(self.told["urls"]["cancel"], headers={"accept": "application/json"})

    def whole(self) -> Any:
        """Send it all and return the last answer."""
        assert self.start().status_code in (200, 201), self.told
        self.rest()
        return self.finish()
