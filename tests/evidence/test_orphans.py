"""Orphans: what a killed process left is removed after a day; what a row names, or is young, never is."""

import os
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from cases.actor import Actor
from evidence import orphans
from evidence.actions import derivative as derivative_actions
from evidence.models import DerivativeKind
from tests.conftest import logged_in_as
from tests.factories.cases import make_case
from tests.factories.evidence import make_exhibit, make_sealed_bundle, paper, picture, staged

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("folders")]


def aged(path: Path, *, hours: int) -> Path:
    moment = timezone.now().timestamp() - hours * 3600
    os.utime(path, (moment, moment))
    return path


def below(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def test_only_old_files_that_nothing_names_are_removed(tmp_path: Path) -> None:
    case = make_case()
    make_exhibit(case, picture())
    make_sealed_bundle(case)
    named = below(tmp_path / "vault")
    for path in named:
        aged(path, hours=500)
    old, young = tmp_path / "vault/aa/old", tmp_path / "vault/aa/young"
    old.parent.mkdir()
    for path in (old, young):
        path.write_bytes(b"x")
    aged(old, hours=25)
    left = aged(staged(case, paper(), name="a.pdf").staged.path, hours=25)
    fresh = staged(case, paper("two"), name="b.pdf").staged.path
    build = tmp_path / "staging/bundle-abc"
    build.mkdir()
    (build / "b.rvlt").write_bytes(b"x")
    aged(build / "b.rvlt", hours=25)
    out = StringIO()
    with logged_in_as("worker"):
        call_command("vault_sweep", stdout=out)
    assert out.getvalue() == "3 removed.\n"
    assert below(tmp_path / "vault") == named | {young}
    assert below(tmp_path / "staging") == {fresh}
    assert not left.exists()
    assert not build.exists()


def test_a_login_that_rows_are_hidden_from_removes_nothing(tmp_path: Path) -> None:
    make_exhibit(make_case(), picture())
    for path in below(tmp_path / "vault"):
        aged(path, hours=500)
    with pytest.raises(CommandError, match="needs recourse_worker"):
        call_command("vault_sweep")
    with pytest.raises(orphans.WouldBeBlind):
        orphans.sweep(at=timezone.now() + timedelta(days=9))
    assert len(below(tmp_path / "vault")) == 1


def test_what_was_made_from_an_exhibit_is_no_orphan(tmp_path: Path) -> None:
    case = make_case()
    derivative_actions.keep(
        exhibit_id=make_exhibit(case, picture()).exhibit.pk,
        kind=DerivativeKind.PAGES,
        data=b"{}",
        media_type="application/json",
        tool="t 1",
        facts={},
        by=Actor.user(case.owner),
        at=timezone.now(),
    )
    named = below(tmp_path / "vault")
    assert len(named) == 2
    for path in named:
        aged(path, hours=500)
    with logged_in_as("worker"):
        assert orphans.sweep(at=timezone.now()) == 0
    assert below(tmp_path / "vault") == named
