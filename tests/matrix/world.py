"""One small organisation with everybody in it, and one case for each way a person can stand to a case."""

from dataclasses import dataclass, field
from enum import StrEnum

from django.db import models
from django.test import Client
from django.utils import timezone

from cases.access import acting_as
from cases.actions import approval, case_task, closing, erasure
from cases.actions import note as note_actions
from cases.actor import Actor
from cases.erasing import erase_waiting
from cases.models import (
    Case,
    Erasure,
    ErasureReason,
    Hold,
    Membership,
    MembershipRole,
    NoteNature,
    Outcome,
    Party,
    PartyRole,
    Proceedings,
    User,
)
from cases.permissions import Role
from cases.retention import Afterwards
from evidence.actions import share as share_actions
from takedowns.actions import notice_sent
from tests.conftest import NOON, logged_in_as
from tests.factories.anything import make_anything
from tests.factories.browsers import signed_in
from tests.factories.cases import make_case, make_client, make_staff
from tests.factories.evidence import give_consent, make_exhibit, make_sealed_bundle, picture
from tests.factories.people import bar, make_team
from tests.factories.takedowns import make_links, make_notice


class Relation(StrEnum):
    """How the people of the first team stand to a case."""

    OWN = "own"
    CLOSED = "closed"
    ERASED = "erased"
    UNASSIGNED = "unassigned"
    FOREIGN = "foreign"
    BARRED = "barred"


AWAKE = {"idle_seconds": 7200}
"""Sessions that a slow machine does not end in the middle of the matrix."""
WITHOUT_FACTOR = "without_factor"
STRANGER = "stranger"
EVERYBODY = (*Role, WITHOUT_FACTOR)

REACHED: dict[Relation, frozenset[str]] = {
    Relation.OWN: frozenset({Role.CALL_TAKER, Role.TRAINEE, Role.CASEWORKER, Role.SUPERVISOR}),
    Relation.CLOSED: frozenset({Role.CALL_TAKER, Role.TRAINEE, Role.CASEWORKER, Role.SUPERVISOR}),
    Relation.ERASED: frozenset(),
    Relation.UNASSIGNED: frozenset({Role.SUPERVISOR}),
    Relation.FOREIGN: frozenset(),
    Relation.BARRED: frozenset(),
}
"""Who reaches which case: members their own, a supervisor what the team has, nobody what they are barred from."""


@dataclass
class World:
    """People by role, cases by relation, and every row that an address may name."""

    people: dict[str, User]
    cases: dict[Relation, Case]
    client: User
    rows: dict[tuple[Relation, type[models.Model]], models.Model] = field(default_factory=dict)
    house: dict[type[models.Model], models.Model] = field(default_factory=dict)
    owned: dict[tuple[str, type[models.Model]], models.Model] = field(default_factory=dict)
    browsers: dict[str, Client] = field(default_factory=dict)


def make_world(
    wanted: list[type[models.Model]], of_a_person: list[type[models.Model]], of_the_house: list[type[models.Model]]
) -> World:
    """Make everybody and everything, committed.

    `wanted` are the models of which each case needs a row, `of_a_person` those of which every member of staff does,
    `of_the_house` those of which there is one.
    """
    people = {str(role): make_staff(roles=[role], name=f"{role.title()} A.") for role in Role}
    people[WITHOUT_FACTOR] = make_staff(name="New C.", with_factor=False)
    owner, other_owner = make_staff(name="Owner A."), make_staff(name="Owner B.")
    second = make_staff(roles=[Role.SUPERVISOR], name="Supervisor A.")
    leads = [people[Role.SUPERVISOR], second]
    make_team("First", members=[owner, *(user for user in people.values() if user not in leads)], supervisors=leads)
    make_team("Second", members=[other_owner])
    world = World(people, {}, make_client())
    for relation in Relation:
        mine = relation == Relation.OWN
        case = make_case(
            owner=other_owner if relation == Relation.FOREIGN else owner, client=world.client if mine else make_client()
        )
        _fill(case)
        if relation in (Relation.CLOSED, Relation.ERASED):
            _close(case)
        if relation not in (Relation.FOREIGN, Relation.UNASSIGNED):
            _join(case, people)
        if relation == Relation.BARRED:
            for user in people.values():
                bar(case, user)
        for model in wanted:
            stops_erasing = relation == Relation.ERASED and model in (Erasure, Hold)
            stands_in = world.rows[Relation.CLOSED, model] if stops_erasing else None
            world.rows[relation, model] = stands_in or make_anything(model, case=case)
        world.cases[relation] = case
    for model in of_a_person:
        for name, user in {**people, STRANGER: other_owner}.items():
            world.owned[name, model] = make_anything(model, case=world.cases[Relation.OWN], person=user)
    for model in set(of_the_house) - {Erasure}:
        world.house[model] = make_anything(model, case=world.cases[Relation.OWN])
    world.house[User] = people[Role.TRAINEE]
    _erase(world.cases[Relation.ERASED], asked_by=second, granted_by=people[Role.SUPERVISOR])
    world.house[Erasure] = make_anything(Erasure, case=world.cases[Relation.ERASED])
    world.browsers = {name: signed_in(user, **AWAKE) for name, user in people.items()}
    return world


def _join(case: Case, people: dict[str, User]) -> None:
    """Let everybody into a case, as nobody could but the owner of the tables: administrators never can be."""
    with logged_in_as("owner"), acting_as(Actor.system("test")):
        for name, user in people.items():
            if name != Role.ADMINISTRATOR:
                Membership.make(case=case, user=user, role=MembershipRole.HELPER, since=NOON).save(force_insert=True)


def _fill(case: Case) -> None:
    """Give a case some of everything that addresses name, by the actions that people use."""
    actor, now = Actor.user(case.owner), timezone.now()
    first, *others = make_links(case, "\n".join(f"http://vidnest.localhost:8100/v/{n}" for n in range(3)))
    make_notice(case, others)
    sent = make_notice(case, [first])
    with acting_as(actor):
        notice_sent.sent_by_form(
            notice_id=sent.pk, version=sent.version, ticket="VN-1", reason="by phone", sent_at=now, by=actor, at=now
        )
        note_actions.write(case_id=case.pk, nature=NoteNature.FACT, text="A note", author=case.owner, by=actor, at=now)
        case_task.create(
            case=case,
            kind="first_contact",
            due_at=now,
            path=f"/cases/{case.reference}/",
            dedupe_key="x",
            by=actor,
            at=now,
        )
        Party.make(case=case, role=PartyRole.CLIENT, name="Ines", added_at=now).save(force_insert=True)
    make_exhibit(case, picture(), name="page.png")
    give_consent(case)
    bundle = make_sealed_bundle(case, archive=b"PK\5\6" + bytes(18) + case.pk.bytes)
    with acting_as(actor):
        share_actions.make(bundle_id=bundle.pk, recipient="R", purpose="P", days=1, downloads=1, by=actor, at=now)


def _close(case: Case) -> None:
    """Close a case as its owner does."""
    by = Actor.user(case.owner)
    with acting_as(by):
        closing.close(
            case_id=case.pk,
            outcome=Outcome.DOWN,
            proceedings=Proceedings.NO,
            wish=Afterwards.KEEP,
            held=None,
            by=by,
            at=timezone.now(),
        )


def _erase(case: Case, *, asked_by: User, granted_by: User) -> None:
    """Erase a case as two people and the worker do."""
    now = timezone.now()
    with acting_as(Actor.user(asked_by)) as by:
        asked = erasure.ask(case_id=case.pk, reason=ErasureReason.CLIENT, words="She asked.", by=by, at=now)
    with acting_as(Actor.user(granted_by)) as by:
        approval.grant(approval_id=asked.pk, by=by, at=now)
    with logged_in_as("worker"):
        assert erase_waiting(at=now) == 1
