"""Which stored rows each class of data means, and how they are emptied: the row stays, its words and files go."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model, QuerySet

from cases.contributions import contributed
from cases.models import Case, Lookup
from cases.retention import DataClass
from cases.states import CaseState

SAME = {DataClass.MEDIA_KEPT: DataClass.MEDIA}
"""Classes that mean the same rows and differ in their keeping time only."""


def models_of(kind: DataClass) -> list[type[Model]]:
    """Return the models whose rows belong to a class, as settings.RETENTION_CLASSES says."""
    wanted = SAME.get(kind, kind)
    return [apps.get_model(label) for label, name in settings.RETENTION_CLASSES.items() if name == wanted.value]


def rows_of(model: type[Model], case: Case) -> QuerySet[Model]:
    """Return the rows of one model in one case."""
    field = "pk" if model is Case else "case"
    return model._base_manager.filter(**{field: case.pk})


def has_field(model: type[Model], name: str) -> bool:
    """Whether a model has a column of this name."""
    try:
        model._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return True


def stored_names(kind: DataClass, case: Case) -> Iterator[str]:
    """Yield the names under which files of a class are stored."""
    for model in models_of(kind):
        if has_field(model, "object_name"):
            yield from rows_of(model, case).exclude(object_name="").values_list("object_name", flat=True)


def count(kind: DataClass, case: Case) -> int:
    """Return how many rows of a class still hold words or files."""
    return sum(rows_of(model, case).exclude(sealed=b"").count() for model in models_of(kind))


def cases_with(kind: DataClass) -> set[UUID]:
    """Return every case of which rows of a class still hold words or files."""
    found: set[UUID] = set()
    for model in models_of(kind):
        rows = model._base_manager.filter(case__state=CaseState.CLOSED).exclude(sealed=b"")
        found.update(rows.order_by().values_list("case_id", flat=True).distinct())
    return found


def empty(kind: DataClass, case: Case, *, rule: str, at: datetime) -> int:
    """Empty the rows of a class in the open transaction; return how many held something.

    Upper apps first say so in their own states (settings.RETENTION_PARTS); then every sealed value goes, and with it
    the exact look-ups that led to it.
    """
    emptied = 0
    for part in contributed("RETENTION_PARTS"):
        part(case=case, kind=kind, rule=rule, at=at)
    for model in models_of(kind):
        rows = rows_of(model, case)
        Lookup.objects.filter(case=case, subject_id__in=rows.values("pk")).delete()
        emptied += rows.exclude(sealed=b"").update(sealed=b"")
    return emptied
