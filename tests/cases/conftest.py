"""What tests of keys and of signing in share."""

from pathlib import Path
from typing import Any

import pytest

from cases.key_sources import FileSource
from tests.factories.codes import begin_with_fresh_digits
from tests.factories.custody import PASSPHRASE
from tests.factories.keyfiles import make_key_file


@pytest.fixture(autouse=True)
def _fresh_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A code is typed in the half minute in which it was read, however slow the machine is."""
    begin_with_fresh_digits(monkeypatch)


@pytest.fixture
def key_path(tmp_path: Path, settings: Any, as_worker: None) -> Path:
    """A key file of this test's own."""
    path = make_key_file(tmp_path)
    settings.KEY_SOURCE = FileSource(path)
    return path


@pytest.fixture
def passphrase(tmp_path: Path) -> str:
    """Return the option that names a file with the passphrase."""
    path = tmp_path / "passphrase"
    path.write_text(f"{PASSPHRASE}\n")
    return f"--passphrase-file={path}"
