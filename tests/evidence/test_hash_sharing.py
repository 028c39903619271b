"""Hash-sharing: what the client did is noted, recipients need a yes each, and the list names nobody."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from cases import csvfile, exports
from cases.access import acting_as
from cases.actions import case as case_actions
from cases.actions import export as export_actions
from cases.actor import Actor
from cases.export_effects import build
from cases.models import ConsentBasis, Effect, Export
from cases.permissions import Role
from cases.states import AgeAnswer, IllegalMove
from evidence.actions import hash_sharing as actions
from evidence.events import DISCLOSED, EvidenceEvent
from evidence.matching.export_list import HEADINGS, KIND, fingerprints
from evidence.models import Fingerprint, HashRelease, HashService, HashServiceUse
from tests.conftest import NOON, logged_in_as
from tests.evidence.test_fingerprint import agree, events, folders, rows, run  # noqa: F401
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.evidence import make_exhibit
from tests.factories.forger import forging
from tests.factories.people import make_team
from tests.factories.pictures import clip, jpeg, plain, scene

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def house():
    boss, worker = make_staff(roles=[Role.SUPERVISOR], name="Boss B."), make_staff(name="Amira K.")
    make_team("All", members=[worker], supervisors=[boss])
    return boss, make_case(owner=worker)


def release(case, **more):
    by = Actor.user(case.owner)
    given = {"recipient": "A programme", "purpose": "find copies", "basis": ConsentBasis.WRITTEN, **more}
    with acting_as(by):
        return actions.agree(case_id=case.pk, by=by, at=NOON, **given)


def listed(user, case, row):
    actor = Actor.user(user)
    with acting_as(actor):
        return list(fingerprints(actor, {"case": case.reference, "since": "", "release": str(row.pk)}))


def test_a_yes_to_one_recipient_needs_the_yes_to_fingerprints_and_no_voice(house):
    _boss, case = house
    with pytest.raises(IllegalMove, match="did not agree"):
        release(case)
    agree(case)
    with pytest.raises(IllegalMove, match="in writing"):
        release(case, basis=ConsentBasis.ORAL)
    with pytest.raises(IllegalMove, match="Name who"):
        release(case, recipient="  ")
    made = release(case)
    (told,) = events(case, EvidenceEvent.HASH_RELEASE_GIVEN)
    assert told["recipient"] == "A programme"
    with acting_as(Actor.user(case.owner)):
        assert HashRelease.objects.get().recipient == made.recipient


def test_the_list_holds_pdq_and_md5_by_their_names_with_quality_and_names_nobody(house):
    boss, case = house
    agree(case)
    photo = make_exhibit(case, jpeg(scene(1)), name="amira.jpg").exhibit
    wall = make_exhibit(case, jpeg(plain()), name="wall.jpg").exhibit
    film = make_exhibit(case, clip(1, 2, 3, 4), name="f.mp4").exhibit
    run()
    headings, *found = listed(boss, case, release(case))
    assert headings == list(HEADINGS)
    assert {row[1] for row in found if row[0] == "md5"} == {one.md5 for one in (photo, wall, film)}
    pdq = [row for row in found if row[0] == "pdq"]
    assert sorted(row[3] for row in pdq) == ["photo", *["video_frame"] * 4]
    assert all(len(row[1]) == 64 and int(row[2]) >= 50 for row in pdq)
    assert {row[4] for row in found} == {"HASH_PDQ", "HASH_MD5", "HASH_VIDEO_MD5"}
    assert sorted(row[5] for row in pdq) == ["", "0", "1000", "2000", "3000"]
    text = str(found)
    for secret in (case.reference, case.alias, photo.label, "amira", "A programme"):
        assert secret not in text


def test_without_both_yeses_the_list_is_empty(house):
    boss, case = house
    agree(case)
    make_exhibit(case, jpeg(scene(1)), name="a.jpg")
    run()
    row = release(case)
    assert len(listed(boss, case, row)) == 3
    other = make_case(owner=case.owner)
    assert len(listed(boss, other, row)) == 1, "the reference must be the release’s own case"
    assert len(listed(make_staff(roles=[Role.SUPERVISOR]), case, row)) == 1, "and be seen by who asks"
    by = Actor.user(case.owner)
    with acting_as(by):
        actions.end(hash_release_id=row.pk, by=by, at=NOON)
    assert len(listed(boss, case, row)) == 1
    with acting_as(by), pytest.raises(IllegalMove, match="already"):
        actions.end(hash_release_id=row.pk, by=by, at=NOON)
    again = release(case)
    with forging() as forger:
        # The end of a yes deletes the fingerprints; the list does not rest on that.
        forger.execute("update cases_consent set is_given = false where power = 'keep_fingerprint'")
    assert rows(Fingerprint)
    assert len(listed(boss, case, again)) == 1
    agree(case, yes=False)
    assert len(listed(boss, case, again)) == 1


def test_the_age_lock_empties_the_list_though_the_fingerprints_are_only_frozen(house):
    boss, case = house
    agree(case)
    make_exhibit(case, jpeg(scene(1)), name="a.jpg")
    run()
    row = release(case)
    by = Actor.user(case.owner)
    with acting_as(by):
        case_actions.answer_age(case_id=case.pk, answer=AgeAnswer.UNDER_18, said_by="client", by=by, at=NOON)
    assert rows(Fingerprint)
    assert len(listed(boss, case, row)) == 1
    with acting_as(by), pytest.raises(IllegalMove, match="adult"):
        actions.agree(case_id=case.pk, recipient="R", purpose="", basis=ConsentBasis.WRITTEN, by=by, at=NOON)


def test_it_leaves_by_the_exports_of_the_house_and_stops_when_the_yes_ends(house):
    boss, case = house
    agree(case)
    make_exhibit(case, jpeg(scene(1)), name="a.jpg")
    run()
    row = release(case)
    browser = signed_in(boss)
    where = reverse("evidence:list_fingerprints", args=[case.reference, row.pk])
    assert press(browser, where).headers["Location"] == reverse("cases:exports")
    actor = Actor.user(boss)
    with acting_as(actor):
        (asked,) = Export.objects.visible_to(actor)
        assert "A programme" in asked.reason
    with logged_in_as("worker"):
        with acting_as(Actor.system("test")):
            effect = Effect.objects.get(kind=export_actions.BUILD)
        from cases import outbox

        claimed = outbox.claim(effect.pk, at=timezone.now())
        assert claimed is not None
        build(claimed, effect)
    with acting_as(actor):
        ready = Export.objects.get()
        assert ready.cases == [case.reference]
        assert exports.still_reaches(ready, boss)
        with exports.opened(ready) as opener:
            data = b"".join(opener.iter_chunks())
    assert [row[0] for row in csvfile.read(data)] == ["signal_type", "md5", "pdq"]
    by = Actor.user(case.owner)
    with acting_as(by):
        actions.end(hash_release_id=row.pk, by=by, at=NOON)
    with acting_as(actor):
        assert not exports.still_reaches(Export.objects.get(), boss)
        with pytest.raises(IllegalMove, match="cannot have this list"):
            export_actions.note_download(export_id=ready.pk, by=actor, at=timezone.now())
    with logged_in_as("worker"), acting_as(Actor.system("test")):
        assert export_actions.lost() == [ready.pk]


def test_the_common_page_of_lists_offers_it_and_gives_nothing_without_a_recipient(house):
    boss, case = house
    agree(case)
    make_exhibit(case, jpeg(scene(1)), name="a.jpg")
    run()
    assert KIND in dict(exports.offered_to(boss))
    assert KIND not in dict(exports.offered_to(make_staff(roles=[Role.ADMINISTRATOR])))
    actor = Actor.user(boss)
    for filters in ({"case": case.reference}, {"case": "", "release": str(uuid4())}, {"case": "", "release": "x"}):
        with acting_as(actor), pytest.raises(IllegalMove, match="nothing in this list"):
            export_actions.ask(kind=KIND, filters=filters, reason="r", by=actor, at=NOON)


def test_what_the_client_did_is_noted_shown_and_withheld_from_bundles(house):
    _boss, case = house
    browser = signed_in(case.owner)
    day = timezone.now().date().isoformat()
    where = reverse("evidence:note_hash_service", args=[case.reference])
    given = {"use-service": "stopncii", "use-name": "", "use-done_on": day, "use-number": "123-456"}
    assert press(browser, where, **given).status_code == 302
    (told,) = events(case, EvidenceEvent.HASH_SERVICE_USED)
    assert (told["service"], told["done_on"], told["number"]) == ("stopncii", day, "123-456")
    page = browser.get(reverse("evidence:hash_sharing", args=[case.reference])).content.decode()
    assert "123-456" in page
    assert "StopNCII.org" in page
    assert "Never put one into an online detector" in page
    assert "NCMEC Take It Down" in page
    assert (
        "The client used StopNCII.org"
        in browser.get(reverse("evidence:exhibits", args=[case.reference])).content.decode()
    )
    tab = reverse("cases:client", args=[case.reference])
    assert "What they did themselves" in browser.get(tab).content.decode()
    for kind in (EvidenceEvent.HASH_SERVICE_USED, EvidenceEvent.HASH_RELEASE_GIVEN, EvidenceEvent.SEEN_BEFORE):
        assert kind not in DISCLOSED
    (row,) = rows(HashServiceUse)
    assert b"123-456" not in bytes(row.sealed)
    back = reverse("evidence:take_back_hash_service", args=[case.reference, row.pk])
    press(browser, back)
    assert "What they did themselves" not in browser.get(tab).content.decode()
    assert "123-456" not in browser.get(reverse("evidence:hash_sharing", args=[case.reference])).content.decode()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"use-done_on": ""}, "Give the day"),
        ({"use-done_on": (timezone.now() + timedelta(days=2)).date().isoformat()}, "still to come"),
        ({"use-service": "other"}, "Name the service"),
        ({"use-service": "take_it_down"}, "field__error"),
    ],
)
def test_a_note_that_cannot_be_right_is_refused_with_what_was_typed_kept(house, changed, said):
    _boss, case = house
    day = timezone.now().date().isoformat()
    given = {"use-service": "stopncii", "use-name": "", "use-done_on": day, "use-number": "77-88", **changed}
    answer = press(signed_in(case.owner), reverse("evidence:note_hash_service", args=[case.reference]), **given)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert "77-88" in answer.content.decode()
    assert rows(HashServiceUse) == []


def test_a_recipient_is_written_by_a_caseworker_and_the_list_asked_by_a_supervisor(house):
    boss, case = house
    agree(case)
    browser = signed_in(case.owner)
    where = reverse("evidence:agree_hash_release", args=[case.reference])
    assert press(browser, where, **{"to-recipient": "", "to-purpose": "", "to-basis": "written"}).status_code == 422
    assert press(browser, where, **{"to-recipient": "P", "to-purpose": "", "to-basis": "oral"}).status_code == 422
    assert press(browser, where, **{"to-recipient": "P", "to-purpose": "", "to-basis": "written"}).status_code == 302
    (row,) = rows(HashRelease)
    listing = reverse("evidence:list_fingerprints", args=[case.reference, row.pk])
    assert press(browser, listing).status_code == 404
    page = browser.get(reverse("evidence:hash_sharing", args=[case.reference])).content.decode()
    assert "Ask for the list" not in page
    assert (
        "Ask for the list"
        in signed_in(boss).get(reverse("evidence:hash_sharing", args=[case.reference])).content.decode()
    )
    press(browser, reverse("evidence:end_hash_release", args=[case.reference, row.pk]))
    assert rows(HashRelease)[0].ended_at is not None


def test_another_service_is_named_in_the_words_of_who_told_it(house):
    _boss, case = house
    by = Actor.user(case.owner)
    with acting_as(by):
        row = actions.note_use(
            case_id=case.pk,
            service=HashService.OTHER,
            name="Their bank",
            done_on=NOON.date(),
            number="",
            by=by,
            at=NOON,
        )
        assert row.service_said == "Their bank"
