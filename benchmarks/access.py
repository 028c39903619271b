"""What the two locks cost: row rules and sealing on real pages and lists, the record, RVLT1, and a rotation of keys.

Each figure stands beside the same work without the lock, in the same run: a ratio survives a slow machine.
"""

import io
import json
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from unittest import mock
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from benchmarks._setup import begin, middle_seconds

if TYPE_CHECKING:
    from cases.actor import Actor
    from cases.models import Case, User

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
CASES = 100
ROWS = 100
EVENTS = 400
THREADS = 4
KEYS = 20_000
MEGABYTES = 64
CHUNK = 64 * 1024


@contextmanager
def logged_in_as(name: str) -> Iterator[None]:
    """Use another of the database's logins for a while."""
    from django.db import connection

    parts = urlsplit(os.environ[name])
    before = connection.settings_dict["USER"], connection.settings_dict["PASSWORD"]
    connection.close()
    connection.settings_dict["USER"], connection.settings_dict["PASSWORD"] = parts.username or "", parts.password or ""
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["USER"], connection.settings_dict["PASSWORD"] = before


@contextmanager
def unsealed() -> Iterator[None]:
    """Store JSON as it is and ask for no key: the same rows without the second lock."""
    from cases import keys, sealed

    def seal(values: dict[str, Any], **_: object) -> bytes:
        return json.dumps(values, separators=(",", ":"), ensure_ascii=False).encode()

    def unseal(blob: bytes, **_: object) -> dict[str, Any]:
        values: dict[str, Any] = json.loads(blob)
        return values

    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(sealed, "seal", seal))
        stack.enter_context(mock.patch.object(sealed, "unseal", unseal))
        stack.enter_context(mock.patch.object(keys, "case_key", return_value=bytes(32)))
        yield


def make_cases(owner: "User") -> "list[Case]":
    """Make cases with one named person each, and a hundred in the first."""
    from cases.access import acting_as
    from cases.actions.case import answer_age, open_case
    from cases.actor import Actor
    from cases.models import Party, PartyRole
    from cases.states import AgeAnswer

    by = Actor.user(owner)
    made = []
    with acting_as(by):
        for number in range(CASES):
            case = open_case(by=by, at=AT, owner=owner)
            made.append(answer_age(case_id=case.pk, answer=AgeAnswer.ADULT, said_by="client", by=by, at=AT))
            people = ROWS if number == 0 else 1
            Party.objects.bulk_create(
                Party.make(case=case, role=PartyRole.SHOWN, added_at=AT, name=f"Person {number}.{one}")
                for one in range(people)
            )
    return made


def lists(actor: "Actor", case_id: UUID) -> dict[str, Callable[[], None]]:
    """Return the two lists of a hundred sealed rows: of one case, and of a hundred cases."""
    from cases.access import acting_as
    from cases.models import Party

    def read(**where: object) -> None:
        with acting_as(actor):
            rows = list(Party.objects.visible_to(actor).filter(**where).order_by("added_at", "pk")[:ROWS])
            names = [row.name for row in rows]
        assert len(names) == ROWS
        assert all(names)

    def of_many() -> None:
        with acting_as(actor):
            rows = list(Party.objects.visible_to(actor).order_by("case_id", "pk").distinct("case_id")[:ROWS])
            names = [row.name for row in rows]
        assert len(names) == ROWS

    return {f"{ROWS} sealed rows of one case": lambda: read(case=case_id), f"{ROWS} rows of {ROWS} cases": of_many}


def page(owner: "User", reference: str) -> Callable[[], None]:
    """Return how to ask for a case page, through every layer that a person's request passes."""
    from tests.factories.browsers import signed_in

    browser = signed_in(owner)

    def ask() -> None:
        response = browser.get(f"/cases/{reference}/")
        assert response.status_code == 200, response.status_code

    return ask


def two_locks() -> None:
    """Print pages and lists with and without each lock."""
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    from cases.actor import Actor
    from cases.models import User
    from cases.permissions import Role

    def person(name: str) -> User:
        made: User = User.objects.make_staff(email=f"{name}@casework.example", name=name, roles=[Role.CASEWORKER])
        TOTP.activate(made, generate_totp_secret())
        return made

    owner, plain_owner = person("sealed"), person("plain")
    made = make_cases(owner)
    events(made[1:])
    with unsealed():
        plain = make_cases(plain_owner)
    work = {"case page": page(owner, made[0].reference), **lists(Actor.user(owner), made[0].pk)}
    with logged_in_as("DATABASE_URL"):
        locked = {name: middle_seconds(what, runs=15) for name, what in work.items()}
    with logged_in_as("DATABASE_WORKER_URL"):
        open_rows = {name: middle_seconds(what, runs=15) for name, what in work.items()}
    with logged_in_as("DATABASE_URL"), unsealed():
        asked = {
            "case page": page(plain_owner, plain[0].reference),
            **lists(Actor.user(plain_owner), plain[0].pk),
        }
        in_clear = {name: middle_seconds(what, runs=15) for name, what in asked.items()}
    print(f"{'':28}{'both locks':>12}{'no row rules':>22}{'no sealing':>22}")
    for name, seconds in locked.items():
        rules, seals = open_rows[name], in_clear[name]
        print(
            f"{name:28}{seconds * 1000:9.2f} ms{rules * 1000:9.2f} ms {seconds / rules:6.2f} x"
            f"  {seals * 1000:8.2f} ms {seconds / seals:6.2f} x"
        )


def events(made: "list[Case]") -> None:
    """Print how many events a second commit, and how many a second are verified."""
    from django.db import connection

    from cases.access import acting_as
    from cases.actor import Actor
    from cases.ledger import record
    from cases.record_check import check_record

    by = Actor.system("benchmark")

    def write(case: "Case") -> None:
        with acting_as(by):
            record("cases.note_written", case=case, by=by, at=AT, nature="call", text="x" * 80)

    def rate(cases: "list[Case]", threads: int) -> float:
        def some(start: int) -> None:
            try:
                for number in range(start, EVENTS, threads):
                    write(cases[number % len(cases)])
            finally:
                connection.close()

        started = time.perf_counter()
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(some, range(threads)))
        return EVENTS / (time.perf_counter() - started)

    rate(made[:1], 1)
    print(f"events a second, one case, one writer      {rate(made[:1], 1):8.0f}")
    print(f"events a second, one case, {THREADS} writers       {rate(made[:1], THREADS):8.0f}")
    print(f"events a second, {len(made)} cases, {THREADS} writers    {rate(made, THREADS):8.0f}")
    started = time.perf_counter()
    checked = check_record()
    seconds = time.perf_counter() - started
    print(f"verify: {checked.events} events in {seconds:.2f} s     {checked.events / seconds:8.0f} a second")


def sealed_files() -> None:
    """Print how fast files are sealed and opened, beside AES-GCM alone on the same pieces."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from cases.rvlt import Opener, Sealer

    key, case, file = os.urandom(32), uuid4(), uuid4()
    data = os.urandom(MEGABYTES << 20)
    pieces = [data[start : start + CHUNK] for start in range(0, len(data), CHUNK)]
    cipher = AESGCM(key)
    nonces = [number.to_bytes(12, "big") for number in range(len(pieces))]
    closed = [cipher.encrypt(nonce, piece, None) for nonce, piece in zip(nonces, pieces, strict=True)]

    def seal() -> bytes:
        sealer = Sealer(key, case, file)
        out = [sealer.feed(piece) for piece in pieces]
        return b"".join([*out, sealer.finish()])

    sealed = seal()

    def opened() -> None:
        assert sum(len(piece) for piece in Opener(io.BytesIO(sealed), key, case, file).iter_chunks()) == len(data)

    pairs = {
        "seal": (seal, lambda: b"".join([cipher.encrypt(n, p, None) for n, p in zip(nonces, pieces, strict=True)])),
        "open": (opened, lambda: sum(len(cipher.decrypt(n, p, None)) for n, p in zip(nonces, closed, strict=True))),
    }
    for name, (ours, bare) in pairs.items():
        mine, alone = middle_seconds(ours), middle_seconds(bare)
        print(
            f"RVLT1 {name}, {MEGABYTES} MB: {MEGABYTES / mine:6.0f} MB/s; "
            f"AES-256-GCM alone {MEGABYTES / alone:6.0f} MB/s; {mine / alone:.2f} times"
        )


def rotation() -> None:
    """Print how long it takes to wrap many case keys anew, to write them to escrow, and to read that."""
    from pathlib import Path

    from cases import key_custody, key_escrow, keys
    from cases.access import acting_as
    from cases.models import CaseKey

    with acting_as(key_custody.BY):
        version = keys.version_for_new()
        rows = []
        for _ in range(KEYS):
            case = uuid4()
            rows.append(CaseKey(case_id=case, kek_version=version, wrapped=keys.wrap(os.urandom(32), case, version)))
        CaseKey.objects.bulk_create(rows, batch_size=2000)
    total = KEYS + 2 * CASES
    started = time.perf_counter()
    key_custody.rotate(at=datetime.now(UTC))
    print(f"rotation of {total} case keys: {time.perf_counter() - started:.2f} s")
    path = Path(os.environ["RECOURSE_DATA"]) / "escrow"
    started = time.perf_counter()
    key_custody.export(path, "a passphrase for a benchmark", at=datetime.now(UTC))
    print(f"escrow of them: written in {time.perf_counter() - started:.2f} s, {path.stat().st_size / 2**20:.1f} MB")
    started = time.perf_counter()
    key_escrow.unseal(path.read_bytes(), "a passphrase for a benchmark")
    print(f"escrow of them: opened in {time.perf_counter() - started:.2f} s")


def main() -> None:
    """Print everything, with the load of the machine first."""
    begin()
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    two_locks()
    sealed_files()
    rotation()


if __name__ == "__main__":
    main()
