"""Erasure: two people, no hold, everything gone with all versions, a tombstone and a certificate left."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.files.storage import storages
from django.db import DatabaseError, connection, transaction
from moto import mock_aws
from storages.backends.s3 import S3Storage

from cases import erasing, health, keys
from cases.access import acting_as
from cases.actions import approval as approval_actions
from cases.actions import closing, erasure, hold, note, party, register_entry
from cases.actions.register_entry import Told
from cases.actor import Actor
from cases.models import (
    Approval,
    ApprovalState,
    Case,
    CaseKey,
    Door,
    Erasure,
    ErasureReason,
    ErasureState,
    Event,
    Membership,
    MembershipRole,
    NoteNature,
    PartyRole,
    RegisterEntry,
    RegisterKind,
    Session,
)
from cases.permissions import Role
from cases.record_check import check_record
from cases.sealed import CannotOpen, SealedRow
from cases.states import CaseState, IllegalMove
from cases.vault import Vault
from takedowns.models import UrlCheck
from tests.conftest import NOON, logged_in_as
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_client, make_staff
from tests.factories.endings import close, second_says_yes, supervisor
from tests.factories.evidence import make_exhibit, make_sealed_bundle, picture
from tests.factories.takedowns import load_platforms, make_consent, make_links, make_notice

pytestmark = pytest.mark.django_db(transaction=True)


class Killed(BaseException):
    """The worker was killed here."""


def kill() -> None:
    raise Killed


@pytest.fixture
def boss():
    return supervisor("Asker")


@pytest.fixture
def case() -> Case:
    client = make_client()
    case = make_case(client=client)
    actor = Actor.user(case.owner)
    make_exhibit(case, picture(), name="holiday.png")
    make_sealed_bundle(case)
    with acting_as(actor):
        note.write(case_id=case.pk, nature=NoteNature.FACT, text="She called", author=case.owner, by=actor, at=NOON)
        party.save(case_id=case.pk, role=PartyRole.CLIENT, name="Jane Roe", email="jane@example.org", by=actor, at=NOON)
    signed_in(client, door="portal")
    return case


def hold_for_a_day(case):
    actor = Actor.user(case.owner)
    with acting_as(actor):
        return hold.set_hold(case_id=case.pk, reason="Jane's lawyer wrote", until=None, by=actor, at=NOON)


def ask(case, boss):
    actor = Actor.user(boss)
    with acting_as(actor):
        return erasure.ask(case_id=case.pk, reason=ErasureReason.CLIENT, words="She asked by letter", by=actor, at=NOON)


def run(at=NOON, **more) -> int:
    with logged_in_as("worker"):
        return erasing.erase_waiting(at=at, **more)


def of(case) -> Erasure:
    with acting_as(Actor.user(supervisor())):
        return Erasure.objects.select_related("case", "asked_by", "granted_by").get(case_id=case.pk)


def names_of(case) -> list[str]:
    with logged_in_as("worker"), acting_as(Actor.system("test")):
        return list(erasing.stored_names(case.pk))


def erase(case, boss) -> Erasure:
    close(case)
    second_says_yes(ask(case, boss))
    assert run() == 1
    return of(case)


def test_an_open_case_is_never_erased(case, boss):
    with pytest.raises(IllegalMove, match="Close the case first"):
        ask(case, boss)


def test_one_person_alone_erases_nothing(case, boss):
    close(case)
    request = ask(case, boss)
    with acting_as(Actor.user(boss)), pytest.raises(IllegalMove, match="second person"):
        approval_actions.grant(approval_id=request.pk, by=Actor.user(boss), at=NOON)
    assert run() == 0
    assert names_of(case)


def test_a_hold_between_the_question_and_the_yes_stops_it(case, boss):
    close(case)
    request = ask(case, boss)
    actor = Actor.user(case.owner)
    with acting_as(actor):
        hold.set_hold(case_id=case.pk, reason="Court", until=None, by=actor, at=NOON)
    assert second_says_yes(request).state == ApprovalState.FAILED
    assert run() == 0
    assert names_of(case)


def test_after_the_yes_neither_hold_nor_reopening_comes_in_between(case, boss):
    close(case)
    second_says_yes(ask(case, boss))
    actor = Actor.user(case.owner)
    with acting_as(actor), pytest.raises(IllegalMove, match="too late"):
        hold.set_hold(case_id=case.pk, reason="Court", until=None, by=actor, at=NOON)
    with acting_as(actor), pytest.raises(IllegalMove, match="few minutes"):
        closing.reopen(case_id=case.pk, why="x", by=actor, at=NOON)


def test_a_key_does_not_go_because_somebody_writes_an_erasure_by_hand(case, boss):
    close(case)
    request = ask(case, boss)
    with logged_in_as("worker"), acting_as(Actor.system("attack")):
        Erasure.objects.create(
            case=case, approval_id=request.pk, reason="client", state="erasing", asked_at=NOON, granted_at=NOON
        )
        with pytest.raises(DatabaseError), transaction.atomic():
            keys.destroy(case.pk)
        with pytest.raises(DatabaseError), transaction.atomic():
            CaseKey.objects.filter(case_id=case.pk).delete()


def test_after_erasure_nothing_of_the_case_can_be_read_in_any_table(case, boss):
    load_platforms()
    make_consent(case)
    urls = make_links(case, "https://vidnest.example/u/1")
    make_notice(case, urls)
    row = hold_for_a_day(case)
    with logged_in_as("worker"), acting_as(Actor.system("test")):
        UrlCheck.objects.create(
            at=NOON, case=case, url=urls[0], answer="gone", reason="x", vantage="here", milliseconds=1
        )
    with acting_as(Actor.user(case.owner)):
        old_key = keys.case_key(case.pk)
    close(case)
    actor = Actor.user(boss)
    with acting_as(actor):
        lift = hold.ask_to_lift(hold_id=row.pk, reason="Over", by=actor, at=NOON)
    second_says_yes(lift)
    second_says_yes(ask(case, boss))
    assert run() == 1
    with logged_in_as("worker"), acting_as(Actor.system("test")):
        with pytest.raises(keys.KeyMissing):
            keys.case_key(case.pk)
        left: dict[str, int] = {}
        for model in erasing.tables_of_a_case():
            for row in erasing.rows_of(model, case.pk):
                left[model.__name__] = left.get(model.__name__, 0) + 1
                if isinstance(row, SealedRow) and row.sealed:
                    assert isinstance(row, Event)
                    with pytest.raises((keys.KeyMissing, CannotOpen)):
                        row.opened()
        assert set(left) == {"Approval", "Closing", "Erasure", "Event", "Hold"}
        tomb = Case.objects.get(pk=case.pk)
        assert (tomb.state, tomb.alias, tomb.country, bytes(tomb.sealed)) == (CaseState.ERASED, "", "", b"")
        assert tomb.reference == case.reference
        assert not Door.objects.filter(case_id=case.pk).exists()
        with connection.cursor() as cursor:
            cursor.execute("select wrapped from cases_casekey where case_id = %s", [case.pk])
            assert bytes(cursor.fetchone()[0]) == b""
    assert old_key


def test_after_erasure_the_store_holds_no_file_and_the_client_no_way_in(case, boss):
    client = Membership.objects  # the manager; rows are seen by their case
    with acting_as(Actor.user(case.owner)):
        user = client.get(case=case, role=MembershipRole.CLIENT).user
    names = names_of(case)
    assert len(names) == 2
    erase(case, boss)
    assert not any(storages["vault"].exists(name) for name in names)
    user.refresh_from_db()
    assert not user.is_active
    assert not Session.objects.filter(user=user).exists()


def test_after_erasure_the_record_still_verifies(case, boss):
    erase(case, boss)
    with logged_in_as("worker"):
        assert check_record().fault is None
    with acting_as(Actor.user(supervisor())):
        kinds = set(Event.objects.filter(case_id=case.pk).values_list("kind", flat=True))
    assert {"cases.note_written", "cases.erasure_begun"} <= kinds


def test_every_version_in_a_bucket_goes():
    with mock_aws():
        import boto3

        made: Any = boto3.client("s3", aws_access_key_id="x", aws_secret_access_key="x", region_name="eu-west-1")
        where = {"LocationConstraint": "eu-west-1"}
        made.create_bucket(Bucket="vault", CreateBucketConfiguration=where)
        made.put_bucket_versioning(Bucket="vault", VersioningConfiguration={"Status": "Enabled"})
        for text in (b"one", b"two"):
            made.put_object(Bucket="vault", Key="ab/cd", Body=text)
        made.put_object(Bucket="vault", Key="ab/cdef", Body=b"another file")
        made.delete_object(Bucket="vault", Key="ab/cd")
        bucket: Any = S3Storage
        storage = bucket(bucket_name="vault", access_key="x", secret_key="x", region_name="eu-west-1")
        Vault(storage).delete_every_version("ab/cd")
        answer = made.list_object_versions(Bucket="vault")
        assert not answer.get("DeleteMarkers")
        kept = [(one["Key"], "DeleteMarker" if "Size" not in one else "") for one in answer.get("Versions", [])]
        assert kept == [("ab/cdef", "")]


def test_a_half_done_erasure_is_seen_and_goes_on(case, boss):
    close(case)
    second_says_yes(ask(case, boss))
    counted = len(names_of(case))
    with pytest.raises(Killed):
        run(stop_after=kill)
    row = of(case)
    assert (row.state, row.tries) == (ErasureState.ERASING, 1)
    later = NOON + timedelta(hours=2)
    with acting_as(Actor.user(supervisor())):
        assert any(sign.tone == "late" and "half done" in sign.value for sign in health.endings(now=later))
    assert run(at=later) == 1
    row = of(case)
    assert (row.state, row.stored_objects, row.tries) == (ErasureState.ERASED, counted, 2)
    assert run(at=later) == 0


def test_a_crash_while_rows_go_leaves_all_or_nothing(case, boss, monkeypatch):
    close(case)
    second_says_yes(ask(case, boss))

    def broken(case_id):
        raise keys.KeyMissing("the disk is gone")

    monkeypatch.setattr("cases.actions.erasure.keys.destroy", broken)
    assert run() == 0
    with acting_as(Actor.user(case.owner)):
        assert Case.objects.get(pk=case.pk).alias
    monkeypatch.undo()
    assert run() == 1


def test_an_erased_case_is_not_there_for_anybody_but_supervisors_see_the_tombstone(case, boss):
    row = erase(case, boss)
    owner = signed_in(case.owner)
    for path in ("", "timeline", "client", "links", "evidence", "keeping", "close", "erase"):
        assert owner.get(f"/cases/{case.reference}/{path}").status_code == 404
        assert signed_in(boss).get(f"/cases/{case.reference}/{path}").status_code == 404
    address = f"/erased/{row.pk}/"
    assert owner.get(address).status_code == 404
    assert owner.get("/erased").status_code == 404
    page = signed_in(boss).get(address)
    assert page.status_code == 200
    assert case.reference in page.content.decode()
    assert case.alias not in page.content.decode()
    assert "cases.note_written" in page.content.decode()
    assert case.reference in signed_in(boss).get("/erased").content.decode()


def test_the_certificate_says_what_went_who_decided_and_which_key_is_left(case, boss):
    row = erase(case, boss)
    browser = signed_in(boss)
    facts = json.loads(browser.get(f"/erased/{row.pk}/certificate.json").content)
    assert facts["asked_by"] == "Asker"
    assert facts["granted_by"] == "Second"
    assert facts["stored_files_removed_with_all_versions"] == 2
    assert facts["rows_removed"]["cases_note"] == 1
    assert facts["key_version_to_be_destroyed"] >= 1
    assert facts["complete"] is False
    text = json.dumps(facts)
    assert "Jane" not in text
    assert case.alias not in text
    printed = browser.get(f"/erased/{row.pk}/certificate.pdf")
    assert printed.content.startswith(b"%PDF-")


def test_it_is_complete_only_when_the_old_key_is_destroyed(case, boss):
    row = erase(case, boss)
    actor = Actor.system("keys")
    with logged_in_as("worker"), acting_as(actor):
        assert erasure.keys_destroyed(by=actor, at=NOON + timedelta(days=1), versions=[row.key_version + 1]) == 0
        assert erasure.keys_destroyed(by=actor, at=NOON + timedelta(days=1), versions=[row.key_version]) == 1
    assert of(case).state == ErasureState.COMPLETE


def test_the_page_shows_what_goes_and_wants_the_name_typed(case, boss):
    close(case)
    browser = signed_in(boss)
    address = f"/cases/{case.reference}/erase"
    assert b"Stored files" in browser.get(address).content
    words = {"reason": "client", "words": "She asked"}
    assert press(browser, address, **words, alias="Wrong").status_code == 422
    assert press(browser, address, **words, alias=case.alias.lower()).status_code == 302
    with acting_as(Actor.user(boss)):
        assert Approval.objects.waiting().get(case=case).kind == "erasure"
    assert press(browser, address, **words, alias=case.alias).status_code == 409
    assert signed_in(make_staff(roles=[Role.CASEWORKER])).get(address).status_code == 404


def test_the_second_person_sees_what_goes(case, boss):
    close(case)
    request = ask(case, boss)
    page = signed_in(supervisor("Second")).get(f"/approvals/{request.pk}/").content.decode()
    assert "What goes, for good" in page
    assert "She asked by letter" in page


def test_the_register_outlives_the_case_and_lets_it_go(case, boss):
    actor = Actor.user(boss)
    with acting_as(actor):
        entry = register_entry.write(
            kind=RegisterKind.OWN_DATA,
            case=case,
            received_at=NOON,
            due_at=None,
            told=Told("Jane Roe", "She asks for deletion"),
            by=actor,
            at=NOON,
        )
    erase(case, boss)
    with acting_as(actor):
        kept = RegisterEntry.objects.get(pk=entry.pk)
        assert (kept.case_id, kept.facts) == (None, "She asks for deletion")


def test_the_case_next_to_it_is_untouched(case, boss):
    other = make_case(client=make_client())
    exhibit = make_exhibit(other, picture(), name="other.png").exhibit
    actor = Actor.user(other.owner)
    with acting_as(actor):
        note.write(case_id=other.pk, nature=NoteNature.FACT, text="Hello", author=other.owner, by=actor, at=NOON)
        before = {model.__name__: erasing.rows_of(model, other.pk).count() for model in erasing.tables_of_a_case()}
    erase(case, boss)
    with acting_as(actor):
        after = {model.__name__: erasing.rows_of(model, other.pk).count() for model in erasing.tables_of_a_case()}
        assert after == before
        assert storages["vault"].exists(exhibit.object_name)


def test_every_table_with_a_case_is_either_erased_or_named_as_kept():
    from django.conf import settings

    labels = {model._meta.label for model in apps.get_models()}
    assert set(settings.KEPT_AFTER_ERASURE) <= labels
    assert {model._meta.label for model in erasing.tables_of_a_case()} >= {"cases.Note", "takedowns.UrlCheck"}
