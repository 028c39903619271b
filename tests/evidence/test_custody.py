"""Custody lines: they close over what was withheld, and no change to one goes unseen."""

from typing import Any

import pytest

from evidence.custody import disclosed, from_jsonl, to_jsonl, verify_lines
from tests.evidence.sample_bag import custody, events


def lines(*withhold: int) -> list[dict[str, Any]]:
    return [dict(line) for line in from_jsonl(to_jsonl(custody(withhold)))]


@pytest.mark.parametrize("withhold", [(), (3,), (1,), (5,), (2, 3, 4), (1, 2, 3, 4, 5)])
def test_a_log_holds_whatever_was_withheld(withhold: tuple[int, ...]) -> None:
    whole = lines()
    assert verify_lines(lines(*withhold), head=whole[-1]["hash"]) == []


def test_a_withheld_line_says_nothing_but_its_number_and_hash() -> None:
    assert set(lines(3)[2]) == {"seq", "withheld", "hash"}


def test_an_extract_holds_from_where_it_begins() -> None:
    whole = lines()
    assert verify_lines(whole[2:], first_seq=3, first_prev=whole[1]["hash"], head=whole[-1]["hash"]) == []


@pytest.mark.parametrize("name", ["at", "recorded_at", "actor_id", "kind", "subject", "sealed_sha256", "prev", "chain"])
def test_a_changed_field_is_found(name: str) -> None:
    changed = lines(3)
    changed[1][name] = "something else"
    assert verify_lines(changed)[0].line == 2


def test_a_changed_value_is_found() -> None:
    changed = lines(3)
    changed[1]["openings"]["bytes"]["value"] = 9
    assert "“bytes” is not what was recorded" in verify_lines(changed)[0].text


def test_a_value_nobody_committed_to_is_found() -> None:
    changed = lines()
    changed[0]["openings"]["verdict"] = {"salt": "00" * 16, "value": "proven"}
    assert "verdict" in verify_lines(changed)[0].text


def test_a_line_rewritten_with_its_hash_breaks_the_next() -> None:
    from cases.eventformat import event_hash

    changed = lines()
    changed[1]["kind"] = "evidence.exhibit_lost"
    changed[1]["hash"] = event_hash(changed[1])
    assert verify_lines(changed)[0].line == 3


def test_a_removed_line_is_found() -> None:
    whole = lines()
    assert verify_lines(whole[:1] + whole[2:])[0].line == 2


def test_a_cut_tail_is_found_by_the_head() -> None:
    whole = lines()
    assert verify_lines(whole[:-1], head=whole[-1]["hash"])[0].line == 0


def test_two_swapped_lines_are_found() -> None:
    whole = lines()
    assert verify_lines([whole[1], whole[0], *whole[2:]])


def test_words_added_to_a_withheld_line_are_found() -> None:
    changed = lines(3)
    changed[2]["note"] = "nothing to see"
    assert verify_lines(changed)[0].line == 3


def test_a_line_that_its_own_checker_would_refuse_is_never_written() -> None:
    fields, opened = events()
    with pytest.raises(ValueError, match="do not give its hash"):
        disclosed(fields[1], opened[1], event_hash_hex="00" * 32)
