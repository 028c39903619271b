"""A caseworker's list of cases: through row-level security as web, against the same query as the worker."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

from benchmarks._setup import begin, middle_seconds

CASES = 400
MINE = 60


def main() -> None:
    """Print milliseconds of both and the ratio."""
    begin()
    import os

    from django.db import connection

    from cases.access import acting_as
    from cases.actions.case import open_case
    from cases.actor import Actor
    from cases.models import Case, User
    from cases.permissions import Role

    at = datetime(2026, 11, 22, 12, tzinfo=UTC)
    people = [
        User.objects.make_staff(email=f"{name}@casework.example", name=name, roles=[Role.CASEWORKER])
        for name in ("mine", "theirs")
    ]
    system = Actor.system("benchmark")
    with acting_as(system):
        for number in range(CASES):
            open_case(by=system, at=at, owner=people[0 if number < MINE else 1])
    me = Actor.user(people[0])

    def list_of_mine() -> None:
        with acting_as(me):
            rows = list(Case.objects.visible_to(me).for_rows()[:50])
        assert len(rows) == 50

    as_worker = middle_seconds(list_of_mine, runs=30)
    web = urlsplit(os.environ["DATABASE_URL"]) if os.environ.get("DATABASE_URL") else None
    if web is None:
        print("DATABASE_URL of the web login is needed to compare.")
        return
    connection.close()
    connection.settings_dict["USER"], connection.settings_dict["PASSWORD"] = web.username, web.password or ""
    as_web = middle_seconds(list_of_mine, runs=30)
    print(f"{CASES} cases, {MINE} mine, list of 50")
    print(f"worker, policy true   {as_worker * 1000:7.2f} ms")
    print(f"web, policy by case   {as_web * 1000:7.2f} ms   {as_web / as_worker:.2f} times")


if __name__ == "__main__":
    main()
