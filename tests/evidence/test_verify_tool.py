"""The checker that travels in a bundle: it says INTACT only for what is, and finds every way of tampering."""

import hashlib
import io
import json
import os
import random
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evidence.bag import ZipTarget, write_bag
from evidence.custody import verify_lines
from tests.evidence.sample_bag import BUILT_AT, INFO, build, custody, payloads

TOOL = Path(__file__).parents[2] / "evidence" / "verify_tool" / "verify.py"


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    # -I -S: no installed package can help, as on a stranger's machine.
    return subprocess.run(
        [sys.executable, "-I", "-S", str(TOOL), str(folder)], capture_output=True, text=True, timeout=60, env={}
    )


@pytest.fixture
def bag(tmp_path: Path) -> Path:
    build(tmp_path / "bag")
    return tmp_path / "bag"


def reseal(bag: Path, *, sizes: bool = True) -> None:
    """Rewrite every manifest and label, as somebody with time would."""
    if sizes:
        lengths = [path.stat().st_size for path in (bag / "data").rglob("*") if path.is_file()]
        info = bag / "bag-info.txt"
        kept = [row for row in info.read_text().splitlines(True) if not row.startswith("Payload-Oxum")]
        info.write_text("".join(kept) + f"Payload-Oxum: {sum(lengths)}.{len(lengths)}\n")
    rewrite(bag, "sha256", "manifest-sha256.txt", bag / "data")
    rewrite(bag, "sha512", "manifest-sha512.txt", bag / "data")
    tags = sorted(p for p in bag.rglob("*") if p.is_file() and bag / "data" not in p.parents)
    rows = [
        f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(bag)}\n" for p in tags if "tagman" not in p.name
    ]
    (bag / "tagmanifest-sha256.txt").write_text("".join(rows))


def rewrite(bag: Path, name: str, manifest: str, folder: Path) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    rows = [f"{hashlib.new(name, path.read_bytes()).hexdigest()}  {path.relative_to(bag)}\n" for path in files]
    (bag / manifest).write_text("".join(rows))


def edit_log(bag: Path, change: Callable[[list[dict[str, Any]]], object]) -> None:
    """Change the custody log and then everything that a forger without the record could mend."""
    log = bag / "data/records/custody.jsonl"
    lines = [json.loads(row) for row in log.read_text().splitlines()]
    change(lines)
    log.write_text("".join(json.dumps(line, sort_keys=True, separators=(",", ":")) + "\n" for line in lines))
    path = bag / "data/records/manifest.json"
    manifest = json.loads(path.read_text())
    manifest["custody"]["sha256"] = hashlib.sha256(log.read_bytes()).hexdigest()
    path.write_text(json.dumps(manifest))
    reseal(bag)


def test_a_fresh_bag_is_intact_and_prints_its_fingerprint(bag: Path) -> None:
    done = check(bag)
    assert done.stdout.splitlines()[-1] == "RESULT INTACT"
    assert done.returncode == 0
    assert hashlib.sha256((bag / "manifest-sha256.txt").read_bytes()).hexdigest() in done.stdout
    assert done.stderr == ""


def test_the_copy_in_the_bag_checks_the_folder_it_lies_in(bag: Path, tmp_path: Path) -> None:
    moved = shutil.move(bag, tmp_path / "a folder with spaces é")
    done = subprocess.run([sys.executable, "-I", "verify.py"], cwd=moved, capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "RESULT INTACT"


def test_the_unpacked_archive_is_intact(tmp_path: Path) -> None:
    sink = io.BytesIO()
    with ZipTarget(sink, root="RC-2047", at=BUILT_AT) as target:
        write_bag(target, payloads(), info=INFO, at=BUILT_AT)
    zipfile.ZipFile(sink).extractall(tmp_path)
    assert check(tmp_path / "RC-2047").returncode == 0


@pytest.mark.parametrize("withhold", [(), (1,), (5,), (1, 2, 3, 4, 5)])
def test_a_log_with_withheld_lines_is_intact(tmp_path: Path, withhold: tuple[int, ...]) -> None:
    build(tmp_path / "bag", custody(withhold))
    assert check(tmp_path / "bag").returncode == 0


def exhibit(bag: Path) -> Path:
    return sorted((bag / "data/exhibits").iterdir())[0]


def flip(path: Path, at: int) -> None:
    raw = bytearray(path.read_bytes())
    raw[at] ^= 1
    path.write_bytes(raw)


def replace_by_link(bag: Path) -> None:
    copy = bag.parent / "copy"
    exhibit(bag).rename(copy)
    exhibit_name = bag / "data/exhibits/ABC-001_screenshot.png"
    exhibit_name.symlink_to(copy)


def replace_folder_by_link(bag: Path) -> None:
    (bag / "data/exhibits").rename(bag.parent / "elsewhere")
    (bag / "data/exhibits").symlink_to(bag.parent / "elsewhere")


def append(bag: Path, name: str, row: str) -> None:
    with (bag / name).open("a") as file:
        file.write(row)


def name_a_file_outside(bag: Path) -> None:
    (bag.parent / "outside").write_text("x")
    for name in ("sha256", "sha512"):
        append(bag, f"manifest-{name}.txt", f"{hashlib.new(name, b'x').hexdigest()}  data/../../outside\n")


def change_manifest(bag: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = bag / "data/records/manifest.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))
    reseal(bag)


def steps(*acts: Callable[[], object]) -> None:
    for act in acts:
        act()


TAMPERS: dict[str, Callable[[Path], object]] = {
    "a flipped byte": lambda bag: flip(exhibit(bag), 100),
    "a flipped byte and new manifests": lambda bag: steps(lambda: flip(exhibit(bag), 100), lambda: reseal(bag)),
    "a custody line deleted": lambda bag: edit_log(bag, lambda lines: lines.pop(1)),
    "a withheld line deleted": lambda bag: edit_log(bag, lambda lines: lines.pop(2)),
    "a custody line edited": lambda bag: edit_log(bag, lambda lines: lines[1].update(actor_id="x")),
    "a custody time edited": lambda bag: edit_log(bag, lambda lines: lines[0].update(at="2020-01-01T00:00:00.000000Z")),
    "a disclosed value edited": lambda bag: edit_log(bag, lambda lines: lines[1]["openings"]["bytes"].update(value=1)),
    "a value added": lambda bag: edit_log(
        bag, lambda lines: lines[1]["openings"].update(x={"salt": "00" * 16, "value": 1})
    ),
    "a field added to a line": lambda bag: edit_log(bag, lambda lines: lines[1].update(note="x")),
    "a field removed from a line": lambda bag: edit_log(bag, lambda lines: lines[1].pop("kind")),
    "a line withheld later, hash changed": lambda bag: edit_log(
        bag, lambda lines: lines.__setitem__(0, {"seq": 1, "withheld": True, "hash": "0" * 64})
    ),
    "the custody tail cut": lambda bag: edit_log(bag, lambda lines: lines.pop()),
    "two custody lines swapped": lambda bag: edit_log(bag, lambda lines: lines.insert(0, lines.pop(1))),
    "a custody line that is no object": lambda bag: steps(
        lambda: append(bag, "data/records/custody.jsonl", "[1]\n"), lambda: reseal(bag)
    ),
    "a file added under data": lambda bag: (bag / "data/exhibits/extra.txt").write_text("hi"),
    "a file added beside data": lambda bag: (bag / "extra.txt").write_text("hi"),
    "a file added to proof": lambda bag: steps(
        lambda: (bag / "proof").mkdir(), lambda: (bag / "proof/x.tsr").write_text("hi")
    ),
    "a file removed": lambda bag: exhibit(bag).unlink(),
    "a file replaced by a link": replace_by_link,
    "a folder replaced by a link": replace_folder_by_link,
    "a link added": lambda bag: (bag / "data/records/etc").symlink_to("/etc"),
    "a pipe instead of a file": lambda bag: steps(
        lambda: exhibit(bag).unlink(), lambda: os.mkfifo(bag / "data/exhibits/ABC-001.png")
    ),
    "a name that leads out": name_a_file_outside,
    "an absolute name": lambda bag: append(bag, "manifest-sha256.txt", f"{'0' * 64}  /etc/hostname\n"),
    "a name listed twice": lambda bag: append(
        bag, "manifest-sha256.txt", (bag / "manifest-sha256.txt").read_text().splitlines()[0] + "\n"
    ),
    "a manifest line in capitals": lambda bag: (bag / "manifest-sha256.txt").write_text(
        (bag / "manifest-sha256.txt").read_text().upper()
    ),
    "an empty manifest": lambda bag: (bag / "manifest-sha256.txt").write_text(""),
    "a manifest removed": lambda bag: (bag / "manifest-sha512.txt").unlink(),
    "a manifest removed and sealed again": lambda bag: steps(
        lambda: (bag / "manifest-sha512.txt").unlink(), lambda: reseal_tags(bag)
    ),
    "the tag manifest removed": lambda bag: (bag / "tagmanifest-sha256.txt").unlink(),
    "the checker changed": lambda bag: append(bag, "verify.py", "\n"),
    "another bundle's label": lambda bag: steps(
        lambda: (bag / "bag-info.txt").write_text((bag / "bag-info.txt").read_text().replace("c0ffee00", "c0ffee01")),
        lambda: reseal(bag),
    ),
    "another number of bytes": lambda bag: steps(
        lambda: (bag / "bag-info.txt").write_text((bag / "bag-info.txt").read_text().replace("Oxum: ", "Oxum: 1")),
        lambda: reseal(bag, sizes=False),
    ),
    "another hash of an exhibit": lambda bag: change_manifest(bag, lambda m: m["exhibits"][0].update(sha256="0" * 64)),
    "another length of an exhibit": lambda bag: change_manifest(bag, lambda m: m["exhibits"][0].update(bytes=1)),
    "an exhibit outside the bag": lambda bag: change_manifest(bag, lambda m: m["exhibits"][0].update(path="../x")),
    "another head": lambda bag: change_manifest(bag, lambda m: m["custody"].update(head="0" * 64)),
    "no custody in the manifest": lambda bag: change_manifest(bag, lambda m: m.pop("custody")),
    "no exhibits in the manifest": lambda bag: change_manifest(bag, lambda m: m.pop("exhibits")),
    "a manifest that is no JSON": lambda bag: steps(
        lambda: (bag / "data/records/manifest.json").write_text("{"), lambda: reseal(bag)
    ),
    "a name twice in one object": lambda bag: steps(
        lambda: (bag / "data/records/manifest.json").write_text(
            (bag / "data/records/manifest.json").read_text().replace("{", '{"bundle_id":"x",', 1)
        ),
        lambda: reseal(bag),
    ),
}


def reseal_tags(bag: Path) -> None:
    seal = bag / "tagmanifest-sha256.txt"
    seal.write_text("".join(row for row in seal.read_text().splitlines(True) if "manifest-sha512" not in row))


@pytest.mark.parametrize("name", TAMPERS)
def test_tampering_is_found(bag: Path, name: str) -> None:
    TAMPERS[name](bag)
    done = check(bag)
    assert done.stdout.splitlines()[-1] == "RESULT NOT INTACT"
    assert done.returncode == 1
    assert done.stderr == ""


def test_a_flipped_byte_anywhere_is_found(bag: Path) -> None:
    rng = random.Random(20261122)
    for path in sorted(path for path in bag.rglob("*") if path.is_file()):
        kept = path.read_bytes()
        for _ in range(3):
            flip(path, rng.randrange(len(kept)))
            assert check(bag).returncode == 1, path
            path.write_bytes(kept)
    assert check(bag).returncode == 0


def test_what_a_bag_says_cannot_move_the_readers_cursor(bag: Path) -> None:
    append(bag, "manifest-sha256.txt", "\x1b[2J\u202eRESULT INTACT\n")
    done = check(bag)
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    done = check(tmp_path / "none")
    assert (done.returncode, done.stderr) == (2, "")


def test_the_travelling_checker_and_our_own_agree(bag: Path) -> None:
    whole = [dict(line) for line in custody()]
    assert verify_lines(whole) == []
    for index, line in enumerate(whole):
        for name in list(line):
            changed = [dict(other) for other in whole]
            changed[index][name] = "0" * 64 if name == "hash" else 7
            edit_log(bag, lambda lines, changed=changed: lines.__setitem__(slice(None), changed))  # type: ignore[misc]
            assert verify_lines(changed) != []
            assert check(bag).returncode == 1, (index, name)
