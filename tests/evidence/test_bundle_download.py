"""A bundle on its way out: nothing leaves that was not recorded, and no file stays open."""

from pathlib import Path

import pytest
from django.db.utils import ProgrammingError
from django.urls import reverse

from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.evidence import make_sealed_bundle
from tests.factories.files import open_handles
from tests.factories.record import record_refuses

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("folders")]


def test_a_download_that_could_not_be_recorded_sends_nothing_and_leaves_no_file_open(
    tmp_path: Path,
) -> None:
    owner = make_staff(name="Amira Kovalenko")
    case = make_case(owner=owner)
    bundle = make_sealed_bundle(case)
    file = tmp_path / "vault" / bundle.object_name
    assert file.is_file()
    browser = signed_in(owner)
    with record_refuses("recourse_web"), pytest.raises(ProgrammingError) as caught:
        press(browser, reverse("evidence:download_bundle", args=[case.reference, bundle.pk]))
    assert caught.tb, "what is held here would keep a forgotten file open"
    assert open_handles(file) == 0
    copy = press(browser, reverse("evidence:download_bundle", args=[case.reference, bundle.pk]))
    assert open_handles(file) == 1
    copy.close()
    assert open_handles(file) == 0
