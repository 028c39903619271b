"""Sealed originals leave by two people, for one reader, for some days, and as age files only."""

import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pyrage
import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from cases.access import acting_as
from cases.actions import approval as approval_actions
from cases.actions import case as case_actions
from cases.actor import Actor
from cases.keys import case_key
from cases.limits import Counted, Limit, Window
from cases.models import Approval, ApprovalState, Consent, ConsentBasis
from cases.permissions import Role
from cases.states import AgeAnswer, IllegalMove
from cases.vault import VaultError
from evidence.actions import release as actions
from evidence.events import EvidenceEvent
from evidence.looking.age_file import age_size, encrypted
from evidence.looking.originals import released_for
from evidence.models import Reader, Release, ReleaseState
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_staff
from tests.factories.evidence import give_consent
from tests.factories.looking import Desk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folders")]
WORDS = {
    "recipient": "Berger & Partner",
    "request_text": "Letter of 20 Nov, ref 77/26",
    "reason": "Court wants the file.",
}


class House:
    """A supervisor who asks, one who decides, and an exhibit whose client agreed in writing."""

    def __init__(self, *, agreed: bool = True) -> None:
        self.asker = make_staff(name="Sam S.", roles=[Role.SUPERVISOR])
        self.second = make_staff(name="Robin R.", roles=[Role.SUPERVISOR])
        make_staff(name="Third T.")
        self.desk = Desk(owner=self.asker)
        self.case, self.exhibit = self.desk.case, self.desk.exhibit
        if agreed:
            give_consent(self.case)
        self.by, self.by_second = Actor.user(self.asker), Actor.user(self.second)

    def ask(self, **more: Any) -> Release:
        words: dict[str, Any] = {"reader": Reader.LAWYER, "days": 3, **WORDS, **more}
        with acting_as(self.by):
            return actions.ask(exhibit_id=self.exhibit.pk, by=self.by, at=timezone.now(), **words)

    def grant(self, release: Release) -> Approval:
        with acting_as(self.by_second):
            return approval_actions.grant(
                approval_id=release.approval_id,
                by=self.by_second,
                at=timezone.now(),  # type: ignore[arg-type]
            )

    def fresh(self, release: Release) -> Release:
        with acting_as(self.by):
            found: Release = Release.objects.get(pk=release.pk)
            found.opened()
            return found


def plain_of(house: House, sealed: bytes, passphrase: str) -> bytes:
    return pyrage.passphrase.decrypt(sealed, passphrase)


def test_what_two_people_allowed_leaves_as_an_age_file_that_the_passphrase_opens() -> None:
    house = House()
    release = house.ask()
    with acting_as(house.by):
        assert released_for(house.case, Reader.LAWYER, at=timezone.now()) == {}, "asked is not allowed"
    assert house.grant(release).state == ApprovalState.GRANTED
    with acting_as(house.by):
        passphrase = actions.tell(release_id=release.pk, by=house.by, at=timezone.now())
        found = released_for(house.case, Reader.LAWYER, at=timezone.now())
        key = case_key(house.case.pk)
        assert released_for(house.case, Reader.POLICE, at=timezone.now()) == {}
        assert released_for(house.case, Reader.LAWYER, at=timezone.now(), only=[]) == {}
    original = found[house.exhibit.pk]
    sealed = b"".join(original.chunks(key))
    assert len(sealed) == original.size
    assert sha256(plain_of(house, sealed, passphrase)).hexdigest() == house.exhibit.sha256
    assert passphrase not in repr(original)
    with pytest.raises(pyrage.DecryptError):
        plain_of(house, sealed, passphrase.lower())


@pytest.mark.parametrize("plain", [0, 1, 65_535, 65_536, 65_537, 131_072, 300_001])
def test_our_age_files_open_with_pyrage_at_every_edge(plain: int) -> None:
    data = secrets.token_bytes(plain)
    pieces = (data[start : start + 7_001] for start in range(0, plain, 7_001))
    sealed = b"".join(encrypted(pieces, "AAAAA-CCCCC"))
    assert len(sealed) == age_size(plain)
    assert pyrage.passphrase.decrypt(sealed, "AAAAA-CCCCC") == data


def test_a_changed_age_file_does_not_open() -> None:
    sealed = bytearray(b"".join(encrypted([bytes(100_000)], "AAAAA-CCCCC")))
    for place in (40, 140, 200, len(sealed) - 1):
        changed = bytes(sealed[:place]) + bytes([sealed[place] ^ 1]) + bytes(sealed[place + 1 :])
        with pytest.raises(pyrage.DecryptError):
            pyrage.passphrase.decrypt(changed, "AAAAA-CCCCC")
    with pytest.raises(pyrage.DecryptError):
        pyrage.passphrase.decrypt(bytes(sealed[: 166 + 65_552]), "AAAAA-CCCCC")


def test_a_large_original_is_encrypted_in_constant_memory() -> None:
    piece, most = bytes(65_536), 0
    stream = encrypted((piece for _piece in range(400)), "AAAAA-CCCCC")
    for part in stream:
        most = max(most, len(part))
    assert most <= 65_536 + 16


def test_nobody_allows_what_they_asked_themselves() -> None:
    house = House()
    release = house.ask()
    with acting_as(house.by), pytest.raises(IllegalMove):
        approval_actions.grant(approval_id=release.approval_id, by=house.by, at=timezone.now())  # type: ignore[arg-type]
    assert house.fresh(release).state == ReleaseState.ASKED


def test_the_database_allows_nothing_without_a_granted_request() -> None:
    house = House()
    release = house.ask()
    now = timezone.now()
    with acting_as(house.by), pytest.raises(DatabaseError), transaction.atomic():
        Release.objects.filter(pk=release.pk).update(
            state=ReleaseState.ALLOWED, allowed_at=now, expires_at=now + timedelta(days=3)
        )
    house.grant(release)
    with acting_as(house.by), pytest.raises(DatabaseError), transaction.atomic():
        Release.objects.filter(pk=release.pk).update(expires_at=now + timedelta(days=90))


@pytest.mark.parametrize(
    ("what", "more"),
    [
        ("in writing", {"request_text": " "}),
        ("receives", {"recipient": ""}),
        ("days", {"days": 15}),
        ("days", {"days": 0}),
    ],
)
def test_without_a_basis_nothing_is_asked(what: str, more: dict[str, Any]) -> None:
    house = House()
    with pytest.raises(IllegalMove, match=what):
        house.ask(**more)
    with acting_as(house.by):
        assert not Release.objects.exists()


def test_an_oral_yes_of_the_client_is_no_consent_and_one_taken_back_ends_it() -> None:
    house = House(agreed=False)
    with pytest.raises(IllegalMove, match="agreed in writing"):
        house.ask()
    give_consent(house.case, basis=ConsentBasis.ORAL)
    with pytest.raises(IllegalMove, match="agreed in writing"):
        house.ask()
    with acting_as(house.by):
        Consent.objects.filter(case=house.case).update(ended_at=timezone.now())
    give_consent(house.case)
    release = house.ask()
    with acting_as(house.by):
        Consent.objects.filter(case=house.case).update(ended_at=timezone.now())
    assert house.grant(release).state == ApprovalState.FAILED
    assert house.fresh(release).state == ReleaseState.ASKED


def test_the_passphrase_is_told_once_to_the_one_who_asked_and_counted() -> None:
    house = House()
    release = house.ask()
    house.grant(release)
    with acting_as(house.by_second), pytest.raises(IllegalMove, match="who asked"):
        actions.tell(release_id=release.pk, by=house.by_second, at=timezone.now())
    browser = signed_in(house.asker)
    path = reverse("evidence:release_told", args=[house.case.reference, release.pk])
    shown = press(browser, path).content.decode()
    assert house.fresh(release).passphrase in shown
    again = press(browser, path)
    assert again.status_code == 302
    assert house.fresh(release).passphrase not in browser.get(again.headers["Location"]).content.decode()
    assert len(house.desk.events(EvidenceEvent.RELEASE_TOLD)) == 1


def test_past_the_count_of_originals_no_passphrase_is_told(settings: Any) -> None:
    settings.LIMITS = {**settings.LIMITS, (Counted.UNSEAL, Window.HOUR): Limit(1, 1)}
    house = House()
    release = house.ask()
    house.grant(release)
    other = house.ask(reader=Reader.COURT)
    house.grant(other)
    browser = signed_in(house.asker)
    for one, status in ((release, 200), (other, 429)):
        answer = press(browser, reverse("evidence:release_told", args=[house.case.reference, one.pk]))
        assert answer.status_code == status
    assert house.fresh(other).told_at is None


def test_a_release_ends_with_its_days_and_its_passphrase_is_forgotten() -> None:
    house = House()
    release = house.ask(days=1)
    house.grant(release)
    later = timezone.now() + timedelta(days=1, minutes=1)
    with acting_as(house.by):
        assert released_for(house.case, Reader.LAWYER, at=later) == {}
        with pytest.raises(IllegalMove, match="over"):
            actions.tell(release_id=release.pk, by=house.by, at=later)
        with pytest.raises(IllegalMove, match="over"):
            actions.note_packed(release_id=release.pk, bundle="B-1", by=house.by, at=later)
        assert actions.end_over(at=later, by=house.by) == 1
    ended = house.fresh(release)
    assert (ended.state, ended.passphrase) == (ReleaseState.ENDED, "")


def test_an_age_lock_ends_releases_and_gives_no_original() -> None:
    house = House()
    allowed, asked = house.ask(), house.ask(reader=Reader.COURT)
    house.grant(allowed)
    with acting_as(house.by):
        case_actions.answer_age(
            case_id=house.case.pk, answer=AgeAnswer.UNDER_18, said_by="client", by=house.by, at=timezone.now()
        )
        house.case.refresh_from_db()
        assert released_for(house.case, Reader.LAWYER, at=timezone.now()) == {}
    for release in (allowed, asked):
        assert house.fresh(release).state == ReleaseState.ENDED
        assert house.fresh(release).passphrase == ""
    with acting_as(house.by):
        assert not Approval.objects.waiting().exists()


def test_packing_is_recorded_with_the_bundle() -> None:
    house = House()
    release = house.ask()
    house.grant(release)
    with acting_as(house.by):
        actions.note_packed(release_id=release.pk, bundle="B-2047-1", by=house.by, at=timezone.now())
    (event,) = house.desk.events(EvidenceEvent.ORIGINAL_RELEASED)
    assert event.body["bundle"] == "B-2047-1"
    assert house.fresh(release).packed == 1


def test_an_original_that_changed_in_the_store_does_not_leave_whole() -> None:
    house = House()
    release = house.ask()
    house.grant(release)
    with acting_as(house.by):
        found = released_for(house.case, Reader.LAWYER, at=timezone.now())[house.exhibit.pk]
        key = case_key(house.case.pk)
    found.exhibit.sha256 = "0" * 64
    with pytest.raises(VaultError):
        list(found.chunks(key))


def test_after_a_no_it_may_be_asked_anew_and_twice_at_once_it_may_not() -> None:
    house = House()
    release = house.ask()
    with pytest.raises(IllegalMove, match="asked already"):
        house.ask()
    with acting_as(house.by_second):
        approval_actions.refuse(
            approval_id=release.approval_id,
            why="Hashes are enough.",
            by=house.by_second,
            at=timezone.now(),  # type: ignore[arg-type]
        )
    house.ask()
    assert house.fresh(release).state == ReleaseState.REFUSED


def test_the_pages_of_a_release_from_asking_to_the_yes() -> None:
    house = House()
    browser = signed_in(house.asker)
    path = reverse("evidence:ask_release", args=[house.case.reference, house.exhibit.pk])
    assert browser.get(path).status_code == 200
    assert press(browser, path, reader="lawyer").status_code == 422
    done = press(browser, path, reader="lawyer", days="3", **WORDS)
    assert done.status_code == 302
    with acting_as(house.by):
        release = Release.objects.get()
    page = signed_in(house.second).get(reverse("cases:approval", args=[release.approval_id])).content.decode()
    assert "Letter of 20 Nov" in page
    assert house.exhibit.sha256 in page
    house.grant(release)
    facts = browser.get(reverse("evidence:exhibit", args=[house.case.reference, house.exhibit.pk])).content.decode()
    assert "Show the passphrase once" in facts
    assert house.fresh(release).passphrase not in facts
    press(browser, reverse("evidence:end_release", args=[house.case.reference, release.pk]))
    assert house.fresh(release).state == ReleaseState.ENDED


def test_a_caseworker_finds_no_way_to_release() -> None:
    house = House()
    caseworker = make_staff(name="Cara C.")
    browser = signed_in(caseworker)
    assert (
        browser.get(reverse("evidence:ask_release", args=[house.case.reference, house.exhibit.pk])).status_code == 404
    )
