"""Shares: two secrets by two ways, one text for every failure, exact counts, and an end that holds."""

import re
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.access import acting_as
from cases.actions import case as case_actions
from cases.actor import Actor
from cases.models import Case, ConsentBasis, Door, Event, Session
from cases.states import AgeAnswer, IllegalMove
from evidence.actions import share as share_actions
from evidence.actions.share import Made, NoneLeft, NotOpened
from evidence.events import EvidenceEvent
from evidence.models import Bundle, Exhibit, Reader, Share
from tests.factories.browsers import anyone, press, signed_in
from tests.factories.cases import make_case
from tests.factories.evidence import ask_for_bundle, give_consent, make_sealed_bundle

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folders")]
ARCHIVE = bytes(range(256)) * 1000


@pytest.fixture
def bundle(case: Case) -> Bundle:
    return make_sealed_bundle(case, archive=ARCHIVE)


def share(bundle: Bundle, *, days: int = 3, downloads: int = 2) -> Made:
    actor = Actor.user(bundle.case.owner)
    with acting_as(actor):
        return share_actions.make(
            bundle_id=bundle.pk,
            recipient="Ms Berger",
            purpose="Civil claim",
            days=days,
            downloads=downloads,
            by=actor,
            at=timezone.now(),
        )


@pytest.fixture
def made(bundle: Bundle) -> Made:
    give_consent(bundle.case)
    return share(bundle)


def link(made: Made) -> str:
    return f"/share/{made.token}"


def let_in(made: Made) -> Client:
    browser = anyone()
    answer = press(browser, link(made), secret=made.secret)
    assert (answer.status_code, answer.url) == (302, "/share/open")
    return browser


def kinds(case: Case) -> list[str]:
    with acting_as(Actor.user(case.owner)):
        found = Event.objects.filter(case=case, kind__startswith="evidence.share").order_by("seq")
        return list(found.values_list("kind", flat=True))


def test_a_recipient_with_both_secrets_reads_and_downloads_and_the_timeline_says_so(
    case: Case, bundle: Bundle, made: Made
) -> None:
    browser = let_in(made)
    text = browser.get("/share/open").content.decode()
    for words in (bundle.reference, bundle.sha256, bundle.fingerprint, "data/report/packet.pdf", "2 downloads left"):
        assert words in text, words
    answer = press(browser, "/share/download")
    assert b"".join(answer.streaming_content) == ARCHIVE
    assert "1 download left" in browser.get("/share/open").content.decode()
    assert kinds(case) == [EvidenceEvent.SHARE_MADE, EvidenceEvent.SHARE_OPENED, EvidenceEvent.SHARE_DOWNLOADED]
    timeline = signed_in(case.owner).get(reverse("cases:timeline", args=[case.reference])).content.decode()
    assert "Ms Berger</bdi> downloaded bundle" in timeline


def test_a_get_of_the_link_spends_nothing_and_tells_nothing(case: Case, made: Made) -> None:
    real, unknown = anyone().get(link(made)), anyone().get("/share/" + "A" * 43)
    assert (real.status_code, unknown.status_code) == (200, 200)

    def without_tokens(text: str) -> str:
        return re.sub(r'value="[^"]*"', "", text)

    assert without_tokens(real.content.decode()) == without_tokens(unknown.content.decode())
    assert kinds(case) == [EvidenceEvent.SHARE_MADE]
    assert Door.objects.get(pk=made.share.door_id).uses == 0


def test_the_token_is_nowhere_in_the_pages_behind_the_door(made: Made) -> None:
    browser = let_in(made)
    for address in ("/share/open", "/share/verify"):
        answer = browser.get(address)
        assert made.token not in answer.content.decode()
        assert all(made.token not in value for value in answer.headers.values())
        assert answer.headers["Referrer-Policy"] in ("no-referrer", "same-origin")


def test_neither_secret_is_stored(made: Made) -> None:
    door = Door.objects.get(pk=made.share.door_id)
    assert made.token.encode() not in bytes(door.token_hash)
    assert made.secret not in door.secret_hash
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from cases_door d where d::text like %s or d::text like %s",
            [f"%{made.token}%", f"%{made.secret}%"],
        )
        assert cursor.fetchone() == (0,)


def failures(made: Made) -> dict[str, Any]:
    """One answer for each way in which a door stays shut."""
    found = {"wrong secret": press(anyone(), link(made), secret="AAAAAAAAAA")}
    found["unknown link"] = press(anyone(), "/share/" + "A" * 43, secret=made.secret)
    Door.objects.filter(pk=made.share.door_id).update(expires_at=timezone.now() - timedelta(seconds=1))
    found["run out"] = press(anyone(), link(made), secret=made.secret)
    Door.objects.filter(pk=made.share.door_id).update(
        expires_at=timezone.now() + timedelta(days=1), revoked_at=timezone.now()
    )
    found["ended"] = press(anyone(), link(made), secret=made.secret)
    Door.objects.filter(pk=made.share.door_id).update(revoked_at=None, slowed_until=timezone.now() + timedelta(hours=1))
    found["slowed"] = press(anyone(), link(made), secret=made.secret)
    return found


def test_every_failure_says_the_same(made: Made) -> None:
    answers = failures(made)
    texts = {re.sub(r'value="[^"]*"', "", answer.content.decode()) for answer in answers.values()}
    assert {answer.status_code for answer in answers.values()} == {422}
    assert len(texts) == 1
    assert "That did not open anything." in texts.pop()


def test_guessing_is_slowed_and_stands_in_the_timeline(case: Case, made: Made) -> None:
    now = timezone.now()
    for number in range(5):
        with pytest.raises(NotOpened):
            share_actions.enter(token=made.token, secret="AAAAAAAAAA", at=now + timedelta(seconds=number))
    with pytest.raises(NotOpened):
        share_actions.enter(token=made.token, secret=made.secret, at=now + timedelta(seconds=6))
    assert share_actions.enter(token=made.token, secret=made.secret, at=now + timedelta(minutes=2)).pk
    assert kinds(case).count(EvidenceEvent.SHARE_REFUSED) == 5


def test_the_secret_may_be_typed_as_it_is_heard(made: Made) -> None:
    typed = f" {made.secret[:5].lower()}-{made.secret[5:].lower()} "
    assert share_actions.enter(token=made.token, secret=typed, at=timezone.now()).pk


@pytest.mark.django_db(transaction=True)
def test_fifty_presses_at_once_give_exactly_the_downloads_that_were_allowed(case: Case, bundle: Bundle) -> None:
    give_consent(case)
    made = share(bundle, downloads=5)
    actor = Actor.recipient(made.share.door_id)
    given: list[bool] = []
    begin = threading.Barrier(50)

    def take() -> None:
        try:
            begin.wait()
            with acting_as(actor):
                share_actions.take_download(door_id=made.share.door_id, by=actor, at=timezone.now())
            given.append(True)
        except NoneLeft:
            given.append(False)
        finally:
            connection.close()

    threads = [threading.Thread(target=take) for _number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(given), sum(given)) == (50, 5)
    assert kinds(case).count(EvidenceEvent.SHARE_DOWNLOADED) == 5


def test_when_all_downloads_are_taken_the_page_says_whom_to_ask(made: Made) -> None:
    browser = let_in(made)
    for _number in range(2):
        list(press(browser, "/share/download").streaming_content)
    answer = press(browser, "/share/download")
    assert answer.status_code == 302
    assert "All downloads have been taken" in browser.get("/share/open").content.decode()


def test_a_share_that_is_ended_closes_open_pages_at_once(case: Case, made: Made) -> None:
    browser = let_in(made)
    staff = signed_in(case.owner)
    press(staff, reverse("evidence:revoke_share", args=[case.reference, made.share.pk]))
    for answer in (browser.get("/share/open"), press(browser, "/share/download")):
        assert answer.status_code == 404
        assert "This page has closed" in answer.content.decode()
    with pytest.raises(NotOpened):
        share_actions.enter(token=made.token, secret=made.secret, at=timezone.now())


def test_an_age_lock_ends_shares_and_destroys_nothing(case: Case, bundle: Bundle, made: Made, tmp_path: Path) -> None:
    browser = let_in(made)
    before = sorted((tmp_path / "vault").rglob("*"))
    actor = Actor.user(case.owner)
    with acting_as(actor):
        case_actions.answer_age(
            case_id=case.pk, answer=AgeAnswer.UNDER_18, said_by="client", by=actor, at=timezone.now()
        )
        frozen = Event.objects.get(kind=EvidenceEvent.SHARES_FROZEN)
        assert frozen.body == {"shares": 1, "bundles": 0}
        assert Share.objects.get().revoked_at is not None
    assert browser.get("/share/open").status_code == 404
    assert sorted((tmp_path / "vault").rglob("*")) == before
    with pytest.raises(IllegalMove, match="under 18"):
        share(bundle)


def test_without_a_written_consent_nothing_is_shared(bundle: Bundle) -> None:
    with pytest.raises(IllegalMove, match="not agreed"):
        share(bundle)
    give_consent(bundle.case, basis=ConsentBasis.ORAL)
    with pytest.raises(IllegalMove, match="not agreed"):
        share(bundle)


def test_a_consent_for_the_police_does_not_cover_a_lawyer(bundle: Bundle) -> None:
    give_consent(bundle.case, Reader.POLICE)
    with pytest.raises(IllegalMove, match="not agreed"):
        share(bundle)


@pytest.mark.parametrize(("days", "downloads"), [(8, 1), (0, 1), (1, 6), (1, 0)])
def test_a_share_has_limits(bundle: Bundle, days: int, downloads: int) -> None:
    give_consent(bundle.case)
    with pytest.raises(IllegalMove, match="at most 7 days"):
        share(bundle, days=days, downloads=downloads)


def test_a_recipient_sees_the_one_bundle_and_nothing_else_of_the_case(case: Case, made: Made) -> None:
    other = make_case()
    ask_for_bundle(other, at=timezone.now())
    with acting_as(Actor.recipient(made.share.door_id)) as actor:
        assert [found.pk for found in Bundle.objects.visible_to(actor)] == [made.share.bundle_id]
        assert not Case.objects.exists()
        assert not Exhibit.objects.exists()
        assert not Event.objects.exists()
        assert [found.pk for found in Share.objects.all()] == [made.share.pk]


def test_link_and_code_are_shown_once(case: Case, bundle: Bundle) -> None:
    give_consent(case)
    staff = signed_in(case.owner)
    answer = press(
        staff,
        reverse("evidence:make_share", args=[case.reference, bundle.pk]),
        recipient="Ms Berger",
        purpose="Civil claim",
        days="3",
        downloads="2",
    )
    assert answer.status_code == 302
    first = staff.get(answer.url).content.decode()
    address = re.search(r"http://[^<\s]+/share/[A-Za-z0-9_-]{43}", first)
    code = re.search(r"<bdi>([A-Z0-9]{5} [A-Z0-9]{5})</bdi>", first)
    assert address
    assert code
    again = staff.get(answer.url)
    assert (again.status_code, "/share/" in again.content.decode()) == (302, False)
    browser = anyone()
    path = address.group().split(django_settings.STAFF_HOST)[1]
    assert press(browser, path, secret=code.group(1)).url == "/share/open"


def test_a_form_without_a_consent_says_what_to_do(case: Case, bundle: Bundle) -> None:
    answer = press(
        signed_in(case.owner),
        reverse("evidence:make_share", args=[case.reference, bundle.pk]),
        recipient="Ms Berger",
        purpose="Kept",
        days="3",
        downloads="2",
    )
    assert answer.status_code == 422
    assert "has not agreed in writing" in answer.content.decode()
    assert 'value="Kept"' in answer.content.decode()


def test_a_session_of_a_share_is_no_session_of_staff(case: Case, made: Made) -> None:
    browser = let_in(made)
    assert browser.get(reverse("cases:case", args=[case.reference])).status_code == 302
    staff = signed_in(case.owner)
    assert staff.get("/share/open").status_code == 404


def test_coming_in_makes_a_new_session_key(made: Made) -> None:
    browser = anyone()
    browser.get(link(made))
    before = browser.cookies["shid"].value if "shid" in browser.cookies else ""
    press(browser, link(made), secret=made.secret)
    after = browser.cookies["shid"].value
    assert after != before
    assert Session.objects.filter(door="share").count() == 1


@pytest.mark.parametrize("secret", ["", "\0", "x" * 5000, "<script>"])
def test_odd_input_at_the_door_is_an_answer_not_a_crash(made: Made, secret: str) -> None:
    answer = press(anyone(), link(made), secret=secret)
    assert answer.status_code == 422
    assert "<script>alert" not in answer.content.decode()


@pytest.mark.parametrize(("days", "is_right"), [(7, True), (14, True), (30, True), (31, False)])
def test_the_police_may_have_thirty_days(case: Case, days: int, is_right: bool) -> None:
    give_consent(case, Reader.POLICE)
    bundle = make_sealed_bundle(case, reader=Reader.POLICE, archive=ARCHIVE)
    if is_right:
        assert share(bundle, days=days).share.expires_at > timezone.now() + timedelta(days=days - 1)
    else:
        with pytest.raises(IllegalMove, match="at most 30 days"):
            share(bundle, days=days)


def test_the_form_offers_thirty_days_to_the_police_alone(case: Case) -> None:
    for reader, offered in ((Reader.POLICE, True), (Reader.LAWYER, False)):
        give_consent(case, reader)
        bundle = make_sealed_bundle(case, reader=reader, archive=ARCHIVE + reader.encode())
        address = reverse("evidence:bundle", args=[case.reference, bundle.pk])
        assert ("30 days" in signed_in(case.owner).get(address).content.decode()) == offered


def test_nothing_personal_and_no_token_is_logged(made: Made, caplog: pytest.LogCaptureFixture, capfd: Any) -> None:
    anyone().get(link(made) + "x")
    press(anyone(), link(made), secret="AAAAAAAAAA")
    let_in(made).get("/share/open")
    out, err = capfd.readouterr()
    assert made.token not in out + err
    assert made.secret not in out + err
