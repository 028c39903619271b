"""Shares under attack: many presses at once, used links, sessions of other doors, and a person who is not asked."""

import threading
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from cases.access import acting_as
from cases.actor import Actor
from cases.models import Case, Door
from cases.route_table import rows
from evidence.actions.share import Made
from evidence.events import EvidenceEvent
from evidence.models import Bundle, Share
from tests.evidence.test_share import ARCHIVE, bundle, kinds, let_in, link, made, share
from tests.factories.browsers import anyone, press, signed_in
from tests.factories.evidence import give_consent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folders")]
__all__ = ["bundle", "made"]


def test_a_share_is_downloaded_by_post_alone(case: Case, made: Made) -> None:
    browser = let_in(made)
    for method in ("get", "head", "options", "put", "delete"):
        answer = getattr(browser, method)("/share/download")
        assert answer.status_code in (200, 405)
        assert not answer.streaming, method
    assert EvidenceEvent.SHARE_DOWNLOADED not in kinds(case)
    with acting_as(Actor.user(case.owner)):
        assert Share.objects.get().downloads == 0


def test_a_mail_scanner_that_follows_the_link_downloads_nothing(case: Case, made: Made) -> None:
    for method in ("get", "head", "options"):
        getattr(anyone(), method)(link(made), headers={"User-Agent": "LinkScanner"})
    assert Door.objects.get(pk=made.share.door_id).uses == 0
    assert kinds(case) == [EvidenceEvent.SHARE_MADE]


@pytest.mark.django_db(transaction=True)
def test_fifty_presses_at_once_from_one_open_page_hand_out_exactly_what_was_allowed(case: Case, bundle: Bundle) -> None:
    give_consent(case)
    cookie = let_in(share(bundle, downloads=3)).cookies["shid"].value
    answers: list[Any] = []
    begin = threading.Barrier(50)

    def send() -> None:
        browser = anyone()
        browser.cookies["shid"] = cookie
        try:
            begin.wait()
            answer = press(browser, "/share/download")
            answers.append(b"".join(answer.streaming_content) if answer.streaming else answer.status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 50
    assert answers.count(ARCHIVE) == 3
    assert answers.count(302) == 47
    assert kinds(case).count(EvidenceEvent.SHARE_DOWNLOADED) == 3


def test_an_open_page_closes_when_the_days_are_over(made: Made) -> None:
    browser = let_in(made)
    Door.objects.filter(pk=made.share.door_id).update(expires_at=timezone.now())
    for answer in (browser.get("/share/open"), press(browser, "/share/download")):
        assert answer.status_code == 404
        assert not answer.streaming


def test_a_link_that_is_used_again_after_all_downloads_gives_none(case: Case, made: Made) -> None:
    first = let_in(made)
    for _number in range(2):
        list(press(first, "/share/download").streaming_content)
    again = let_in(made)
    assert not press(again, "/share/download").streaming
    assert kinds(case).count(EvidenceEvent.SHARE_DOWNLOADED) == 2


def test_every_staff_address_is_shut_to_the_session_of_a_share(case: Case, made: Made) -> None:
    browser = let_in(made)
    browser.cookies["sid"] = browser.cookies["shid"].value
    for row in rows():
        if row.urlconf == "config.urls" and row.guard.startswith("staff:") and "<" not in row.route:
            assert browser.get(f"/{row.route}").status_code in (302, 405), row.route


def test_a_staff_session_opens_nothing_at_the_door_of_a_share(case: Case, made: Made) -> None:
    staff = signed_in(case.owner)
    staff.cookies["shid"] = staff.cookies["sid"].value
    for address in ("/share/open", "/share/download"):
        assert press(staff, address).status_code in (404, 405)
        assert staff.get(address).status_code in (404, 405)


def test_making_and_ending_a_share_wait_for_a_confirmation(case: Case, bundle: Bundle, made: Made) -> None:
    staff = signed_in(case.owner, fresh=False)
    for name, row in (("make_share", bundle), ("revoke_share", made.share)):
        answer = press(staff, reverse(f"evidence:{name}", args=[case.reference, row.pk]))
        assert "reauthenticate" in answer.url
    with acting_as(Actor.user(case.owner)):
        assert Share.objects.get().revoked_at is None
