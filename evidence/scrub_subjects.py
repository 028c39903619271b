"""Which stored files are verified: every table that names a file and keeps the hash of it as it was stored."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Model

from cases.models import Case
from cases.retention_parts import has_field
from cases.rvlt import sealed_size

NOT_VERIFIED: dict[str, str] = {
    "cases.Export": "a list that is made anew and gone after some days; no hash of it is kept",
    "takedowns.IncomingMail": "a mail on its way to its case: it is read within minutes, and an exhibit verifies it",
}
"""Tables that name stored files and are not verified, each with its reason."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file as its row describes it: where it lies, and what it was when it was stored."""

    case_id: UUID
    subject: str
    subject_id: UUID
    file_id: UUID
    name: str
    sealed_bytes: int
    sealed_sha256: str
    plain_sha256: str


def subjects() -> Iterator[type[Model]]:
    """Yield the models whose files are verified, those that somebody adds next year too."""
    for model in apps.get_models():
        if has_field(model, "object_name") and has_field(model, "cipher_sha256") and has_field(model, "case"):
            yield model


def is_known(model: type[Model]) -> bool:
    """Whether a model names no stored file, is verified, or stands in NOT_VERIFIED."""
    return not has_field(model, "object_name") or model in set(subjects()) or model._meta.label in NOT_VERIFIED


def described(model: type[Model], row: Any) -> StoredFile:
    """Return the file that a row names."""
    cipher_size = getattr(row, "cipher_size", None)
    return StoredFile(
        case_id=row.case_id,
        subject=model._meta.db_table,
        subject_id=row.pk,
        file_id=getattr(row, "file_id", None) or row.pk,
        name=row.object_name,
        sealed_bytes=cipher_size if cipher_size else sealed_size(row.size),
        sealed_sha256=row.cipher_sha256,
        plain_sha256=getattr(row, "sha256", ""),
    )


def said(model: type[Model], row: Any) -> str:
    """Return what to call a file: ABC/001, a bundle's number, or its table's name; nothing of what it holds."""
    for name in ("label", "reference"):
        if isinstance(text := getattr(row, name, None), str) and text:
            return text
    exhibit = getattr(row, "exhibit", None)
    if exhibit is not None:
        return f"{exhibit.label} ({row.get_kind_display() if hasattr(row, 'get_kind_display') else model.__name__})"
    return str(model._meta.verbose_name)


def path_of(row: Any, case: Case) -> str:
    """Return the page on which somebody looks into it."""
    exhibit_id = getattr(row, "exhibit_id", None) or (row.pk if row._meta.label == "evidence.Exhibit" else None)
    folder = f"/cases/{case.reference}"
    if exhibit_id:
        return f"{folder}/evidence/{exhibit_id}/"
    return f"{folder}/bundle" if row._meta.label == "evidence.Bundle" else f"{folder}/evidence"
