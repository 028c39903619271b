"""The packet: every part printed, words of strangers printed literally, nothing that leads out."""

import subprocess
import zlib
from pathlib import Path

import pytest

from cases.pdf import render
from evidence.sections import PacketSection, packet_html
from tests.evidence.sample_bag import facts
from tests.evidence.sample_packet import sections

COUNTS = {"exhibits": 2, "links": 3, "events": 5}


@pytest.fixture(scope="module")
def packet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("packet") / "packet.pdf"
    path.write_bytes(render(packet_html(facts(), sections(), counts=COUNTS)))
    return path


def pages(packet: Path) -> list[str]:
    done = subprocess.run(["pdftotext", "-layout", packet, "-"], capture_output=True, text=True, check=True)
    return done.stdout.split("\f")[:-1]


def test_every_part_is_printed(packet: Path) -> None:
    whole = "\n".join(pages(packet))
    for words in (
        "Evidence packet",
        "How to check this packet",
        "sha256sum -c manifest-sha256.txt",
        "What happened",
        "ABC/002",
        "Links and every look",
        "TAKE IT DOWN Act",
        "Custody log",
        "Withheld",
        "How the record is kept",
        "Words used",
    ):
        assert words in whole


def test_each_page_says_what_it_is_and_which_of_how_many(packet: Path) -> None:
    printed = pages(packet)
    for number, page in enumerate(printed, start=1):
        assert f"{number} / {len(printed)}" in page
    for page in printed[1:]:
        assert "Evidence packet RC-2047-P1" in page
        assert "Confidential" in page


def test_the_contents_name_the_page_that_each_part_is_on(packet: Path) -> None:
    printed = pages(packet)
    rows = [row.rsplit(maxsplit=1) for row in printed[1].splitlines() if row.strip()[-1:].isdigit() and "/" not in row]
    assert len(rows) == 8
    for title, number in rows:
        assert title.strip() in printed[int(number) - 1]


def test_every_look_of_a_link_is_printed(packet: Path) -> None:
    whole = "\n".join(pages(packet))
    assert whole.count("Seen twice, 12 minutes apart.") == 7
    assert whole.count("The page asks to sign in.") == 4


def test_words_of_strangers_are_printed_literally(packet: Path) -> None:
    assert "{{ 7*7 }} <b>Thank you</b>" in "\n".join(pages(packet))


def test_an_address_is_text_and_never_a_link(packet: Path) -> None:
    raw = packet.read_bytes()
    laid_open = [raw]
    for piece in raw.split(b"stream\n")[1:]:
        try:
            laid_open.append(zlib.decompressobj().decompress(piece))
        except zlib.error:
            continue
    assert b"/URI" not in b"".join(laid_open)
    assert "https://vidnest.example/watch/1f8a" in "\n".join(pages(packet))


def test_a_language_that_reads_from_the_right_says_so() -> None:
    page = packet_html(facts(), [], counts=COUNTS, language="ar")
    assert '<html lang="ar" dir="rtl">' in page


def test_a_section_sees_its_own_facts_alone() -> None:
    section = PacketSection(
        key="x", title="X", template="evidence/packet/timeline.html", context={"entries": [], "facts": "zebra"}
    )
    assert "zebra" not in packet_html(facts(), [section], counts=COUNTS)
