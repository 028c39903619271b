"""Behind a pooler that gives each transaction another connection: nobody meets what somebody before them left."""

import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, connections
from django.urls import reverse

from cases.access import acting_as
from cases.actor import Actor
from cases.models import Case, Event
from config import env
from tests.config.pooler import PORT, pooled
from tests.factories.browsers import signed_in
from tests.factories.cases import make_case, make_client, make_staff
from tests.factories.committed import committed

SERVERS, PEOPLE, TURNS = 2, 8, 8
ASKED = "select current_setting('recourse.actor_id', true)"


@pytest.fixture(scope="module")
def owners(django_db_setup: None, django_db_blocker: Any) -> Iterator[list[Case]]:
    """Eight cases of eight people."""
    with committed(django_db_blocker):
        yield [make_case(owner=make_staff(name=f"Person {number}"), client=make_client()) for number in range(PEOPLE)]


@pytest.fixture(scope="module")
def pool(owners: list[Case]) -> Iterator[str]:
    """Send every connection of this module through a pooler with two connections to the database."""
    with pooled(str(connection.settings_dict["NAME"]), size=SERVERS) as folder:
        yield folder


@pytest.fixture
def through_pool(pool: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("RECOURSE_POOLER", "transaction")
    told = connections["default"].settings_dict
    before = dict(told)
    connection.close()
    told.update({**env.database(), "NAME": before["NAME"], "HOST": pool, "PORT": str(PORT)})
    yield
    connection.close()
    told.clear()
    told.update(before)


def at_once(work: list[Any]) -> list[Any]:
    """Do several things at the same time, each on a connection of its own; return what each gave."""
    given: list[Any] = [None] * len(work)

    def one(place: int) -> None:
        try:
            given[place] = work[place]()
        except Exception as failure:  # told to the test, which lies in another thread
            given[place] = failure
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=[place]) for place in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return given


def test_many_people_at_once_see_their_own_case_only_and_nobody_sees_one_without_a_context(owners, through_pool):
    servers: set[int] = set()

    def person(case: Case) -> list[str]:
        wrong, browser = [], signed_in(case.owner)
        others = [other.reference.encode() for other in owners if other.pk != case.pk]
        for _turn in range(TURNS):
            page = browser.get(reverse("cases:cases")).content
            wrong += ["lost their own"] if case.reference.encode() not in page else []
            wrong += ["saw another's"] if any(other in page for other in others) else []
            with connection.cursor() as cursor:
                cursor.execute("select pg_backend_pid(), current_setting('recourse.actor_id', true)")
                server, left = cursor.fetchone()
            servers.add(server)
            wrong += [f"found {left} left behind"] if left else []
            wrong += ["saw cases without a context"] if Case.objects.exists() else []
            with acting_as(Actor.user(case.owner)):
                wrong += ["context of another"] if [seen.pk for seen in Case.objects.all()] != [case.pk] else []
        return wrong

    told = at_once([lambda case=case: person(case) for case in owners])
    assert told == [[]] * PEOPLE
    assert len(servers) == SERVERS, "the people must have shared connections, or this shows nothing"


def test_a_setting_for_the_session_would_leak_here(pool, owners):
    """The trial that would fail if somebody wrote `false`: so the one above can fail."""
    name = str(connection.settings_dict["NAME"])
    address: dict[str, Any] = {"host": pool, "port": PORT, "dbname": name, "user": "recourse_web", "autocommit": True}
    with psycopg.connect(**address) as careless, psycopg.connect(**address) as other:
        assert other.execute(ASKED).fetchone() in ((None,), ("",))
        careless.execute("select set_config('recourse.actor_id', 'left behind', false)")
        found = {str((other.execute(ASKED).fetchone() or ("",))[0]) for _turn in range(4)}
        careless.execute("select set_config('recourse.actor_id', '', false)")
    assert "left behind" in found


def test_long_reads_work_without_a_cursor_on_the_server(owners, through_pool):
    with acting_as(Actor.user(owners[0].owner)):
        assert len(list(Event.objects.iterator(chunk_size=1))) == Event.objects.count() > 1
    assert at_once([lambda: len(list(Case.objects.iterator(chunk_size=1)))] * PEOPLE) == [0] * PEOPLE


def test_the_setting_turns_off_what_would_outlast_a_transaction(monkeypatch):
    monkeypatch.setenv("RECOURSE_POOLER", "transaction")
    told = env.database()
    assert told["DISABLE_SERVER_SIDE_CURSORS"] is True
    assert told["OPTIONS"]["prepare_threshold"] is None
    assert told["CONN_MAX_AGE"] == 0


def test_without_the_setting_nothing_changes_and_another_word_is_refused(monkeypatch):
    monkeypatch.delenv("RECOURSE_POOLER", raising=False)
    assert not env.database().get("DISABLE_SERVER_SIDE_CURSORS")
    monkeypatch.setenv("RECOURSE_POOLER", "session")
    with pytest.raises(ImproperlyConfigured, match="RECOURSE_POOLER"):
        env.database()
