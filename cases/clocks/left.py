"""How the time left of a clock reads. Pure: no clock is read here."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

SOON = timedelta(hours=6)


class Tone(StrEnum):
    """How urgent the time left is; the name is also the colour's."""

    LATE = "late"
    SOON = "soon"
    OK = "ok"


@dataclass(frozen=True)
class Remaining:
    """The time left of a clock, rounded down to one unit; `unit` is "m", "h" or "days"."""

    amount: int
    unit: str
    tone: Tone

    @property
    def words(self) -> str:
        """The English short form: "38 m", "5 h", "2 days", "6 h late"."""
        left = f"{self.amount} {self.unit}" if self.amount else f"under 1 {self.unit}"
        return f"{left} late" if self.tone is Tone.LATE else left


def remaining(due_at: datetime, now: datetime) -> Remaining:
    """How much time is left, or by how much it is late. At the due instant itself it is not late yet."""
    left = due_at - now
    tone = Tone.LATE if left < timedelta() else Tone.SOON if left < SOON else Tone.OK
    minutes = abs(left) // timedelta(minutes=1)
    if minutes < 60:
        return Remaining(minutes, "m", tone)
    if minutes < 48 * 60:
        return Remaining(minutes // 60, "h", tone)
    return Remaining(minutes // (24 * 60), "days", tone)
