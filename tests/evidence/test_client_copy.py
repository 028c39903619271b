"""A client's own copy: only what was laid on their page, with the PIN of now, counted, and never pressed on them."""

import hashlib
import io
import zlib
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from cases.access import acting_as
from cases.actions import case as case_actions
from cases.actions import portal_use
from cases.actor import Actor
from cases.models import Case, Event, Membership, MembershipRole
from cases.states import AgeAnswer, IllegalMove, PortalUse
from evidence.actions import client_copy
from evidence.actions.share import NoneLeft
from evidence.bag import ZipTarget
from evidence.events import EvidenceEvent
from evidence.manifest import PACKET_PATH
from evidence.models import Bundle, ClientCopy, Reader
from tests.conftest import NOON
from tests.evidence.bundling import use_folders
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.evidence import make_sealed_bundle
from tests.factories.portal import PIN, Browser, come_in

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS = "/g"
PAPERS = b"%PDF-1.7 the papers"


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, settings: Any) -> None:
    use_folders(settings, tmp_path)


@pytest.fixture
def there() -> tuple[Case, Browser]:
    """A client who reported, on their own page."""
    seen = come_in(upto="sent")
    with acting_as(Actor.user(seen.case.owner)):
        seen.case.refresh_from_db()
    return seen.case, seen.browser


def made(case: Case, reader: Reader = Reader.CLIENT) -> Bundle:
    """Seal an archive with papers, each a little other than the last."""
    out, other = io.BytesIO(), uuid4().bytes
    with ZipTarget(out, root="copy", at=NOON) as target:
        for path, data in (("other.bin", other), (PACKET_PATH, PAPERS)):
            target.add(path, len(data), zlib.crc32(data), [data])
    return make_sealed_bundle(case, archive=out.getvalue(), reader=reader)


def lay(case: Case, bundle: Bundle | None = None, *, days: int = 7) -> ClientCopy:
    actor = Actor.user(case.owner)
    bundle = bundle or made(case)
    with acting_as(actor):
        return client_copy.lay(bundle_id=bundle.pk, days=days, by=actor, at=timezone.now())


def client_of(case: Case) -> Actor:
    with acting_as(Actor.user(case.owner)):
        member = Membership.objects.select_related("user").get(case=case, role=MembershipRole.CLIENT)
    return Actor.client(member.user)


def events(case: Case, kind: EvidenceEvent) -> list[dict[str, Any]]:
    with acting_as(Actor.user(case.owner)):
        return [event.body for event in Event.objects.filter(case=case, kind=kind).order_by("seq")]


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_nothing_is_there_until_a_caseworker_lays_it(there: tuple[Case, Browser]) -> None:
    case, browser = there
    bundle = made(case)
    assert browser.get(ADDRESS).headers["Location"] == "/s"
    assert browser.press(ADDRESS, item="packet", current=PIN).status_code == 302
    assert "Your copy" not in browser.get("/s").content.decode()
    client = client_of(case)
    with acting_as(client):
        assert not Bundle.objects.exists()
    lay(case, bundle)
    with acting_as(client):
        assert Bundle.objects.count() == 1


def test_the_client_reads_what_to_think_of_and_takes_it_with_the_pin(there: tuple[Case, Browser]) -> None:
    case, browser = there
    laid = lay(case)
    assert "Your copy is ready" in browser.get("/s").content.decode()
    page = browser.get(ADDRESS)
    text = page.content.decode()
    for words in ("stays on this phone", "How to remove it again", "Not now: keep it for me", "It has no password"):
        assert words in text, words
    assert laid.bundle.reference not in text
    papers = browser.press(ADDRESS, item="packet", current=PIN)
    assert body(papers) == PAPERS
    assert papers.headers["Content-Disposition"] == 'attachment; filename="copy.pdf"'
    assert papers.headers["Cache-Control"] == "no-store"
    whole = browser.press(ADDRESS, item="all", current=PIN)
    assert hashlib.sha256(body(whole)).hexdigest() == laid.bundle.sha256
    assert whole.headers["Content-Disposition"] == 'attachment; filename="copy.zip"'
    browser.get(ADDRESS)
    assert len(events(case, EvidenceEvent.COPY_OPENED)) == 1
    assert [(one["item"], one["left"]) for one in events(case, EvidenceEvent.COPY_TAKEN)] == [("packet", 4), ("all", 3)]


def test_an_open_page_alone_gives_nothing(there: tuple[Case, Browser]) -> None:
    case, browser = there
    lay(case)
    for typed in ("", "000000", PIN[:-1]):
        answer = browser.press(ADDRESS, item="packet", current=typed)
        assert answer.status_code in (422, 429)
        assert PAPERS not in answer.content
        assert typed == "" or typed not in answer.content.decode()
    assert events(case, EvidenceEvent.COPY_TAKEN) == []


def test_it_is_taken_as_often_as_was_agreed_and_no_more(there: tuple[Case, Browser]) -> None:
    case, browser = there
    laid = lay(case)
    with acting_as(Actor.user(case.owner)):
        ClientCopy.objects.filter(pk=laid.pk).update(taken=laid.most)
    assert "as often as we agreed" in browser.get(ADDRESS).content.decode()
    assert browser.press(ADDRESS, item="packet", current=PIN).status_code == 302
    client = client_of(case)
    with acting_as(client), pytest.raises(NoneLeft):
        client_copy.take(case_id=case.pk, item="packet", by=client, at=timezone.now())


def test_the_client_leaves_it_with_us_and_the_caseworker_sees_that(there: tuple[Case, Browser]) -> None:
    case, browser = there
    laid = lay(case)
    answer = browser.press("/g/1")
    assert answer.headers["Location"] == "/s"
    text = browser.get("/s").content.decode()
    assert "We keep it for you" in text
    assert "Your copy is ready" not in text
    assert len(events(case, EvidenceEvent.COPY_KEPT_HERE)) == 1
    page = signed_in(case.owner).get(reverse("evidence:bundle", args=[case.reference, laid.bundle_id]))
    assert "They asked us to keep it for them" in page.content.decode()


def test_it_goes_when_its_day_is_over_or_it_is_taken_back(there: tuple[Case, Browser]) -> None:
    case, browser = there
    first, second = lay(case), lay(case)
    with acting_as(Actor.user(case.owner)):
        assert ClientCopy.objects.filter(ended_at=None).get() == second
        assert not ClientCopy.objects.standing(at=second.until + timedelta(seconds=1)).exists()
        with pytest.raises(DatabaseError), transaction.atomic():
            ClientCopy.objects.filter(pk=first.pk).update(until=timezone.now() + timedelta(days=99))
    staff = signed_in(case.owner)
    press(staff, reverse("evidence:end_client_copy", args=[case.reference, second.pk]))
    assert browser.get(ADDRESS).headers["Location"] == "/s"
    assert len(events(case, EvidenceEvent.COPY_ENDED)) == 2


def test_a_locked_case_takes_it_off_the_page(there: tuple[Case, Browser]) -> None:
    case, browser = there
    bundle = made(case)
    lay(case, bundle)
    actor = Actor.user(case.owner)
    with acting_as(actor):
        case_actions.answer_age(
            case_id=case.pk, answer=AgeAnswer.NOT_SURE, said_by="client", by=actor, at=timezone.now()
        )
        assert not ClientCopy.objects.filter(ended_at=None).exists()
    assert browser.press(ADDRESS, item="packet", current=PIN).headers["Location"] == reverse(
        "portal:stop", urlconf="config.portal_urls"
    )
    with pytest.raises(IllegalMove, match="under 18"):
        lay(case, bundle)


def test_whoever_wants_messages_only_gets_no_file(there: tuple[Case, Browser]) -> None:
    case, browser = there
    lay(case)
    client = client_of(case)
    with acting_as(client):
        portal_use.choose(case_id=case.pk, use=PortalUse.MESSAGES, by=client, at=timezone.now())
    assert browser.press(ADDRESS, item="packet", current=PIN).headers["Location"] == "/m"
    with pytest.raises(IllegalMove, match="messages only"):
        lay(case)


@pytest.mark.parametrize("reader", [reader for reader in Reader if reader != Reader.CLIENT])
def test_what_was_made_for_somebody_else_never_lies_there(there: tuple[Case, Browser], reader: Reader) -> None:
    with pytest.raises(IllegalMove, match="made for the client"):
        lay(there[0], made(there[0], reader))


def test_the_client_of_another_case_sees_none_of_it(there: tuple[Case, Browser]) -> None:
    case, _browser = there
    lay(case)
    other = come_in(upto="sent")
    assert other.browser.get(ADDRESS).headers["Location"] == "/s"
    with acting_as(client_of(other.case)):
        assert not ClientCopy.objects.exists()
        assert not Bundle.objects.exists()


def test_a_client_lays_nothing_on_the_page_themselves(there: tuple[Case, Browser]) -> None:
    case, _browser = there
    laid = lay(case)
    client = client_of(case)
    with acting_as(client), pytest.raises(DatabaseError), transaction.atomic():
        row = ClientCopy(case=case, bundle_id=laid.bundle_id, made_by_id=case.owner.pk, made_at=NOON)
        row.until, row.ended_at = NOON + timedelta(days=1), NOON
        row.save(force_insert=True)


def test_the_caseworker_lays_it_only_after_they_talked(there: tuple[Case, Browser]) -> None:
    case, browser = there
    bundle, staff = made(case), signed_in(case.owner)
    address = reverse("evidence:lay_client_copy", args=[case.reference, bundle.pk])
    refused = press(staff, address, lie_days="7")
    assert refused.status_code == 422
    assert "Talk with them first" in refused.content.decode()
    assert press(staff, address, lie_days="7", agreed="on").status_code == 302
    page = staff.get(reverse("evidence:bundle", args=[case.reference, bundle.pk])).content.decode()
    assert "They did not see it yet" in page
    browser.get(ADDRESS)
    page = staff.get(reverse("evidence:bundle", args=[case.reference, bundle.pk])).content.decode()
    assert "They saw it and did not take it yet" in page


def test_a_client_without_a_page_gets_it_another_way() -> None:
    case = make_case(owner=make_staff())
    bundle = made(case)
    with pytest.raises(IllegalMove, match="no page for this"):
        lay(case, bundle)
    page = signed_in(case.owner).get(reverse("evidence:bundle", args=[case.reference, bundle.pk])).content.decode()
    assert "Agree on another way" in page
