"""A row of any model: for proofs that must hold for a table which nobody has thought of yet."""

import os
from datetime import time, timedelta
from typing import Any
from uuid import uuid4

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import IntegrityError, models, transaction

from cases.access import acting_as
from cases.actor import Actor
from cases.models import Case, Consent, ConsentBasis, Power, User
from tests.conftest import NOON, logged_in_as

SPECIAL: dict[str, dict[str, Any]] = {
    "Bar": {"user": lambda case: make_nobody()},
    "CaseLink": {"other": lambda case: make_other(case)},
    "Derivative": {"parent_sha256": lambda case: hash_of_parent(case)},
    "Effect": {"audience": "nobody"},
    "ExtraTime": {"given_by": lambda case: make_nobody(), "minutes": 5},
    "Fingerprint": {"case": lambda case: make_agreeing(case)},
    "FingerprintHash": {"case": lambda case: make_agreeing(case)},
    "Membership": {"role": "helper"},
    "VolumeSet": {"max_bytes": 1 << 20, "max_files": 1},
}
"""Values that the checks of a table want and its fields do not tell; a function is given the case."""


def make_anything(model: type[models.Model], *, case: Case, person: User | None = None) -> models.Model:
    """Make one row of a model in a case, as the owner of the tables, committed; existing rows are taken as they are.

    With `person`, a new row that names this person wherever it names one.
    """
    with logged_in_as("owner"), acting_as(Actor.system("test")):
        return _row_of(model, case) if person is None else _new_row_of(model, case, person)


def make_nobody() -> User:
    """Return somebody new of the staff, who works on nothing."""
    return User.objects.make_staff(email=f"{uuid4().hex[:12]}@casework.example", name="Nobody", roles=[])


def hash_of_parent(case: Case) -> str:
    """Return the hash of the exhibit that a row of this case would be derived from."""
    exhibit: Any = _row_of(apps.get_model("evidence.Exhibit"), case)
    return str(exhibit.sha256)


def make_agreeing(case: Case) -> Case:
    """Return the case once its client lets us keep fingerprints: the database takes none without."""
    if not case.consents.filter(power=Power.KEEP_FINGERPRINT, is_given=True, ended_at=None).exists():
        yes = {"power": Power.KEEP_FINGERPRINT, "is_given": True, "basis": ConsentBasis.WRITTEN, "given_at": NOON}
        Consent(case=case, **yes).save(force_insert=True)
    return case


def make_other(case: Case) -> Case:
    """Return any other case, as the owner of the tables finds it."""
    return Case.objects.exclude(pk=case.pk).order_by("opened_at").first() or Case.objects.get(pk=case.pk)


def _row_of(model: type[models.Model], case: Case) -> models.Model:
    if model is Case:
        return case
    if model is User:
        return case.owner
    rows = model._default_manager.all()
    names = {field.name for field in model._meta.get_fields()}
    found = (rows.filter(case_id=case.pk) if "case" in names or "case_id" in names else rows).first()
    return found or _new_row_of(model, case)


def _new_row_of(model: type[models.Model], case: Case, person: User | None = None) -> models.Model:
    """Try the plainest row first, then one with everything filled, through the states a row may have."""
    refusals = []
    for turn in range(6):
        for whole in (False, True):
            row = model(**{**_values(model, case, turn=turn, whole=whole), **_naming(model, person)})
            try:
                with transaction.atomic():
                    row.save(force_insert=True)
            except IntegrityError as refusal:
                refusals.append(str(refusal))
            else:
                return row
    raise AssertionError(f"No row of {model.__name__} can be guessed; give its values in SPECIAL: {refusals[-1]}")


def _naming(model: type[models.Model], person: User | None) -> dict[str, Any]:
    if person is None:
        return {}
    names = [field.name for field in model._meta.concrete_fields if field.related_model is User]
    return dict.fromkeys(names, person)


def _values(model: type[models.Model], case: Case, *, turn: int, whole: bool) -> dict[str, Any]:
    values: dict[str, Any] = {}
    special = SPECIAL.get(model.__name__, {})
    for place, field in enumerate(model._meta.concrete_fields):
        may_stay_out = field.has_default() or (field.blank and isinstance(field, models.CharField)) or field.null
        if field.name in special:
            told = special[field.name]
            values[field.name] = told(case) if callable(told) else told
        elif field.name in ("sealed", "pk") or (field.primary_key and field.has_default()):
            continue
        elif field.name == "case_id":
            values["case_id"] = case.pk
        elif field.is_relation and field.related_model is not model:
            if whole or not field.null or field.related_model is Case:
                values[field.name] = _row_of(field.related_model, case)
        elif field.choices and turn:
            values[field.name] = field.flatchoices[turn % len(field.flatchoices)][0]
        elif not may_stay_out or (whole and not field.is_relation):
            values[field.name] = _value_of(field, place)
    return values


def _value_of(field: Any, place: int) -> Any:
    """Return some value of a field's kind; times rise with the fields, as they do in the rows people write."""
    if field.choices:
        return field.flatchoices[0][0]
    made: dict[type, Any] = {
        models.DateTimeField: NOON + timedelta(days=place),
        models.DateField: (NOON + timedelta(days=place)).date(),
        models.TimeField: time(9),
        models.DurationField: timedelta(hours=1),
        models.UUIDField: uuid4(),
        models.BinaryField: os.urandom(32),
        models.BooleanField: False,
        models.JSONField: {},
        ArrayField: [],
        models.IntegerField: 1,
        models.FloatField: 1.0,
        models.TextField: "text",
        models.CharField: uuid4().hex,
    }
    value = next(value for kind, value in made.items() if isinstance(field, kind))
    limit = getattr(field, "max_length", None)
    return value[:limit] if isinstance(value, str) and limit else value
