"""Reading reference facts from TOML: every error names the file, the entry and the key."""

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
CONFIDENCES = frozenset({"verified-in-source", "well-known-but-not-found"})


class BadFacts(Exception):
    """A reference file cannot be used; the text names the file, the entry and the key."""


@dataclass(frozen=True)
class Source:
    """Where a fact was read; `url` is empty for a public file without a stable address."""

    title: str
    url: str


class Entry:
    """One table of a reference file, read key by key, so that a wrong or unknown key is found at start."""

    def __init__(self, where: str, values: dict[str, object]) -> None:
        self.where = where
        self._values = dict(values)

    def text(self, key: str, *, among: frozenset[str] | None = None) -> str:
        """A text, optionally one of a closed list."""
        value = self._take(key, str)
        if among is not None and value not in among:
            raise self.bad(key, f"{value!r} is none of {', '.join(sorted(among))}")
        return value

    def number(self, key: str) -> int:
        """A whole number, zero or more."""
        value = self._take(key, int)
        if value < 0:
            raise self.bad(key, "may not be negative")
        return value

    def texts(self, key: str, *, among: frozenset[str] | None = None) -> tuple[str, ...]:
        """A list of texts, each optionally one of a closed list."""
        values = self._list(key, str)
        for value in values:
            if among is not None and value not in among:
                raise self.bad(key, f"{value!r} is not in the vocabulary")
        return tuple(values)

    def numbers(self, key: str) -> tuple[int, ...]:
        """A list of whole numbers."""
        return tuple(self._list(key, int))

    def rows(self, key: str, read: Callable[["Entry"], T]) -> tuple[T, ...]:
        """A list of tables, each read by `read`."""
        found = []
        for number, values in enumerate(self._list(key, dict)):
            row = Entry(f"{self.where}, {key}[{number}]", values)
            found.append(read(row))
            row.done()
        return tuple(found)

    def sources(self) -> tuple[Source, ...]:
        """The sources of the entry."""
        return self.rows("sources", lambda row: Source(row.text("title"), row.text("url")))

    def has(self, key: str) -> bool:
        """Whether an optional key is still to be read."""
        return key in self._values

    def done(self) -> None:
        """Refuse keys that nobody read: most are misspelt. Raises BadFacts."""
        for key in self._values:
            raise self.bad(key, "is not a known key")

    def bad(self, key: str, why: str) -> BadFacts:
        """The error for one key of this entry."""
        return BadFacts(f"{self.where}: key {key!r} {why}")

    def _take(self, key: str, kind: type[T]) -> T:
        if key not in self._values:
            raise self.bad(key, "is missing")
        value = self._values.pop(key)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise self.bad(key, f"should be {kind.__name__}, not {type(value).__name__}")
        return value

    def _list(self, key: str, kind: type[T]) -> list[T]:
        values: list[object] = self._take(key, list)
        found = []
        for value in values:
            if not isinstance(value, kind):
                raise self.bad(key, f"should hold {kind.__name__} only")
            found.append(value)
        return found


def entries(path: Path, table: str) -> Iterator[Entry]:
    """The entries of one reference file; refuses unknown schema versions and double keys. Raises BadFacts."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as problem:
        raise BadFacts(f"{path.name}: {problem}") from problem
    if document.get("schema_version") != 1:
        raise BadFacts(f"{path.name}: key 'schema_version' should be 1")
    rows = document.get(table)
    if not isinstance(rows, list) or not rows:
        raise BadFacts(f"{path.name}: there is no [[{table}]]")
    seen = set()
    for values in rows:
        key = values.get("key")
        if not isinstance(key, str) or not key or key in seen:
            raise BadFacts(f"{path.name}: key 'key' is missing, empty or used twice ({key!r})")
        seen.add(key)
        yield Entry(f"{path.name}, {table} {key!r}", values)
