"""What most tests of evidence begin with: folders of their own, a case of Amira K.'s, and her browser."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from cases.models import Case
from tests.factories.browsers import signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.files import own_folders


@pytest.fixture
def folders(tmp_path: Path, settings: Any) -> None:
    """Give a test a vault and a staging folder of its own."""
    own_folders(settings, tmp_path)


@pytest.fixture
def case() -> Case:
    """A case of Amira K.'s."""
    return make_case(owner=make_staff(name="Amira K."))


@pytest.fixture
def browser(case: Case) -> Client:
    """The browser of whoever owns the case, signed in."""
    return signed_in(case.owner)
