"""Where an act is to be done: its zone, its working days and holidays, and how its law ends a period. Pure.

Source of each rule about rest days: Regulation (EEC, Euratom) 1182/71, Article 2, for acts of the Union; the ICO's
counting of a month for the United Kingdom; General Construction Law 25-a for New York. Elsewhere no rule was found,
so a last day stays where it falls: `rest_days` says so, and the answer is to be checked before use.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import holidays

# The zone of each member state whose day ends last.
UNION_ZONES: Mapping[str, str] = {
    "AT": "Europe/Vienna",
    "BE": "Europe/Brussels",
    "BG": "Europe/Sofia",
    "CY": "Asia/Nicosia",
    "CZ": "Europe/Prague",
    "DE": "Europe/Berlin",
    "DK": "Europe/Copenhagen",
    "EE": "Europe/Tallinn",
    "ES": "Atlantic/Canary",
    "FI": "Europe/Helsinki",
    "FR": "Europe/Paris",
    "GR": "Europe/Athens",
    "HR": "Europe/Zagreb",
    "HU": "Europe/Budapest",
    "IE": "Europe/Dublin",
    "IT": "Europe/Rome",
    "LT": "Europe/Vilnius",
    "LU": "Europe/Luxembourg",
    "LV": "Europe/Riga",
    "MT": "Europe/Malta",
    "NL": "Europe/Amsterdam",
    "PL": "Europe/Warsaw",
    "PT": "Atlantic/Azores",
    "RO": "Europe/Bucharest",
    "SE": "Europe/Stockholm",
    "SI": "Europe/Ljubljana",
    "SK": "Europe/Bratislava",
}
EU_STATES = frozenset(UNION_ZONES)


@dataclass(frozen=True)
class Place:
    """Where an act must be done: its holidays, its zone, and how its law ends a period.

    `moves_on` says whether a period in days, months or years that ends on a rest day runs to the end of the next
    working day. `union_rules` turns on Regulation (EEC, Euratom) 1182/71. `rest_days` names the source of what happens
    on a rest day; empty where none was found.
    """

    country: str
    zone: ZoneInfo
    subdivision: str | None = None
    moves_on: bool = False
    union_rules: bool = False
    rest_days: str = ""


def _place(country: str, zone: str, subdivision: str | None = None, *, rest_days: str = "") -> Place:
    return Place(country, ZoneInfo(zone), subdivision, moves_on=bool(rest_days), rest_days=rest_days)


NEW_YORK_RULE = "New York General Construction Law 25-a (well known, check before use)"
ICO_RULE = "the ICO's checklist on how the month is counted"
UNION_RULE = "Regulation (EEC, Euratom) 1182/71, Article 3(4)"

# Where a country has several zones, the one whose day ends last: nobody is told too early that a clock has run out.
PLACES: Mapping[str, Place] = {
    "US": _place("US", "Pacific/Honolulu"),
    "US-CA": _place("US", "America/Los_Angeles", "CA"),
    "US-IL": _place("US", "America/Chicago", "IL"),
    "US-TX": _place("US", "America/Chicago", "TX"),
    "US-NY": _place("US", "America/New_York", "NY", rest_days=NEW_YORK_RULE),
    "GB": _place("GB", "Europe/London", "ENG", rest_days=ICO_RULE),
    "GB-EAW": _place("GB", "Europe/London", "ENG", rest_days=ICO_RULE),
    "IE": _place("IE", "Europe/Dublin"),
    "DE": _place("DE", "Europe/Berlin"),
    "FR": _place("FR", "Europe/Paris"),
    "IT": _place("IT", "Europe/Rome"),
    "ES": _place("ES", "Atlantic/Canary"),
    "AU": _place("AU", "Australia/Perth"),
    "NZ": _place("NZ", "Pacific/Auckland"),
    "CA": _place("CA", "America/Vancouver"),
    "CA-BC": _place("CA", "America/Vancouver", "BC"),
    "IN": _place("IN", "Asia/Kolkata"),
    "KR": _place("KR", "Asia/Seoul"),
    "JP": _place("JP", "Asia/Tokyo"),
    "SG": _place("SG", "Asia/Singapore"),
    "PH": _place("PH", "Asia/Manila"),
    "ZA": _place("ZA", "Africa/Johannesburg"),
    "KE": _place("KE", "Africa/Nairobi"),
    "NG": _place("NG", "Africa/Lagos"),
    "MX": _place("MX", "America/Tijuana"),
    "BR": _place("BR", "America/Rio_Branco"),
    "PK": _place("PK", "Asia/Karachi"),
}


def place_of(jurisdiction: str, *, member_state: str = "IE") -> Place:
    """The place whose days and holidays count for a jurisdiction code of the law facts.

    For "EU" the member state where the act is to be done decides (Regulation 1182/71, Article 2); Ireland where it is
    not known, since most large services are established there. Raises KeyError for a code that has no place yet.
    """
    if jurisdiction != "EU":
        return PLACES[jurisdiction]
    zone = ZoneInfo(UNION_ZONES[member_state])
    return Place(member_state, zone, moves_on=True, union_rules=True, rest_days=UNION_RULE)


def place_near(jurisdiction: str, zone: ZoneInfo, *, member_state: str = "") -> Place:
    """The place of a jurisdiction, counted in `zone` where that zone lies in it; else as `place_of` gives it.

    For "EU" a zone of a member state names that state too, unless `member_state` says another. A state or province
    keeps its own zone. Raises KeyError as `place_of` does.
    """
    country = country_of(zone)
    if jurisdiction == "EU":
        state = member_state or (country if country in EU_STATES else "IE")
        found = place_of("EU", member_state=state)
        return _moved(found, zone) if country == state else found
    found = place_of(jurisdiction)
    return _moved(found, zone) if country == jurisdiction else found


def _moved(place: Place, zone: ZoneInfo) -> Place:
    return Place(place.country, zone, place.subdivision, place.moves_on, place.union_rules, place.rest_days)


def country_of(zone: ZoneInfo) -> str:
    """The country in which a zone lies, by the table of the zone database; "" for one without (UTC)."""
    return _countries().get(zone.key, "")


@lru_cache(maxsize=1)
def _countries() -> Mapping[str, str]:
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    return {row[2]: row[0] for row in rows}


def is_working_day(day: date, place: Place) -> bool:
    """Whether the day is neither Saturday, Sunday nor a public holiday of the place (Regulation 1182/71, Article 2).

    In the United States federal holidays count (5 U.S.C. 6103, well known), in the United Kingdom the bank holidays of
    the nation.
    """
    return day.weekday() < 5 and not holiday_on(day, place)


def holiday_on(day: date, place: Place) -> str:
    """The name of the public holiday of the place on that day, or ""."""
    return _holidays(place.country, place.subdivision, day.year).get(day, "")


@lru_cache(maxsize=512)
def _holidays(country: str, subdivision: str | None, year: int) -> Mapping[date, str]:
    return dict(holidays.country_holidays(country, subdiv=subdivision, years=year, language="en_US"))
