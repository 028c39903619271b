"""What one look at an address saw: facts only, no judgement. Pure, and small enough to pass through a pipe."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum


class LookError(StrEnum):
    """Why a look ended without an answer that can be read."""

    ADDRESS_REFUSED = "address_refused"
    DNS_FAILED = "dns_failed"
    CONNECT_FAILED = "connect_failed"
    TLS_FAILED = "tls_failed"
    TIMED_OUT = "timed_out"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    TOO_BIG = "too_big"
    BAD_ENCODING = "bad_encoding"
    BAD_ANSWER = "bad_answer"
    PAGE_TOO_SLOW = "page_too_slow"
    NOT_REACHED = "not_reached"
    FETCHER_FAILED = "fetcher_failed"


@dataclass(frozen=True)
class Hop:
    """One request of the look: what was asked, what was answered, by which address."""

    url: str
    status: int
    ip: str


@dataclass(frozen=True)
class Observation:
    """One look at one address.

    `error` is empty when an answer was read to its end; `detail` then too. `content_type` is lower case without
    parameters. `text` is the visible text, bounded. `body_sha256` and `bytes_read` speak of the decompressed body and
    are empty and 0 where only headers were read. `marks` names the source markers of the playbook that were seen.
    """

    url: str
    final_url: str
    started_at: datetime
    seconds: float
    hops: tuple[Hop, ...] = ()
    status: int = 0
    content_type: str = ""
    title: str = ""
    headings: tuple[str, ...] = ()
    text: str = ""
    has_player: bool = False
    has_password_field: bool = False
    moves_on: bool = False
    marks: frozenset[str] = field(default_factory=frozenset)
    body_sha256: str = ""
    bytes_read: int = 0
    error: LookError | None = None
    detail: str = ""

    def as_json(self) -> dict[str, object]:
        """The observation as plain values for one JSON line."""
        values = asdict(self)
        values["started_at"] = self.started_at.isoformat()
        values["marks"] = sorted(self.marks)
        values["hops"] = [asdict(hop) for hop in self.hops]
        values["headings"] = list(self.headings)
        return values

    @classmethod
    def from_json(cls, values: Mapping[str, object]) -> "Observation":
        """The observation again. Raises TypeError, ValueError or KeyError for anything else."""
        known = dict(values)
        hops = known.pop("hops")
        headings = known.pop("headings")
        marks = known.pop("marks")
        started_at = known.pop("started_at")
        error = known.pop("error")
        if not (isinstance(hops, list) and isinstance(headings, list) and isinstance(marks, list)):
            raise TypeError("hops, headings and marks are lists")
        return cls(
            hops=tuple(Hop(**hop) for hop in hops),
            headings=tuple(headings),
            marks=frozenset(marks),
            started_at=datetime.fromisoformat(str(started_at)),
            error=LookError(str(error)) if error else None,
            **known,  # type: ignore[arg-type]
        )


def without_answer(url: str, *, error: LookError, at: datetime, seconds: float = 0.0, detail: str = "") -> Observation:
    """The observation of a look that never got an answer."""
    return Observation(url=url, final_url=url, started_at=at, seconds=seconds, error=error, detail=detail)
