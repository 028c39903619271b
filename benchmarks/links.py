"""Lists of links at 100,000: the page of one case, all cases as a table and as a board, narrowed and far down.

Times are of the server's work for one whole answer, from the request to the last byte, as the web's own login.
"""

import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import uuid4

from benchmarks._setup import begin, middle_seconds

if TYPE_CHECKING:
    from cases.models import User

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
CASES = 200
LINKS = 100_000
PASTED = 10_000
BATCH = 5_000
MINE = 20
RUNS = 15


def main() -> None:
    """Fill the database, then print milliseconds for each list, and seconds for an import."""
    begin()
    _paste()
    people = _people()
    _fill(people)
    _as_web()
    for who, user in people.items():
        _measure(who, user)


def _paste() -> None:
    from takedowns.pasted import read_pasted
    from takedowns.reference import platforms

    lines = [f"seen on https://m.site{n % 50}.example.org/watch?v={n}&utm_source=x, thanks" for n in range(PASTED // 2)]
    lines += [f"https://youtu.be/abcdef{n:05d}?si=x" for n in range(PASTED // 2)]
    started = time.perf_counter()
    found = read_pasted("\n".join(lines), platforms())
    print(f"{len(found.items)} pasted lines read                  {time.perf_counter() - started:7.2f} s")
    longest = max(
        _seconds_of(line)
        for line in ("a." * 32_700, "(" * 65_000, "https://" + ")" * 65_000, "https://a.org/ " * 4_300, "[](" * 21_000)
    )
    print(f"the slowest of five lines of 64 KB       {longest * 1000:7.1f} ms")


def _seconds_of(line: str) -> float:
    from takedowns.pasted import read_pasted
    from takedowns.reference import platforms

    started = time.perf_counter()
    read_pasted(line, platforms())
    return time.perf_counter() - started


def _people() -> dict[str, "User"]:
    from cases.models import User
    from cases.permissions import Role
    from tests.factories.cases import give_factor

    roles = {"supervisor, all": Role.SUPERVISOR, f"caseworker, {MINE}": Role.CASEWORKER}
    people = {
        name: User.objects.make_staff(email=f"{uuid4().hex[:8]}@casework.example", name=name, roles=[role])
        for name, role in roles.items()
    }
    for user in people.values():
        give_factor(user)
    return people


def _fill(people: dict[str, "User"]) -> None:
    from django.core.management import call_command
    from django.db import connection

    from cases.access import acting_as
    from cases.actions.case import answer_age, open_case
    from cases.actor import Actor
    from cases.states import AgeAnswer
    from takedowns.models import FoundBy, Platform, ReportedUrl
    from takedowns.states import LinkState

    call_command("load_reference", verbosity=0)
    supervisor, caseworker = people.values()
    system, chance = Actor.system("benchmark"), Random(7)  # noqa: S311 — no secret
    platforms = [*Platform.objects.values_list("key", flat=True)[:20], None]
    states = [LinkState.FOUND, LinkState.ASKED, LinkState.STILL_UP, LinkState.CANNOT_TELL, LinkState.BACK]
    with acting_as(system):
        cases = [
            open_case(by=system, at=AT, owner=caseworker if number < MINE else supervisor) for number in range(CASES)
        ]
        for case in cases:
            answer_age(case_id=case.pk, answer=AgeAnswer.ADULT, said_by="client", by=system, at=AT)
    started = time.perf_counter()
    for first in range(0, LINKS, BATCH):
        with acting_as(system):
            rows = []
            for number in range(first, first + BATCH):
                url = ReportedUrl(
                    case=cases[number % CASES],
                    platform_id=chance.choice(platforms),
                    site=f"site{number % 500}.example",
                    state=chance.choice(states),
                    found_by=FoundBy.STAFF,
                    found_at=AT - timedelta(seconds=chance.randrange(10**7)),
                )
                url.address = f"https://site{number % 500}.example/v/{number}"
                rows.append(url)
            ReportedUrl.objects.bulk_create(rows)
    print(f"{LINKS} links sealed and written          {time.perf_counter() - started:7.2f} s")
    with connection.cursor() as cursor:
        cursor.execute("analyze")


def _as_web() -> None:
    from django.db import connection

    web = urlsplit(os.environ.get("DATABASE_URL", ""))
    connection.close()
    if web.username:
        connection.settings_dict["USER"], connection.settings_dict["PASSWORD"] = web.username, web.password or ""


def _measure(who: str, user: "User") -> None:
    from cases.access import acting_as
    from cases.actor import Actor
    from cases.models import Case
    from tests.factories.browsers import signed_in

    browser = signed_in(user)
    with acting_as(Actor.user(user)):
        case = Case.objects.visible_to(Actor.user(user)).filter(owner=user).order_by("opened_at")[0]
    far = f"{(AT - timedelta(seconds=9_900_000)).isoformat()}_{uuid4()}".replace("+", "%2B")
    pages: Sequence[tuple[str, str]] = (
        ("all cases", "/links"),
        ("all cases, far down", f"/links?after={far}"),
        ("asked", "/links?state=asked"),
        ("came back, one platform", "/links?state=answered&platform=discord"),
        ("clock running", "/links?clock=running"),
        ("assigned to me", "/links?owner=me"),
        ("board", "/links?view=board"),
        ("one case", f"/cases/{case.reference}/links"),
    )
    print(f"\n{who}")
    for name, address in pages:
        answer = browser.get(address)
        assert answer.status_code == 200, (address, answer.status_code)
        taken = middle_seconds(partial(browser.get, address), runs=RUNS)
        print(f"  {name:30} {taken * 1000:7.1f} ms")


if __name__ == "__main__":
    main()
