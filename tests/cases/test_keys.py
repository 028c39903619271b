"""Case keys: bound to their case and version, never replaced by another, and gone for good once destroyed."""

from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from cases import access, key_status, keys
from cases.access import acting_as
from cases.actor import Actor
from cases.key_check import Needed, refuse_wrong_keys
from cases.key_sources import CommandSource, EnvironmentSource, FileSource, KeyMissing
from cases.models import CaseKey, KekVersion
from tests.conftest import NOON
from tests.factories.cases import make_case, make_staff
from tests.factories.keyfiles import line, make_key_file

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")


def test_a_wrapped_key_of_another_case_or_version_is_refused(tmp_path, settings):
    settings.KEY_SOURCE = FileSource(make_key_file(tmp_path, versions=2))
    case, other = uuid4(), uuid4()
    wrapped = keys.wrap(b"k" * 32, case, 1)
    assert keys.unwrap(wrapped, case, 1) == b"k" * 32
    for place in ((other, 1), (case, 2)):
        with pytest.raises(KeyMissing, match="cannot be opened"):
            keys.unwrap(wrapped, *place)


def test_a_wrapped_key_is_bound_to_the_version_even_where_two_versions_are_the_same_key(settings):
    one = line("kek", 1)
    settings.KEY_SOURCE = EnvironmentSource(f"{one} {one.replace('kek:1', 'kek:2')} {line('lookup', 1)}")
    case = uuid4()
    wrapped = keys.wrap(b"k" * 32, case, 1)
    with pytest.raises(KeyMissing, match="cannot be opened"):
        keys.unwrap(wrapped, case, 2)


def test_a_source_is_asked_again_for_a_version_that_it_did_not_give_at_first(tmp_path, settings):
    path = make_key_file(tmp_path)
    settings.KEY_SOURCE = CommandSource(f"cat {path}")
    assert keys.ring().versions("kek") == [1]
    FileSource(path).add("kek")
    settings.KEY_SOURCE._asked_at -= 61  # a minute later
    assert keys.ring(holding=1).versions("kek") == [1]
    assert keys.ring(holding=2).versions("kek") == [1, 2]


def test_a_key_of_the_right_number_and_the_wrong_bytes_seals_nothing(tmp_path, settings):
    make_case()
    settings.KEY_SOURCE = FileSource(make_key_file(tmp_path))
    with pytest.raises(KeyMissing, match="not the one this database was sealed with"):
        make_case()
    assert KekVersion.objects.count() == 1


def test_an_installation_that_lost_its_key_reads_nothing_and_makes_up_no_other(tmp_path, settings):
    case = make_case()
    settings.KEY_SOURCE = FileSource(tmp_path / "none")
    with acting_as(Actor.user(case.owner)), pytest.raises(KeyMissing, match="cannot be read"):
        keys.case_key(case.pk)


def test_the_web_login_can_do_nothing_to_a_key_but_use_it():
    case = make_case()
    with acting_as(Actor.user(case.owner)):
        for change in ({"kek_version": 2}, {"wrapped": b"x" * 60}, {"destroyed_at": NOON}):
            with pytest.raises(DatabaseError), transaction.atomic():
                CaseKey.objects.filter(case_id=case.pk).update(**change)
        with pytest.raises(DatabaseError), transaction.atomic():
            keys.destroy(case.pk)
        with pytest.raises(DatabaseError), transaction.atomic():
            CaseKey.objects.filter(case_id=case.pk).delete()


def test_a_person_outside_a_case_cannot_read_its_key():
    case = make_case()
    with acting_as(Actor.user(make_staff())):
        assert not CaseKey.objects.filter(case_id=case.pk).exists()
        with pytest.raises(KeyMissing):
            keys.case_key(case.pk)


def test_the_systems_key_is_never_destroyed():
    with acting_as(SYSTEM), pytest.raises(ValueError, match="no case"):
        keys.destroy(keys.SYSTEM_CHAIN)


def test_an_opened_key_is_forgotten_with_its_context():
    case = make_case()
    actor = Actor.user(case.owner)
    with acting_as(actor):
        keys.case_key(case.pk)
        assert case.pk in access.opened_keys()
    assert access.opened_keys() is None
    with acting_as(Actor.user(make_staff())):
        assert case.pk not in access.opened_keys()


def test_every_login_may_count_keys_by_version_and_sees_no_more():
    make_case()
    make_case()
    with acting_as(SYSTEM):
        assert CaseKey.objects.exclude(case_id=keys.SYSTEM_CHAIN).count() == 0
        assert key_status.needed().case_keys[1] >= 2


def _refusal():
    with pytest.raises(KeyMissing) as refusal:
        key_status.refuse_to_start()
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


def test_a_start_with_the_right_keys_is_allowed():
    make_case()
    key_status.refuse_to_start()


def test_a_start_without_a_version_that_case_keys_need_says_which_and_how_many(tmp_path, settings):
    make_case()
    count = key_status.needed().case_keys[1]
    settings.KEY_SOURCE = EnvironmentSource(f"{line('kek', 2)} {line('lookup', 1)}")
    assert f"kek:1 ({count} case keys), which RECOURSE_KEYS does not hold" in _refusal()


def test_a_start_with_a_wrong_key_of_the_right_number_is_refused(tmp_path, settings):
    make_case()
    settings.KEY_SOURCE = FileSource(make_key_file(tmp_path))
    assert "is not the one that the data was sealed with" in _refusal()


def test_a_start_with_a_system_key_that_does_not_open_is_refused(tmp_path, settings):
    make_case()
    settings.KEY_SOURCE = FileSource(make_key_file(tmp_path))
    wanted = key_status.needed()
    with pytest.raises(KeyMissing, match="key of the system does not open"):
        refuse_wrong_keys(keys.ring(), Needed(system=wanted.system))


def test_a_start_without_a_look_up_key_that_is_needed_is_refused(settings):
    with pytest.raises(KeyMissing, match=r"lookup:4 \(7 look-ups\)"):
        refuse_wrong_keys(keys.ring(), Needed(lookups={4: 7}))
