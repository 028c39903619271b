"""One world for the whole matrix: it is made once, and every request in it is taken back."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.factories.committed import committed
from tests.matrix.routes import OF_A_PERSON, OF_THE_HOUSE, wanted_models
from tests.matrix.world import World, make_world


@pytest.fixture(autouse=True)
def _confirmed_long_enough(settings: Any) -> None:
    """Let nobody be asked again who they are because the machine is slow."""
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 7200


@pytest.fixture(autouse=True)
def _only_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at answers only: thousands of pages need no copy of what each of their templates was given."""
    monkeypatch.setattr("django.test.client.store_rendered_templates", lambda *_given, **_named: None)


@pytest.fixture(scope="package")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Everybody and everything."""
    with committed(django_db_blocker):
        yield make_world(wanted_models(), [*OF_A_PERSON.values()], [*OF_THE_HOUSE.values()])
