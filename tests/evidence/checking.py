"""The checker that travels in a bundle, loaded once from its file: hundreds of bags need no new interpreter each."""

import hashlib
import io
import os
import shutil
from contextlib import redirect_stdout
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

TOOL = Path(__file__).resolve().parents[2] / "evidence" / "verify_tool" / "verify.py"


class Checker:
    """verify.py in this process. openssl is asked each question once: the same words about the same bytes."""

    def __init__(self) -> None:
        spec = spec_from_file_location("travelling_verify", TOOL)
        assert spec is not None
        assert spec.loader is not None
        self._module: Any = module_from_spec(spec)
        spec.loader.exec_module(self._module)
        self._asked: dict[tuple[Any, ...], tuple[int, str]] = {}
        self._openssl = self._module.openssl
        self._module.openssl = self._ask

    def check(self, bag: Path, organisation: Path) -> tuple[int, str]:
        """Return the exit code and the last line for one bag."""
        said = io.StringIO()
        with redirect_stdout(said):
            code = self._module.main(str(bag), str(organisation))
        return code, said.getvalue().splitlines()[-1]

    def _ask(self, root: str, *words: str) -> tuple[int, str]:
        question = tuple(self._word(root, word) for word in words)
        if question not in self._asked:
            self._asked[question] = self._openssl(root, *words)
        return self._asked[question]

    def _word(self, root: str, word: str) -> tuple[str, bytes]:
        place = Path(root, word)
        return word, hashlib.sha256(place.read_bytes()).digest() if place.is_file() else b""


def linked(bag: Path, place: Path) -> Path:
    """Return a copy of a bag whose files are the same files; whoever changes one takes its link away first."""
    return Path(shutil.copytree(bag, place, copy_function=os.link))


def put(path: Path, data: bytes) -> None:
    """Lay other bytes at a path of a linked copy."""
    path.unlink()
    path.write_bytes(data)
