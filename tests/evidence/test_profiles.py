"""Profiles: every kind of reader has one, and none gets what the other side must not read."""

import pytest
from django.conf import settings

from evidence.models import Reader
from evidence.packet.draft import makers_of
from evidence.packet.profiles import PROFILES, SECTION_WORDS, profile_of

MAKERS = [path.rpartition(".")[2] for path in settings.BUNDLE_SECTIONS]


def test_each_kind_of_reader_has_one_profile():
    assert set(PROFILES) == set(Reader)
    assert len({profile.file_word for profile in PROFILES.values()}) == len(Reader)


def test_what_a_profile_leaves_out_is_a_section_that_exists():
    named = {name for profile in PROFILES.values() for name in profile.without | profile.optional}
    assert named <= set(MAKERS)
    assert set(MAKERS) <= set(SECTION_WORDS)


@pytest.mark.parametrize("reader", Reader)
def test_nobody_can_leave_out_what_lets_a_stranger_check(reader):
    made = [path.rpartition(".")[2] for path in makers_of(profile_of(reader), MAKERS)]
    assert {"exhibits", "custody", "redactions", "permissions", "system", "glossary"} <= set(made)
    assert "timeline" not in made


def test_a_regulator_gets_no_original_and_no_metadata():
    profile = profile_of(Reader.REGULATOR)
    assert not profile.takes_originals
    assert not profile.metadata
    assert "certificates" not in [path.rpartition(".")[2] for path in makers_of(profile)]


def test_only_the_client_is_told_who_else_received_one():
    assert [reader for reader in Reader if profile_of(reader).tells_releases] == [Reader.CLIENT]
