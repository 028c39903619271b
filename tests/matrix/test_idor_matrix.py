"""Every address × every role × every way to stand to a case × looking and sending: only what the table allows.

What is expected comes from the mark on the view, the roles as lists of permissions, and who reaches which case.
"""

from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from cases.http import TOKEN_FIELD, new_form_token
from cases.permissions import Role
from tests.factories.browsers import anyone
from tests.factories.crawl import Undone
from tests.matrix.routes import (
    NARROWER,
    PLACE,
    Address,
    addresses,
    filled,
    made_up,
    may,
    unknown_arguments,
)
from tests.matrix.world import EVERYBODY, STRANGER, Relation, World

STAFF = [address for address in addresses() if address.urlconf == "urls" and address.permission]
PORTAL = [address for address in addresses() if address.urlconf == "portal_urls"]
SHARE = [address for address in addresses() if address.urlconf == "share_urls"]
WRITTEN = "select relname, n_tup_ins + n_tup_upd + n_tup_del from pg_stat_xact_user_tables where not relname = any(%s)"
NOISE = ["cases_formtoken", "cases_session", "recourse_cache"]
"""Tables that a refused request may touch: its one-use token, and its own session."""
REFUSALS_ARE_KEPT = ["cases_refusal", "cases_event"]


def written() -> dict[str, int]:
    """Return how many rows this transaction has written, by table; Postgres counts for itself."""
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN, [NOISE])
        return {name: count for name, count in cursor.fetchall() if count}


class Visit:
    """One request in a transaction that is taken back: its answer, and what it wrote."""

    def __init__(self, browser: Client, method: str, path: str) -> None:
        self.browser = browser
        with Undone(browser):
            before = written()
            fields = {TOKEN_FIELD: new_form_token()} if method == "POST" else {}
            response = browser.post(path, fields) if method == "POST" else browser.generic(method, path)
            self.status, self.location = response.status_code, response.headers.get("Location", "")
            after = written()
            self.wrote = {name: count for name, count in after.items() if count != before.get(name, 0)}

    @property
    def was_led_to_a_door(self) -> bool:
        """Whether the answer leads somewhere to sign in or to set up a second factor."""
        doors = (reverse("account_login"), reverse("mfa_index"))
        return bool(self.location) and self.location.split("?")[0] in doors

    @property
    def was_refused(self) -> bool:
        """Whether nothing was shown: no such page, no such method, or the way to a door."""
        return self.status in (404, 405) or self.was_led_to_a_door

    @property
    def leads_to_nothing(self) -> bool:
        """Whether the answer only leads on to a page that is refused."""
        if not self.location.startswith("/"):
            return False
        with Undone(self.browser):
            return self.browser.get(self.location).status_code == 404

    @property
    def was_answered(self) -> bool:
        """Whether the person got what the address is for, or was told what is wrong with their form."""
        return (self.status < 400 or self.status in (400, 405, 409, 410, 413, 422, 429)) and not self.was_led_to_a_door

    @property
    def acted(self) -> bool:
        """Whether more was written than that somebody was refused."""
        return bool(set(self.wrote) - set(REFUSALS_ARE_KEPT))

    def __str__(self) -> str:
        return f"{self.status} {self.location} wrote {self.wrote}"


def wrong_with(visit: Visit, allowed: bool, nowhere: Callable[[], Visit] | None = None) -> str:
    """Say how an answer differs from what the table says, or nothing.

    Refused is also who is answered exactly like somebody who made the number up.
    """
    if allowed:
        return "" if visit.was_answered else f"refused to who may: {visit}"
    if visit.acted:
        return f"wrote for who may not: {visit}"
    if visit.was_refused or visit.leads_to_nothing:
        return ""
    other = nowhere() if nowhere is not None else None
    if other is not None and other.status == visit.status and not other.acted:
        return ""
    return f"answered to who may not: {visit}"


@pytest.mark.django_db
@pytest.mark.parametrize("address", addresses(), ids=lambda address: f"{address.urlconf} {address.route}")
def test_the_matrix_knows_how_to_fill_every_address(address):
    assert unknown_arguments(address) == [], "say in tests/matrix/routes.py what this names"


def wrong_for(
    world: World, address: Address, person: str, relation: Relation, *, inside: Relation | None = None
) -> list[str]:
    """Try one address for one person; say what is wrong."""
    wrong, browser = [], world.browsers[person]
    for is_own in (True, False) if address.names_a_person else (True,):
        path = filled(address, world, relation, person=person if is_own else STRANGER, inside=inside)
        allowed = inside is None and may(address, person, relation, is_own=is_own)
        for method in address.methods:
            visit = Visit(browser, method, path)
            if allowed and address.route in NARROWER and visit.was_refused:
                continue
            blind = None
            if inside is not None or not is_own:
                place = made_up(address, world, inside or relation)
                blind = partial(Visit, browser, method, place)
            said = wrong_with(visit, allowed, blind)
            wrong += [f"{person} {method} {relation}: {said}"] if said else []
    return wrong


def relations_for(address: Address, person: str) -> list[Relation]:
    """Return the relations worth trying: who may not anywhere is tried where they belong and where they do not."""
    if not address.names_a_case:
        return [Relation.OWN]
    return list(Relation) if may(address, person, Relation.OWN) else [Relation.OWN, Relation.FOREIGN]


@pytest.mark.django_db
@pytest.mark.parametrize("address", STAFF, ids=lambda address: address.route or "home")
def test_staff_reach_what_the_table_allows_and_nothing_else(world, address):
    wrong = []
    for person in EVERYBODY:
        for relation in relations_for(address, person):
            wrong += wrong_for(world, address, person, relation)
    assert wrong == []


@pytest.mark.django_db
@pytest.mark.parametrize("address", STAFF, ids=lambda address: address.route or "home")
def test_nobody_reaches_anything_without_signing_in(world, address):
    path = filled(address, world, Relation.OWN)
    found = [wrong_with(Visit(anyone(), method, path), False) for method in address.methods]
    assert [said for said in found if said] == []


@pytest.mark.django_db
@pytest.mark.parametrize("address", STAFF, ids=lambda address: address.route or "home")
def test_no_other_method_does_anything(world, address):
    path = filled(address, world, Relation.OWN, person=Role.SUPERVISOR)
    others = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"} - {*address.methods}
    if "GET" in address.methods:
        others -= {"HEAD"}
    found = {method: Visit(world.browsers[Role.SUPERVISOR], method, path) for method in sorted(others)}
    assert {method: visit.status for method, visit in found.items()} == dict.fromkeys(sorted(others), 405)
    assert [method for method, visit in found.items() if visit.wrote] == []


INSIDE = [
    address for address in STAFF if "reference" in address.arguments and {*address.arguments} - {"reference", *PLACE}
]


@pytest.mark.django_db
@pytest.mark.parametrize("address", INSIDE, ids=lambda address: address.route)
def test_what_another_case_holds_is_not_found_under_an_own_case(world, address):
    wrong = []
    for person in (Role.CASEWORKER, Role.SUPERVISOR):
        for relation in (Relation.FOREIGN, Relation.UNASSIGNED, Relation.CLOSED):
            wrong += wrong_for(world, address, person, relation, inside=Relation.OWN)
    assert wrong == []
