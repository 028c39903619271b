#!/usr/bin/env python3
"""Checks an evidence bundle. Needs Python 3.8 or newer and nothing else.

    python3 verify.py [FOLDER]

FOLDER is the unpacked bundle; without it, the folder this file lies in. Prints one line per check, then
RESULT INTACT (exit code 0) or RESULT NOT INTACT (exit code 1). Nothing is changed and nothing is sent anywhere.

Somebody who can change a bundle can change this file too. Use a copy that you received from the organisation itself,
and compare the bundle's fingerprint, printed first, with the one they gave you by another way.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import sys
from typing import Any, Iterable, Iterator

HASHED = (
    "chain", "seq", "prev", "at", "recorded_at", "actor_kind", "actor_id", "kind", "case_id", "subject",
    "sealed_sha256", "commitments",
)
SEALS = ("manifest-sha256.txt", "manifest-sha512.txt", "tagmanifest-sha256.txt", "bagit.txt", "bag-info.txt")


class Refused(Exception):
    """Something that cannot be read as it should be."""


class Report:
    def __init__(self) -> None:
        self.intact = True

    def check(self, what: str, found: Iterable[str]) -> None:
        problems = list(found)
        if not problems:
            print("OK    " + what)
            return
        self.intact = False
        print("FAIL  " + what)
        for problem in problems[:10]:
            print("      - " + printable(problem))
        if len(problems) > 10:
            print("      - and %d more" % (len(problems) - 10))


def printable(text: object) -> str:
    """Text that cannot move the cursor or turn the direction of a terminal."""
    return "".join(c if c.isprintable() else "?" for c in str(text)).encode("ascii", "backslashreplace").decode()


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode("utf-8")


def strict_json(raw: bytes) -> Any:
    """JSON without double names and without fractions, the only kind that a bundle holds."""

    def no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        if len(set(names)) != len(names):
            raise Refused("a name stands twice in one object")
        return dict(pairs)

    def no_fraction(text: str) -> Any:
        raise Refused("a number with a fraction: " + text)

    try:
        return json.loads(
            raw.decode("utf-8"), object_pairs_hook=no_doubles, parse_float=no_fraction, parse_constant=no_fraction
        )
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise Refused("not readable: %s" % type(error).__name__)


def read(root: str, path: str) -> bytes:
    try:
        with open(os.path.join(root, *path.split("/")), "rb") as file:
            return file.read()
    except OSError as error:
        raise Refused("%s: %s" % (path, error.strerror))


def file_hash(root: str, path: str, name: str) -> str:
    digest = hashlib.new(name)
    with open(os.path.join(root, *path.split("/")), "rb") as file:
        while True:
            piece = file.read(1 << 20)
            if not piece:
                return digest.hexdigest()
            digest.update(piece)


def unsafe(path: str) -> bool:
    parts = path.split("/")
    return (
        path != path.strip()
        or "\\" in path
        or ":" in path
        or path.startswith(("/", "~"))
        or any(part in ("", ".", "..") for part in parts)
    )


def walk(root: str) -> tuple[dict[str, int], list[str]]:
    """Every regular file below root with forward slashes, and everything that should not be there."""
    files: dict[str, int] = {}
    odd: list[str] = []

    def failed(error: OSError) -> None:
        odd.append("%s cannot be read" % error.filename)

    for folder, folders, names in os.walk(root, onerror=failed):
        for name in folders + names:
            full = os.path.join(folder, name)
            path = os.path.relpath(full, root).replace(os.sep, "/")
            mode = os.lstat(full).st_mode
            if stat.S_ISLNK(mode):
                odd.append(path + " is a link to somewhere else")
            elif stat.S_ISREG(mode):
                files[path] = os.path.getsize(full)
            elif not stat.S_ISDIR(mode):
                odd.append(path + " is no ordinary file")
        folders[:] = [name for name in folders if not os.path.islink(os.path.join(folder, name))]
    return files, odd


def manifest_lines(root: str, path: str, digits: int) -> tuple[dict[str, str], list[str]]:
    """The file names and hashes of a manifest, and what is wrong with it."""
    listed: dict[str, str] = {}
    wrong: list[str] = []
    for row in read(root, path).decode("utf-8", "replace").split("\n"):
        if not row:
            continue
        match = re.match(r"^([0-9a-f]{%d})  (.+)$" % digits, row)
        if not match:
            wrong.append("a line that is no hash and name: " + row[:80])
        elif unsafe(match.group(2)):
            wrong.append("a name that leads out of the bundle: " + match.group(2))
        elif match.group(2) in listed:
            wrong.append("a name listed twice: " + match.group(2))
        else:
            listed[match.group(2)] = match.group(1)
    return listed, wrong


def compare(root: str, listed: dict[str, str], present: Iterable[str], name: str) -> Iterator[str]:
    for path in sorted(set(listed) - set(present)):
        yield path + " is missing"
    for path in sorted(set(present) - set(listed)):
        yield path + " was added"
    for path in sorted(set(listed) & set(present)):
        if file_hash(root, path, name) != listed[path]:
            yield path + " was changed"


def check_files(root: str, report: Report, files: dict[str, int], odd: list[str]) -> None:
    report.check("only ordinary files", odd)
    payload = [path for path in files if path.startswith("data/")]
    tags = [path for path in files if not path.startswith("data/") and path != "tagmanifest-sha256.txt"]
    for name, digits in (("sha256", 64), ("sha512", 128)):
        try:
            listed, wrong = manifest_lines(root, "manifest-%s.txt" % name, digits)
            wrong += ["%s stands outside data/" % path for path in listed if not path.startswith("data/")]
            problems = wrong + list(compare(root, listed, payload, name))
        except (Refused, OSError) as error:
            problems = [str(error)]
        report.check("every file under data/ is as listed in manifest-%s.txt, none added, none missing" % name, problems)
    try:
        listed, wrong = manifest_lines(root, "tagmanifest-sha256.txt", 64)
        problems = wrong + list(compare(root, listed, tags, "sha256"))
        problems += ["%s is not listed" % path for path in SEALS if path not in listed and "tagmanifest" not in path]
    except (Refused, OSError) as error:
        problems = [str(error)]
    report.check("every other file is as listed in tagmanifest-sha256.txt, none added, none missing", problems)


def bag_info(root: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in read(root, "bag-info.txt").decode("utf-8", "replace").split("\n"):
        name, colon, value = row.partition(": ")
        if colon:
            if name in found:
                raise Refused("bag-info.txt states %s twice" % name)
            found[name] = value
    return found


def check_labels(root: str, report: Report, files: dict[str, int], manifest: dict[str, Any]) -> None:
    try:
        problems = []
        if read(root, "bagit.txt") != b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n":
            problems.append("bagit.txt is not the BagIt 1.0 label")
        info = bag_info(root)
        sizes = [size for path, size in files.items() if path.startswith("data/")]
        if info.get("Payload-Oxum") != "%d.%d" % (sum(sizes), len(sizes)):
            problems.append("bag-info.txt states another number of bytes or files")
        if info.get("External-Identifier") != manifest.get("bundle_id"):
            problems.append("bag-info.txt and manifest.json name different bundles")
    except Refused as error:
        problems = [str(error)]
    report.check("the labels belong to this bundle", problems)


def check_exhibits(root: str, report: Report, files: dict[str, int], manifest: dict[str, Any]) -> None:
    problems: list[str] = []
    count = 0
    exhibits = manifest.get("exhibits")
    for exhibit in exhibits if isinstance(exhibits, list) else [None]:
        if not isinstance(exhibit, dict):
            problems.append("the list of exhibits cannot be read")
            continue
        count += 1
        label, path = exhibit.get("exhibit"), exhibit.get("path")
        if path is None:
            continue
        if not isinstance(path, str) or unsafe(path) or not path.startswith("data/") or path not in files:
            problems.append("%s: its file is missing" % label)
        elif exhibit.get("bytes") != files[path]:
            problems.append("%s: its file has another length" % label)
        else:
            for name in ("sha256", "sha512", "md5"):
                stated = exhibit.get(name)
                if (stated is not None or name == "sha256") and file_hash(root, path, name) != stated:
                    problems.append("%s: its %s is another one" % (label, name))
    report.check("%d exhibits are as stated in manifest.json" % count, problems)


def event_hash(line: dict[str, Any]) -> str:
    digest = hashlib.sha256()
    parts = ["recourse-event-1"]
    for name in HASHED:
        value = line[name]
        if name == "seq":
            if type(value) is not int or value < 1:
                raise Refused("seq is no number")
            parts.append(str(value))
        elif name == "commitments":
            if not isinstance(value, dict):
                raise Refused("commitments is no object")
            parts.append(canonical(value).decode("utf-8"))
        elif isinstance(value, str):
            parts.append(value)
        else:
            raise Refused(name + " is no text")
    for part in parts:
        raw = part.encode("utf-8")
        digest.update(len(raw).to_bytes(4, "big"))
        digest.update(raw)
    return digest.hexdigest()


def check_line(line: dict[str, Any]) -> Iterator[str]:
    if line.get("withheld") is True:
        if set(line) != {"seq", "withheld", "hash"}:
            yield "a withheld line holds more than its number and hash"
        return
    if set(line) != set(HASHED) | {"hash", "openings"}:
        yield "a field is missing or was added"
        return
    if event_hash(line) != line["hash"]:
        yield "its fields do not give its hash"
    for name, opening in line["openings"].items():
        committed = hashlib.sha256(bytes.fromhex(opening["salt"]) + canonical([name, opening["value"]])).hexdigest()
        if len(opening["salt"]) != 32 or committed != line["commitments"].get(name):
            yield "'%s' is not what was recorded" % name


def custody_problems(root: str, custody: dict[str, Any]) -> Iterator[str]:
    path = custody.get("path")
    if not isinstance(path, str) or unsafe(path):
        yield "manifest.json names no custody log"
        return
    raw = read(root, path)
    if hashlib.sha256(raw).hexdigest() != custody.get("sha256"):
        yield "the log is not the one that manifest.json states"
    prev, number, count = custody["first_prev"], custody["first_seq"], 0
    for row in raw.split(b"\n"):
        if not row:
            continue
        count += 1
        try:
            line = strict_json(row)
            found = list(check_line(line))
        except (Refused, KeyError, TypeError, ValueError, AttributeError) as error:
            yield "line %d cannot be read: %s" % (count, error)
            return
        if line.get("seq") != number:
            found.append("number %s stands where %s belongs" % (line.get("seq"), number))
        if "withheld" not in line and line.get("prev") != prev:
            found.append("it does not follow the line before it")
        for problem in found:
            yield "line %d: %s" % (count, problem)
        prev, number = line.get("hash"), number + 1
    if count != custody.get("entries"):
        yield "the log has %d lines; %s were written" % (count, custody.get("entries"))
    if prev != custody.get("head"):
        yield "the log does not end where manifest.json says"


def check_custody(root: str, report: Report, manifest: dict[str, Any]) -> None:
    custody = manifest.get("custody")
    try:
        if not isinstance(custody, dict) or type(custody.get("first_seq")) is not int or "first_prev" not in custody:
            raise Refused("manifest.json names no custody log")
        problems = list(custody_problems(root, custody))
        what = "the custody log is whole: %s events, each fixing the one before" % custody.get("entries")
    except Refused as error:
        problems = [str(error)]
        what = "the custody log is whole"
    report.check(what, problems)


def main(root: str) -> int:
    report = Report()
    if not os.path.isdir(root):
        print("There is no folder " + printable(root))
        return 2
    files, odd = walk(root)
    try:
        print("Fingerprint of this bundle (SHA-256 of manifest-sha256.txt):")
        print("      " + hashlib.sha256(read(root, "manifest-sha256.txt")).hexdigest())
    except Refused as error:
        print("      " + printable(error))
    check_files(root, report, files, odd)
    try:
        manifest = strict_json(read(root, "data/records/manifest.json"))
        if not isinstance(manifest, dict):
            raise Refused("manifest.json is no object")
        report.check("manifest.json can be read", [])
    except Refused as error:
        report.check("manifest.json can be read", [str(error)])
        manifest = {}
    check_labels(root, report, files, manifest)
    check_exhibits(root, report, files, manifest)
    check_custody(root, report, manifest)
    print("RESULT INTACT" if report.intact else "RESULT NOT INTACT")
    return 0 if report.intact else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))))
