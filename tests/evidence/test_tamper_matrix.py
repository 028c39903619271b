"""The tamper matrix: nine attacks and flipped bytes, each found by the checker and by common tools alone.

The common tools run without our code, and so does the checker for each way of attack: the system's own Python in
isolated mode. For each single flipped byte it runs in this process, from the same file.
"""

import hashlib
import os
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from evidence.proofs import certificates, cms, stamps
from evidence.proofs.signing import Signer
from evidence.proofs.stamps import Clock
from tests.evidence import proved_bag
from tests.evidence.checking import TOOL, Checker, linked, put
from tests.evidence.test_verify_tool import exhibit, flip, reseal
from tests.factories import ca
from tests.factories.tsa import Authority

BARE = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
KINDS = {
    "a picture": "data/exhibits/ABC-001_screenshot.png",
    "the packet": "data/report/packet.pdf",
    "the custody log": "data/records/custody.jsonl",
    "the manifest of facts": "data/records/manifest.json",
    "the heads": "data/records/heads.json",
    "the list of files": "manifest-sha256.txt",
    "the second list": "manifest-sha512.txt",
    "the signature": "proof/manifest-sha256.txt.p7s",
    "the time stamp": "proof/manifest-sha256.txt.tsr",
    "an anchor": f"proof/heads/{proved_bag.DAY}.anchor",
    "a certificate": "proof/ca.pem",
    "the labels": "bag-info.txt",
}


class Proved:
    """A whole bag, and what is needed to forge another."""

    def __init__(self, folder: Path, signer: Signer, authority: Authority) -> None:
        self.folder, self.signer, self.authority = folder, signer, authority
        self.organisation, self.checker = folder / "organisation.pem", Checker()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proved]:
    folder = tmp_path_factory.mktemp("proved")
    with ca.changed_settings() as settings:
        signer = ca.make_signer(settings, folder / "signing")
        with ca.stamped_by(settings, folder / "tsa") as authority:
            proved_bag.build(folder / "bag", signer)
            shutil.copy(folder / "bag/proof/ca.pem", folder / "organisation.pem")
            yield Proved(folder, signer, authority)


@pytest.fixture
def bag(made: Proved, tmp_path: Path) -> Path:
    return shutil.copytree(made.folder / "bag", tmp_path / "bag")


def run(bag: Path, *words: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(word) for word in words], cwd=bag, env=BARE, capture_output=True, text=True, errors="replace", timeout=60
    )


def check(bag: Path, made: Proved) -> "subprocess.CompletedProcess[str]":
    return run(bag, "/usr/bin/python3", "-I", TOOL, bag, "--ca", made.folder / "organisation.pem")


def problems_by_common_tools(bag: Path, made: Proved) -> list[str]:
    """What somebody finds who has none of our code: the commands of HOW-TO-VERIFY.txt, step by step."""
    organisation = made.folder / "organisation.pem"
    of_list, trust = "manifest-sha256.txt", ("-CAfile", "proof/tsa-ca.pem", "-untrusted", "proof/tsa.pem")
    steps: dict[str, tuple[str | Path, ...]] = {
        "sha256sum": ("sha256sum", "--strict", "--quiet", "-c", of_list),
        "sha512sum": ("sha512sum", "--strict", "--quiet", "-c", "manifest-sha512.txt"),
        "sha256sum of the rest": ("sha256sum", "--strict", "--quiet", "-c", "tagmanifest-sha256.txt"),
        "openssl cms": (
            *("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", f"proof/{of_list}.p7s"),
            *("-content", of_list, "-CAfile", organisation, "-purpose", "any", "-out", os.devnull),
        ),
        "openssl ts": ("openssl", "ts", "-verify", "-data", of_list, "-in", f"proof/{of_list}.tsr", *trust),
        "openssl ts of an anchor": (
            *("openssl", "ts", "-verify", "-data", f"proof/heads/{proved_bag.DAY}.anchor"),
            *("-in", f"proof/heads/{proved_bag.DAY}.tsr", *trust),
        ),
    }
    found = [name for name, words in steps.items() if run(bag, *words).returncode]
    listed = {
        row.split("  ", 1)[1] for row in (bag / of_list).read_text("utf-8", "replace").splitlines() if "  " in row
    }
    there = {str(path.relative_to(bag)) for path in (bag / "data").rglob("*") if path.is_symlink() or path.is_file()}
    found += ["find"] if listed != there or any(path.is_symlink() for path in bag.rglob("*")) else []
    return found


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def drop_line(path: Path, place: int) -> None:
    rows = path.read_text().splitlines(True)
    del rows[place]
    path.write_text("".join(rows))


def by_a_link(bag: Path, _made: Proved) -> None:
    victim = exhibit(bag)
    victim.rename(bag.parent / "elsewhere")
    victim.symlink_to(bag.parent / "elsewhere")


def another_stamp(bag: Path, made: Proved) -> None:
    query = stamps.timestamps.make_query((bag / "bagit.txt").read_bytes())
    (bag / "proof/manifest-sha256.txt.tsr").write_bytes(made.authority.reply(query.der))
    reseal(bag)


def sealed_again(change: Callable[[Path], object]) -> Callable[[Path, Proved], object]:
    def attack(bag: Path, _made: Proved) -> None:
        change(bag)
        reseal(bag)

    return attack


def by_a_stranger(bag: Path, _made: Proved) -> None:
    """Change an exhibit and sign everything anew, under the same name, with another key."""
    flip(exhibit(bag), 100)
    reseal(bag)
    other = Signer(ca.another_identity(bag.parent / "stranger"))
    listing = (bag / "manifest-sha256.txt").read_bytes()
    (bag / "proof/manifest-sha256.txt.p7s").write_bytes(cms.sign(listing, signer=other))
    (bag / "proof/sig.pem").write_bytes(certificates.pem(other.identity.certificate))
    (bag / "proof/ca.pem").write_bytes(certificates.pem(other.identity.root))
    reseal(bag)


def with_a_second_root(bag: Path, made: Proved) -> None:
    """Sign anew with another key, and lay the stranger's root behind the organisation's in one file."""
    by_a_stranger(bag, made)
    both = certificates.pem(made.signer.identity.root) + (bag / "proof/ca.pem").read_bytes()
    (bag / "proof/ca.pem").write_bytes(both)
    reseal(bag)


ATTACKS: dict[str, Callable[[Path, Proved], object]] = {
    "a flipped byte": lambda bag, _: flip(exhibit(bag), 100),
    "a flipped byte, both lists rewritten": sealed_again(lambda bag: flip(exhibit(bag), 100)),
    "a custody line deleted": lambda bag, _: drop_line(bag / "data/records/custody.jsonl", 2),
    "a custody line edited, lists rewritten": sealed_again(
        lambda bag: (bag / "data/records/custody.jsonl").write_text(
            (bag / "data/records/custody.jsonl").read_text().replace("evidence.exhibit_sealed", "evidence.x", 1)
        )
    ),
    "the custody tail cut": sealed_again(lambda bag: drop_line(bag / "data/records/custody.jsonl", -1)),
    "a file added": lambda bag, _: (bag / "data/exhibits/extra.txt").write_text("hi"),
    "the time stamp swapped": another_stamp,
    "a file replaced by a link": by_a_link,
    "a name that leads out": lambda bag, _: append(bag / "manifest-sha256.txt", f"{'0' * 64}  ../../etc/hostname\n"),
    "the signature taken away": sealed_again(lambda bag: (bag / "proof/manifest-sha256.txt.p7s").unlink()),
    "signed anew by a stranger": by_a_stranger,
    "signed anew, a second root laid in": with_a_second_root,
}


def test_a_whole_bag_passes_the_checker_and_the_common_tools(bag: Path, made: Proved) -> None:
    done = check(bag, made)
    assert (done.stdout.splitlines()[-1], done.returncode, done.stderr) == ("RESULT INTACT", 0, "")
    assert problems_by_common_tools(bag, made) == []
    assert "Signature is Valid" in run(bag, "pdfsig", "data/report/packet.pdf").stdout
    assert "No syntax or stream encoding errors" in run(bag, "qpdf", "--check", "data/report/packet.pdf").stdout


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_found_by_the_checker_and_by_common_tools(bag: Path, made: Proved, name: str) -> None:
    ATTACKS[name](bag, made)
    assert made.checker.check(bag, made.organisation) == (1, "RESULT NOT INTACT")
    assert problems_by_common_tools(bag, made) != []


@pytest.mark.parametrize("name", ["a flipped byte", "a file replaced by a link", "signed anew, a second root laid in"])
def test_the_checker_as_a_program_of_its_own_says_the_same(bag: Path, made: Proved, name: str) -> None:
    ATTACKS[name](bag, made)
    done = check(bag, made)
    assert (done.stdout.splitlines()[-1], done.returncode, done.stderr) == ("RESULT NOT INTACT", 1, "")


def test_without_any_stamp_the_signature_alone_finds_a_change(bag: Path, made: Proved) -> None:
    """Somebody takes every stamp away, changes the packet and rewrites every list: the signature is left."""
    for stamp in [*(bag / "proof").glob("*.tsr"), *(bag / "proof/heads").iterdir()]:
        stamp.unlink()
    (bag / "proof/heads").rmdir()
    heads = bag / "data/records/heads.json"
    heads.write_text('{"anchors":[]}\n')
    flip(bag / "data/report/packet.pdf", 50)
    reseal(bag)
    done = check(bag, made)
    assert "FAIL  signature over manifest-sha256.txt" in done.stdout
    assert done.stdout.count("FAIL") == 1
    assert done.returncode == 1


def test_a_second_root_in_one_file_is_refused_even_without_the_organisations_own_copy(bag: Path, made: Proved) -> None:
    with_a_second_root(bag, made)
    done = run(bag, "/usr/bin/python3", "-I", TOOL, bag)
    assert "proof/ca.pem holds 2 certificates" in done.stdout
    assert done.returncode == 1


@pytest.mark.parametrize("kind", KINDS)
def test_each_of_twenty_flipped_bytes_is_found_by_the_checker_and_by_the_lists(
    made: Proved, tmp_path: Path, kind: str
) -> None:
    bag, rng = linked(made.folder / "bag", tmp_path / "bag"), random.Random(f"recourse {kind}")
    path = bag / KINDS[kind]
    kept = path.read_bytes()
    for place in rng.sample(range(len(kept)), 20):
        put(path, kept[:place] + bytes([kept[place] ^ 1 << rng.randrange(8)]) + kept[place + 1 :])
        assert made.checker.check(bag, made.organisation) == (1, "RESULT NOT INTACT"), place
        by_lists = [
            name
            for name in ("manifest-sha256.txt", "manifest-sha512.txt", "tagmanifest-sha256.txt")
            if run(bag, "sha256sum" if "256" in name else "sha512sum", "--strict", "--quiet", "-c", name).returncode
        ]
        assert by_lists, place
    put(path, kept)
    assert made.checker.check(bag, made.organisation) == (0, "RESULT INTACT")


def test_the_checker_in_this_process_is_the_one_that_travels(bag: Path, made: Proved) -> None:
    assert (bag / "verify.py").read_bytes() == TOOL.read_bytes()
    assert made.checker.check(bag, made.organisation) == (0, check(bag, made).stdout.splitlines()[-1])


def test_flips_with_every_list_rewritten_are_found_by_signature_or_stamp(bag: Path, made: Proved) -> None:
    """Somebody who rewrites every list after the flip still has no key."""
    for path in ("data/report/packet.pdf", "data/exhibits/ABC-001_screenshot.png", "data/records/heads.json"):
        shutil.rmtree(bag)
        shutil.copytree(made.folder / "bag", bag)
        flip(bag / path, 50)
        reseal(bag)
        assert {"openssl cms", "openssl ts"} <= set(problems_by_common_tools(bag, made))
        assert check(bag, made).returncode == 1


def test_without_openssl_the_checker_says_what_it_did_not_check(bag: Path, made: Proved, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    words = ["/usr/bin/python3", "-I", str(TOOL), str(bag)]
    done = subprocess.run(words, env={"PATH": str(tmp_path / "empty")}, capture_output=True, text=True, timeout=60)
    assert "SKIP  openssl is not on this computer" in done.stdout
    assert (done.stdout.splitlines()[-1], done.returncode) == ("RESULT INTACT, SIGNATURE NOT CHECKED", 3)


def test_a_bag_verifies_where_nothing_of_ours_is_mounted(bag: Path, made: Proved) -> None:
    """In a namespace of its own: the system's programs, the bag, no home, no network, none of our code."""
    bwrap = ["bwrap", "--unshare-all", "--die-with-parent", "--clearenv", "--setenv", "PATH", "/usr/bin:/bin"]
    for folder in ("/usr", "/bin", "/lib", "/lib64", "/etc/alternatives"):
        if Path(folder).exists():
            bwrap += ["--ro-bind", folder, folder]
    bwrap += ["--ro-bind", str(bag), "/bag", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "--chdir", "/bag"]
    done = subprocess.run([*bwrap, "/usr/bin/python3", "-I", "verify.py"], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1:] == ["RESULT INTACT"], done.stderr
    for words in (["sha256sum", "-c", "manifest-sha256.txt"], ["sha512sum", "-c", "manifest-sha512.txt"]):
        assert subprocess.run([*bwrap, *words], capture_output=True, timeout=60).returncode == 0


def test_another_program_for_bags_accepts_it(bag: Path) -> None:
    import bagit

    opened: Any = bagit.Bag(str(bag))
    assert opened.validate()
    assert opened.info["BagIt-Profile-Identifier"].startswith("urn:recourse:")


def test_a_stamp_that_came_later_is_checked_beside_the_bag(bag: Path, made: Proved, tmp_path: Path) -> None:
    listing = (bag / "manifest-sha256.txt").read_bytes()
    for message, code in ((listing, 0), (b"something else", 1)):
        reply = stamps.ask(stamps.timestamps.authorities()[0], message, clock=Clock())
        (tmp_path / "later.tsr").write_bytes(reply.reply)
        done = run(bag, "/usr/bin/python3", "-I", TOOL, bag, "--stamp", tmp_path / "later.tsr")
        assert done.returncode == code


def test_every_command_of_the_paper_gives_what_the_paper_says(bag: Path) -> None:
    text = (bag / "HOW-TO-VERIFY.txt").read_text()
    commands = {
        "openssl x509 -in proof/ca.pem -noout -fingerprint -sha256": "sha256 Fingerprint=",
        "openssl cms -verify -binary -inform DER -in proof/manifest-sha256.txt.p7s -content manifest-sha256.txt "
        "-CAfile proof/ca.pem -purpose any -out checked.tmp": "CMS Verification successful",
        "openssl ts -verify -data manifest-sha256.txt -in proof/manifest-sha256.txt.tsr "
        "-CAfile proof/tsa-ca.pem -untrusted proof/tsa.pem": "Verification: OK",
        "openssl ts -reply -in proof/manifest-sha256.txt.tsr -text": "Time stamp: ",
        "grep -c BEGIN proof/ca.pem proof/sig.pem": "proof/sig.pem:1",
        "pdfsig data/report/packet.pdf": "Signature is Valid",
        "qpdf --check data/report/packet.pdf": "No syntax or stream encoding errors found",
    }
    flat = " ".join(text.split())
    for command, expected in commands.items():
        assert command in flat
        done = run(bag, *command.split())
        assert expected in done.stdout + done.stderr, command
        assert expected.removeprefix("proof/sig.pem:") in flat
    assert hashlib.sha256(text.encode()).hexdigest() in (bag / "tagmanifest-sha256.txt").read_text()
