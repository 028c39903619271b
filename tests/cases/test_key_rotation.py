"""Rotation: every key under a new version, through kills and beside processes that run."""

import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError

from cases import key_custody, keys
from cases.access import acting_as
from cases.actions import key as actions
from cases.key_sources import EnvironmentSource, FileSource
from cases.models import CaseKey
from tests.factories.custody import (
    BASE,
    SYSTEM,
    counts,
    destroy,
    environment,
    events_of,
    make_keys,
    opened_keys_of,
    run_keys,
    run_python,
)
from tests.factories.keyfiles import line

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime.now(UTC)
LATER = NOW + timedelta(hours=1)


def test_rotation_wraps_every_key_anew_and_opens_the_same_keys(key_path):
    made = make_keys(7)
    said = run_keys("rotate")
    assert "8 case keys were wrapped anew" in said
    assert counts() == {2: 8}
    assert opened_keys_of(made) == made
    assert events_of("keys_rotated") == [{"before": [1], "to": 2, "count": 8}]
    assert FileSource(key_path).ring().versions("kek") == [1, 2]


def test_a_second_rotation_makes_a_third_version(key_path):
    make_keys(2)
    run_keys("rotate")
    run_keys("rotate")
    assert counts() == {3: 3}


KILLED = """
import os, signal, sys
import django
django.setup()
from datetime import UTC, datetime
from cases import key_custody
from cases.actions import key
key.BATCH = 3
def each(count):
    os.kill(os.getpid(), signal.SIGKILL)
key_custody.rotate(at=datetime.now(UTC), each=each)
"""


def test_a_rotation_killed_between_batches_goes_on_where_it_stopped(key_path):
    made = make_keys(9)
    assert run_python(KILLED, key_path).returncode == -signal.SIGKILL
    assert counts() == {1: 7, 2: 3}
    assert opened_keys_of(made) == made
    assert events_of("keys_rotated") == []
    assert "7 case keys" in run_keys("rotate")
    assert counts() == {2: 10}
    assert FileSource(key_path).ring().versions("kek") == [1, 2]
    assert [event["count"] for event in events_of("keys_rotated")] == [10]


def test_a_rotation_killed_after_the_file_was_written_uses_that_version(key_path):
    make_keys(2)
    FileSource(key_path).add("kek")
    run_keys("rotate")
    assert counts() == {2: 3}


LIVE = """
import sys
import django
django.setup()
from uuid import UUID, uuid4
from cases import keys
from cases.access import acting_as
from cases.actor import Actor
for line in sys.stdin:
    what, _, case = line.strip().partition(" ")
    with acting_as(Actor.system("live")):
        key = keys.case_key(UUID(case)) if what == "open" else keys.make_case_key(UUID(case))
    print(key.hex(), flush=True)
"""


def test_a_process_that_runs_meanwhile_reads_and_makes_keys_without_a_restart(key_path):
    made = make_keys(3)
    one = next(iter(made))
    live = subprocess.Popen(
        [sys.executable, "-c", LIVE], cwd=BASE, env=environment(key_path), stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip

    def ask(what: str, case: UUID) -> bytes:
        live.stdin.write(f"{what} {case}\n")
        live.stdin.flush()
        return bytes.fromhex(live.stdout.readline())

    try:
        assert ask("open", one) == made[one]
        run_keys("rotate")
        assert ask("open", one) == made[one]
        fresh = uuid4()
        key = ask("make", fresh)
        with acting_as(SYSTEM):
            assert CaseKey.objects.get(case_id=fresh).kek_version == 2
        run_keys("rotate")
        assert ask("open", fresh) == key
    finally:
        live.kill()
        live.communicate(timeout=10)


def test_two_custodians_cannot_work_at_once(key_path):
    with key_custody.turn():
        done = run_python(
            "import sys; sys.argv = ['manage.py', 'keys', 'rotate']; import manage; manage.main()", key_path
        )
    assert done.returncode == 1
    assert "wait for it" in done.stderr


def test_with_keys_in_the_environment_the_operator_supplies_the_new_version(settings, as_worker):
    one, lookup = line("kek", 1), line("lookup", 1)
    settings.KEY_SOURCE = EnvironmentSource(f"{one} {lookup}")
    made = make_keys(2)
    with pytest.raises(CommandError, match="kek:2:"):
        run_keys("rotate")
    settings.KEY_SOURCE = EnvironmentSource(f"{one} {line('kek', 2)} {lookup}")
    run_keys("rotate")
    assert counts() == {2: 3}
    assert opened_keys_of(made) == made


def test_a_version_that_is_not_held_stops_a_rotation_and_changes_nothing(key_path, tmp_path, settings):
    make_keys(2)
    settings.KEY_SOURCE = EnvironmentSource(f"{line('kek', 2)} {line('lookup', 1)}")
    with pytest.raises(CommandError, match="version 1"):
        run_keys("rotate")
    assert counts() == {1: 3}


def test_a_key_destroyed_during_a_rotation_stays_destroyed(key_path):
    made = make_keys(1)
    (case,) = made
    row = CaseKey.objects.get(case_id=case)
    destroy(case)
    with acting_as(SYSTEM):
        FileSource(key_path).add("kek")
        actions._rewrap([row], 2)
        assert CaseKey.objects.get(case_id=case).destroyed_at is not None
        assert bytes(CaseKey.objects.get(case_id=case).wrapped) == b""


def test_status_counts_and_shows_no_key(key_path):
    made = make_keys(2)
    said = run_keys("status")
    assert "kek:1 held, 3 case keys" in said
    assert "lookup:1 held, 0 look-ups" in said
    assert "No escrow file was written" in said
    assert "Every key that the data needs is held" in said
    for text in key_path.read_text().splitlines():
        assert text.rpartition(":")[2] not in said or text.startswith("#")
    assert not [key for key in made.values() if key.hex() in said]


def test_status_names_the_cases_whose_keys_do_not_open(key_path):
    made = make_keys(3)
    one, two, _ = made
    with acting_as(SYSTEM):
        CaseKey.objects.filter(case_id=two).update(wrapped=CaseKey.objects.get(case_id=one).wrapped)
    with pytest.raises(CommandError, match=f"1 case keys do not open.*{two}"):
        run_keys("status")


def test_status_fails_when_a_key_is_missing(key_path, settings):
    make_keys(2)
    settings.KEY_SOURCE = EnvironmentSource(f"{line('kek', 2)} {line('lookup', 1)}")
    with pytest.raises(CommandError, match=r"kek:1 \(3 case keys\)"):
        run_keys("status")


def test_the_command_refuses_a_login_that_does_not_reach_every_key(tmp_path, passphrase):
    with pytest.raises(CommandError, match="recourse_web"):
        run_keys("rotate")


def test_a_look_up_version_is_added_and_the_old_one_kept(key_path):
    make_keys(1)
    assert "lookup:2" in run_keys("rotate", "--lookup")
    assert keys.ring().versions("lookup") == [1, 2]
    assert keys.ring().versions("kek") == [1]
