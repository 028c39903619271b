"""No process starts without the keys of the data: one line, a code, and nothing made up in their place."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from cases import keys
from cases.access import acting_as
from cases.actor import Actor
from cases.key_sources import FileSource, KeyMissing
from cases.models import CaseKey
from config.runtime import keycheck, keyfile, stack
from config.runtime.children import Refused
from config.runtime.manage import role_of
from config.runtime.stack import Stack
from tests.factories.keyfiles import line, make_key_file

BASE = Path(__file__).resolve().parent.parent.parent
START = "from config.startup import refuse_to_serve; refuse_to_serve(); print('started')"


@pytest.fixture
def sealed_with(tmp_path: Path, settings, as_worker: None) -> Path:
    """A key file, and a database in which it wrapped the system's key."""
    path = make_key_file(tmp_path)
    settings.KEY_SOURCE = FileSource(path)
    with acting_as(Actor.system("test")):
        keys.case_key(keys.SYSTEM_CHAIN)
    return path


def _environment(path: Path, role: str, **more: str) -> dict[str, str]:
    name = str(connection.settings_dict["NAME"])
    urls = ("DATABASE_URL", "DATABASE_WORKER_URL")
    made = {url: os.environ[url].rpartition("/")[0] + f"/{name}" for url in urls}
    return {**os.environ, **made, "RECOURSE_ROLE": role, "RECOURSE_KEY_FILE": str(path), **more}


def _start(path: Path, role: str = "web", **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", START], cwd=BASE, env=_environment(path, role, **more), capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("role", ["web", "worker"])
def test_the_right_keys_start(sealed_with, role):
    assert _start(sealed_with, role).stdout == "started\n"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("missing", "cannot be read"),
        ("malformed", "not name:version:base64"),
        ("short", "not 32 bytes long"),
        ("open", "chmod 600"),
        ("version", "kek:1 (1 case keys)"),
        ("wrong", "not the one that the data was sealed with"),
    ],
)
def test_a_start_with_anything_else_is_one_line_and_a_code(sealed_with, change, says):
    good = sealed_with.read_text()
    sealed_with.unlink()
    texts = {
        "malformed": good.replace("kek:1:", "kek-1-"),
        "short": "kek:1:AAAA\n" + line("lookup", 1),
        "open": good,
        "version": good.replace("kek:1:", "kek:2:"),
        "wrong": f"{line('kek', 1)}\n{line('lookup', 1)}\n",
    }
    if change in texts:
        sealed_with.touch(mode=0o600)
        sealed_with.write_text(texts[change])
    if change == "open":
        sealed_with.chmod(0o644)
    done = _start(sealed_with)
    assert (done.returncode, done.stdout) == (3, "")
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    if change in texts:
        shown = [text for text in texts[change].splitlines() if ":" in text and text.rpartition(":")[2] in done.stderr]
        assert not shown


def test_a_system_key_that_does_not_open_is_refused(sealed_with):
    with acting_as(Actor.system("test")):
        CaseKey.objects.filter(case_id=keys.SYSTEM_CHAIN).update(wrapped=os.urandom(60))
    done = _start(sealed_with)
    assert done.returncode == 3
    assert "key of the system does not open with kek:1" in done.stderr


def test_two_places_of_keys_start_nothing(sealed_with):
    done = _start(sealed_with, RECOURSE_KEYS="x")
    assert done.returncode != 0
    assert "RECOURSE_KEY_FILE and RECOURSE_KEYS are set together" in done.stderr


@pytest.mark.parametrize("role", ["web", "worker"])
def test_a_list_of_leaked_passwords_that_cannot_be_used_is_one_line_too(sealed_with, tmp_path, role):
    bad = tmp_path / "leaked"
    bad.write_text("password\n")
    done = _start(sealed_with, role, RECOURSE_BREACHED_PASSWORDS=str(bad))
    assert (done.returncode, done.stdout) == (3, "")
    says = f"{bad} has a line that is not a SHA-1, a colon and a count."
    assert done.stderr == f"Cannot start: RECOURSE_BREACHED_PASSWORDS: {says}\n"


def test_a_command_says_it_without_a_traceback(sealed_with, tmp_path):
    done = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=BASE, capture_output=True, text=True, timeout=60, check=False,
        env=_environment(sealed_with, "web", RECOURSE_BREACHED_PASSWORDS=str(tmp_path / "none")),
    )  # fmt: skip
    assert done.returncode == 1
    assert f"RECOURSE_BREACHED_PASSWORDS: {tmp_path / 'none'} cannot be read" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_web_server_ends_at_once_instead_of_trying_again(sealed_with):
    sealed_with.unlink()
    done = subprocess.run(
        [sys.executable, "-m", "gunicorn", "config.wsgi", "-b", "127.0.0.1:0", "--no-control-socket"], cwd=BASE,
        env=_environment(sealed_with, "web"), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 3
    assert f"Cannot start: The key file {sealed_with} cannot be read" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("part", [["worker", "-c", "1", "--without-mingle"], ["beat", "--pidfile="]])
def test_worker_and_beat_end_at_once_too(sealed_with, tmp_path, part):
    sealed_with.unlink()
    more = ["-s", str(tmp_path / "beat")] if part[0] == "beat" else []
    done = subprocess.run(
        [sys.executable, "-m", "celery", "-q", "-A", "config", *part, *more], cwd=BASE,
        env=_environment(sealed_with, "worker"), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 3
    assert f"Cannot start: The key file {sealed_with} cannot be read" in done.stderr


def test_bin_start_looks_before_anything_serves(sealed_with, tmp_path):
    environment = _environment(sealed_with, "worker")
    keycheck.refuse_wrong_keys(environment, tmp_path / "none")
    sealed_with.write_text(f"{line('kek', 1)}\n{line('lookup', 1)}\n")
    with pytest.raises(KeyMissing, match="not the one that the data was sealed with"):
        keycheck.refuse_wrong_keys(environment, tmp_path / "none")
    made = Stack(tmp_path, environment)
    with pytest.raises(Refused, match="Cannot start: The key kek:1"):
        made.need_keys()


def test_keys_from_elsewhere_make_no_file_and_go_to_the_children_only(tmp_path, monkeypatch):
    lines = f"{line('kek', 1)} {line('lookup', 1)}"
    assert keyfile.file_of({"RECOURSE_KEYS": lines}, tmp_path / "keys") is None
    keyfile.ensure(None, tmp_path / "secret_key", first_use=True)
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]
    made = Stack(tmp_path, {**os.environ, "RECOURSE_KEYS": lines, "RECOURSE_KEY_FILE": ""})
    monkeypatch.setattr(stack.parts, "check", lambda environ: None)
    monkeypatch.setattr(stack, "_has_tables", lambda url: True)
    monkeypatch.setattr(stack.Services, "start", lambda self, **options: {})
    made.start({})
    assert made.environment_for("web")["RECOURSE_KEYS"] == lines
    assert "RECOURSE_KEYS" not in made.environment
    assert not made.environment.get("RECOURSE_KEY_FILE")


@pytest.mark.parametrize("setting", ["RECOURSE_KEYS", "RECOURSE_KEY_COMMAND"])
def test_keys_from_elsewhere_that_cannot_be_used_are_refused_before_anything_runs(tmp_path, setting):
    with pytest.raises(Refused, match=setting):
        keyfile.file_of({setting: "/nonsense"}, tmp_path / "keys")
    with pytest.raises(Refused, match="one place"):
        keyfile.file_of({setting: "x", "RECOURSE_KEY_FILE": "y"}, tmp_path / "keys")


def test_a_version_is_added_and_taken_out_on_a_host_whose_processes_cannot_write(tmp_path, capsys):
    path = make_key_file(tmp_path)
    path.chmod(0o444)
    assert keyfile.main(["add", str(path)]) == 0
    assert "kek:2" in capsys.readouterr().out
    assert path.stat().st_mode & 0o777 == 0o444
    assert keyfile.main(["remove", str(path), "1"]) == 0
    assert path.stat().st_mode & 0o777 == 0o444
    path.chmod(0o600)
    assert FileSource(path).ring().versions("kek") == [2]
    assert keyfile.main(["remove", str(path), "2"]) == 1
    assert keyfile.main(["nonsense"]) == 1


def test_only_taking_keys_from_escrow_runs_as_the_owner(monkeypatch):
    monkeypatch.delenv("RECOURSE_ROLE", raising=False)
    assert role_of(["keys", "import-escrow", "file"]) == "owner"
    for what in ("status", "rotate", "export-escrow", "shred"):
        assert role_of(["keys", what]) == "worker"
