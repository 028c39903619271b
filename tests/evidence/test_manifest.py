"""The manifest: one spelling, plain facts, and names that any system can hold."""

import hashlib
import json

import pytest

from evidence.manifest import Omission, exhibit_path, manifest_json
from tests.evidence.sample_bag import CASE, custody, entries, facts


def test_the_same_facts_give_the_same_bytes() -> None:
    first = manifest_json(facts(), entries(), custody())
    assert first == manifest_json(facts(), entries(), custody())
    assert first.endswith(b"}\n")
    assert b": " not in first.split(b'"original_name"')[0][:60]


def test_it_states_where_the_custody_log_ends() -> None:
    lines = custody()
    stated = json.loads(manifest_json(facts(), [], lines))["custody"]
    assert (stated["entries"], stated["withheld"], stated["head"]) == (5, 1, lines[-1]["hash"])
    assert (stated["first_seq"], stated["first_prev"]) == (1, "")


def test_an_extract_states_where_it_begins() -> None:
    lines = custody()
    stated = json.loads(manifest_json(facts(), [], lines[2:], first_seq=3, first_prev=str(lines[1]["hash"])))["custody"]
    assert (stated["first_seq"], stated["first_prev"], stated["entries"]) == (3, lines[1]["hash"], 3)


def test_what_was_left_out_is_listed_with_the_reason() -> None:
    raw = manifest_json(facts(), entries(), custody(), omitted=[Omission(exhibit="ABC/003", why="No consent")])
    assert json.loads(raw)["omitted"] == [{"exhibit": "ABC/003", "why": "No consent"}]


def test_an_exhibit_is_stated_with_its_hashes() -> None:
    stated = json.loads(manifest_json(facts(), entries(), custody()))["exhibits"][0]
    assert len(stated["sha256"]) == 64
    assert len(stated["sha512"]) == 128
    assert stated["acquired_at"] == "2026-11-15T15:00:01.123456Z"


@pytest.mark.parametrize(
    ("reference", "what", "ending", "path"),
    [
        ("ABC/001", "screenshot", ".png", "data/exhibits/ABC-001_screenshot.png"),
        ("../../x", "../y", ".txt", "data/exhibits/x_y.txt"),
        ("ÄÖ/7", "Vidéo", ".mp4", "data/exhibits/7_vid-o.mp4"),
        ("", "", ".pdf", "data/exhibits/exhibit.pdf"),
    ],
)
def test_an_exhibits_file_name_is_made_here(reference: str, what: str, ending: str, path: str) -> None:
    assert exhibit_path(reference, what, ending) == path


def test_a_long_name_is_cut_and_keeps_its_ending() -> None:
    name = exhibit_path("A" * 200, "b" * 200, ".jpeg").rsplit("/", 1)[1]
    assert len(name) == 80
    assert name.endswith(".jpeg")


def test_hashes_are_of_the_log_as_it_is_written() -> None:
    from evidence.custody import to_jsonl

    lines = custody()
    stated = json.loads(manifest_json(facts(), [], lines))["custody"]
    assert stated["sha256"] == hashlib.sha256(to_jsonl(lines)).hexdigest()
    assert str(CASE) in to_jsonl(lines).decode()
