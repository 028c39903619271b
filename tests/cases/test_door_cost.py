"""The door costs the same for a code that exists and one that does not, and a stranger cannot keep its owner out."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth import hashers
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases import doors
from cases.access import acting_as
from cases.actions import door
from cases.actor import Actor
from cases.models import Case, DoorTry, KnownPlace
from cases.states import AgeAnswer, IdentityCheck, IllegalMove
from tests.conftest import NOON
from tests.factories.cases import make_case, make_client
from tests.factories.portal import PIN, come_in, shown_code

pytestmark = pytest.mark.django_db
HOME, ELSEWHERE = "192.0.2.7", "198.51.100.{}"


@pytest.fixture
def code() -> str:
    """A code that opens somebody's page with PIN."""
    seen = come_in(upto="pin")
    found = shown_code(seen.browser)
    seen.browser.press("/c", pin=PIN, again=PIN)
    return found


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every hashing of a PIN, as the hasher itself is asked."""
    seen: list[str] = []
    kind = type(hashers.get_hasher())
    real = kind.encode

    def counted(self, *given, **more):
        seen.append(self.algorithm)
        return real(self, *given, **more)

    monkeypatch.setattr(kind, "encode", counted)
    return seen


def cost(code: str, hashed: list[str], source: str) -> tuple[list[str], list[str]]:
    """Return the statements and the hashings of one wrong try."""
    hashed.clear()
    with CaptureQueriesContext(connection) as asked:
        assert door.try_code(code=code, pin="918273", source=source, at=NOON) is None
    shapes = [re.sub(r'"s\d+_x\d+"', "", " ".join(query["sql"].split()[:3])) for query in asked.captured_queries]
    return shapes, list(hashed)


def test_a_known_and_an_unknown_code_cost_the_same_queries_and_the_same_hashing(code, hashed):
    cost("AAAAAAAA", hashed, "203.0.113.1")
    known = cost(code, hashed, ELSEWHERE.format(1))
    unknown = cost("CCCC CCCC", hashed, "203.0.113.9")
    assert known == unknown
    assert len(known[1]) == 1


def test_an_unknown_code_costs_the_same_the_very_first_time_a_process_is_asked(code, hashed):
    door._no_pin.cache_clear()
    first = cost(code, hashed, ELSEWHERE.format(1))
    door._no_pin.cache_clear()
    assert cost("CCCC CCCC", hashed, "203.0.113.9") == first


def many_tries_from_elsewhere(code: str, *, at=NOON) -> None:
    for number in range(doors.CODE.free + 5):
        try:
            door.try_code(code=code, pin="918273", source=f"203.0.{number}.1", at=at)
        except door.Slowed:
            continue


def test_a_stranger_elsewhere_cannot_keep_the_owner_out_of_where_they_came_in_before(code):
    assert door.try_code(code=code, pin=PIN, source=HOME, at=NOON) is not None
    many_tries_from_elsewhere(code)
    with pytest.raises(door.Slowed):
        door.try_code(code=code, pin=PIN, source="203.0.250.1", at=NOON)
    assert door.try_code(code=code, pin=PIN, source=HOME, at=NOON) is not None


def test_a_known_place_is_forgotten_and_still_slows_whoever_guesses_there(code):
    assert door.try_code(code=code, pin=PIN, source=HOME, at=NOON) is not None
    for _guess in range(doors.PAIR.free):
        assert door.try_code(code=code, pin="918273", source=HOME, at=NOON) is None
    with pytest.raises(door.Slowed):
        door.try_code(code=code, pin=PIN, source=HOME, at=NOON)
    later = NOON + doors.KNOWN_FOR + timedelta(days=1)
    many_tries_from_elsewhere(code, at=later)
    with pytest.raises(door.Slowed):
        door.try_code(code=code, pin=PIN, source=HOME, at=later)


def test_what_is_remembered_names_neither_code_nor_place(code):
    door.try_code(code=code, pin=PIN, source=HOME, at=NOON)
    kept = str([bytes(row.key_hash) for row in KnownPlace.objects.all()]) + str(list(DoorTry.objects.values()))
    assert "192.0.2" not in kept
    assert code.replace(" ", "") not in kept


def test_guessing_one_pin_at_the_full_allowed_rate_takes_years():
    pins = 10**doors.PIN_LENGTH
    a_day = timedelta(days=1) / doors.CODE.longest_wait
    assert pins / 2 / a_day / 365 > 4
    assert len(doors.ALPHABET) ** doors.CODE_LENGTH > 2**37


def owner_of(case: Case) -> Actor:
    return Actor.user(case.owner)


def test_an_invitation_lasts_seven_days_and_a_code_read_out_too():
    case = make_case(age=None)
    actor = owner_of(case)
    with acting_as(actor):
        invitation = door.invite(case_id=case.pk, by=actor, at=NOON)
    assert door.spend_invitation(token=invitation.token, at=NOON + timedelta(days=7, minutes=1)) is None
    assert door.spend_invitation(token=invitation.token, at=NOON + timedelta(days=7, minutes=-1)) is not None
    with acting_as(actor):
        made = door.give_code(case_id=case.pk, checked=IdentityCheck.CODE_WORD, remark="", by=actor, at=NOON)
    typed = {"code": made.code, "pin": made.pin, "source": HOME}
    assert door.try_code(**typed, at=NOON + timedelta(days=7, minutes=1)) is None
    assert door.try_code(**typed, at=NOON + timedelta(days=7, minutes=-1)) is not None


def test_a_weak_pin_is_refused_where_it_is_kept_and_not_only_by_the_form():
    user = make_client()
    case, client = make_case(client=user), Actor.client(user)
    with acting_as(client), pytest.raises(IllegalMove, match="counts up or down"):
        door.save_pin(case_id=case.pk, code=doors.make_code(), pin="123456", by=client, at=NOON)


def test_nobody_gets_a_code_for_a_case_locked_for_age():
    case = make_case(age=AgeAnswer.NOT_SURE)
    actor = owner_of(case)
    with acting_as(actor), pytest.raises(IllegalMove, match="locked for age"):
        door.give_code(case_id=case.pk, checked=IdentityCheck.CODE_WORD, remark="", by=actor, at=NOON)
