"""The state of the demo internet: links with their scripts, reports, mails and mailbox modes; kept in one JSON file."""

import hashlib
import json
import re
from collections import deque
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from config.demo.behaviours import REMOVED, Behaviour
from config.demo.platforms import PLATFORMS, Platform, find_platform

ITEM_PATH = re.compile(r"/[a-z]/[A-Za-z0-9_-]{1,64}\Z")
ADDRESS = re.compile(r"https?://([a-z0-9.-]+)(?::\d{1,5})?(/[a-z]/[A-Za-z0-9_-]{1,64})", re.IGNORECASE)
MOST_SEEN = 500
MOST_VISITS = 1000
LONGEST_SCRIPT = 50


class Mode(StrEnum):
    """How a mailbox treats a message."""

    ACKNOWLEDGE = "acknowledge"
    ANSWER = "answer"
    REFUSE = "refuse"
    BOUNCE = "bounce"
    SLOW = "slow"
    DROP = "drop"
    SILENT = "silent"


class Refused(ValueError):
    """A request the demo world cannot follow; the text says why."""


@dataclass(kw_only=True)
class Link:
    """One address. `now` is None while nobody scripted it: then the platform's resting behaviour answers."""

    host: str
    path: str
    now: Behaviour | None = None
    coming: list[Behaviour] = field(default_factory=list)
    copy_of: str = ""


@dataclass(kw_only=True)
class Report:
    """One report taken by a form or by mail, with the ticket number it was given."""

    ticket: str
    host: str
    via: str
    links: list[str]
    fields: dict[str, str]
    step: int


@dataclass(kw_only=True)
class Mail:
    """One message received; `file` and `answer` are names in received/ and outgoing/ ("" = no answer)."""

    number: int
    file: str
    sender: str
    recipients: list[str]
    subject: str
    message_id: str
    modes: dict[str, str]
    answers: list[str]
    tickets: list[str]


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One request to a platform, so that a test can see what a checker sent. Not kept over a restart."""

    host: str
    path: str
    behaviour: str
    user_agent: str
    referer: str
    cookie: str


class World:
    """Everything the site remembers. All changes are made from one event loop and written before they are answered."""

    def __init__(self, folder: Path) -> None:
        """Take up what `folder` holds, or begin anew."""
        self.folder = folder
        self.clear()
        if self._file.exists():
            self._load(json.loads(self._file.read_text(encoding="utf-8")))

    @property
    def _file(self) -> Path:
        return self.folder / "state.json"

    def clear(self) -> None:
        """Forget every link, report, mail and mode. Files of earlier mails stay in the folder."""
        self.step_number = 0
        self.mail_number = len(list((self.folder / "received").glob("*.eml")))
        self.links: dict[tuple[str, str], Link] = {}
        self.seen: dict[tuple[str, str], Link] = {}
        self.reports: list[Report] = []
        self.mails: list[Mail] = []
        self.modes: dict[str, Mode] = {}
        self.visits: deque[Visit] = deque(maxlen=MOST_VISITS)

    def link(self, platform: Platform, path: str) -> Link:
        """The link at an address of a platform; every well-formed address is one. Raises Refused for any other.

        A link that was only looked at is remembered for the control page, the newest few hundred of them.
        """
        if not ITEM_PATH.fullmatch(path):
            raise Refused(f"No item has the path {path[:80]!r}: use /{platform.letter}/ and a name.")
        key = (platform.host, path)
        if key in self.links:
            return self.links[key]
        if key not in self.seen:
            if len(self.seen) >= MOST_SEEN:
                del self.seen[next(iter(self.seen))]
            self.seen[key] = Link(host=platform.host, path=path)
        return self.seen[key]

    def _keep(self, link: Link, now: Behaviour, coming: list[Behaviour]) -> None:
        key = (link.host, link.path)
        self.seen.pop(key, None)
        self.links[key] = link
        link.now, link.coming = now, coming

    def behaviour(self, link: Link) -> Behaviour:
        """What a look at the link meets at the present step."""
        resting = PLATFORMS[link.host].resting
        return link.now or resting[self.step_number % len(resting)]

    def script(self, host: str, path: str, behaviours: list[str]) -> Link:
        """Set what a link answers now and at each following step; the last one stays.

        Raises Refused for an unknown host, path or behaviour.
        """
        if not 1 <= len(behaviours) <= LONGEST_SCRIPT:
            raise Refused(f"A script has 1 to {LONGEST_SCRIPT} behaviours.")
        try:
            now, *coming = [Behaviour(name) for name in behaviours]
        except ValueError:
            raise Refused(f"Behaviours are: {', '.join(Behaviour)}.") from None
        link = self.link(self.platform(host), path)
        self._keep(link, now, coming)
        self.save()
        return link

    def platform(self, host: str) -> Platform:
        """The platform of a host name. Raises Refused where there is none."""
        platform = find_platform(host)
        if platform is None:
            raise Refused(f"No platform is called {host[:80]!r}.")
        return platform

    def remove(self, link: Link) -> None:
        """Take a link down in its platform's own way, at once."""
        self._keep(link, PLATFORMS[link.host].removed, [])
        self.save()

    def step(self) -> int:
        """Move every script on by one. Returns the number of the new step."""
        self.step_number += 1
        for link in list(self.links.values()):
            if not link.coming:
                continue
            before = self.behaviour(link)
            link.now = link.coming.pop(0)
            if PLATFORMS[link.host].uploads_again and link.now in REMOVED and before not in REMOVED:
                self._upload_again(link)
        self.save()
        return self.step_number

    def upload_again(self, host: str, path: str) -> Link:
        """Put a copy of a link at a new address on Mirror A. Raises Refused for an unknown link."""
        copy = self._upload_again(self.link(self.platform(host), path))
        self.save()
        return copy

    def _upload_again(self, link: Link) -> Link:
        mirror = self.platform("mirror-a")
        original = link.copy_of or f"{link.host}{link.path}"
        digest = hashlib.sha256(f"{original} {len(self.links)}".encode()).hexdigest()[:8]
        copy = self.link(mirror, f"/{mirror.letter}/{digest}")
        copy.copy_of = original
        self._keep(copy, Behaviour.UP, [])
        return copy

    def report(
        self, platform: Platform, *, via: str, links: list[Link], fields: dict[str, str], upheld: bool = True
    ) -> Report:
        """Take a report: give it a ticket number and, if upheld, script what this platform does about each link."""
        answer = platform.after_report if upheld else ()
        for link in links:
            if answer and not link.coming and self.behaviour(link) not in REMOVED:
                now = self.behaviour(link)
                self._keep(link, now, [now] * (platform.removes_after - 1) + list(answer))
        report = Report(
            ticket=self._ticket(platform),
            host=platform.host,
            via=via,
            links=[f"{link.host}{link.path}" for link in links],
            fields=fields,
            step=self.step_number,
        )
        self.reports.append(report)
        self.save()
        return report

    def _ticket(self, platform: Platform) -> str:
        taken = {report.ticket for report in self.reports}
        number = int(hashlib.sha256(f"{platform.host} {len(self.reports)}".encode()).hexdigest(), 16)
        while (ticket := f"{platform.prefix}-{100_000 + number % 900_000}") in taken:
            number += 1
        return ticket

    def links_in(self, text: str, platform: Platform | None = None) -> list[Link]:
        """Each link of the platform (or of any) that a text names, once, in its order."""
        found: dict[tuple[str, str], Link] = {}
        for host, path in ADDRESS.findall(text):
            owner = find_platform(host)
            if owner is not None and platform in (None, owner):
                found.setdefault((owner.host, path), self.link(owner, path))
        return list(found.values())

    def set_mode(self, address: str, mode: str) -> None:
        """Choose how the mailbox of an address treats what comes. Raises Refused for an unknown mode."""
        if "@" not in address or len(address) > 254:
            raise Refused("A mailbox is named by a mail address.")
        try:
            self.modes[address.strip().lower()] = Mode(mode)
        except ValueError:
            raise Refused(f"Mailbox modes are: {', '.join(Mode)}.") from None
        self.save()

    def mode(self, address: str) -> Mode:
        """How the mailbox of an address treats what comes: platforms acknowledge, everybody else only receives."""
        address = address.lower()
        abuse = {platform.abuse_address for platform in PLATFORMS.values()}
        return self.modes.get(address, Mode.ACKNOWLEDGE if address in abuse else Mode.SILENT)

    def as_json(self) -> dict[str, Any]:
        """All that is kept, as plain values, each link with its present behaviour."""
        return {
            "step": self.step_number,
            "links": [self.describe(link) for link in self.links.values()],
            "reports": [asdict(report) for report in self.reports],
            "mails": [asdict(mail) for mail in self.mails],
            "modes": dict(self.modes),
        }

    def describe(self, link: Link) -> dict[str, Any]:
        """One link as plain values, with its present behaviour."""
        return asdict(link) | {"behaviour": self.behaviour(link)}

    def save(self) -> None:
        """Write the state whole or not at all."""
        partial = self._file.with_suffix(".partial")
        partial.write_text(json.dumps(self.as_json(), indent=1), encoding="utf-8")
        partial.replace(self._file)

    def _load(self, state: dict[str, Any]) -> None:
        self.step_number = state["step"]
        for row in state["links"]:
            row = {name: value for name, value in row.items() if name != "behaviour"}
            row["now"] = Behaviour(row["now"]) if row["now"] else None
            row["coming"] = [Behaviour(name) for name in row["coming"]]
            self.links[row["host"], row["path"]] = Link(**row)
        self.reports = [Report(**row) for row in state["reports"]]
        self.mails = [Mail(**row) for row in state["mails"]]
        self.modes = {address: Mode(mode) for address, mode in state["modes"].items()}
