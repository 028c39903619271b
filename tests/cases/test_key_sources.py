"""Where keys come from: one place, whole or refused, and never written anywhere else."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from cases.key_sources import (
    ByHand,
    CommandSource,
    EnvironmentSource,
    FileSource,
    KeyMissing,
    parse,
    source_of,
)
from tests.factories.keyfiles import line, make_key_file

BASE = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no kek key"),
        (line("kek", 1), "no lookup key"),
        ("kek:1:AAAA\n", "32 bytes"),
        ("kek=1", "not name:version:base64"),
        ("kek:1:?", "not name:version:base64"),
        (f"{line('kek', 0)}\n{line('lookup', 1)}", "not name:version:base64"),
        (f"{line('kek', 40000)}\n{line('lookup', 1)}", "not name:version:base64"),
        (f"{line('kek', 1)}\n{line('other', 1)}", "not name:version:base64"),
        (f"{line('kek', 1)}\n{line('kek', 1)}\n{line('lookup', 1)}", "stands twice"),
    ],
    ids=["empty", "no look-up key", "short", "no colon", "no base64", "version 0", "version high", "no kek", "twice"],
)
def test_keys_that_cannot_be_used_say_what_is_wrong_and_show_no_key(text: str, says: str) -> None:
    with pytest.raises(KeyMissing, match=says) as refusal:
        parse(text, "the place")
    assert "=" not in str(refusal.value)


def test_a_missing_version_is_an_error_and_not_a_fallback(tmp_path: Path) -> None:
    with pytest.raises(KeyMissing, match="version 9"):
        FileSource(make_key_file(tmp_path)).ring().get("kek", 9)


def test_a_ring_shows_no_key_when_it_is_printed(tmp_path: Path) -> None:
    path = make_key_file(tmp_path)
    ring = FileSource(path).ring()
    assert repr(ring) == f"<keys of the key file {path}>"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660])
def test_a_file_that_others_reach_is_refused(tmp_path: Path, mode: int) -> None:
    path = make_key_file(tmp_path)
    path.chmod(mode)
    with pytest.raises(KeyMissing, match="chmod 600"):
        FileSource(path).ring()


def test_a_file_that_is_taken_away_while_we_run_is_refused_from_then_on(tmp_path: Path) -> None:
    path = make_key_file(tmp_path)
    source = FileSource(path)
    source.ring()
    path.unlink()
    with pytest.raises(KeyMissing, match="cannot be read"):
        source.ring()


def test_a_file_that_was_replaced_is_read_again_without_a_restart(tmp_path: Path) -> None:
    path = make_key_file(tmp_path)
    serving, custodian = FileSource(path), FileSource(path)
    assert serving.ring().versions("kek") == [1]
    assert custodian.add("kek") == 2
    assert serving.ring().versions("kek") == [1, 2]


def test_adding_a_version_keeps_every_line_and_the_mode(tmp_path: Path) -> None:
    path = make_key_file(tmp_path)
    before = path.read_text().splitlines()
    FileSource(path).add("kek")
    after = path.read_text().splitlines()
    assert after[: len(before)] == before
    assert after[-1].startswith("kek:2:")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [item.name for item in tmp_path.iterdir()] == ["keys"]


def test_removing_a_version_leaves_the_others_and_overwrites_what_was_there(tmp_path: Path) -> None:
    path = make_key_file(tmp_path, versions=11)
    with path.open("rb") as old:
        FileSource(path).remove("kek", {1})
        old.seek(0)
        assert set(old.read()) == {0}
    assert FileSource(path).ring().versions("kek") == [*range(2, 12)]
    assert FileSource(path).ring().versions("lookup") == [1]


def test_a_file_that_cannot_be_written_here_says_what_to_do_on_the_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_key_file(tmp_path, versions=2)
    before = path.read_bytes()

    def refused(*_words: object, **_more: object) -> int:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("cases.key_sources.os.open", refused)
    with pytest.raises(ByHand, match=r"keyfile add FILE.*restart"):
        FileSource(path).add("kek")
    with pytest.raises(ByHand, match=r"Take kek:1 out.*keyfile remove FILE VERSION"):
        FileSource(path).remove("kek", {1})
    monkeypatch.undo()
    assert path.read_bytes() == before


def test_the_last_version_cannot_be_removed(tmp_path: Path) -> None:
    path = make_key_file(tmp_path)
    before = path.read_bytes()
    with pytest.raises(KeyMissing, match="no kek key"):
        FileSource(path).remove("kek", {1})
    assert path.read_bytes() == before


KILLED = """
import os, signal, sys
from pathlib import Path
from cases.key_sources import FileSource
calls, real = 0, getattr(os, sys.argv[2])
def dying(*words):
    global calls
    calls += 1
    if calls == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*words)
setattr(os, sys.argv[2], dying)
FileSource(Path(sys.argv[1])).add("kek")
"""


@pytest.mark.parametrize(("call", "number"), [("open", 1), ("fsync", 1), ("replace", 1), ("fsync", 2)])
def test_a_kill_in_the_middle_of_writing_leaves_a_whole_file(tmp_path: Path, call: str, number: int) -> None:
    path = make_key_file(tmp_path)
    done = subprocess.run([sys.executable, "-c", KILLED, str(path), call, str(number)], cwd=BASE, check=False)
    assert done.returncode == -signal.SIGKILL
    versions = FileSource(path).ring().versions("kek")
    assert versions in ([1], [1, 2])
    assert FileSource(path).add("kek") == versions[-1] + 1
    assert [item.name for item in tmp_path.iterdir()] == ["keys"]


def test_two_places_of_keys_are_refused(tmp_path: Path) -> None:
    for pair in (
        {"RECOURSE_KEYS": "x", "RECOURSE_KEY_FILE": "/y"},
        {"RECOURSE_KEYS": "x", "RECOURSE_KEY_COMMAND": "/y"},
        {"RECOURSE_KEY_FILE": "x", "RECOURSE_KEY_COMMAND": "/y"},
    ):
        with pytest.raises(KeyMissing, match="one place"):
            source_of(pair, tmp_path / "keys")


def test_without_a_setting_the_file_beside_the_data_is_the_place(tmp_path: Path) -> None:
    source = source_of({}, tmp_path / "keys")
    assert isinstance(source, FileSource)
    assert source.path == tmp_path / "keys"


def test_keys_in_the_environment_replace_the_file_and_never_fall_back_to_it(tmp_path: Path) -> None:
    make_key_file(tmp_path)
    one, two = line("kek", 3), line("lookup", 1)
    for text in (f"{one}\n{two}", f"{one} {two}", f"{one},{two}"):
        assert source_of({"RECOURSE_KEYS": text}, tmp_path / "keys").ring().versions("kek") == [3]
    with pytest.raises(KeyMissing, match="not name:version:base64"):
        source_of({"RECOURSE_KEYS": "nonsense"}, tmp_path / "keys").ring()


def test_the_environment_says_what_the_operator_has_to_do() -> None:
    source = EnvironmentSource(f"{line('kek', 1)} {line('lookup', 1)}")
    with pytest.raises(ByHand, match="kek:2:"):
        source.add("kek")
    with pytest.raises(ByHand, match="shred --finish"):
        source.remove("kek", {1})


def _program(folder: Path, body: str) -> str:
    path = folder / "keys.sh"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o700)
    return str(path)


def test_a_command_prints_the_keys_once_and_is_asked_again_only_for_an_unknown_version(tmp_path: Path) -> None:
    keys = make_key_file(tmp_path)
    program = _program(tmp_path, f"echo x >> {tmp_path}/calls; cat {keys}")
    source = CommandSource(program)
    assert source.ring().versions("kek") == [1]
    FileSource(keys).add("kek")
    assert source.ring().versions("kek") == [1]
    source._asked_at -= 61  # a minute later
    assert source.look_again().versions("kek") == [1, 2]
    source.look_again()
    assert (tmp_path / "calls").read_text().count("x") == 2


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("echo kek:1:TopSecretTopSecret=; exit 3", "ended with code 3"),
        ("echo kek:1:TopSecretTopSecret=", "not name:version:base64|32 bytes"),
        ("head -c 70000 /dev/zero", "not keys"),
    ],
)
def test_a_command_that_fails_is_refused_without_a_word_of_what_it_said(
    tmp_path: Path, body: str, says: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(KeyMissing, match=says) as refusal:
        CommandSource(_program(tmp_path, f"echo TopSecretToo >&2; {body}")).ring()
    said = capfd.readouterr()
    assert "TopSecret" not in f"{refusal.value} {refusal.value.__cause__} {said.out} {said.err}"


def test_a_command_that_hangs_is_ended_and_what_it_had_said_is_nowhere_in_the_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cases.key_sources.COMMAND_SECONDS", 0.5)
    with pytest.raises(KeyMissing, match="no answer") as refusal:
        CommandSource(_program(tmp_path, "echo kek:1:TopSecret; exec sleep 30")).ring()
    assert refusal.value.__suppress_context__


def test_a_command_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for command in (str(tmp_path / "none"), ""):
        with pytest.raises(KeyMissing, match="cannot be run"):
            CommandSource(command).ring()


def test_a_command_is_run_without_a_shell_and_without_our_other_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://password@db/x")
    monkeypatch.setenv("KMS_TOKEN", "its own")
    keys = make_key_file(tmp_path)
    program = _program(tmp_path, f'env > {tmp_path}/env; echo "$@" > {tmp_path}/args; cat {keys}')
    CommandSource(f"{program} ';' $HOME").ring()
    seen = (tmp_path / "env").read_text()
    assert "KMS_TOKEN=its own" in seen
    assert not [name for name in os.environ if name.startswith(("DATABASE_", "RECOURSE_KEY")) and f"{name}=" in seen]
    assert (tmp_path / "args").read_text() == "; $HOME\n"
