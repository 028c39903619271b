"""Dates and times as phones write them, in many places: read only where there is one reading. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from evidence.sandbox_tools.chats.lines import Caution

MARKS: Final = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c\ufeff"
"""Signs without width that say which way a text runs; phones put them into exports."""
BLANK: Final = "[ \u00a0\u202f\u2009]"
MORNING: Final = frozenset(
    {"am", "a.m.", "a.m", "上午", "오전", "午前", "ص", "πμ", "π.μ.", "पूर्वाह्न", "ق.ظ", "sa", "öö"}
)
EVENING: Final = frozenset(
    {"pm", "p.m.", "p.m", "下午", "오후", "午後", "م", "μμ", "μ.μ.", "अपराह्न", "ب.ظ", "ch", "ös"}
)
WORD: Final = r"[^\W\d_](?:[^\W\d_]|[.]|" + BLANK + r"(?=[^\W\d_][.])|\u093e|\u0940|\u094d){0,10}"
STAMP: Final = (
    rf"(?P<a>\d{{1,4}})(?P<sign>[./-]){BLANK}?(?P<b>\d{{1,2}})[./-]{BLANK}?(?P<c>\d{{1,4}})[.]?"
    rf"[,،]?{BLANK}{{0,2}}(?:{BLANK}*(?P<before>{WORD}){BLANK}*)?"
    rf"(?P<hour>\d{{1,2}})[:.](?P<minute>\d{{2}})(?:[:.](?P<second>\d{{2}}))?(?:{BLANK}?(?P<after>{WORD}))?"
)


class Order(StrEnum):
    """In which order day, month and year stand."""

    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"
    YEAR_FIRST = "ymd"


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time as it stands in an export: three numbers of a date and a clock."""

    parts: tuple[int, int, int]
    year_is_first: bool
    sign: str
    hour: int
    minute: int
    second: int
    half: str

    @property
    def half_known(self) -> bool:
        """Whether the word beside the clock, if any, is one we know."""
        return not self.half or self.half in MORNING or self.half in EVENING


def ascii_digits(text: str) -> str:
    """Return a text with the digits of every script as 0 to 9, sign for sign."""
    return "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in text)


def without_marks(text: str) -> str:
    """Return a text without the signs that say which way it runs."""
    return text.translate(dict.fromkeys(map(ord, MARKS)))


def stamp_of(found: "re.Match[str]") -> Stamp:
    """Return the stamp of a match of STAMP."""
    parts = (int(found["a"]), int(found["b"]), int(found["c"]))
    half = re.sub(BLANK, "", (found["before"] or found["after"] or "").casefold())
    return Stamp(
        parts,
        len(found["a"]) > 2 or parts[0] > 31,
        found["sign"],
        int(found["hour"]),
        int(found["minute"]),
        int(found["second"] or 0),
        half,
    )


def order_of(stamps: Sequence[Stamp]) -> tuple[Order | None, Caution | None]:
    """Return the one order in which all dates of a file make sense, or None with the reason."""
    if not stamps:
        return None, None
    if all(stamp.year_is_first for stamp in stamps):
        return Order.YEAR_FIRST, None
    if any(stamp.year_is_first for stamp in stamps):
        return None, Caution.DATES_CONTRADICT
    first_is_day = any(stamp.parts[0] > 12 for stamp in stamps)
    second_is_day = any(stamp.parts[1] > 12 for stamp in stamps)
    if first_is_day and second_is_day:
        return None, Caution.DATES_CONTRADICT
    if first_is_day or second_is_day:
        return (Order.DAY_FIRST if first_is_day else Order.MONTH_FIRST), None
    if all(stamp.sign == "." for stamp in stamps):
        # No country writes the month first with dots.
        return Order.DAY_FIRST, Caution.DATE_ORDER_BY_SIGN
    rising = [order for order in (Order.DAY_FIRST, Order.MONTH_FIRST) if _rises(stamps, order)]
    if len(rising) == 1:
        return rising[0], Caution.DATE_ORDER_BY_SEQUENCE
    return None, Caution.DATE_ORDER_UNKNOWN


def _rises(stamps: Iterable[Stamp], order: Order) -> bool:
    """Whether dates never go back when they are read in this order; every one must be a date."""
    before = ""
    for stamp in stamps:
        day = written(stamp, order)[:10]
        if not day or day < before:
            return False
        before = day
    return True


def written(stamp: Stamp, order: Order | None) -> str:
    """Return a stamp as ISO 8601 without an offset; empty where it has no single reading, or is no time."""
    if order is None or not stamp.half_known:
        return ""
    first, second, third = stamp.parts
    year, month, day = {
        Order.DAY_FIRST: (third, second, first),
        Order.MONTH_FIRST: (third, first, second),
        Order.YEAR_FIRST: (first, second, third),
    }[order]
    hour = stamp.hour
    if stamp.half:
        if not 1 <= hour <= 12:
            # Some phones write the word beside a clock of 24 hours.
            hour = hour if (hour >= 12) == (stamp.half in EVENING) or hour == 0 else -1
        else:
            hour = hour % 12 + (12 if stamp.half in EVENING else 0)
    try:
        moment = datetime(year + 2000 if year < 100 else year, month, day, hour, stamp.minute, stamp.second, tzinfo=UTC)
    except ValueError:
        return ""
    return moment.strftime("%Y-%m-%dT%H:%M:%S") if moment.year >= 1990 else ""


def from_seconds(value: object, *, per_second: int = 1) -> str:
    """Return a count since 1970 (UTC) as ISO 8601 with Z; empty for what is no such count."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return ""
    try:
        moment = datetime.fromtimestamp(float(value) / per_second, UTC)
    except (ValueError, OverflowError, OSError):
        return ""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if 1990 <= moment.year <= 2200 else ""
