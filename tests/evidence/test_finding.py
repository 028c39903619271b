"""Findings: written down once, corrected by new versions with a reason, taken back, never changed."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from cases.access import acting_as
from cases.actions import case as case_actions
from cases.actor import Actor
from cases.models import Case, Event
from cases.states import AgeAnswer, IllegalMove
from evidence.actions import finding as actions
from evidence.events import EvidenceEvent
from evidence.models import Finding, HarmEntry, SyntheticClaim
from tests.conftest import NOON, logged_in_as
from tests.factories.cases import make_case, make_client, make_staff
from tests.factories.evidence import make_exhibit, picture
from tests.factories.findings import make_claim, make_harm

LATER = NOON + timedelta(hours=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Case:
    return make_case(owner=make_staff(name="Amira K."), client=make_client())


def standing(case: Case) -> list[SyntheticClaim]:
    with acting_as(Actor.user(case.owner)):
        rows = list(SyntheticClaim.objects.standing().filter(case=case).for_rows())
        for row in rows:
            row.opened()
    return rows


def correct(case: Case, of: Finding, **values: str) -> SyntheticClaim:
    actor = Actor.user(case.owner)
    with acting_as(actor):
        row = SyntheticClaim.make(case_id=case.pk, said_by="client", basis="second call", **values)
        return actions.correct(finding=row, of=of.pk, why="She said it otherwise", by=actor, at=LATER)


def test_a_correction_is_a_new_version_and_the_old_words_stay(case: Case):
    first = make_claim(case, nature="swapped")
    second = correct(case, first, nature="altered")
    assert [row.nature for row in standing(case)] == ["altered"]
    with acting_as(Actor.user(case.owner)):
        versions = SyntheticClaim.objects.get_queryset().filter(thread=first.thread).for_rows()
        assert [(row.version, row.nature, row.why) for row in versions] == [
            (1, "swapped", ""),
            (2, "altered", "She said it otherwise"),
        ]
    assert second.thread == first.thread


def test_what_was_taken_back_stands_no_more_and_keeps_its_words(case: Case):
    row = make_claim(case)
    actor = Actor.user(case.owner)
    with acting_as(actor):
        last = actions.withdraw(of=row, why="A misunderstanding", by=actor, at=LATER)
        assert (last.version, last.is_withdrawn, last.nature) == (2, True, "swapped")
        with pytest.raises(IllegalMove, match="taken back"):
            actions.withdraw(of=last, why="again", by=actor, at=LATER)
    assert standing(case) == []


def test_who_saw_an_old_version_cannot_correct_over_a_newer_one(case: Case):
    first = make_claim(case)
    correct(case, first, nature="altered")
    with pytest.raises(actions.StaleFinding):
        correct(case, first, nature="voice")
    assert [row.nature for row in standing(case)] == ["altered"]


@pytest.mark.parametrize("login", ["web", "worker"])
def test_no_login_changes_a_finding(transactional_db: None, login: str):
    case = make_case(owner=make_staff())
    row = make_claim(case)
    with logged_in_as(login), acting_as(Actor.user(case.owner)):
        rows = Finding._base_manager.filter(pk=row.pk)
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(is_withdrawn=True)
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(sealed=b"other words")
    with acting_as(Actor.user(case.owner)):
        assert Finding.objects.get_queryset().get(pk=row.pk).is_withdrawn is False


def test_the_worker_may_empty_what_a_rule_ends(transactional_db: None):
    case = make_case(owner=make_staff())
    row = make_claim(case)
    with logged_in_as("worker"), acting_as(Actor.system("retention")):
        assert Finding._base_manager.filter(pk=row.pk).update(sealed=b"") == 1
    with acting_as(Actor.user(case.owner)):
        empty = SyntheticClaim.objects.get_queryset().get(pk=row.pk)
        assert (empty.nature, empty.label, empty.is_synthetic) == ("", "", False)


@pytest.mark.parametrize("answer", [AgeAnswer.UNDER_18, AgeAnswer.NOT_SURE])
def test_a_case_locked_for_age_takes_no_finding(case: Case, answer: AgeAnswer):
    actor = Actor.user(case.owner)
    row = make_claim(case)
    with acting_as(actor):
        case_actions.answer_age(case_id=case.pk, answer=answer, said_by="caller", by=actor, at=NOON)
        for move in (
            lambda: actions.write(finding=SyntheticClaim.make(case_id=case.pk), by=actor, at=NOON),
            lambda: actions.correct(
                finding=SyntheticClaim.make(case_id=case.pk), of=row.pk, why="x", by=actor, at=NOON
            ),
            lambda: actions.withdraw(of=row, why="x", by=actor, at=NOON),
            lambda: actions.note_paper(
                case_id=case.pk, paper="chronology", title="", version=0, sha256="0" * 64, by=actor, at=NOON
            ),
        ):
            with pytest.raises(IllegalMove, match="locked"):
                move()


def test_an_exhibit_of_another_case_cannot_be_named(transactional_db: None, tmp_path, settings):
    settings.STAGING_DIR = tmp_path / "staging"
    case = make_case(owner=make_staff(name="Amira K."))
    other = make_case(owner=case.owner)
    foreign = make_exhibit(other, picture(), name="page.png").exhibit
    actor = Actor.user(case.owner)
    with acting_as(actor), pytest.raises(IllegalMove, match="exhibit of this case"):
        actions.write(finding=HarmEntry.make(case_id=case.pk, exhibit_id=foreign.pk), by=actor, at=NOON)
    with acting_as(actor), pytest.raises(IllegalMove, match="exhibit of this case"):
        actions.write(finding=HarmEntry.make(case_id=case.pk, exhibit_id=uuid4()), by=actor, at=NOON)


def test_every_step_is_in_the_record_and_a_client_sees_none(transactional_db: None):
    visitor = make_client()
    case = make_case(owner=make_staff(), client=visitor)
    row = make_claim(case)
    newer = correct(case, row, nature="altered")
    actor = Actor.user(case.owner)
    with acting_as(actor):
        newer.opened()
        actions.withdraw(of=newer, why="no more", by=actor, at=LATER)
        kinds = list(Event.objects.filter(case=case, kind__contains="finding").order_by("seq").values_list("kind"))
    assert [kind for (kind,) in kinds] == [
        EvidenceEvent.FINDING_WRITTEN,
        EvidenceEvent.FINDING_CORRECTED,
        EvidenceEvent.FINDING_WITHDRAWN,
    ]
    with acting_as(Actor.client(visitor)):
        assert Case.objects.filter(pk=case.pk).exists()
        assert not Finding._base_manager.exists()


def test_sums_stay_apart_by_currency_and_are_exact(case: Case):
    from evidence.findings.harm import entries, totals

    for amount, currency in (("0.10", "EUR"), ("0.20", "EUR"), ("35.00", "GBP"), ("", "")):
        make_harm(case, amount=amount, currency=currency)
    with acting_as(Actor.user(case.owner)):
        found = totals(entries(case))
    assert [(currency, str(total)) for currency, total in found] == [("EUR", "0.30"), ("GBP", "35.00")]
