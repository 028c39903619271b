"""Keeping times: pure rules over random cases, the table in the browser, and the preview."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from django.apps import apps
from django.conf import settings

from cases.access import acting_as
from cases.actor import Actor
from cases.models import Event, RetentionRule
from cases.permissions import Role
from cases.retention import (
    ADVANCE,
    OF_A_CASE,
    Afterwards,
    ClosedCase,
    DataClass,
    Rule,
    goes_on,
    limitations,
    may_go,
    rule_for,
    shipped_rules,
    to_announce,
)
from cases.sealed import SealedRow
from tests.conftest import NOON
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.endings import close, supervisor

START = datetime(2026, 1, 1, tzinfo=UTC)


def some_case(chance: random.Random) -> ClosedCase:
    held = chance.random() < 0.4
    return ClosedCase(
        country=chance.choice(["", "US", "DE", "GB"]),
        closed_at=None if chance.random() < 0.4 else START + timedelta(days=chance.randrange(2000)),
        wish=chance.choice(list(Afterwards)),
        held=held,
        held_until=START.date() + timedelta(days=chance.randrange(4000)) if held and chance.random() < 0.5 else None,
    )


def some_rules(chance: random.Random) -> list[Rule]:
    return [
        Rule(kind, country, chance.choice([None, 1, 30, 90, 400]), "x", "check-before-use", date(2026, 1, 1))
        for kind in OF_A_CASE
        for country in ("", "US")
        if chance.random() < 0.8
    ]


def test_nothing_of_a_live_or_held_case_ever_goes():
    chance = random.Random(7)
    went = 0
    for _round in range(4000):
        case, rules = some_case(chance), some_rules(chance)
        at = START + timedelta(days=chance.randrange(6000))
        told = chance.choice([None, at - timedelta(days=chance.randrange(60))])
        for kind in OF_A_CASE:
            if not may_go(kind, case, rules, announced_at=told, at=at):
                continue
            went += 1
            assert case.closed_at is not None
            assert not (case.held and (case.held_until is None or case.held_until >= at.date()))
            assert told is not None
            assert at - told >= ADVANCE
            rule = rule_for(kind, case.country, rules)
            assert rule is not None
            assert rule.days is not None
            assert case.closed_at.date() + timedelta(days=rule.days) <= at.date()
    assert went > 100


def test_files_wait_for_the_limitation_on_file_unless_the_client_wants_them_gone():
    rules = shipped_rules()
    closed = datetime(2026, 3, 1, tzinfo=UTC)
    assert goes_on(DataClass.MEDIA, ClosedCase("US", closed), rules) == date(2029, 3, 2)
    assert goes_on(DataClass.MEDIA, ClosedCase("DE", closed), rules) == date(2026, 5, 30)
    gone = ClosedCase("US", closed, wish=Afterwards.DELETE)
    assert goes_on(DataClass.MEDIA, gone, rules) == date(2026, 5, 30)


def test_files_that_the_client_asked_to_keep_wait_longer():
    rules = shipped_rules()
    kept = ClosedCase("DE", datetime(2026, 3, 1, tzinfo=UTC), wish=Afterwards.KEEP)
    assert goes_on(DataClass.MEDIA, kept, rules) is None
    assert goes_on(DataClass.MEDIA_KEPT, kept, rules) == date(2029, 2, 28)


def test_the_rule_of_a_country_beats_the_one_for_any():
    any_rule = Rule(DataClass.NOTES, "", 365, "x", "x", date(2026, 1, 1))
    own = Rule(DataClass.NOTES, "DE", 30, "x", "x", date(2026, 1, 1))
    assert rule_for(DataClass.NOTES, "DE", [any_rule, own]) is own
    assert rule_for(DataClass.NOTES, "FR", [any_rule, own]) is any_rule


def test_the_day_that_is_announced_is_never_nearer_than_the_advance():
    late = ClosedCase("DE", START)
    at = START + timedelta(days=800)
    assert set(to_announce(late, shipped_rules(), at=at).values()) == {(at + ADVANCE).date()}


def test_a_limitation_from_a_leap_day_ends_on_a_day_that_exists():
    assert limitations("US")[0].last_day(date(2028, 2, 29)) == date(2031, 2, 28)


def test_every_shipped_figure_says_what_it_rests_on_and_asks_to_be_checked():
    for rule in shipped_rules():
        assert rule.basis
        assert rule.confidence in ("check-before-use", "house-rule")
    for country in ("US",):
        assert all(one.source.startswith("https://") for one in limitations(country))


def test_every_sealed_table_with_a_case_has_a_keeping_time_or_a_reason_to_stay():
    stays = {
        "cases.Approval": "emptied by erasure",
        "cases.Case": "holds the first words; goes with erasure",
        "cases.Event": "append-only; unreadable after erasure",
        "cases.Hold": "says why something was kept",
        "cases.RegisterEntry": "sealed under the house's key, with a class of its own",
    }
    sealed = {
        model._meta.label
        for model in apps.get_models()
        if issubclass(model, SealedRow)
        and not model._meta.proxy
        and any(field.name == "case" for field in model._meta.fields)
    }
    assert sealed | {"cases.Case"} == set(settings.RETENTION_CLASSES) | set(stays)


@pytest.mark.django_db
def test_a_supervisor_changes_a_rule_and_the_record_says_so():
    boss = supervisor()
    browser = signed_in(boss)
    values = {
        "country": "DE",
        "days": "45",
        "basis": "Asked our lawyer",
        "confidence": "checked-by-lawyer",
        "checked_on": "2026-11-20",
    }
    assert press(browser, "/retention/media", **values).status_code == 302
    rules = RetentionRule.objects.all().in_force()
    assert rule_for(DataClass.MEDIA, "DE", rules).days == 45
    assert rule_for(DataClass.MEDIA, "FR", rules).days == 90
    with acting_as(Actor.user(boss)):
        event = Event.objects.get(kind="cases.retention_changed")
        assert (event.body["before"], event.body["days"]) == (90, 45)
    assert press(browser, "/retention/media", **{**values, "basis": ""}).status_code == 422
    assert press(browser, "/retention/figures", **values).status_code == 404


@pytest.mark.django_db
def test_who_may_see_the_table_and_who_may_change_it():
    assert signed_in(make_staff()).get("/retention").status_code == 404
    admin = signed_in(make_staff(roles=[Role.ADMINISTRATOR]))
    assert admin.get("/retention").status_code == 200
    assert admin.get("/retention/media").status_code == 404
    assert signed_in(supervisor(), fresh=False).get("/retention/media").status_code == 200


@pytest.mark.django_db
def test_the_preview_counts_all_and_names_only_what_one_may_see():
    case = close(make_case(), at=NOON - timedelta(days=80))
    far = (NOON + timedelta(days=60)).date().isoformat()
    page = signed_in(supervisor()).get(f"/retention?on={far}").content.decode()
    assert case.reference in page
    admin = signed_in(make_staff(roles=[Role.ADMINISTRATOR])).get(f"/retention?on={far}").content.decode()
    assert case.reference not in admin
    assert '<td class="end num">1</td>' in admin
