"""Erasure at work: every stored file with all its versions, every row, the key; then a tombstone and a certificate.

What belongs to a case is found by its columns, not by a list: a table that somebody adds next year is erased too.
Order: the database lets it begin (closed, not held, granted by two), the files go from the store, then one
transaction deletes the rows, destroys the key and leaves the tombstone. A worker that is killed in between leaves it
begun; the next one does it again from the start.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import reduce
from operator import or_
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db.models import ForeignKey, Model, Q, QuerySet
from django.utils.translation import gettext as _

from cases.access import acting_as
from cases.actions import erasure as erasure_actions
from cases.actor import Actor
from cases.models import (
    Case,
    Door,
    Erasure,
    Membership,
    MembershipRole,
    Passkey,
    RegisterEntry,
    Session,
    User,
    UserKind,
)
from cases.retention_parts import has_field
from cases.vault import Vault

ACTOR = Actor.system("erasure")
log = logging.getLogger("recourse.retention")


def ways_to_a_case(model: type[Model]) -> list[str]:
    """Return the columns of a model that point at a case."""
    return [
        field.name
        for field in model._meta.concrete_fields
        if isinstance(field, ForeignKey) and field.related_model is Case
    ]


def tables_of_a_case() -> list[type[Model]]:
    """Return every model whose rows belong to a case, in no order: the keys between them are checked at the end."""
    return [model for model in apps.get_models() if model is not Case and ways_to_a_case(model)]


def is_kept(model: type[Model]) -> bool:
    """Whether rows of a model outlive the case, emptied of what is sealed."""
    return model._meta.label in settings.KEPT_AFTER_ERASURE


def tables_that_go() -> list[type[Model]]:
    """Return the models whose rows are deleted; the register only lets go of the case."""
    return [model for model in tables_of_a_case() if not is_kept(model) and model is not RegisterEntry]


def belongs(model: type[Model], case_id: UUID) -> Q:
    """Return what a row of a model must fulfil to belong to a case: any of its columns points there."""
    first, *others = [Q(**{name: case_id}) for name in ways_to_a_case(model)]
    return reduce(or_, others, first)


def rows_of(model: type[Model], case_id: UUID) -> QuerySet[Model]:
    """Return the rows of a model that belong to a case by any of its columns."""
    return model._base_manager.filter(belongs(model, case_id))


def stored_names(case_id: UUID) -> Iterator[str]:
    """Yield the names of every stored file of a case."""
    for model in tables_of_a_case():
        if has_field(model, "object_name"):
            yield from rows_of(model, case_id).exclude(object_name="").values_list("object_name", flat=True)


def what_goes(case_id: UUID) -> dict[str, int]:
    """Return how many rows of each table would go: what the person who asks is shown, and the certificate keeps."""
    counts = {model._meta.db_table: rows_of(model, case_id).count() for model in tables_that_go()}
    counts["stored_files"] = len(list(stored_names(case_id)))
    counts["ways_in"] = Door.objects.filter(case_id=case_id).count()
    return {name: number for name, number in sorted(counts.items()) if number}


def erase_waiting(*, at: datetime, vault: Vault | None = None, stop_after: Callable[[], None] | None = None) -> int:
    """Carry out every erasure that was granted, or begun by a worker that was killed; return how many were finished.

    One that fails leaves the others alone and is tried again; Health shows it.
    """
    with acting_as(ACTOR):
        waiting = list(Erasure.objects.unfinished().order_by("granted_at", "pk").values_list("pk", flat=True))
    done = 0
    for erasure_id in waiting:
        try:
            done += _erase(erasure_id, vault or Vault(), at=at, stop_after=stop_after)
        except Exception:
            log.exception("an erasure failed", extra={"event": "erasure"})
            if stop_after is not None:
                raise
    return done


def _erase(erasure_id: UUID, store: Vault, *, at: datetime, stop_after: Callable[[], None] | None) -> bool:
    with acting_as(ACTOR):
        case_id = Erasure.objects.values_list("case_id", flat=True).get(pk=erasure_id)
        counts = what_goes(case_id)
        if not erasure_actions.begin(erasure_id=erasure_id, counts=counts, by=ACTOR, at=at):
            return False
        names = list(stored_names(case_id))
    for name in names:
        store.delete_every_version(name)
        if stop_after is not None:
            stop_after()
    with acting_as(ACTOR):
        case = erasure_actions.still_erasing(erasure_id=erasure_id)
        if case is None:
            return False
        _end_ways_in(case.pk)
        _delete_rows(case.pk)
        erasure_actions.finish(erasure_id=erasure_id, by=ACTOR, at=at)
    return True


def in_words(counts: dict[str, int]) -> list[tuple[str, int]]:
    """Return counts with names that people use; tables nobody has a word for are added up as other rows."""
    names = {
        "stored_files": _("Stored files"),
        "ways_in": _("Invitations, codes and links"),
        "evidence_exhibit": _("Exhibits"),
        "evidence_bundle": _("Bundles"),
        "evidence_share": _("Shares"),
        "evidence_finding": _("Findings and papers in draft"),
        "takedowns_reportedurl": _("Links"),
        "takedowns_notice": _("Notices"),
        "takedowns_urlcheck": _("Looks at links"),
        "cases_note": _("Notes"),
        "cases_message": _("Messages"),
        "cases_party": _("People"),
        "cases_consent": _("Agreements"),
        "cases_safecontact": _("Contact rules"),
        "cases_lookup": _("Marks to find people by"),
        "cases_casetask": _("Tasks"),
        "cases_membership": _("Who could see it"),
        "cases_report": _("The client’s own report"),
    }
    found = [(label, counts[name]) for name, label in names.items() if counts.get(name)]
    others = sum(number for name, number in counts.items() if name not in names)
    return [*found, (_("Other entries"), others)] if others else found


def _end_ways_in(case_id: UUID) -> None:
    """Delete tokens and sessions, and close the accounts of clients who have no other case."""
    Door.objects.filter(case_id=case_id).delete()
    members = Membership.objects.filter(case_id=case_id, role=MembershipRole.CLIENT).values_list("user_id", flat=True)
    clients = list(User.objects.filter(pk__in=list(members), kind=UserKind.CLIENT))
    Session.objects.filter(user__in=clients).delete()
    Passkey.objects.filter(user__in=clients).delete()
    for client in clients:
        elsewhere = Membership.objects.current().filter(user=client).exclude(case_id=case_id)
        if not elsewhere.exists():
            client.is_active, client.language = False, "en"
            client.set_unusable_password()
            client.save(update_fields=["is_active", "language", "password"])


def _delete_rows(case_id: UUID) -> None:
    """Delete what belongs to the case, and what hangs on it; empty what is kept; let go what only mentions it."""
    RegisterEntry.objects.filter(case_id=case_id).update(case=None)
    for model in tables_that_go():
        for hanging in _hanging_on(model):
            _delete(hanging, Q(**{f"{_way(hanging, model)}__in": rows_of(model, case_id).values("pk")}))
    for model in tables_that_go():
        _delete(model, belongs(model, case_id))
    for model in tables_of_a_case():
        if is_kept(model) and has_field(model, "sealed") and model._meta.label != "cases.Event":
            rows_of(model, case_id).update(sealed=b"")


def _hanging_on(model: type[Model]) -> list[type[Model]]:
    """Return models without a case of their own whose rows point at rows of this model."""
    return [
        other for other in apps.get_models() if not ways_to_a_case(other) and other is not Case and _way(other, model)
    ]


def _way(other: type[Model], model: type[Model]) -> str:
    ways = [field.name for field in other._meta.concrete_fields if isinstance(field, ForeignKey)]
    return next((name for name in ways if other._meta.get_field(name).related_model is model), "")


def _delete(model: type[Model], wanted: Q) -> None:
    """Delete in one statement, without Django's own search for dependants: the database checks the keys at the end."""
    rows = model._base_manager.filter(wanted)
    rows._raw_delete(rows.db)
