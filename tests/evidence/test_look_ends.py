"""Looking on purpose: what is counted, how a look ends, what is offered instead, what the database refuses."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from cases.access import acting_as
from cases.actor import Actor
from cases.models import CaseTask, Membership, MembershipRole
from cases.permissions import Role
from cases.states import TaskState
from evidence import sandbox
from evidence.actions import viewing as actions
from evidence.events import EvidenceEvent
from evidence.looking import sweep
from evidence.looking.grant import LASTS, SHOWN_AT_MOST, Variant
from evidence.models import Ending, Preview, Viewing
from tests.conftest import NOON
from tests.factories.browsers import press, session_of, signed_in
from tests.factories.cases import make_staff
from tests.factories.evidence import paper
from tests.factories.looking import Desk, is_nothing, photo

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folders")]


def test_seconds_are_counted_by_the_server_and_never_past_the_grant() -> None:
    desk = Desk()
    key = str(session_of(desk.browser).session_key)
    start = timezone.now()
    with acting_as(desk.actor):
        look = actions.grant(
            exhibit_id=desk.exhibit.pk, reason="same", words="", session_key=key, by=desk.actor, at=start
        ).viewing

        def say(shown: bool, after: float) -> Viewing:
            at = start + timedelta(seconds=after)
            return actions.hold(viewing_id=look.pk, session_key=key, is_shown=shown, by=desk.actor, at=at)

        say(True, 0)
        assert say(True, 2).shown_ms == 2000
        assert say(False, 3.5).shown_ms == 3500
        assert say(True, 30).shown_ms == 3500, "covered time is not counted"
        assert say(False, 90).shown_ms == 9500, "silence counts as long as bytes could leave"
        ended = actions.end(
            viewing_id=look.pk, session_key=key, ending=Ending.COVERED, by=desk.actor, at=start + timedelta(seconds=91)
        )
        assert ended.seconds == 10


def test_a_look_ends_by_itself_once_its_minute_was_shown() -> None:
    desk = Desk()
    key = str(session_of(desk.browser).session_key)
    start = timezone.now()
    with acting_as(desk.actor):
        look = actions.grant(
            exhibit_id=desk.exhibit.pk, reason="same", words="", session_key=key, by=desk.actor, at=start
        ).viewing
        for second in range(0, 64, 2):
            at = start + timedelta(seconds=second)
            found = actions.hold(viewing_id=look.pk, session_key=key, is_shown=True, by=desk.actor, at=at)
            if found.ended_at is not None:
                break
        assert found.ending == Ending.SPENT
        assert found.seconds == SHOWN_AT_MOST.total_seconds()


@pytest.mark.parametrize(("is_shown", "seconds", "ending"), [(True, None, Ending.LOST), (False, 2, Ending.SPENT)])
def test_the_sweep_ends_what_nobody_ended_and_says_unknown_where_it_is(
    is_shown: bool, seconds: int | None, ending: str
) -> None:
    desk = Desk()
    key = str(session_of(desk.browser).session_key)
    start = timezone.now() - LASTS
    with acting_as(desk.actor):
        look = actions.grant(
            exhibit_id=desk.exhibit.pk, reason="same", words="", session_key=key, by=desk.actor, at=timezone.now()
        ).viewing
        now = look.granted_at
        actions.hold(viewing_id=look.pk, session_key=key, is_shown=True, by=desk.actor, at=now)
        later = now + timedelta(seconds=2)
        actions.hold(viewing_id=look.pk, session_key=key, is_shown=is_shown, by=desk.actor, at=later)
        assert not actions.lapse(viewing_id=look.pk, by=desk.actor, at=now + LASTS - timedelta(seconds=1))
        assert actions.lapse(viewing_id=look.pk, by=desk.actor, at=now + LASTS)
        ended = Viewing.objects.get(pk=look.pk)
    assert (ended.seconds, ended.ending) == (seconds, ending)
    (event,) = desk.events(EvidenceEvent.LOOK_ENDED)
    assert event.body["seconds"] == ("unknown" if seconds is None else seconds)
    assert event.body["at_least"] == 2
    assert start < now


def test_the_page_without_script_shows_for_ten_seconds_and_counts_them_in_full() -> None:
    desk = Desk()
    desk.grant()
    covered = desk.browser.get(desk.at("viewing")).content.decode()
    assert "<img" not in covered
    assert f'src="http://{settings.MEDIA_HOST}' not in covered
    answer = desk.browser.post(desk.at("timed_look")).content.decode()
    assert '<meta http-equiv="refresh" content="10;' in answer
    assert f'<img src="http://{settings.MEDIA_HOST}/p/{desk.token}/still-soft" crossorigin' in answer
    assert desk.preview().status_code == 200
    assert desk.latest().shown_ms == 10_000


def test_a_new_look_ends_the_one_before() -> None:
    desk = Desk()
    first = desk.grant()
    desk.hold()
    token = desk.token
    desk.grant()
    with acting_as(desk.actor):
        assert Viewing.objects.get(pk=first.pk).ending == Ending.NEXT
    assert is_nothing(desk.preview(token=token))


def test_the_facts_page_is_no_look_and_counts_none() -> None:
    desk = Desk()
    answer = desk.browser.get(reverse("evidence:exhibit", args=[desk.case.reference, desk.exhibit.pk]))
    assert answer.status_code == 200
    with acting_as(desk.actor):
        assert not Viewing.objects.exists()


def test_text_is_offered_instead_and_choosing_it_is_written_down() -> None:
    desk = Desk(data="Er schrieb: «Zahl!»\n".encode())
    answer = desk.browser.get(desk.page).content.decode()
    assert "This file cannot be shown here" in answer
    assert "The text itself" in answer
    path = reverse("evidence:look_text", args=[desk.case.reference, desk.exhibit.pk, "plain"])
    assert "Zahl" not in desk.browser.get(path, follow=True).content.decode(), "a GET alone shows nothing"
    shown = press(desk.browser, path)
    assert "Zahl" in desk.browser.get(shown.headers["Location"]).content.decode()
    (event,) = desk.events(EvidenceEvent.TEXT_CHOSEN)
    assert event.body["what"] == "plain"
    assert desk.latest().mode == "text"
    refused = press(desk.browser, desk.page, reason="same")
    assert refused.status_code == 422
    assert "cannot be shown" in refused.content.decode()


def test_the_text_of_a_paper_is_read_in_the_sandbox() -> None:
    desk = Desk(data=paper("Statement of facts"))
    path = reverse("evidence:look_text", args=[desk.case.reference, desk.exhibit.pk, "words"])
    shown = press(desk.browser, path)
    assert "Statement of facts" in desk.browser.get(shown.headers["Location"]).content.decode()


def test_a_damaged_picture_is_facts_only_and_no_error() -> None:
    desk = Desk(data=photo()[:400] + bytes(200))
    desk.grant()
    desk.hold()
    assert is_nothing(desk.preview())


def test_without_a_sandbox_nothing_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    desk.grant()
    desk.hold()
    monkeypatch.setattr(sandbox, "unavailable", lambda: "No sandbox here.")
    assert is_nothing(desk.preview())


def test_previews_lie_locked_and_open_with_the_address_only() -> None:
    desk = Desk()
    desk.grant()
    desk.hold()
    shown = desk.preview().content
    with acting_as(desk.actor):
        kept = Preview.objects.get()
    assert bytes(kept.locked)[:3] != b"\xff\xd8\xff"
    assert shown[50:90] not in bytes(kept.locked)
    assert desk.token.encode() not in bytes(kept.locked)
    with connection.cursor() as cursor, acting_as(desk.actor):
        cursor.execute("select count(*) from evidence_viewing where encode(sealed, 'escape') like %s", [desk.token])
        assert cursor.fetchone() == (0,)


def test_a_colleague_asked_to_look_has_it_on_their_list_until_they_did() -> None:
    desk = Desk()
    colleague = make_staff(name="Ben B.")
    trainee = make_staff(name="Tom T.", roles=[Role.TRAINEE])
    with acting_as(desk.actor):
        for user in (colleague, trainee):
            Membership.make(case=desk.case, user=user, role=MembershipRole.HELPER, since=timezone.now()).save(
                force_insert=True
            )
    path = reverse("evidence:ask_colleague", args=[desk.case.reference, desk.exhibit.pk])
    press(desk.browser, path, colleague=str(trainee.pk))
    with acting_as(desk.actor):
        assert not CaseTask.objects.filter(kind="look_asked").exists()
    press(desk.browser, path, colleague=str(colleague.pk))
    with acting_as(desk.actor):
        task = CaseTask.objects.get(kind="look_asked")
    assert task.assigned_to_id == colleague.pk
    theirs = Desk.__new__(Desk)
    theirs.__dict__.update(desk.__dict__, owner=colleague, actor=Actor.user(colleague), browser=signed_in(colleague))
    theirs.grant()
    theirs.hold()
    assert theirs.preview().status_code == 200
    theirs.hold(shown=False)
    theirs.browser.post(theirs.at("end_look"), {"by": "hand"})
    with acting_as(desk.actor):
        assert CaseTask.objects.get(pk=task.pk).state == TaskState.DONE


def test_the_database_refuses_to_turn_a_look_into_another() -> None:
    desk = Desk()
    look = desk.grant()
    with acting_as(desk.actor):
        for change in (
            {"reason": "client"},
            {"expires_at": look.expires_at + timedelta(hours=1)},
            {"session_id": uuid4()},
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                Viewing.objects.filter(pk=look.pk).update(**change)
        with pytest.raises(DatabaseError), transaction.atomic():
            Viewing.objects.filter(pk=look.pk).delete()
        actions.rest(by=desk.actor, at=timezone.now())
        with pytest.raises(DatabaseError), transaction.atomic():
            Viewing.objects.filter(pk=look.pk).update(ended_at=None, ending="")


@pytest.mark.parametrize("name", ["still-soft", "still-sharp", "still-colour", "clip-soft", "clip-colour-sound"])
def test_a_renditions_name_reads_back(name: str) -> None:
    assert str(Variant.read(name)) == name


@pytest.mark.parametrize(
    "name", ["", "still", "still-soft-", "still-soft-sound", "clip-loud", "clip-soft-sound-x", "-"]
)
def test_what_is_no_rendition_is_none(name: str) -> None:
    assert Variant.read(name) is None


def test_the_sweeps_own_run_needs_nothing_from_anybody() -> None:
    assert sweep.sweep(at=NOON) == 0
