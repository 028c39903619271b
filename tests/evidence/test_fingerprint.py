"""Fingerprints: made in the sandbox, kept only with a yes, gone with it, never under 18, compared over all cases."""

from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from PIL import Image

from cases.access import acting_as
from cases.actions import case as case_actions
from cases.actions import consent as consent_actions
from cases.actor import Actor
from cases.models import Case, CaseTask, ConsentBasis, Event, Match, Power
from cases.permissions import Role
from cases.retention import DataClass
from cases.states import AgeAnswer
from evidence import sandbox
from evidence.actions import fingerprint as actions
from evidence.events import EvidenceEvent
from evidence.matching import index, sweep
from evidence.matching.index import Index, WouldBeBlind
from evidence.matching.reading import look
from evidence.matching.turns import WAYS, Way
from evidence.models import Fingerprint, FingerprintHash, FingerprintState, Likeness, Turn
from evidence.sandbox import Source
from tests.conftest import NOON, logged_in_as
from tests.factories.cases import make_case, make_staff
from tests.factories.evidence import make_exhibit, paper
from tests.factories.people import make_team
from tests.factories.pictures import clip, jpeg, plain, scene

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, settings: Any) -> None:
    """Give every test a vault, a staging folder and an empty index of its own."""
    settings.STAGING_DIR = tmp_path / "staging"
    place = {"location": tmp_path / "vault"}
    vault = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": place}
    settings.STORAGES = {**settings.STORAGES, "vault": vault}
    index.held = Index()


def agree(case: Case, *, yes: bool = True) -> None:
    by = Actor.user(case.owner)
    with acting_as(by):
        consent_actions.answer(
            case_id=case.pk,
            answers={Power.KEEP_FINGERPRINT: yes},
            basis=ConsentBasis.WRITTEN,
            signed_name="M." if yes else "",
            by=by,
            at=NOON,
        )


def run() -> int:
    with logged_in_as("worker"):
        return sweep.sweep(at=NOON)


def rows(model: Any, **where: Any) -> list[Any]:
    with logged_in_as("worker"), acting_as(Actor.system("test")):
        return list(model.objects.filter(**where).order_by("pk"))


def events(case: Case, kind: str) -> list[dict[str, Any]]:
    with logged_in_as("worker"), acting_as(Actor.system("test")):
        return [event.opened()["body"] for event in Event.objects.filter(case=case, kind=kind).order_by("seq")]


def test_the_sandbox_gives_one_hash_for_one_picture_and_finds_every_turn():
    image = scene(1)
    straight = look(Source.of(jpeg(image)), media_type="image/jpeg")
    again = look(Source.of(jpeg(image)), media_type="image/jpeg")
    assert straight.seen == again.seen
    assert "pdqhash" in straight.tool
    turns = {
        Way.QUARTER: Image.Transpose.ROTATE_90,
        Way.HALF: Image.Transpose.ROTATE_180,
        Way.THREE_QUARTERS: Image.Transpose.ROTATE_270,
        Way.FLIPPED: Image.Transpose.FLIP_TOP_BOTTOM,
        Way.MIRRORED: Image.Transpose.FLIP_LEFT_RIGHT,
        Way.MIRRORED_QUARTER: Image.Transpose.TRANSPOSE,
        Way.MIRRORED_THREE: Image.Transpose.TRANSVERSE,
    }
    assert {Way.NONE, *turns} == set(WAYS)
    for way, turn in turns.items():
        turned = look(Source.of(jpeg(image.transpose(turn), quality=50)), media_type="image/jpeg").seen
        found = actions.compare(straight.seen, turned)
        assert found is not None, way
        assert found.way == way


def test_without_a_yes_nothing_is_made_and_with_it_what_came_before_is_made_too():
    case = make_case()
    made = make_exhibit(case, jpeg(scene(1)), name="a.jpg").exhibit
    make_exhibit(case, paper(), name="letter.pdf")
    assert run() == 0
    assert rows(Fingerprint) == []
    agree(case)
    assert run() == 1
    (kept,) = rows(Fingerprint)
    assert (kept.exhibit_id, kept.state, kept.sha256, kept.place) == (made.pk, FingerprintState.MADE, made.sha256, 1)
    (one,) = rows(FingerprintHash)
    assert len(bytes(one.turns)) == 256
    assert bytes(one.turns)[:32] == bytes(one.pdq)
    assert one.quality == 100
    assert run() == 0, "once is enough"
    (told,) = events(case, EvidenceEvent.FINGERPRINT_KEPT)
    assert told["exhibit"] == made.label


def test_a_no_takes_every_fingerprint_at_once_and_a_new_yes_beside_the_old_takes_none():
    case = make_case()
    for number in (1, 1, 2):
        make_exhibit(case, jpeg(scene(number), quality=60 + number + len(rows(Likeness))), name=f"{number}.jpg")
    make_exhibit(case, jpeg(scene(1), quality=40), name="again.jpg")
    agree(case)
    run()
    assert rows(Likeness)
    agree(case)
    assert len(rows(Fingerprint)) == 3, "a yes after a yes changes nothing"
    agree(case, yes=False)
    assert rows(Fingerprint) == rows(FingerprintHash) == rows(Likeness) == []
    agree(case)
    assert run() == 3


def test_a_yes_that_is_ended_by_hand_takes_the_fingerprints_with_it():
    case = make_case()
    make_exhibit(case, jpeg(scene(1)), name="a.jpg")
    agree(case)
    run()
    with logged_in_as("worker"), acting_as(Actor.system("test")):
        case.consents.filter(power=Power.KEEP_FINGERPRINT).update(ended_at=NOON)
    assert rows(Fingerprint) == []


@pytest.mark.parametrize("age", [AgeAnswer.UNDER_18, AgeAnswer.NOT_SURE])
def test_the_age_lock_stops_making_and_comparing(age):
    one, other = make_case(), make_case()
    for case in (one, other):
        agree(case)
    make_exhibit(one, jpeg(scene(1)), name="a.jpg")
    run()
    make_exhibit(one, jpeg(scene(2)), name="b.jpg")
    by = Actor.user(one.owner)
    with acting_as(by):
        case_actions.answer_age(case_id=one.pk, answer=age, said_by="client", by=by, at=NOON)
    make_exhibit(other, jpeg(scene(1), quality=50), name="c.jpg")
    make_exhibit(other, jpeg(scene(1)), name="same.jpg")
    assert run() == 2, "only the other case’s"
    with logged_in_as("worker"), acting_as(Actor.system("test")):
        Likeness.objects.filter(case=other).delete()
    assert rows(Likeness) == rows(Match) == []


def test_the_database_itself_refuses_a_fingerprint_without_a_yes():
    case = make_case()
    made = make_exhibit(case, jpeg(scene(1)), name="a.jpg").exhibit
    with logged_in_as("worker"), acting_as(Actor.system("test")):
        row = Fingerprint(case=case, exhibit=made, state="made", made_at=NOON, tool="x", sha256="0" * 64, md5="0" * 32)
        with pytest.raises(DatabaseError, match="No fingerprint is kept"), transaction.atomic():
            row.save(force_insert=True)


def test_what_is_too_plain_is_kept_and_not_compared():
    case = make_case()
    agree(case)
    make_exhibit(case, jpeg(plain()), name="a.jpg")
    make_exhibit(case, jpeg(plain(), quality=40), name="b.jpg")
    assert run() == 2
    assert {row.state for row in rows(Fingerprint)} == {FingerprintState.POOR}
    assert rows(Likeness) == []


def test_a_damaged_picture_is_told_once_and_leaves_the_others_alone():
    case = make_case()
    agree(case)
    broken = make_exhibit(case, jpeg(scene(1))[:2000], name="a.jpg").exhibit
    make_exhibit(case, jpeg(scene(2)), name="b.jpg")
    assert run() == 2
    assert run() == 0
    (failed,) = rows(Fingerprint, exhibit=broken)
    assert (failed.state, failed.error) == (FingerprintState.FAILED, "damaged")
    (told,) = events(case, EvidenceEvent.FINGERPRINT_FAILED)
    assert told["reason"] == "damaged"


def test_without_a_sandbox_nothing_is_noted_and_nothing_is_decoded(monkeypatch):
    case = make_case()
    agree(case)
    make_exhibit(case, jpeg(scene(1)), name="a.jpg")
    monkeypatch.setattr(sandbox, "_known", (float("inf"), "There is none."))
    assert run() == 0
    assert rows(Fingerprint) == []
    monkeypatch.setattr(sandbox, "_known", None)
    assert run() == 1


def test_a_turned_and_shrunk_copy_in_the_same_case_becomes_a_question():
    case = make_case()
    agree(case)
    make_exhibit(case, jpeg(scene(1)), name="a.jpg")
    make_exhibit(case, jpeg(scene(2)), name="b.jpg")
    run()
    small = scene(1).transpose(Image.Transpose.FLIP_LEFT_RIGHT).resize((320, 200))
    copy = make_exhibit(case, jpeg(small, quality=50), name="c.jpg").exhibit
    run()
    (found,) = rows(Likeness)
    with logged_in_as("worker"), acting_as(Actor.system("test")):
        assert found.other.number == 1
    assert (found.exhibit_id, found.turn) == (copy.pk, Turn.MIRRORED)
    assert 0 < found.distance <= 31
    (task,) = rows(CaseTask, kind="likeness")
    assert task.path == f"/cases/{case.reference}/evidence/copies"


def test_a_film_is_found_again_when_encoded_anew_and_not_by_a_shared_title():
    case = make_case()
    agree(case)
    make_exhibit(case, clip(1, 2, 3, 4), name="a.mp4")
    copy = make_exhibit(case, clip(1, 2, 3, 4, steps="hflip,scale=240:-2"), name="b.mp4").exhibit
    make_exhibit(case, clip(1, 20, 21, 22, 23), name="c.mp4")
    run()
    found = [row for row in rows(Likeness) if row.exhibit_id == copy.pk or row.other_id == copy.pk]
    assert len(rows(Likeness)) == 1
    assert (found[0].frames_alike, found[0].turn) == (4, Turn.MIRRORED)


def test_two_cases_only_a_supervisor_learns_which():
    boss = make_staff(roles=[Role.SUPERVISOR], name="Boss")
    first_owner, second_owner = make_staff(name="One A."), make_staff(name="Two B.")
    make_team("All", members=[first_owner, second_owner], supervisors=[boss])
    one, two = make_case(owner=first_owner), make_case(owner=second_owner)
    for case in (one, two):
        agree(case)
    make_exhibit(one, jpeg(scene(1)), name="a.jpg")
    run()
    seen = make_exhibit(two, jpeg(scene(1), quality=50), name="b.jpg").exhibit
    run()
    (mark,) = rows(Likeness)
    assert (mark.case_id, mark.exhibit_id, mark.other_id, mark.distance) == (two.pk, seen.pk, None, None)
    (match,) = rows(Match)
    assert (match.asked_case_id, match.other_case_id, match.kinds) == (two.pk, one.pk, ["picture"])
    with acting_as(Actor.user(second_owner)):
        assert not Match.objects.exists()
        assert not Fingerprint.objects.exclude(case=two).exists()
        assert Likeness.objects.count() == 1
        task = CaseTask.objects.get(kind="seen_before")
        assert task.facts == {"exhibit": seen.label}
    with acting_as(Actor.user(first_owner)):
        assert not Likeness.objects.exists(), "the other side is told nothing"
        assert not CaseTask.objects.filter(kind="seen_before").exists()
    with acting_as(Actor.user(boss)):
        assert Match.objects.open().count() == 1
    told = str(events(two, EvidenceEvent.SEEN_BEFORE)) + str(task.facts)
    assert one.reference not in told


def test_the_same_file_in_two_cases_is_found_even_where_it_cannot_be_decoded():
    one, two = make_case(), make_case()
    broken = jpeg(scene(1))[:3000]
    for case in (one, two):
        agree(case)
        make_exhibit(case, broken, name="a.jpg")
    run()
    assert len(rows(Match)) == 1


def test_a_still_of_a_film_is_too_thin_to_be_told_across_cases():
    one, two = make_case(), make_case()
    for case in (one, two):
        agree(case)
    make_exhibit(one, clip(1, 2, 3, 4), name="a.mp4")
    make_exhibit(two, jpeg(scene(1)), name="b.jpg")
    run()
    assert rows(Match) == rows(Likeness) == []
    make_exhibit(one, jpeg(scene(2)), name="c.jpg")
    run()
    (told,) = rows(Likeness)
    assert (told.case_id, told.frames_alike, told.frames) == (one.pk, 1, 4)


def test_a_case_without_a_yes_is_never_met_from_outside():
    one, two = make_case(), make_case()
    make_exhibit(one, jpeg(scene(1)), name="a.jpg")
    agree(two)
    make_exhibit(two, jpeg(scene(1)), name="b.jpg")
    run()
    assert rows(Match) == rows(Likeness) == []


def test_cases_that_were_decided_or_kept_apart_are_not_asked_again():
    one, two = make_case(), make_case()
    for case in (one, two):
        agree(case)
    make_exhibit(one, jpeg(scene(1)), name="a.jpg")
    make_exhibit(two, jpeg(scene(1), quality=50), name="b.jpg")
    run()
    with logged_in_as("worker"), acting_as(Actor.system("test")):
        Match.objects.update(decision="nothing", decided_by=one.owner, decided_at=NOON)
    make_exhibit(two, jpeg(scene(1), quality=40), name="c.jpg")
    run()
    assert len(rows(Match)) == 1
    assert len([row for row in rows(Likeness) if row.other_id is None]) == 1


def test_whichever_comes_second_meets_the_first_and_a_withdrawn_one_is_never_found():
    one, two, three = make_case(), make_case(), make_case()
    for case in (one, two, three):
        agree(case)
    make_exhibit(one, jpeg(scene(1)), name="a.jpg")
    run()
    assert len(index.held.hashes) == 0, "it is read by the next comparison"
    agree(one, yes=False)
    make_exhibit(two, jpeg(scene(1), quality=50), name="b.jpg")
    run()
    assert rows(Match) == []
    make_exhibit(three, jpeg(scene(1), quality=40), name="c.jpg")
    run()
    (match,) = rows(Match)
    assert (match.asked_case_id, match.other_case_id) == (three.pk, two.pk)
    assert [row.place for row in rows(Fingerprint, case=three)] == [2]
    agree(two, yes=False)
    with logged_in_as("worker"), acting_as(Actor.system("test")):
        index.held.check()
        index.held.refresh()
    assert len(index.held.hashes) == 1


def test_the_web_login_cannot_search():
    with acting_as(Actor.system("test")), pytest.raises(WouldBeBlind):
        Index().check()


def test_fingerprints_go_with_the_files_of_a_closed_case():
    case = make_case()
    agree(case)
    make_exhibit(case, jpeg(scene(1)), name="a.jpg")
    run()
    with logged_in_as("worker"), acting_as(Actor.system("test")):
        actions.remove(case=case, kind=DataClass.NOTES, rule="r", at=NOON)
        assert Fingerprint.objects.exists()
        actions.remove(case=case, kind=DataClass.MEDIA, rule="r", at=NOON)
        assert not Fingerprint.objects.exists()
        assert not FingerprintHash.objects.exists()


def test_one_place_is_given_once():
    case = make_case()
    agree(case)
    make_exhibit(case, jpeg(scene(1)), name="a.jpg")
    run()
    (kept,) = rows(Fingerprint)
    with logged_in_as("worker"), acting_as(Actor.system("test")) as by:
        assert actions.compare_one(fingerprint_id=kept.pk, by=by, at=NOON) == []
        assert Fingerprint.objects.get().place == kept.place
    with connection.cursor() as cursor:
        cursor.execute(
            """select count(*) from pg_locks l join pg_database d on d.oid = l.database
               where l.locktype = 'advisory' and d.datname = current_database()"""
        )
        assert cursor.fetchone() == (0,)
