"""What to try next: in the craft's order, after what was tried has answered, with what worked here before."""

from datetime import timedelta

import pytest

from takedowns.ladder import (
    BESIDE,
    FEWEST,
    Ground,
    Outcome,
    Rung,
    Tried,
    Turn,
    Worked,
    next_step,
    steps,
    wait_words,
)
from tests.conftest import NOON

SOCIAL = Ground("Vidnest", "video", regulator="FTC complaint")
UNKNOWN = Ground("leaks.example")
IN_TWO_DAYS = NOON + timedelta(hours=48)


def tried(rung: Rung, outcome: Outcome = Outcome.WAITING, *, due: timedelta = timedelta(hours=48)) -> Tried:
    return Tried(rung, NOON, NOON + due, outcome)


def turns(ground: Ground, *before: Tried, hours: float = 1, worked=None) -> dict[Rung, Turn]:
    found = steps(ground, before, now=NOON + timedelta(hours=hours), worked=worked)
    return {step.rung: step.turn for step in found}


def first(ground: Ground, *before: Tried, hours: float = 1, worked=None) -> Rung | None:
    found = next_step(steps(ground, before, now=NOON + timedelta(hours=hours), worked=worked))
    return found.rung if found else None


def test_before_anything_was_asked_the_platform_comes_first():
    assert first(SOCIAL) == first(UNKNOWN) == Rung.PLATFORM


def test_while_a_platform_may_still_answer_nothing_else_has_its_turn_and_the_wait_is_said():
    found = steps(SOCIAL, [tried(Rung.PLATFORM)], now=NOON + timedelta(hours=1))
    step = next_step(found)
    assert step is not None
    assert (step.rung, step.turn, step.opens_at) == (Rung.PLATFORM, Turn.WAITING, IN_TWO_DAYS)
    assert wait_words(step, now=NOON + timedelta(hours=1)) == "in 47 hours"
    legal = next(step for step in found if step.rung == Rung.LEGAL)
    assert (legal.turn, legal.opens_at) == (Turn.LATER, IN_TWO_DAYS)


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.SILENT])
def test_a_platform_that_refuses_or_is_silent_brings_the_legal_notice(outcome):
    assert first(SOCIAL, tried(Rung.PLATFORM, outcome)) == Rung.LEGAL


def test_a_limit_that_passed_is_silence_whatever_the_record_says():
    assert first(SOCIAL, tried(Rung.PLATFORM), hours=48) == Rung.LEGAL
    assert first(SOCIAL, tried(Rung.PLATFORM, Outcome.AGREED), hours=49) == Rung.LEGAL


def test_after_a_missed_legal_limit_the_regulator_waits_for_nobody():
    before = [tried(Rung.PLATFORM, Outcome.REFUSED), tried(Rung.LEGAL)]
    assert turns(UNKNOWN, *before, hours=49)[Rung.REGULATOR] == Turn.NOW
    assert first(SOCIAL, *before, hours=49) == Rung.REGULATOR
    assert first(UNKNOWN, *before, hours=49) == Rung.HOST


def test_the_host_the_cdn_the_registrar_and_payment_are_for_sites_that_they_carry():
    small, large = set(turns(UNKNOWN)), set(turns(SOCIAL))
    assert small - large == {Rung.HOST, Rung.CDN, Rung.REGISTRAR, Rung.PAYMENT}


def test_search_police_and_a_lawyer_stand_beside_at_any_time():
    assert {rung for rung, turn in turns(UNKNOWN).items() if turn == Turn.BESIDE} == set(BESIDE)


def test_every_step_says_why_and_only_one_has_its_turn_at_first():
    for ground in (SOCIAL, UNKNOWN):
        found = steps(ground, [], now=NOON)
        assert all(step.why and step.title for step in found)
        assert [step.turn for step in found].count(Turn.NOW) == 1


def test_what_worked_here_moves_the_first_two():
    better = {Rung.PLATFORM: Worked(12, 100, 5), Rung.LEGAL: Worked(10, 40, 38)}
    assert first(SOCIAL, worked=better) == Rung.LEGAL
    assert first(SOCIAL, worked={Rung.LEGAL: Worked(10, 40, 2)}) == Rung.PLATFORM
    said = steps(SOCIAL, [], now=NOON, worked=better)[0].record
    assert said == "Here so far: 95 in 100 came down, 38 of 40 links in 10 cases."


def test_fewer_than_ten_cases_move_and_say_nothing():
    few = {Rung.PLATFORM: Worked(FEWEST - 1, 100, 0), Rung.LEGAL: Worked(FEWEST - 1, 100, 100)}
    assert first(SOCIAL, worked=few) == Rung.PLATFORM
    assert all(step.record == "" for step in steps(SOCIAL, [], now=NOON, worked=few))


def test_the_order_in_which_requests_are_read_changes_nothing():
    before = [tried(Rung.PLATFORM, Outcome.REFUSED), tried(Rung.LEGAL)]
    assert steps(UNKNOWN, before, now=NOON) == steps(UNKNOWN, before[::-1], now=NOON)


def test_a_site_that_does_not_fall_under_the_act_gets_no_legal_notice_under_it():
    assert Rung.LEGAL not in turns(Ground("Search", "search"))
