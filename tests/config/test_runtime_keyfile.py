"""The key file: made once, never replaced, refused when it could open nothing."""

import stat
from pathlib import Path

import pytest

from config.runtime import keyfile
from config.runtime.children import Refused

KEY = "A" * 43 + "="


def ensure(folder: Path, *, first_use: bool) -> Path:
    keyfile.ensure(folder / "keys", folder / "secret_key", first_use=first_use)
    return folder / "keys"


def test_first_use_makes_two_keys_and_a_secret_that_only_we_can_read(tmp_path: Path) -> None:
    path = ensure(tmp_path / "data", first_use=True)
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    assert [line.rpartition(":")[0] for line in lines] == ["kek:1", "lookup:1"]
    assert len({line.rpartition(":")[2] for line in lines}) == 2
    for name in ("keys", "secret_key"):
        assert stat.S_IMODE((tmp_path / "data" / name).stat().st_mode) == 0o600
    assert len((tmp_path / "data" / "secret_key").read_text().strip()) >= 50


def test_a_second_start_leaves_the_keys_as_they_are(tmp_path: Path) -> None:
    before = ensure(tmp_path, first_use=True).read_bytes()
    assert ensure(tmp_path, first_use=False).read_bytes() == before


def test_a_lost_key_file_beside_data_is_a_refusal_and_no_new_one_is_made(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="is missing"):
        ensure(tmp_path, first_use=False)
    assert list(tmp_path.iterdir()) == []


def test_a_key_file_open_to_others_is_refused(tmp_path: Path) -> None:
    ensure(tmp_path, first_use=True).chmod(0o640)
    with pytest.raises(Refused, match="chmod 600"):
        ensure(tmp_path, first_use=False)


@pytest.mark.parametrize(
    "text",
    ["", f"kek:1:{KEY}\n", f"kek:one:{KEY}\nlookup:1:{KEY}\n", "kek:1:short\n", f"kek:1:{KEY}\nother:1:{KEY}\n"],
)
def test_a_damaged_key_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys"
    path.touch(mode=0o600)
    path.write_text(text)
    with pytest.raises(Refused):
        keyfile.check(path)


def test_later_versions_and_notes_are_allowed(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.touch(mode=0o600)
    path.write_text(f"# note\n\nkek:1:{KEY}\nkek:2:{KEY}\nlookup:1:{KEY}\n")
    keyfile.check(path)
