"""Escrow, restore and shred: what was erased stays erased, and what lives opens."""

import stat
import threading
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.core.management import CommandError
from django.db import DatabaseError, OperationalError, connection

from cases import erasing, key_custody, key_status, keys
from cases.access import acting_as
from cases.actions import erasure
from cases.actions import key as actions
from cases.actor import Actor
from cases.key_escrow import EscrowUnreadable, unseal
from cases.key_sources import EnvironmentSource, FileSource, KeyMissing
from cases.models import CaseKey, Erasure, ErasureReason, ErasureState, KekVersion
from tests.conftest import NOON, logged_in_as
from tests.factories.cases import make_case
from tests.factories.custody import (
    PASSPHRASE,
    SYSTEM,
    counts,
    destroy,
    events_of,
    key_rows,
    make_keys,
    opened_keys_of,
    restore_backup,
    run_keys,
)
from tests.factories.endings import close, second_says_yes, supervisor
from tests.factories.keyfiles import line

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime.now(UTC)
LATER = NOW + timedelta(hours=1)


def test_a_destroyed_key_opens_nothing_and_leaves_an_empty_row(key_path):
    made = make_keys(2)
    gone, other = made
    destroy(gone)
    with acting_as(SYSTEM):
        with pytest.raises(KeyMissing, match="was destroyed"):
            keys.case_key(gone)
        assert keys.case_key(other) == made[other]
        row = CaseKey.objects.get(case_id=gone)
        assert (bytes(row.wrapped), row.kek_version) == (b"", 0)
        assert row.destroyed_at is not None


def test_an_opened_key_is_forgotten_when_it_is_destroyed(key_path):
    (case,) = make_keys(1)
    with logged_in_as("owner"), acting_as(SYSTEM):
        keys.case_key(case)
        keys.destroy(case)
        with pytest.raises(KeyMissing, match="was destroyed"):
            keys.case_key(case)


def test_a_destroyed_key_cannot_be_put_back_or_destroyed_twice(key_path):
    (case,) = make_keys(1)
    before = bytes(CaseKey.objects.get(case_id=case).wrapped)
    destroy(case)
    for change in ({"wrapped": before, "kek_version": 1, "destroyed_at": None}, {"destroyed_at": NOW}):
        with pytest.raises(DatabaseError), acting_as(SYSTEM):
            CaseKey.objects.filter(case_id=case).update(**change)
    with logged_in_as("owner"), acting_as(SYSTEM), pytest.raises(KeyMissing, match="no key"):
        keys.destroy(case)


def test_the_worker_cannot_destroy_a_key_without_an_erasure_that_was_granted(key_path):
    made = make_keys(1)
    (case,) = made
    with pytest.raises(DatabaseError, match="second person"), acting_as(SYSTEM):
        keys.destroy(case)
    assert opened_keys_of(made) == made


def test_an_escrow_file_is_ours_alone_and_holds_no_key_in_the_clear(key_path, tmp_path, passphrase):
    made = make_keys(3)
    path = tmp_path / "escrow"
    assert "4 case keys" in run_keys("export-escrow", str(path), passphrase)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    data = path.read_bytes()
    kek = FileSource(key_path).ring().get("kek", 1)
    assert kek not in data
    for case, key in made.items():
        assert key not in data
        assert case.bytes not in data
        assert str(case).encode() not in data
    escrow = unseal(data, PASSPHRASE)
    assert {row.case_id for row in escrow.rows} == {*made, keys.SYSTEM_CHAIN}
    assert not [row for row in escrow.rows if row.wrapped in (*made.values(), kek)]
    assert events_of("keys_escrowed") == [{"count": 4, "version": 1}]


def test_an_escrow_file_never_replaces_another_and_a_short_passphrase_is_refused(key_path, tmp_path, passphrase):
    make_keys(1)
    (tmp_path / "escrow").write_text("the only one")
    for command in ("export-escrow", "shred"):
        with pytest.raises(CommandError, match=r"exists|already"):
            run_keys(command, str(tmp_path / "escrow"), passphrase)
    assert (tmp_path / "escrow").read_text() == "the only one"
    (tmp_path / "passphrase").write_text("too short")
    for command in ("export-escrow", "shred"):
        with pytest.raises(CommandError, match="16 characters"):
            run_keys(command, str(tmp_path / "other"), passphrase)
    assert counts() == {1: 2}


@pytest.mark.parametrize("kept", [0, 10, 200, -1, -32])
def test_a_cut_escrow_file_is_refused(key_path, tmp_path, passphrase, kept):
    make_keys(2)
    path = tmp_path / "escrow"
    run_keys("export-escrow", str(path), passphrase)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(CommandError, match="cut or damaged"):
        run_keys("import-escrow", str(path), passphrase)
    assert events_of("keys_restored") == []


def test_a_wrong_passphrase_opens_no_escrow_file(key_path, tmp_path, passphrase):
    make_keys(2)
    path = tmp_path / "escrow"
    run_keys("export-escrow", str(path), passphrase)
    with pytest.raises(EscrowUnreadable, match="passphrase"):
        unseal(path.read_bytes(), PASSPHRASE + "!")


def test_what_was_erased_stays_erased_after_a_backup_is_restored(key_path, tmp_path, passphrase):
    made = make_keys(4)
    erased, *living = made
    backup, old_keys = key_rows(), key_path.read_bytes()
    destroy(erased)
    assert "Destroyed: kek:1." in run_keys("shred", str(tmp_path / "escrow"), passphrase)
    assert FileSource(key_path).ring().versions("kek") == [2]
    assert opened_keys_of(dict.fromkeys(living)) == {case: made[case] for case in living}

    restore_backup(backup)
    with pytest.raises(KeyMissing, match=r"kek:1 \(5 case keys\).*import-escrow"):
        key_status.refuse_to_start()
    with logged_in_as("owner"):
        said = run_keys("import-escrow", str(tmp_path / "escrow"), passphrase)
    assert "4 case keys were put in place; 1 of erased" in said
    key_status.refuse_to_start()
    assert opened_keys_of(dict.fromkeys(living)) == {case: made[case] for case in living}
    with acting_as(SYSTEM), pytest.raises(KeyMissing):
        keys.case_key(erased)
    # Not even with the backup's own wrapped key: the version that opens it is gone.
    wrapped = next(bytes(row[2]) for row in backup if row[0] == erased)
    assert old_keys != key_path.read_bytes()
    with pytest.raises(KeyMissing, match="version 1"):
        keys.unwrap(wrapped, erased, 1)


def test_a_case_that_the_escrow_does_not_know_is_destroyed_and_a_younger_one_is_kept(key_path, tmp_path):
    made = make_keys(3)
    erased, *living = made
    backup = key_rows()
    destroy(erased)
    escrow = key_custody.export(tmp_path / "escrow", PASSPHRASE, at=LATER)
    assert len(escrow.rows) == 3
    young = uuid4()
    with acting_as(SYSTEM):
        young_key = keys.make_case_key(young)
        CaseKey.objects.filter(case_id=young).update(created_at=LATER + timedelta(hours=1))
    restore_backup([*backup, *[row for row in key_rows() if row[0] == young]])
    with logged_in_as("owner"):
        result = key_custody.restore((tmp_path / "escrow").read_bytes(), PASSPHRASE, at=LATER)
    assert (result.replaced, result.destroyed, result.newer) == (3, 1, 1)
    assert opened_keys_of(dict.fromkeys(living)) == {case: made[case] for case in living}
    assert opened_keys_of({young: b""}) == {young: young_key}
    with acting_as(SYSTEM), pytest.raises(KeyMissing, match="destroyed"):
        keys.case_key(erased)
    assert events_of("keys_restored")[0]["destroyed"] == 1


def test_an_escrow_from_before_keys_were_destroyed_is_refused(key_path, tmp_path, passphrase):
    made = make_keys(2)
    erased = next(iter(made))
    run_keys("export-escrow", str(tmp_path / "old"), passphrase)
    destroy(erased)
    run_keys("shred", str(tmp_path / "new"), passphrase)
    with pytest.raises(CommandError, match="Take the newest"):
        run_keys("import-escrow", str(tmp_path / "old"), passphrase)
    # Even where the key file was put back as it was: the database remembers when it retired that version.
    with key_path.open("a") as file:
        file.write(f"{line('kek', 1)}\n")
    with pytest.raises(CommandError, match="Take the newest"):
        run_keys("import-escrow", str(tmp_path / "old"), passphrase)


def test_keys_that_changed_places_in_an_escrow_are_refused(key_path, tmp_path):
    made = make_keys(2)
    with acting_as(SYSTEM):
        escrow = actions.escrow_now(at=NOW)
        one, two = [row for row in escrow.rows if row.case_id in made]
        swapped = [
            *[row for row in escrow.rows if row.case_id not in made],
            type(one)(one.case_id, one.kek_version, one.created_at, two.wrapped),
            type(two)(two.case_id, two.kek_version, two.created_at, one.wrapped),
        ]
        before = key_rows()
        with pytest.raises(KeyMissing, match="cannot be opened"):
            actions.restore(escrow=type(escrow)(NOW, 1, swapped), by=SYSTEM, at=NOW)
    assert key_rows() == before


def test_an_escrow_without_the_systems_key_is_refused(key_path):
    make_keys(1)
    with acting_as(SYSTEM):
        escrow = actions.escrow_now(at=NOW)
        rows = [row for row in escrow.rows if row.case_id != keys.SYSTEM_CHAIN]
        with pytest.raises(KeyMissing, match="lacks"):
            actions.restore(escrow=type(escrow)(NOW, 1, rows), by=SYSTEM, at=NOW)


def test_a_case_key_swapped_in_the_database_opens_neither_case(key_path):
    made = make_keys(2)
    one, two = made
    with acting_as(SYSTEM), connection.cursor() as cursor:
        cursor.execute(
            "update cases_casekey k set wrapped = o.wrapped from cases_casekey o "
            "where k.case_id = %s and o.case_id = %s",
            [two, one],
        )
        with pytest.raises(KeyMissing, match=str(two)):
            keys.case_key(two)
        assert keys.case_key(one) == made[one]


def test_an_old_process_cannot_wrap_by_a_version_that_is_retired(key_path, tmp_path, passphrase, settings):
    make_keys(2)
    old = EnvironmentSource(key_path.read_text().replace("# a note", ""))
    run_keys("shred", str(tmp_path / "escrow"), passphrase)
    settings.KEY_SOURCE = old
    with pytest.raises(DatabaseError, match="retired"):
        make_keys(1)


def test_no_key_is_made_while_a_version_is_retired(key_path):
    """A case that is being opened just then would be in no escrow and under a version that goes."""
    make_keys(1)
    newest = FileSource(key_path).add("kek")
    refusals = []

    def open_a_case() -> None:
        try:
            with acting_as(SYSTEM), connection.cursor() as cursor:
                cursor.execute("set local lock_timeout = '300ms'")
                keys.make_case_key(uuid4())
        except OperationalError as error:
            refusals.append(str(error))
        finally:
            connection.close()

    def meanwhile(_escrow: object) -> None:
        other = threading.Thread(target=open_a_case)
        other.start()
        other.join(60)

    with acting_as(SYSTEM):
        actions.retire(to=newest, keep=meanwhile, by=SYSTEM, at=NOW)
    assert len(refusals) == 1
    assert "lock timeout" in refusals[0]


def test_shred_makes_a_new_version_when_a_key_was_destroyed_under_the_newest(key_path, tmp_path, passphrase):
    made = make_keys(3)
    run_keys("rotate")
    destroy(next(iter(made)))
    assert "Destroyed: kek:1, kek:2." in run_keys("shred", str(tmp_path / "escrow"), passphrase)
    assert FileSource(key_path).ring().versions("kek") == [3]
    assert [event["versions"] for event in events_of("keys_shredded")] == [[1, 2]]


def test_shred_without_a_writable_source_waits_for_the_operator(settings, as_worker, tmp_path, passphrase):
    one, two, lookup = line("kek", 1), line("kek", 2), line("lookup", 1)
    settings.KEY_SOURCE = EnvironmentSource(f"{one} {lookup}")
    make_keys(2)
    settings.KEY_SOURCE = EnvironmentSource(f"{one} {two} {lookup}")
    with pytest.raises(CommandError, match=r"Take kek:1 out of RECOURSE_KEYS.*shred --finish"):
        run_keys("shred", str(tmp_path / "escrow"), passphrase)
    assert KekVersion.objects.get(pk=1).destroyed_at is None
    assert "retired and still held" in run_keys("status")
    with pytest.raises(CommandError, match="still holds kek 1"):
        run_keys("shred", "--finish")
    settings.KEY_SOURCE = EnvironmentSource(f"{two} {lookup}")
    assert "Destroyed: kek:1." in run_keys("shred", "--finish")
    assert KekVersion.objects.get(pk=1).destroyed_at is not None


def test_a_shred_completes_the_certificate_of_an_erasure_and_nothing_opens_the_case_again(
    key_path, tmp_path, passphrase
):
    with logged_in_as("web"):
        case, boss = make_case(), supervisor("Asker")
        living = make_case()
    backup = key_rows()
    with logged_in_as("web"):
        close(case)
        actor = Actor.user(boss)
        with acting_as(actor):
            asked = erasure.ask(case_id=case.pk, reason=ErasureReason.CLIENT, words="By letter", by=actor, at=NOON)
        second_says_yes(asked)
    assert erasing.erase_waiting(at=NOON) == 1
    with acting_as(SYSTEM):
        assert Erasure.objects.get(case=case).state == ErasureState.ERASED
    run_keys("shred", str(tmp_path / "escrow"), passphrase)
    with acting_as(SYSTEM):
        assert Erasure.objects.get(case=case).state == ErasureState.COMPLETE
    restore_backup(backup)
    with logged_in_as("owner"):
        run_keys("import-escrow", str(tmp_path / "escrow"), passphrase)
    with acting_as(SYSTEM):
        assert len(keys.case_key(living.pk)) == 32
        with pytest.raises(KeyMissing):
            keys.case_key(case.pk)
