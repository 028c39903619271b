#!/usr/bin/env python3
"""Checks an evidence bundle. Needs Python 3.8 or newer; the program openssl as well for signature and time stamps.

    python3 verify.py [FOLDER] [--ca FILE] [--stamp FILE]

FOLDER is the unpacked bundle; without it, the folder this file lies in. --ca names the organisation's certificate as
you got it from the organisation itself; without it the one in the bundle is used. --stamp names a time stamp (.tsr)
that was given to you beside the bundle. Prints one line per check and last one of these, with the exit code:

    RESULT INTACT (0)        RESULT NOT INTACT (1)        RESULT INTACT, SIGNATURE NOT CHECKED (3)

Nothing is changed and nothing is sent anywhere. Somebody who can change a bundle can change this file too. Use a copy
that you received from the organisation itself, and compare the fingerprints printed here with those they publish.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import ssl
import stat
import subprocess
import sys
import tempfile
from calendar import timegm
from time import strptime
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
        self.all_checked = True

    def note(self, text: str) -> None:
        print("NOTE  " + printable(text))

    def skip(self, text: str) -> None:
        self.all_checked = False
        print("SKIP  " + printable(text))

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
        elif isinstance(exhibit.get("sealed"), dict) and exhibit["sealed"]:
            # Encrypted: the list of files covers it as it lies here, the hashes stated are of what is within.
            if not path.endswith(".age") or exhibit["sealed"].get("sha256_plain") != exhibit.get("sha256"):
                problems.append("%s: what is sealed in it is stated in two ways" % label)
            elif exhibit["sealed"].get("sha256", "") not in ("", file_hash(root, path, "sha256")):
                problems.append("%s: the encrypted file is another one" % label)
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


def openssl(root: str, *words: str) -> tuple[int, str]:
    """Run openssl in the bundle's folder, with no settings of this computer's own."""
    done = subprocess.run(
        ["openssl", *words], cwd=root, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, "OPENSSL_CONF": os.devnull, "LC_ALL": "C"}, timeout=60,
    )  # fmt: skip
    return done.returncode, done.stdout.decode("ascii", "replace")


def last_words(said: str) -> str:
    rows = [row for row in said.splitlines() if row.strip()]
    return rows[-1] if rows else "no answer"


def certificate(root: str, path: str) -> bytes:
    """The one certificate of a PEM file. A second one in it could vouch for a forger."""
    try:
        with open(os.path.join(root, path), "rb") as file:
            text = file.read().decode("ascii", "replace")
    except OSError as error:
        raise Refused("%s: %s" % (path, error.strerror))
    found = re.findall("-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", text, re.S)
    if len(found) != 1:
        raise Refused("%s holds %d certificates; it must hold one" % (path, len(found)))
    try:
        return ssl.PEM_cert_to_DER_cert(found[0])
    except ValueError:
        raise Refused(path + " cannot be read")


def pairs(digest: str) -> str:
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2)).upper()


def check_stamp(root: str, report: Report, data: str, stamp: str) -> int | None:
    """Check one time stamp over one file; return its time in seconds. It is judged as of its own time."""
    code, told = openssl(root, "ts", "-reply", "-in", stamp, "-text")
    found = re.search(r"^Time stamp: (\w{3}) +(\d+) (\d\d:\d\d:\d\d)\S* (\d{4}) GMT", told, re.M)
    if code or not found:
        report.check("time stamp %s" % stamp, ["it cannot be read"])
        return None
    when = timegm(strptime(" ".join(found.groups()), "%b %d %H:%M:%S %Y"))
    trust = ["-CAfile", "proof/tsa-ca.pem"]
    if os.path.isfile(os.path.join(root, "proof", "tsa.pem")):
        trust += ["-untrusted", "proof/tsa.pem"]
    code, said = openssl(root, "ts", "-verify", "-data", data, "-in", stamp, "-attime", str(when), *trust)
    what = "time stamp of %s UTC over %s (%s)" % (" ".join(found.groups()), data, stamp)
    report.check(what, [last_words(said)] if code else [])
    return None if code else when


def check_signature(root: str, report: Report, manifest: dict[str, Any], ca: str, when: int | None) -> None:
    at = ["-attime", str(when)] if when is not None else []
    try:
        own = hashlib.sha256(certificate(root, "proof/sig.pem")).hexdigest()
        top = hashlib.sha256(certificate(root, ca)).hexdigest()
    except Refused as error:
        report.check("signature over manifest-sha256.txt", [str(error)])
        return
    problems = [] if own == manifest.get("signed_by") else ["manifest.json names another signing certificate"]
    code, said = openssl(
        root, "cms", "-verify", "-binary", "-inform", "DER", "-in", "proof/manifest-sha256.txt.p7s", "-content",
        "manifest-sha256.txt", "-CAfile", ca, "-nointern", "-certfile", "proof/sig.pem", "-purpose", "any", *at,
        "-out", os.devnull,
    )  # fmt: skip
    problems += [last_words(said)] if code else []
    report.check("signature over manifest-sha256.txt", problems)
    lists = sorted(name for name in os.listdir(os.path.join(root, "proof")) if re.match(r"crl(\.\d+)?\.der$", name))
    if lists:
        words = [word for name in lists for word in ("-CRLfile", "proof/" + name)]
        if os.path.isfile(os.path.join(root, "proof", "chain.pem")):
            words += ["-untrusted", "proof/chain.pem"]
        code, said = openssl(root, "verify", "-crl_check", *words, *at, "-CAfile", ca, "proof/sig.pem")
        report.check("its certificate was not withdrawn", [last_words(said)] if code else [])
    print("      Certificate of the signer (SHA-256):     " + pairs(own))
    print("      Certificate it hangs on (SHA-256):       " + pairs(top))
    print("      Compare one of the two with what the organisation publishes or prints on its letters.")


def check_proofs(
    root: str, report: Report, files: dict[str, int], manifest: dict[str, Any], ca: str, beside: list[str]
) -> None:
    has = "proof/manifest-sha256.txt.p7s" in files
    stamps = sorted(path for path in files if re.match(r"proof/manifest-sha256\.txt(\.\d)?\.tsr$", path)) + beside
    heads = sorted(path for path in files if re.match(r"proof/heads/[0-9-]{10}(\.\d)?\.tsr$", path))
    if manifest.get("signed_by") and not has:
        missing = "manifest.json says that this bundle was signed; the signature is missing"
        report.check("signature over manifest-sha256.txt", [missing])
    elif not has:
        report.note("NOT SIGNED: this bundle rests on its fingerprint alone. Compare it with what you were told.")
    if not stamps:
        report.note("NO TIME STAMP in this bundle: proof/PROOFS.txt says whether one is still to come. Ask for it.")
    if not (has or stamps or heads):
        return
    if not shutil.which("openssl"):
        report.skip("openssl is not on this computer: signature and time stamps were not checked")
        return
    try:
        times = [check_stamp(root, report, "manifest-sha256.txt", stamp) for stamp in stamps]
        if has:
            check_signature(root, report, manifest, ca, min((time for time in times if time is not None), default=None))
        for stamp in heads:
            check_stamp(root, report, "proof/heads/%s.anchor" % stamp.split("/")[2][:10], stamp)
    except (OSError, subprocess.SubprocessError) as error:
        report.check("signature and time stamps", ["openssl did not answer: %s" % type(error).__name__])


def head_problems(root: str, custody: dict[str, Any]) -> Iterator[str]:
    rows = [strict_json(row) for row in read(root, custody["path"]).split(b"\n") if row]
    lines = {row.get("seq"): row.get("hash") for row in rows}
    before = None
    for row in strict_json(read(root, "data/records/heads.json"))["anchors"]:
        message = b"recourse-anchor-1\n" + bytes.fromhex(row["prev"]) + bytes.fromhex(row["heads"])
        if hashlib.sha256(message).hexdigest() != row["anchor"]:
            yield "%s: its parts do not give the anchor" % row["day"]
        if before is not None and row["prev"] != before:
            yield "%s: it does not follow the anchor before it" % row["day"]
        if "seq" in row and row["seq"] in lines and lines[row["seq"]] != row["head"]:
            yield "%s: the custody log does not run through its head" % row["day"]
        for stamp in row["stamps"]:
            if read(root, "proof/heads/%s.anchor" % row["day"]) != message:
                yield "%s: the stamped file is not this anchor" % row["day"]
            read(root, stamp["file"])
        before = row["anchor"]


def check_heads(root: str, report: Report, files: dict[str, int], manifest: dict[str, Any]) -> None:
    if "data/records/heads.json" not in files:
        return
    try:
        problems = list(head_problems(root, manifest.get("custody") or {}))
    except (Refused, KeyError, TypeError, ValueError, AttributeError) as error:
        problems = ["heads.json cannot be read: %s" % error]
    report.check("the custody log runs through the anchored heads of its days", problems)


def main(root: str, ca: str = "proof/ca.pem", stamps: Iterable[str] = ()) -> int:
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
    check_heads(root, report, files, manifest)
    check_proofs(root, report, files, manifest, ca, [os.path.abspath(path) for path in stamps])
    if not report.intact:
        print("RESULT NOT INTACT")
        return 1
    print("RESULT INTACT" if report.all_checked else "RESULT INTACT, SIGNATURE NOT CHECKED")
    return 0 if report.all_checked else 3


if __name__ == "__main__":
    import argparse

    words = argparse.ArgumentParser(description="Checks an evidence bundle.")
    words.add_argument("folder", nargs="?", default=os.path.dirname(os.path.abspath(__file__)))
    words.add_argument("--ca", help="the organisation's certificate, as you got it from the organisation")
    words.add_argument("--stamp", action="append", default=[], help="a time stamp that was given beside the bundle")
    given = words.parse_args()
    sys.exit(main(given.folder, os.path.abspath(given.ca) if given.ca else "proof/ca.pem", given.stamp))
