"""Stored files that no row names: what a process leaves that is killed between storing and sealing."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.core.files.storage import Storage, storages
from django.db import connection

from cases.access import acting_as
from cases.actor import Actor
from cases.rowsecurity import OWNER, WORKER
from evidence.intake import sweep as sweep_staging

KEPT_FOR = timedelta(hours=24)
"""A file younger than this may belong to an upload or a build that is still going on."""


class WouldBeBlind(Exception):
    """This login does not see every row: each file would look like an orphan."""


def sweep(*, at: datetime) -> int:
    """Remove orphans older than KEPT_FOR from the vault and from the staging folder; return how many.

    Refuses to run as a login that row-level security hides rows from. Young files and named files are never touched.
    """
    with connection.cursor() as cursor:
        cursor.execute("select current_user")
        (login,) = cursor.fetchone()
    if login not in (OWNER, WORKER):
        raise WouldBeBlind(f"Looking for orphans needs {WORKER}; this is {login}.")
    storage = storages["vault"]
    # What is stored is listed before what is named: a file sealed in between is on both lists.
    stored = list(_stored(storage))
    with acting_as(Actor.system("orphans")):
        named = _named()
    removed = 0
    for name in stored:
        if name not in named and storage.get_modified_time(name).astimezone(UTC) < at - KEPT_FOR:
            storage.delete(name)
            removed += 1
    return removed + _sweep_staging()


def _named() -> set[str]:
    """Return the names of stored files in every table that has some."""
    found: set[str] = set()
    for model in apps.get_models():
        try:
            model._meta.get_field("object_name")
        except FieldDoesNotExist:
            continue
        found.update(model._base_manager.exclude(object_name="").values_list("object_name", flat=True))
    return found


def _stored(storage: Storage, folder: str = "") -> Iterator[str]:
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:
        return
    prefix = f"{folder}/" if folder else ""
    for name in files:
        yield prefix + name
    for name in folders:
        yield from _stored(storage, prefix + name)


def _sweep_staging() -> int:
    seconds = KEPT_FOR.total_seconds()
    if not settings.STAGING_DIR.is_dir():
        return 0
    removed = sweep_staging(settings.STAGING_DIR, older_than=seconds)
    for folder in _abandoned(settings.STAGING_DIR):
        removed += sweep_staging(folder, older_than=seconds)
        if not any(folder.iterdir()):
            shutil.rmtree(folder, ignore_errors=True)
    return removed


def _abandoned(directory: Path) -> list[Path]:
    return [folder for folder in directory.glob("bundle-*") if folder.is_dir()]
