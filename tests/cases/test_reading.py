"""What cannot be read any more, or was changed, is said plainly and breaks no page."""

import pytest
from django.urls import reverse

from cases.access import acting_as
from cases.actor import Actor
from cases.events import CaseEvent
from cases.ledger import record
from cases.models import Case, Event
from cases.reading import page_of, read_events
from tests.conftest import NOON
from tests.factories.browsers import signed_in
from tests.factories.cases import make_case
from tests.factories.forger import forging

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def case() -> Case:
    made = make_case()
    with acting_as(Actor.user(made.owner)) as actor:
        for number in range(3):
            record(CaseEvent.NOTE_WRITTEN, case=made, by=actor, at=NOON, nature="fact", text=f"note {number}.")
    return made


def test_an_event_that_was_changed_is_not_shown_as_if_it_were_whole(case):
    with forging() as forger:
        forger.execute(
            """update cases_event set sealed = (
                 select o.sealed from cases_event o where o.chain = %(chain)s and o.seq = 4)
               where chain = %(chain)s and seq = 3""",
            {"chain": case.pk},
        )
    for page in ("cases:timeline", "cases:access_log"):
        assert signed_in(case.owner).get(reverse(page, args=[case.reference])).status_code == 200
    text = signed_in(case.owner).get(reverse("cases:timeline", args=[case.reference])).content.decode()
    assert "Have the record checked" in text
    assert "note 2." in text
    assert "note 0." not in text


def test_an_event_whose_key_is_gone_keeps_its_place_and_says_so(case):
    with acting_as(Actor.user(case.owner)):
        events = list(Event.objects.filter(case=case, kind=CaseEvent.NOTE_WRITTEN).order_by("seq"))
    with forging() as forger:
        forger.execute("delete from cases_casekey where case_id = %s", [case.pk])
    with acting_as(Actor.user(case.owner)):
        entries = read_events(events)
    assert [entry.is_readable for entry in entries] == [False] * 3
    assert {str(entry.text) for entry in entries} == {"What was written here cannot be read any more: its key is gone."}


def test_pages_by_key_meet_every_event_once_at_any_length(case):
    with acting_as(Actor.user(case.owner)) as actor:
        for _number in range(110):
            record(CaseEvent.NOTE_WRITTEN, case=case, by=actor, at=NOON, nature="fact", text="x")
        events = Event.objects.visible_to(actor).filter(case=case)
        seen, before = [], ""
        for _page in range(5):
            page = page_of(events, before)
            seen += [event.pk for event in page.rows]
            before = page.older
            if not before:
                break
        assert len(seen) == len(set(seen)) == events.count()
