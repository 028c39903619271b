"""The timeline reads the record: every kind of event has its words, newest first, page by page."""

from datetime import timedelta
from enum import StrEnum
from importlib import import_module

import pytest
from django.conf import settings
from django.template.loader import get_template
from django.urls import reverse

from cases.access import acting_as
from cases.actor import Actor
from cases.events import CaseEvent
from cases.ledger import record
from cases.reading import template_of
from tests.conftest import NOON
from tests.factories.browsers import signed_in
from tests.factories.cases import make_case, make_staff

pytestmark = pytest.mark.django_db


def _kinds():
    for app in ("cases", "evidence", "takedowns"):
        module = import_module(f"{app}.events")
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, StrEnum) and value is not StrEnum:
                yield from value


@pytest.mark.parametrize("kind", sorted({str(kind) for kind in _kinds()}))
def test_every_kind_of_event_has_its_words(kind):
    assert (settings.BASE_DIR / "templates" / template_of(kind)).is_file()
    assert get_template(template_of(kind)).template.source.startswith("{#"), "the first line names what it needs"


def _timeline(case, **query):
    return signed_in(case.owner).get(reverse("cases:timeline", args=[case.reference]), query)


def test_what_was_done_can_be_read_with_who_did_it_and_when():
    case = make_case(owner=make_staff(name="Amira K."))
    page = _timeline(case).content.decode()
    assert "Case opened" in page
    assert "Asked about age: “Adult, they said”, said by the client" in page
    assert "Amira K." in page
    assert "22 November 2026" in page
    assert page.index("Asked about age") < page.index("Case opened"), "newest first"


def test_the_timeline_can_be_narrowed_to_who_acted():
    case = make_case()
    with acting_as(Actor.system("test")) as system:
        pass
    with acting_as(Actor.user(case.owner)):
        record(CaseEvent.TASK_REMINDED, case=case, by=system, at=NOON, task="first_contact")
    assert "a reminder was sent" in _timeline(case, by="system").content.decode()
    assert "Case opened" not in _timeline(case, by="system").content.decode()
    assert "a reminder was sent" not in _timeline(case, by="people").content.decode()
    assert "Case opened" in _timeline(case, by="nonsense").content.decode()


def test_a_long_record_goes_on_by_key_without_loss():
    case = make_case()
    actor = Actor.user(case.owner)
    with acting_as(actor):
        for number in range(60):
            text = f"note {number}."
            at = NOON + timedelta(hours=number)
            record(CaseEvent.NOTE_WRITTEN, case=case, by=actor, at=at, nature="fact", text=text)
    first = _timeline(case)
    assert "note 59." in first.content.decode()
    assert "note 1." not in first.content.decode()
    second = signed_in(case.owner).get(first.context["older"]).content.decode()
    assert "note 1." in second
    assert "Case opened" in second
    shown = [entry for _day, entries in first.context["days"] for entry in entries]
    assert [entry.at for entry in shown] == sorted((entry.at for entry in shown), reverse=True)
    assert len(shown) == 50


def test_what_is_entered_later_stands_at_the_time_it_happened():
    case = make_case()
    actor = Actor.user(case.owner)
    with acting_as(actor):
        record(CaseEvent.NOTE_WRITTEN, case=case, by=actor, at=NOON + timedelta(days=3), nature="fact", text="third.")
        record(CaseEvent.NOTE_WRITTEN, case=case, by=actor, at=NOON - timedelta(days=3), nature="fact", text="first.")
    page = _timeline(case).content.decode()
    assert page.index("third.") < page.index("Case opened") < page.index("first.")


def test_events_of_one_moment_are_all_shown_over_two_pages():
    case = make_case()
    actor = Actor.user(case.owner)
    with acting_as(actor):
        for number in range(60):
            record(CaseEvent.NOTE_WRITTEN, case=case, by=actor, at=NOON, nature="fact", text=f"note {number}.")
    first = _timeline(case)
    second = signed_in(case.owner).get(first.context["older"])
    pages = (first, second)
    shown = [entry.event.seq for page in pages for _day, entries in page.context["days"] for entry in entries]
    assert len(shown) == len(set(shown)) == 62


def test_words_in_an_event_cannot_become_markup():
    case = make_case()
    actor = Actor.user(case.owner)
    with acting_as(actor):
        record(CaseEvent.NOTE_WRITTEN, case=case, by=actor, at=NOON, nature="fact", text="<img src=x onerror=y>")
    page = _timeline(case).content.decode()
    assert "<img" not in page
    assert "&lt;img src=x" in page


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "2026-11-22_1", "2026-11-22T12:00:00+00:00_-4", "\x00"])
def test_a_made_up_place_shows_the_newest(before):
    assert "Case opened" in _timeline(make_case(), before=before).content.decode()
