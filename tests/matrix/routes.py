"""Every address of every door, who may use it, and how its path is filled: read from the urlconfs."""

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from uuid import uuid4

from django.apps import apps
from django.db import models
from django.urls import URLPattern

from cases.models import Contact, Erasure, Export, Match, RegisterEntry, Session, Shift, Team, User
from cases.permissions import ROLES, Door, Permission, Role
from cases.route_table import _patterns, urlconfs
from tests.architecture.code import APPS
from tests.matrix.world import REACHED, STRANGER, WITHOUT_FACTOR, Relation, World

ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^()]*\)")

NAMED: dict[str, str] = {"url": "ReportedUrl", "import": "LinkImport", "rule": "SafeContact", "task": "CaseTask"}
"""Arguments `<noun>_id` whose noun is not the name of a model."""

OF_THE_HOUSE: dict[str, type[models.Model]] = {
    "entry_id": RegisterEntry,
    "erasure_id": Erasure,
    "match_id": Match,
    "shift_id": Shift,
    "team_id": Team,
    "user_id": User,
}
"""Arguments that name something which belongs to no one case: only the permission decides."""

OF_A_PERSON: dict[str, type[models.Model]] = {"contact_id": Contact, "session_id": Session, "export_id": Export}
"""Arguments that name a row of one person; the stranger's is of another team."""

SECRET: dict[str, str] = {
    "token": "x" * 43,
    "key": "x" * 20,
    "uidb36": "zz",
    "kept_id": "x" * 16,
}
"""Arguments that only who was given them knows; whoever makes one up learns nothing."""

PLACE: dict[str, str] = {
    "step": "1",
    "pk": "1",
    "kind": "media",
    "passkey_id": str(uuid4()),
    "mail_id": str(uuid4()),
    "noun": "claim",
    "paper": "summary",
    "number": "1",
    "name": "picture",
}
"""Arguments that count something of the person who asks, or choose from a fixed list."""

NARROWER: dict[str, str] = {
    "inbox/<uuid:mail_id>/": "a supervisor, or who sees a case that the mail may belong to",
    "cases/<str:reference>/notices/<uuid:notice_id>/replies/<uuid:reply_id>/read": "only a reply of this notice",
    "cases/<str:reference>/notices/<uuid:notice_id>/replies/<uuid:reply_id>/ticket": "only a reply of this notice",
    "cases/<str:reference>/evidence/<uuid:exhibit_id>/look/<uuid:viewing_id>/": "only one's own look",
    "cases/<str:reference>/evidence/<uuid:exhibit_id>/look/<uuid:viewing_id>/hold": "only one's own look",
    "cases/<str:reference>/evidence/<uuid:exhibit_id>/look/<uuid:viewing_id>/more": "only one's own look",
    "cases/<str:reference>/evidence/<uuid:exhibit_id>/look/<uuid:viewing_id>/timed": "only one's own look",
    "cases/<str:reference>/evidence/<uuid:exhibit_id>/look/<uuid:viewing_id>/end": "only one's own look",
    "cases/<str:reference>/releases/<uuid:release_id>/told": "only who asked for it",
    "approvals/<uuid:approval_id>/": "seen by who asked and who may decide",
    "approvals/<uuid:approval_id>/decide": "only by who may decide, never by who asked",
    "approvals/<uuid:approval_id>/instead": "only by who asked",
    "cases/<str:reference>/reach/add": "only the owner of the case and its supervisor",
    "cases/<str:reference>/reach/bar": "only the owner of the case and its supervisor",
    "cases/<str:reference>/reach/bars/<uuid:bar_id>/lift": "only the owner of the case and its supervisor",
    "cases/<str:reference>/reach/owner": "only the owner of the case and its supervisor",
    "cases/<str:reference>/reach/<uuid:membership_id>/end": "only the owner of the case and its supervisor",
    "cases/<str:reference>/reach/reviews/<uuid:task_id>": "only a task that asks for a review, and the supervisor's",
    "accounts/2fa/recovery-codes/": "only who has made codes",
    "cases/<str:reference>/notices/<uuid:notice_id>/withdraw": "a trainee only before it was sent",
    "accounts/2fa/webauthn/keys/<int:pk>/remove/": "only one's own passkey",
    "accounts/2fa/webauthn/keys/<int:pk>/edit/": "only one's own passkey",
}
"""Addresses with a rule beyond the table: the table says who may not, and not all who may are let in."""


@dataclass(frozen=True)
class Address:
    """One route: where it is, its mark, and what its path names."""

    urlconf: str
    route: str
    view: str
    permission: Permission | None
    door: Door | None
    is_share: bool
    open_because: str
    methods: tuple[str, ...] = ("GET",)
    before_factor: bool = False

    @property
    def arguments(self) -> tuple[str, ...]:
        """Return the names in the path, in order."""
        return tuple(typed or raw for typed, raw in ARGUMENT.findall(self.route))

    @property
    def names_a_person(self) -> bool:
        """Whether the path leads to something of one person."""
        return any(name in OF_A_PERSON for name in self.arguments)

    @property
    def names_a_case(self) -> bool:
        """Whether the path leads to one case."""
        return any(name == "reference" or model_of(name) is not None for name in self.arguments)

    def path(self, **values: str) -> str:
        """Return the path with every argument filled."""
        filled = ARGUMENT.sub(lambda found: values[found[1] or found[2]], self.route)
        return "/" + filled.replace("^", "").replace("$", "").replace("\\", "")


@lru_cache(maxsize=1)
def addresses() -> tuple[Address, ...]:
    """Return every address of ours."""
    found = [(name, route, entry) for name in urlconfs() for route, entry in _patterns(import_module(name).urlpatterns)]
    return tuple(_read(name, route, entry) for name, route, entry in found)


def _read(urlconf: str, route: str, entry: URLPattern) -> Address:
    view = entry.callback
    return Address(
        urlconf.removeprefix("config."),
        route,
        getattr(view, "__name__", "view"),
        getattr(view, "permission", None),
        getattr(view, "door", None),
        hasattr(view, "share_guard"),
        str(getattr(view, "open_to_all", "")),
        tuple(getattr(view, "methods", ("GET", "POST"))),
        bool(getattr(view, "before_factor", False)),
    )


def model_of(argument: str) -> type[models.Model] | None:
    """Return the model that an argument names, when its rows belong to a case."""
    noun = argument.removesuffix("_id")
    if noun == argument or argument in {*OF_THE_HOUSE, *OF_A_PERSON, *SECRET, *PLACE}:
        return None
    wanted = NAMED.get(noun, noun.replace("_", "")).lower()
    for model in apps.get_models():
        names = {field.name for field in model._meta.get_fields()}
        if model._meta.app_label in APPS and model.__name__.lower() == wanted and "case" in names:
            return model
    return None


def unknown_arguments(address: Address) -> list[str]:
    """Return what a path names and nobody said how to fill."""
    known = {"reference", *OF_THE_HOUSE, *OF_A_PERSON, *SECRET, *PLACE}
    return [name for name in address.arguments if name not in known and model_of(name) is None]


def wanted_models() -> list[type[models.Model]]:
    """Return the models that some path names."""
    found = {model_of(name) for address in addresses() for name in address.arguments}
    return sorted((model for model in found if model is not None), key=lambda model: model.__name__)


def made_up(address: Address, world: World, relation: Relation) -> str:
    """Return the path with a row that nobody has."""
    reference = world.cases[relation].reference
    values = {name: str(uuid4()) for name in address.arguments} | SECRET | PLACE | {"reference": reference}
    return address.path(**values)


def filled(
    address: Address, world: World, relation: Relation, *, person: str = STRANGER, inside: Relation | None = None
) -> str:
    """Return the path to what a case or a person holds; `inside` puts it under another case's reference."""
    values = {**SECRET, **PLACE}
    for name in address.arguments:
        model = model_of(name)
        if name == "reference":
            values[name] = world.cases[inside or relation].reference
        elif model is not None:
            values[name] = str(world.rows[relation, model].pk)
        elif name in OF_A_PERSON:
            values[name] = str(world.owned[person, OF_A_PERSON[name]].pk)
        elif name in OF_THE_HOUSE:
            values[name] = str(world.house[OF_THE_HOUSE[name]].pk)
    return address.path(**values)


def may(address: Address, person: str, relation: Relation, *, is_own: bool = True) -> bool:
    """Whether the table of permissions lets a person of the staff use an address."""
    if address.permission is None or address.door != Door.STAFF:
        return False
    if person == WITHOUT_FACTOR:
        return address.before_factor
    if address.permission not in ROLES[Role(person)] | {Permission.HOME}:
        return False
    if not is_own:
        return False
    return not address.names_a_case or person in REACHED[relation]
