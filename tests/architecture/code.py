"""The project's own files, for tests that read them."""

import ast
from collections.abc import Iterator
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent.parent
APPS = ("cases", "evidence", "takedowns")


def python_files(*folders: str) -> Iterator[Path]:
    """Yield our modules, without migrations."""
    for folder in folders or (*APPS, "config", "tests"):
        for path in sorted((BASE / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def name_of(path: Path) -> str:
    """Return a path as it reads in a message."""
    return str(path.relative_to(BASE))


def tree_of(path: Path) -> ast.Module:
    """Return a module's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"))
