"""The matrix is broken on purpose, one guard at a time: a proof that cannot fail proves nothing."""

from dataclasses import replace

import pytest

from cases import access
from cases.actor import Actor
from cases.models import Case, User
from cases.models.case import CaseQuerySet
from cases.permissions import Role
from tests.matrix.routes import Address, addresses, filled, unknown_arguments
from tests.matrix.test_idor_matrix import Visit, wrong_for
from tests.matrix.world import WITHOUT_FACTOR, Relation

pytestmark = pytest.mark.django_db


def at(route: str) -> Address:
    (found,) = [address for address in addresses() if address.urlconf == "urls" and address.route == route]
    return found


NOTICES, NOTES = at("cases/<str:reference>/notices"), at("cases/<str:reference>/notes")


def test_a_view_that_lets_every_role_in_is_found(world, monkeypatch):
    assert wrong_for(world, NOTICES, Role.ADMINISTRATOR, Relation.OWN) == []
    people = at("people")
    assert wrong_for(world, people, Role.CASEWORKER, Relation.OWN) == []
    monkeypatch.setattr(User, "may", lambda self, permission: True)
    assert wrong_for(world, people, Role.CASEWORKER, Relation.OWN) != []


def test_a_first_lock_that_is_open_is_held_by_the_second(world, monkeypatch):
    monkeypatch.setattr(CaseQuerySet, "visible_to", lambda self, actor: self.all())
    assert wrong_for(world, NOTICES, Role.CASEWORKER, Relation.FOREIGN) == []


def test_both_locks_open_are_found(world, monkeypatch):
    owner = Actor.user(world.cases[Relation.FOREIGN].owner)
    tell = access._tell_postgres
    monkeypatch.setattr(CaseQuerySet, "visible_to", lambda self, actor: self.all())
    monkeypatch.setattr(access, "_tell_postgres", lambda actor: tell(owner))
    assert wrong_for(world, NOTICES, Role.CASEWORKER, Relation.FOREIGN) != []


def test_a_second_factor_that_nobody_asks_for_is_found(world, monkeypatch):
    assert wrong_for(world, NOTICES, WITHOUT_FACTOR, Relation.OWN) == []
    monkeypatch.setattr("cases.http.has_second_factor", lambda user: True)
    assert wrong_for(world, at("today"), WITHOUT_FACTOR, Relation.OWN) != []


def test_a_view_that_takes_any_method_is_found(world, monkeypatch):
    path = filled(NOTES, world, Relation.OWN)
    assert Visit(world.browsers[Role.CASEWORKER], "OPTIONS", path).status == 405
    monkeypatch.setattr("cases.http._answers", lambda request, methods: True)
    assert Visit(world.browsers[Role.CASEWORKER], "OPTIONS", path).status != 405


def test_an_address_that_names_something_new_is_found():
    assert unknown_arguments(replace(NOTES, route="cases/<str:reference>/things/<uuid:thing_id>")) == ["thing_id"]
    assert unknown_arguments(replace(NOTES, route="cases/<str:reference>/notes/<uuid:note_id>")) == []


def test_a_refusal_that_writes_is_found(world, monkeypatch):
    tell = access._tell_postgres

    def writes(actor: Actor | None) -> None:
        tell(Actor.user(world.cases[Relation.OWN].owner))
        Case.objects.filter(pk=world.cases[Relation.OWN].pk).update(version=99)
        tell(actor)

    monkeypatch.setattr(access, "_tell_postgres", writes)
    assert wrong_for(world, NOTES, Role.CASEWORKER, Relation.FOREIGN) != []
