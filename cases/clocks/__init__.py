"""Deadlines: when a legal or promised period ends, and how the time left reads. Pure: no clock is read here."""

from cases.clocks.counting import COUNTED_UNITS, ClockFacts, Deadline, add_months, deadline, due
from cases.clocks.left import SOON, Remaining, Tone, remaining
from cases.clocks.places import EU_STATES, PLACES, Place, holiday_on, is_working_day, place_near, place_of
from cases.clocks.running import ClockEvent, Happened, Run, run

__all__ = [
    "COUNTED_UNITS",
    "EU_STATES",
    "PLACES",
    "SOON",
    "ClockEvent",
    "ClockFacts",
    "Deadline",
    "Happened",
    "Place",
    "Remaining",
    "Run",
    "Tone",
    "add_months",
    "deadline",
    "due",
    "holiday_on",
    "is_working_day",
    "place_near",
    "place_of",
    "remaining",
    "run",
]
