"""A case whose key is missing or wrong: a plain page, a line in the log, an event, and nothing shown in its place."""

import logging
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cases import key_signs
from cases.access import acting_as
from cases.actor import Actor
from cases.events import CaseEvent
from cases.key_sources import FileSource
from cases.keys import SYSTEM_CHAIN
from cases.models import CaseKey, Event, Party, PartyRole
from cases.permissions import Role
from tests.conftest import NOON, logged_in_as
from tests.factories.browsers import signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.keyfiles import make_key_file
from tests.factories.portal import come_in

pytestmark = pytest.mark.django_db(transaction=True)


def _break(case):
    """Put another case's wrapped key where this one's was."""
    other = make_case()
    with logged_in_as("worker"), acting_as(Actor.system("test")):
        wrapped = CaseKey.objects.get(case_id=other.pk).wrapped
        CaseKey.objects.filter(case_id=case.pk).update(wrapped=wrapped)


def _case():
    case = make_case()
    with acting_as(Actor.user(case.owner)):
        Party.make(case=case, role=PartyRole.CLIENT, added_at=NOON, name="Ines").save()
    return case


def _refusals():
    with acting_as(Actor.user(make_staff(roles=[Role.ADMINISTRATOR]))):
        return [event.body for event in Event.objects.filter(kind=CaseEvent.KEY_REFUSED)]


def test_a_case_whose_key_does_not_open_says_so_and_what_to_tell_the_administrator(caplog):
    case = _case()
    browser = signed_in(case.owner)
    address = reverse("cases:parties", args=[case.reference])
    assert browser.get(address).status_code == 200
    _break(case)
    with caplog.at_level(logging.ERROR, logger="recourse.keys"):
        logging.getLogger("recourse").propagate = True
        response = browser.get(address)
        logging.getLogger("recourse").propagate = False
    text = response.content.decode()
    assert response.status_code == 503
    assert "This case cannot be read" in text
    assert f"case key does not open: {case.pk}" in text
    assert "Ines" not in text
    assert case.reference not in text
    logged = {(record.part, record.kind) for record in caplog.records if record.name == "recourse.keys"}
    assert logged == {(str(case.pk), "missing")}


def test_it_is_recorded_once_an_hour_and_stands_on_the_health_page():
    case = _case()
    _break(case)
    browser = signed_in(case.owner)
    for _ in range(3):
        browser.get(reverse("cases:parties", args=[case.reference]))
    assert _refusals() == [{"unreadable": str(case.pk), "reason": "missing"}]
    page = signed_in(make_staff(roles=[Role.ADMINISTRATOR])).get(reverse("cases:health"))
    shown = {sign.label: sign for sign in page.context["keys"]}
    assert shown["Pages that could not be opened"].tone == "late"
    assert str(case.pk) not in page.content.decode()


def test_a_damaged_row_is_not_shown_either():
    case = _case()
    with acting_as(Actor.user(case.owner)):
        party = Party.objects.get(case=case, role=PartyRole.CLIENT)
        Party.objects.filter(pk=party.pk).update(sealed=bytes(party.sealed)[:-1] + b"x")
    response = signed_in(case.owner).get(reverse("cases:parties", args=[case.reference]))
    assert response.status_code == 503
    assert "changed or damaged" in response.content.decode()
    assert _refusals() == [{"unreadable": str(case.pk), "reason": "damaged"}]


def test_other_cases_stay_readable():
    broken, whole = _case(), _case()
    _break(broken)
    assert signed_in(whole.owner).get(reverse("cases:parties", args=[whole.reference])).status_code == 200


def test_a_client_sees_neither_case_nor_key():
    seen = come_in(upto="check")
    assert seen.browser.get("/d/6").status_code == 200
    _break(seen.case)
    response = seen.browser.get("/d/6")
    text = response.content.decode()
    assert response.status_code == 503
    said = text.split("<main")[1].split("</main")[0].lower()
    for word in ("case", "key", str(seen.case.pk), seen.case.reference):
        assert word not in said


def test_without_the_key_of_the_system_no_page_pretends_that_something_else_went_wrong():
    """No session opens then: the page knows nobody, and nothing of the trouble is told to whoever asks."""
    case = _case()
    browser = signed_in(case.owner)
    client = come_in(upto="check").browser
    with logged_in_as("worker"), acting_as(Actor.system("test")):
        wrapped = CaseKey.objects.get(case_id=case.pk).wrapped
        CaseKey.objects.filter(case_id=SYSTEM_CHAIN).update(wrapped=wrapped)
    for asks, path in ((browser, reverse("cases:today")), (browser, "/"), (client, "/d/6")):
        asks.raise_request_exception = False
        response = asks.get(path)
        assert response.status_code == 503
        assert "This page cannot be shown now" in response.content.decode()
        assert response.headers["Cache-Control"] == "no-store"


def test_any_other_trouble_stays_the_plain_page(monkeypatch):
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    browser = signed_in(_case().owner)
    browser.raise_request_exception = False
    monkeypatch.setattr("cases.languages.LanguageMiddleware.__call__", broken)
    response = browser.get(reverse("cases:today"))
    assert response.status_code == 500
    assert "Something went wrong on our side" in response.content.decode()


def test_the_health_page_counts_keys_by_version_for_administrators_only(tmp_path, settings):
    make_case()
    administrator = signed_in(make_staff(roles=[Role.ADMINISTRATOR])).get(reverse("cases:health"))
    labels = {sign.label: (sign.value, sign.tone) for sign in administrator.context["keys"]}
    assert labels["Key version 1"] == ("2 case keys", "ok")
    assert labels["Oldest key version in use"] == ("Less than a year", "ok")
    assert labels["Escrow file of the case keys"] == ("None for this version", "soon")
    assert labels["Pages that could not be opened"] == ("None in a week", "ok")
    supervisor = signed_in(make_staff(roles=[Role.SUPERVISOR])).get(reverse("cases:health"))
    assert supervisor.context["keys"] == []


def test_a_version_that_is_not_held_is_late_on_the_health_page(tmp_path, settings):
    make_case()
    path = make_key_file(tmp_path, versions=2)
    path.write_text("\n".join(line for line in path.read_text().splitlines() if not line.startswith("kek:1")))
    settings.KEY_SOURCE = FileSource(path)
    with acting_as(Actor.user(make_staff(with_factor=False))):
        shown = {sign.label: sign for sign in key_signs.signs(now=timezone.now())}
    assert shown["Key version 1"].tone == "late"
    assert "not held" in shown["Key version 1"].value


def test_a_version_older_than_a_year_asks_for_a_rotation():
    make_case()
    with acting_as(Actor.system("test")):
        shown = {sign.label: sign for sign in key_signs.signs(now=timezone.now() + timedelta(days=400))}
    assert shown["Oldest key version in use"].tone == "soon"
