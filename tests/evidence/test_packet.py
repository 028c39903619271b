"""The packet as a file: one document or many parts, the same to its reader. Numbers, links, bookmarks and tags hold
across the seams, and what runs along the margins is read aloud by nobody."""

import io
import re
import subprocess
from pathlib import Path
from typing import Any

import page as checker
import pikepdf
import pytest

from cases.pdf import PdfError
from evidence.packet import assemble
from evidence.packet.assemble import Packet
from evidence.packet.redaction import Hidden, HiddenKind, named
from tests.evidence.packet_script import script

NAMES = ["Screenshot with محمد العربي", "नोरा शर्मा, profile page", "李明的页面", "https://x.example/" + "a/" * 141]


def made(folder: Path, name: str, order: Any, **more: Any) -> tuple[Path, Packet]:
    path = folder / name
    with path.open("w+b") as file:
        packet = assemble.assemble(order, file, **more)
    assert path.stat().st_size == packet.size
    return path, packet


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Packet]:
    """Four exhibits with names of many scripts, as one document."""
    return made(tmp_path_factory.mktemp("short"), "short.pdf", script(4, descriptions=NAMES))


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Packet]:
    """Forty-one exhibits and 420 entries, in parts."""
    order = script(41, events=420)
    assert order.is_long
    return made(tmp_path_factory.mktemp("long"), "long.pdf", order, with_numbers=True)


def texts(path: Path) -> list[str]:
    done = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True)
    return done.stdout.split("\f")[:-1]


@pytest.fixture(params=["short", "long"])
def packet(request: pytest.FixtureRequest) -> tuple[Path, Packet]:
    found: tuple[Path, Packet] = request.getfixturevalue(request.param)
    return found


def test_common_tools_find_nothing_wrong(packet):
    path, told = packet
    done = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    info = subprocess.run(["pdfinfo", path], capture_output=True, text=True, check=True).stdout
    assert re.search(r"Tagged:\s+yes", info)
    assert re.search(rf"Pages:\s+{told.pages}\b", info)


def test_a_checker_of_pdf_a_3a_finds_nothing(packet):
    report = checker.validate_pdf(packet[0], profile=checker.ValidationProfile.PDF_A_3A)
    assert [(failure.rule_id, failure.message) for failure in report.failures] == []


def test_every_page_prints_its_own_number_and_the_running_number(packet):
    path, told = packet
    for number, page in enumerate(texts(path), start=1):
        assert f"{number} / {told.pages}" in page
        assert f"RC-2047-{number:06}" in page


def test_the_contents_and_the_index_name_the_page_that_each_thing_is_on(packet):
    path, told = packet
    printed = texts(path)
    front = printed[: told.places["verify"] - 1]
    rows = [row.rsplit(maxsplit=1) for page in front[1:] for row in page.splitlines() if re.search(r"\S {3,}\d+$", row)]
    assert len(rows) >= 8
    for title, number in rows:
        assert title.strip()[:20] in printed[int(number) - 1], title
    start = told.places["exhibits"]
    found = re.findall(r"^ *(ABC/\d+) .* (\d+)$", "\n".join(printed[start - 1 : start + 6]), flags=re.M)
    assert len({label for label, _number in found}) in (4, 41)
    for label, number in found:
        assert label in printed[int(number) - 1]


def test_every_link_leads_to_the_place_it_names(packet):
    path, told = packet
    with pikepdf.open(path) as document:
        names = {str(name): place[0].objgen for name, place in _names(document).items()}
        numbers = {page.obj.objgen: number for number, page in enumerate(document.pages, start=1)}
        links = [
            str(note.Dest) for page in document.pages for note in page.obj.get("/Annots", []) if note.Subtype == "/Link"
        ]
        assert len(links) >= 12
        for wanted in links:
            assert wanted in names, wanted
        assert {name: numbers[place] for name, place in names.items()} == dict(told.places)
        assert not [note for page in document.pages for note in page.obj.get("/Annots", []) if "/A" in note]


def test_bookmarks_lead_to_their_headings(packet):
    path, _told = packet
    printed = texts(path)
    with pikepdf.open(path) as document, document.open_outline() as outline:
        numbers = {page.obj.objgen: number for number, page in enumerate(document.pages, start=1)}
        heads = [(item, 1) for item in outline.root] + [(child, 2) for item in outline.root for child in item.children]
        assert len(heads) >= 12
        for item, _level in heads:
            number = numbers[item.destination[0].objgen]
            title = re.sub(rf", {number}$", "", item.title)
            # The renderer's own order of letters differs from the page's for scripts that read from the right.
            if title.isascii():
                assert " ".join(title.split())[:30] in " ".join(printed[number - 1].split()), title
        exhibits = next(item for item in outline.root if item.title.startswith("Exhibits"))
        assert len(exhibits.children) in (4, 41)


def test_a_binder_puts_page_numbers_behind_its_bookmarks(long):
    path, told = long
    with pikepdf.open(path) as document, document.open_outline() as outline:
        titles = [item.title for item in outline.root]
    assert f"Custody log, {told.places['custody']}" in titles


def test_one_tree_of_tags_holds_every_page_and_every_mark(packet):
    path, _told = packet
    with pikepdf.open(path) as document:
        tree = document.Root.StructTreeRoot
        assert [kid.S for kid in tree.K] == ["/Document"]
        parents = _numbers(tree.ParentTree)
        reached = _elements(tree.K[0])
        keys = []
        for page in document.pages:
            keys.append(int(page.obj.StructParents))
            row = parents[int(page.obj.StructParents)]
            drawn = _content(page)
            marked = {int(number) for number in re.findall(rb"<<\s*/MCID (\d+)\s*>>\s*BDC", drawn)}
            assert marked == {number for number, kid in enumerate(row) if isinstance(kid, pikepdf.Dictionary)}
            for number in marked:
                assert row[number].objgen in reached
                assert row[number].Pg.objgen == page.obj.objgen
            for note in page.obj.get("/Annots", []):
                assert parents[int(note.StructParent)].objgen in reached
        assert len(set(keys)) == len(keys)


def test_what_runs_along_the_margins_is_an_artifact(packet, tmp_path):
    path, told = packet
    with pikepdf.open(path) as document:
        for page in document.pages:
            drawn = _content(page)
            read_aloud = re.sub(rb"/Artifact.*?EMC", b"", drawn, flags=re.S)
            shown = re.sub(rb"/\w+\s*<<\s*/MCID \d+\s*>>\s*BDC.*?EMC", b"", read_aloud, flags=re.S)
            assert b"TJ" not in shown
            assert b"Tj" not in shown
            assert drawn.count(b"BDC") + drawn.count(b"BMC") == drawn.count(b"EMC")
            page.obj.Contents = document.make_stream(read_aloud)
        document.save(tmp_path / "read_aloud.pdf")
    done = "\n".join(texts(tmp_path / "read_aloud.pdf"))
    assert "How to check this packet" in done
    assert f"1 / {told.pages}" not in done
    assert "RC-2047-000002" not in done
    assert done.count("Confidential") == 1


def test_header_cells_say_which_way_they_head(packet):
    with pikepdf.open(packet[0]) as document:
        cells = [item for item in document.objects if isinstance(item, pikepdf.Dictionary) and item.get("/S") == "/TH"]
        assert cells
        assert {str(cell.A.Scope) for cell in cells} == {"/Column", "/Row"}
        assert not [cell for cell in cells if "/ID" in cell]


def test_names_of_many_scripts_are_text_that_can_be_found(short):
    whole = " ".join("\n".join(texts(short[0])).split())
    for words in ("李明的页面", "profile page"):
        assert words in whole
    raw = subprocess.run(["pdftotext", "-raw", short[0], "-"], capture_output=True, text=True, check=True).stdout
    assert "محمد" in raw or "دمحم" in raw
    assert "नोरा" in raw
    assert "a/a/a/a/" in raw


def test_a_supplement_goes_on_with_the_numbers(tmp_path):
    path, told = made(tmp_path, "more.pdf", script(2, events=5, since=120))
    printed = texts(path)
    for number, page in enumerate(printed, start=121):
        assert f"{number} / {120 + told.pages}" in page
        assert f"RC-2047-{number:06}" in page
    assert "RC-2047-P0" in printed[0]
    assert told.places["custody"] > 121
    with pikepdf.open(path) as document:
        assert int(document.Root.PageLabels.Nums[1].St) == 121
        assert re.search(rf"Custody log\s+{told.places['custody']}\b", printed[1])


def test_hidden_words_stand_nowhere_in_the_file(tmp_path):
    hidden = named([Hidden(kind=HiddenKind.WORDS, alias="", why="x", words=("vidnest",))])
    path, _told = made(tmp_path, "hidden.pdf", script(2, hidden=hidden, only=["exhibits", "links"]))
    whole = "\n".join(texts(path)).lower()
    assert "person a" in whole
    assert "vidnest" not in whole
    with pikepdf.open(path) as document:
        assert b"vidnest" not in b"".join(item.unparse(resolved=True).lower() for item in document.objects)


def test_a_packet_without_anything_to_tell_is_whole(tmp_path):
    path, told = made(tmp_path, "empty.pdf", script(0, events=0, only=["system", "glossary"]))
    assert told.pages == len(texts(path))
    assert subprocess.run(["qpdf", "--check", path], capture_output=True, check=False).returncode == 0


def test_a_reader_of_tags_reads_the_words_and_not_the_margins(tmp_path):
    path, told = made(tmp_path, "small.pdf", script(0, events=0, only=["system", "glossary"]))
    done = subprocess.run(["pdfinfo", "-struct-text", path], capture_output=True, text=True, check=True).stdout
    assert "Example helpline" in done
    assert "RC-2047-000002" in texts(path)[1]
    assert f"2 / {told.pages}" not in done
    assert "RC-2047-000002" not in done


def test_the_parts_are_told_as_they_are_done_and_whoever_is_told_can_stop(tmp_path):
    order = script(30, events=10)
    told: list[tuple[str, int, int]] = []

    class Enough(Exception):
        pass

    def tell(label: str, done: int, all_of_them: int) -> None:
        told.append((label, done, all_of_them))
        if done == 2:
            raise Enough

    with pytest.raises(Enough), (tmp_path / "x.pdf").open("w+b") as file:
        assemble.assemble(order, file, tell=tell)
    names = assemble.labels(order)
    assert [(done, count) for _label, done, count in told] == [(0, len(names)), (1, len(names)), (2, len(names))]
    assert "exhibits 21–30 of 30" in names


def test_a_part_that_cannot_be_set_says_so(tmp_path):
    order = script(30, events=0, descriptions=["<b>" * 3])
    deep = order.sections[1].context["exhibits"][0]
    object.__setattr__(deep.entry, "description", _Deep())
    with pytest.raises(PdfError, match="nested too deeply"), (tmp_path / "x.pdf").open("w+b") as file:
        assemble.assemble(order, file)


class _Deep(str):
    """A description that would break out of its markup if anything let it."""

    def __html__(self) -> str:
        return "<i>" * 300


def _names(document: pikepdf.Pdf) -> dict[str, Any]:
    found: dict[str, Any] = {}
    waiting = [document.Root.Names.Dests]
    while waiting:
        node: Any = waiting.pop()
        waiting += list(node.get("/Kids", []))
        rows = list(node.get("/Names", []))
        found |= {str(name): place for name, place in zip(rows[::2], rows[1::2], strict=True)}
    return found


def _numbers(root: Any) -> dict[int, Any]:
    found: dict[int, Any] = {}
    waiting = [root]
    while waiting:
        node = waiting.pop()
        waiting += list(node.get("/Kids", []))
        rows = list(node.get("/Nums", []))
        found |= {int(key): value for key, value in zip(rows[::2], rows[1::2], strict=True)}
    return found


def _elements(root: Any) -> set[tuple[int, int]]:
    found: set[tuple[int, int]] = set()
    waiting = [root]
    while waiting:
        element = waiting.pop()
        found.add(element.objgen)
        kids = element.get("/K", [])
        waiting += [kid for kid in kids if isinstance(kid, pikepdf.Dictionary) and kid.get("/Type") == "/StructElem"]
    return found


def _content(page: pikepdf.Page) -> bytes:
    contents = page.obj.Contents
    streams = contents if isinstance(contents, pikepdf.Array) else [contents]
    return b"\n".join(stream.read_bytes() for stream in streams)


def test_the_writer_needs_no_memory_for_what_it_wrote():
    from evidence.packet.pdfwriter import Writer

    out = io.BytesIO()
    writer = Writer(out)
    root, pages = writer.number(), writer.number()
    for _each in range(400):
        writer.put(writer.number(), b"<< /X (y) >>")
    writer.put(root, b"<< /Type /Catalog /Pages %d 0 R >>" % pages)
    writer.put(pages, b"<< /Type /Pages /Count 0 /Kids [ ] >>")
    size = writer.close(root=root, info=None, identifier=b"0" * 16)
    assert size == len(out.getvalue())
    assert size < 5000
    with pikepdf.open(io.BytesIO(out.getvalue())) as document:
        assert len(document.pages) == 0
