"""The audit: who did what, for people who see no case; and nothing of a case reaches them."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from cases import audit
from cases.access import acting_as
from cases.actions import export
from cases.actor import Actor
from cases.anchor_check import read_kept
from cases.events import CaseEvent
from cases.exports import sources
from cases.ledger import record
from cases.models import Case, Event, User
from cases.permissions import Role
from tests.conftest import NOON
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_client, make_staff

pytestmark = pytest.mark.django_db
WORDS = "what she said to us"


@pytest.fixture
def administrator() -> User:
    return make_staff(roles=[Role.ADMINISTRATOR], name="Ada L.")


@pytest.fixture
def case() -> Case:
    made = make_case(owner=make_staff(name="Amira K."), client=make_client())
    with acting_as(Actor.user(made.owner)) as actor:
        record(CaseEvent.NOTE_WRITTEN, case=made, by=actor, at=NOON, nature="fact", text=WORDS)
    return made


def page(user: User, **query: str):
    return signed_in(user).get(reverse("cases:audit"), query)


def test_an_administrator_reads_that_something_happened_but_neither_where_nor_what(administrator, case):
    text = page(administrator).content.decode()
    assert "Note written" in text
    assert "Amira K." in text
    assert "a case <span" in text
    for secret in (WORDS, case.reference, str(case.pk), case.alias):
        assert secret not in text


def test_a_supervisor_reads_the_reference_of_a_case_that_is_theirs(case):
    supervisor = make_staff(roles=[Role.SUPERVISOR])
    text = page(supervisor).content.decode()
    assert case.reference in text
    assert WORDS not in text


def test_a_mark_joins_the_lines_of_one_case_and_differs_from_reader_to_reader(administrator, case):
    other = make_case()
    with acting_as(Actor.user(administrator)) as actor:
        rows = audit.search(audit.Search(what="cases.case_opened"), actor).rows
        assert len({row.mark for row in rows}) == 2
        mine = {row.mark for row in audit.search(audit.Search(what="cases.age_answered"), actor).rows}
        assert mine == {row.mark for row in rows}
    second = make_staff(roles=[Role.ADMINISTRATOR])
    with acting_as(Actor.user(second)) as actor:
        assert not mine & {row.mark for row in audit.search(audit.Search(what="cases.age_answered"), actor).rows}
    assert str(other.pk)[:6] not in mine


@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.TRAINEE, Role.CALL_TAKER])
def test_nobody_else_searches_the_record(case, role):
    person = make_staff(roles=[role])
    assert page(person).status_code == 404
    with acting_as(Actor.user(person)) as actor:
        assert audit.search(audit.Search(), actor).rows == []
        assert audit.kinds() == []


def test_the_database_gives_an_administrator_no_event_of_a_case_by_any_statement(administrator, case):
    with acting_as(Actor.user(administrator)), connection.cursor() as cursor:
        cursor.execute("select count(*) from cases_event where case_id is not null")
        assert cursor.fetchone() == (0,)
        cursor.execute("select * from recourse_audit(null, null, null, null, null, null, null, 100)")
        names = [column.name for column in cursor.description]
        rows = cursor.fetchall()
    assert names == ["id", "recorded_at", "at", "actor_kind", "actor_id", "kind", "case_mark"]
    assert rows
    assert str(case.pk) not in str(rows)


def test_a_client_is_named_by_what_they_are_and_never_by_an_id(administrator):
    person = make_client()
    made = make_case(client=person)
    with acting_as(Actor.client(person)) as actor:
        record(CaseEvent.CLIENT_CAME_IN, case=made, by=actor, at=NOON)
    with acting_as(Actor.user(administrator)), connection.cursor() as cursor:
        cursor.execute(
            "select actor_kind, actor_id from recourse_audit(null, 'client', null, null, null, null, null, 9)"
        )
        assert cursor.fetchall() == [("client", "")]
        wanted = [str(person.pk)]
        cursor.execute("select * from recourse_audit(null, null, %s, null, null, null, null, 9)", wanted)
        assert cursor.fetchall() == []


def test_whoever_was_deactivated_searches_nothing(administrator, case):
    administrator.is_active = False
    administrator.save(update_fields=["is_active"])
    with acting_as(Actor.user(administrator)) as actor:
        assert audit.search(audit.Search(), actor).rows == []


def test_the_search_narrows_by_kind_person_outcome_and_time(administrator, case):
    owner = case.owner
    with acting_as(Actor.user(owner)) as actor:
        record(CaseEvent.SIGN_IN_FAILED, case=None, by=Actor.system("sign-in"), at=NOON, step="password")
        record(CaseEvent.SIGNED_IN, case=None, by=actor, at=NOON)
    with acting_as(Actor.user(administrator)) as reader:

        def kinds(**wanted: object) -> set[str]:
            return {row.kind for row in audit.search(audit.Search(**wanted), reader).rows}

        assert kinds(what="sign-in") == {"cases.sign_in_failed", "cases.signed_in"}
        assert kinds(what="refused") == {"cases.sign_in_failed"}
        assert kinds(what="cases.signed_in") == {"cases.signed_in"}
        assert "cases.sign_in_failed" not in kinds(who=str(owner.pk))
        assert kinds(who="system") == {"cases.sign_in_failed"}
        assert kinds(since=timezone.now() + timedelta(minutes=1)) == set()
        assert kinds(until=timezone.now() - timedelta(minutes=1)) == set()
        (row,) = audit.search(audit.Search(what="cases.sign_in_failed"), reader).rows
        assert row.values == "step: password"
        assert row.is_bad


def test_pages_go_on_by_key_without_loss_or_repetition(administrator, case):
    with acting_as(Actor.user(case.owner)) as actor:
        for number in range(120):
            record(CaseEvent.NOTE_WRITTEN, case=case, by=actor, at=NOON, nature="fact", text=str(number))
    seen: list[UUID] = []
    with acting_as(Actor.user(administrator)) as reader:
        before = ""
        for _page in range(9):
            found = audit.search(audit.Search(), reader, before=before)
            seen += [row.id for row in found.rows]
            before = found.older
            if not before:
                break
    with acting_as(Actor.user(case.owner)):
        ours = set(Event.objects.filter(case=case).values_list("pk", flat=True))
    assert len(seen) == len(set(seen))
    assert ours <= set(seen)


@pytest.mark.parametrize("query", [{"before": "x_y"}, {"what": "nonsense"}, {"who": "nonsense"}, {"since": "31.2."}])
def test_a_made_up_search_is_answered(administrator, case, query):
    assert page(administrator, **query).status_code == 200


def test_only_listed_values_are_shown_even_to_who_may_open_them(case):
    supervisor = make_staff(roles=[Role.SUPERVISOR])
    with acting_as(Actor.user(supervisor)) as actor:
        values = {row.values for row in audit.search(audit.Search(what="cases.note_written"), actor).rows}
    assert values == {""}


def test_the_export_has_headings_and_the_same_rows_and_no_content(administrator, case):
    rows = list(sources()["audit"](Actor.user(administrator), {"what": "cases.note_written"}))
    assert rows[0][:4] == ["happened", "recorded", "who", "what"]
    assert len(rows) == 2
    assert WORDS not in str(rows)
    assert case.reference not in str(rows)
    assert list(sources()["audit"](Actor.user(case.owner), {}))[1:] == []


def test_anchors_are_handed_out_by_a_press_that_is_in_the_record(administrator, as_worker):
    from cases.actions.anchor import make_anchors

    make_case()
    with acting_as(Actor.system("anchor")) as actor:
        (made,) = make_anchors(by=actor, at=timezone.now() + timedelta(days=1, minutes=10))
    answer = press(signed_in(administrator), reverse("cases:export_anchors"))
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert read_kept(answer.content.decode()) == {made.day: bytes(made.hash).hex()}
    with acting_as(Actor.system("test")):
        assert Event.objects.get(kind="cases.anchors_exported").actor_id == str(administrator.pk)


def test_approvals_lists_and_limits_show_what_they_are_about(administrator, case):
    supervisor = make_staff(roles=[Role.SUPERVISOR])
    with acting_as(Actor.user(supervisor)) as actor:
        export.ask(kind="cases", filters={"case": "", "since": ""}, reason=WORDS, by=actor, at=timezone.now())
    with acting_as(Actor.user(administrator)) as reader:
        (asked,) = audit.search(audit.Search(what="cases.approval_asked"), reader).rows
        (listed,) = audit.search(audit.Search(what="cases.export_asked"), reader).rows
    assert asked.values == "what: bulk_export"
    assert listed.values == "what: cases, rows: 1"


def test_every_value_that_may_be_shown_belongs_to_a_kind_that_exists():
    known = {str(kind) for kind in CaseEvent}
    assert set(audit.VALUES) <= known
