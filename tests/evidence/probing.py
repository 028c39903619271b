"""What tests of probes share: exhibits that the worker has read."""

from pathlib import Path

from cases.access import acting_as
from cases.actor import Actor
from cases.models import Case
from evidence.models import Derivative, Exhibit
from evidence.probes.reading import facts_for_packet, newest
from evidence.tasks import sweep_probes
from tests.conftest import logged_in_as
from tests.factories.cases import make_case
from tests.factories.evidence import make_exhibit


def probed(data: bytes, *, name: str = "file", case: Case | None = None) -> tuple[Case, Exhibit]:
    """Take a file in and let the worker read it."""
    case = case or make_case()
    exhibit = make_exhibit(case, data, name=name).exhibit
    swept()
    return case, exhibit


def swept() -> int:
    with logged_in_as("worker"):
        return sweep_probes()


def rows(case: Case, exhibit: Exhibit) -> dict[str, Derivative]:
    with acting_as(Actor.user(case.owner)):
        found = {row.kind: row for row in newest(exhibit)}
        for row in found.values():
            row.opened()
        return found


def lines(case: Case, exhibit: Exhibit) -> dict[str, str]:
    with acting_as(Actor.user(case.owner)):
        return dict(facts_for_packet(exhibit))


def stored(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "vault").rglob("*") if path.is_file()]
