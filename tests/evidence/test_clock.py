"""How far the clock is off: what sources say, what stops a build, and what a time stamp tells of our own clock."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from evidence.proofs import clock
from evidence.proofs.clock import ClockOff, Reading
from evidence.proofs.prove import Prover

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TRACKING = "A29FC87B,162.159.200.123,4,1795348800.1,{offset},0.000012,0.00003,-9.7,0.001,0.05,0.02,0.003,64.5,Normal"


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


@pytest.mark.parametrize(
    ("line", "offset"),
    [
        (TRACKING.format(offset="0.003500000"), seconds(-0.0035)),
        (TRACKING.format(offset="-90000.5"), seconds(90000.5)),
        (TRACKING.format(offset="0.1").replace(",4,", ",0,"), None),
        (TRACKING.format(offset="0.1").replace("Normal", "Not synchronised"), None),
        ("", None),
        ("506 Cannot talk to daemon", None),
        ("a,b,c,d,e", None),
    ],
)
def test_the_time_service_is_read_as_it_speaks(line: str, offset: timedelta | None) -> None:
    found = clock.read_chrony(line)
    assert (found.offset if found else None) == offset


@pytest.mark.parametrize(("off", "stops"), [(0.0, False), (2.0, False), (-2.0, False), (2.1, True), (-90000.0, True)])
def test_more_than_two_seconds_stop_a_build(off: float, stops: bool) -> None:
    reading = Reading("a test", seconds(off))
    if stops:
        with pytest.raises(ClockOff, match="is off by"):
            clock.refuse_if_off(reading)
    else:
        clock.refuse_if_off(reading)


def test_the_first_source_that_knows_is_believed(settings: Any) -> None:
    settings.CLOCK_SOURCES = ("tests.factories.wrong_clock.silent", "tests.factories.wrong_clock.right")
    assert clock.read().said() == "a test: the clock was off by -0.003 s"
    settings.CLOCK_SOURCES = ("tests.factories.wrong_clock.silent",)
    assert "how far it was off is not known" in clock.read().said()


def test_nothing_is_proved_by_a_clock_that_is_wrong(settings: Any) -> None:
    settings.CLOCK_SOURCES = ("tests.factories.wrong_clock.day_late",)
    with pytest.raises(ClockOff, match="90000 seconds"):
        Prover(signer=None)


@pytest.mark.parametrize(
    ("stamped", "offset"),
    [
        (0.0, None),
        (-0.9, None),
        (0.4, None),
        (5.0, seconds(-4.5)),
        (-10.0, seconds(9.0)),
    ],
)
def test_a_stamp_outside_of_question_and_answer_tells_how_far_we_are_off(
    stamped: float, offset: timedelta | None
) -> None:
    """Asked at noon, answered half a second later; the authority cuts its time to whole seconds."""
    found = clock.against_stamp(NOON + seconds(stamped), sent_at=NOON, received_at=NOON + seconds(0.5))
    assert (found.offset if found else None) == offset


def test_the_kernel_answers_or_knows_nothing() -> None:
    found = clock.kernel()
    assert found is None or (found.within is not None and found.within >= seconds(0))
