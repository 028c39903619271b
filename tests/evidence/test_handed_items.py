"""What a recipient takes and says: the packet alone, encrypted volumes, a receipt, a question; counted and told."""

import base64
import io
import re
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pyzipper
from django.urls import reverse
from django.utils import timezone

from cases.access import acting_as
from cases.actor import Actor
from cases.models import Case, CaseTask, User
from evidence import proof_sweep
from evidence.actions import share as share_actions
from evidence.events import EvidenceEvent
from evidence.models import Bundle, BundleProof, BundleStamp, Reader, Receipt, Share, ShareItem, VolumeSet
from evidence.proofs.signing import Signer
from tests.conftest import logged_in_as
from tests.factories import ca
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.evidence import give_consent, make_sealed_bundle
from tests.factories.handed import check, kinds, let_in, ready, share, tasks

pytestmark = pytest.mark.usefixtures("folders")


@pytest.fixture
def signer(settings: Any, tmp_path: Path) -> Signer:
    return ca.make_signer(settings, tmp_path / "signing")


@pytest.fixture
def owner(transactional_db: None) -> User:
    return make_staff(name="Amira K.")


@pytest.fixture
def case(owner: User) -> Case:
    made = make_case(owner=owner)
    give_consent(made, Reader.POLICE)
    return made


def make_volumes(case: Case, bundle: Bundle, **words: str) -> tuple[str, VolumeSet]:
    staff, address = signed_in(case.owner), reverse("evidence:volumes", args=[case.reference, bundle.pk])
    answer = press(staff, address, **{"max_bytes": "10000000", "max_files": "20", **words})
    assert answer.status_code == 302
    page = staff.get(answer.url).content.decode()
    password = re.search(r"[A-Z0-9]{5}(?:-[A-Z0-9]{5}){3}", page)
    assert password
    assert password.group() not in staff.get(answer.url).content.decode()
    with acting_as(Actor.user(case.owner)):
        found = VolumeSet.objects.order_by("-number").first()
        assert found is not None
        found.opened()
    return password.group(), found


def read_volumes(raw: list[bytes], password: str) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for data in raw:
        with pyzipper.AESZipFile(io.BytesIO(data)) as opened:
            opened.setpassword(password.encode())
            found |= {name: opened.read(name) for name in opened.namelist()}
    return found


def test_police_open_the_pdf_with_nothing_and_the_volumes_with_a_password(
    case: Case, signer: Signer, tmp_path: Path
) -> None:
    bundle = ready(case, signer)
    password, cut = make_volumes(case, bundle)
    browser = let_in(share(bundle))
    packet = press(browser, "/share/packet")
    body = b"".join(packet.streaming_content)
    assert body.startswith(b"%PDF-")
    assert packet.headers["Content-Length"] == str(len(body))
    raw = [b"".join(press(browser, f"/share/volume/{one['number']}").streaming_content) for one in cut.volumes]
    assert [len(data) for data in raw] == [one["size"] for one in cut.volumes]
    for name, data in read_volumes(raw, password).items():
        (tmp_path / "bag" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "bag" / name).write_bytes(data)
    (bag,) = (tmp_path / "bag").iterdir()
    assert check(bag).stdout.splitlines()[-1] == "RESULT INTACT"
    assert (bag / "data/report/packet.pdf").read_bytes() == body
    with pytest.raises(RuntimeError):
        read_volumes(raw, "A" * 23)


def test_each_thing_is_taken_as_often_as_was_allowed_and_counted_apart(case: Case) -> None:
    bundle = ready(case)
    make_volumes(case, bundle)
    browser = let_in(share(bundle))
    for address in ("/share/packet", "/share/volume/1"):
        for _time in range(2):
            assert b"".join(press(browser, address).streaming_content)
        assert press(browser, address).status_code == 302
    assert "Taken already, as often as was allowed" in browser.get("/share/open").content.decode()
    assert kinds(case).count(EvidenceEvent.SHARE_DOWNLOADED) == 4
    assert b"".join(press(browser, "/share/download").streaming_content)


def test_a_volume_is_the_same_bytes_each_time(case: Case) -> None:
    bundle = ready(case)
    make_volumes(case, bundle)
    browser = let_in(share(bundle))
    first, second = (b"".join(press(browser, "/share/volume/1").streaming_content) for _time in range(2))
    assert first == second


def test_staff_take_volumes_and_the_packet_for_a_stick_or_paper(case: Case) -> None:
    bundle = ready(case)
    password, cut = make_volumes(case, bundle, max_files="20")
    staff = signed_in(case.owner)
    taken = press(staff, reverse("evidence:take_volume", args=[case.reference, bundle.pk, 1]))
    assert read_volumes([b"".join(taken.streaming_content)], password)
    printed = press(staff, reverse("evidence:take_packet", args=[case.reference, bundle.pk]))
    assert b"".join(printed.streaming_content).startswith(b"%PDF-")
    assert kinds(case).count(EvidenceEvent.VOLUME_DOWNLOADED) == 2
    missing = press(staff, reverse("evidence:take_volume", args=[case.reference, bundle.pk, len(cut.volumes) + 1]))
    assert missing.url == reverse("evidence:volumes", args=[case.reference, bundle.pk])


def test_an_officer_confirms_and_takes_the_signed_receipt(case: Case, signer: Signer, tmp_path: Path) -> None:
    bundle = ready(case, signer)
    made = share(bundle)
    browser = let_in(made)
    assert "share_opened" in tasks(case)
    assert press(browser, "/share/receipt", officer="").status_code == 422
    assert press(browser, "/share/receipt", officer="PC Lindqvist, 4471", reference="CR/2211").status_code == 302
    assert "share_received" in tasks(case)
    page = browser.get("/share/open").content.decode()
    assert "CR/2211" in page
    assert browser.get("/share/receipt").status_code == 302
    with logged_in_as("worker"):
        assert proof_sweep.receipts(at=timezone.now()) == 1
    paper_of_it = browser.get("/share/receipt")
    (tmp_path / "receipt.pdf").write_bytes(paper_of_it.content)
    told = subprocess.run(["pdftotext", "receipt.pdf", "-"], cwd=tmp_path, capture_output=True, text=True).stdout
    for words in ("PC Lindqvist, 4471", "CR/2211", bundle.reference):
        assert words in told
    signed = subprocess.run(["pdfsig", "receipt.pdf"], cwd=tmp_path, capture_output=True, text=True).stdout
    assert "Signature is Valid" in signed
    assert press(browser, "/share/receipt", officer="Other", reference="x").status_code == 302
    staff = signed_in(case.owner)
    for_staff = staff.get(reverse("evidence:share_receipt", args=[case.reference, made.share.pk]))
    assert for_staff.content == paper_of_it.content
    assert "CR/2211" in staff.get(reverse("evidence:bundle", args=[case.reference, bundle.pk])).content.decode()
    with acting_as(Actor.user(case.owner)):
        receipt = Receipt.objects.get()
        assert receipt.officer == "PC Lindqvist, 4471"
        assert base64.b64decode(receipt.document) == paper_of_it.content
    assert kinds(case).count(EvidenceEvent.RECEIPT_GIVEN) == 1


def test_a_question_lies_on_the_caseworkers_queue_and_stands_on_the_page(case: Case) -> None:
    bundle = ready(case)
    browser = let_in(share(bundle))
    assert press(browser, "/share/ask", text="Which clock is this? <b>").status_code == 302
    assert "share_question" in tasks(case)
    page = signed_in(case.owner).get(reverse("evidence:bundle", args=[case.reference, bundle.pk])).content.decode()
    assert "Which clock is this? &lt;b&gt;" in page
    assert press(browser, "/share/ask", text="").status_code == 422
    for number in range(12):
        press(browser, "/share/ask", text=f"And {number}?")
    assert kinds(case).count(EvidenceEvent.SHARE_ASKED) == 10
    today = signed_in(case.owner).get("/today").content.decode()
    assert "Answer a question about bundle" in today


def test_one_press_makes_a_new_link_for_the_same_officer_and_ends_the_old_one(case: Case) -> None:
    made = share(make_sealed_bundle(case, reader=Reader.POLICE))
    browser = let_in(made)
    answer = press(signed_in(case.owner), reverse("evidence:reissue_share", args=[case.reference, made.share.pk]))
    assert "/made" in answer.url
    assert browser.get("/share/open").status_code == 404
    with acting_as(Actor.user(case.owner)):
        old, new = Share.objects.order_by("made_at")
        assert old.revoked_at is not None
        assert (new.recipient, new.purpose, new.max_downloads) == ("PC Lindqvist", "Report 4711", 2)
        assert new.expires_at - new.made_at == timedelta(days=14)


@pytest.mark.parametrize("address", ["/share/packet", "/share/volume/1", "/share/ask", "/share/receipt"])
def test_an_ended_share_gives_nothing_more(case: Case, address: str) -> None:
    bundle = make_sealed_bundle(case, reader=Reader.POLICE)
    made = share(bundle)
    browser = let_in(made)
    actor = Actor.user(case.owner)
    with acting_as(actor):
        share_actions.revoke(share_id=made.share.pk, by=actor, at=timezone.now())
    assert press(browser, address, text="x", officer="x", reference="x").status_code == 404
    assert browser.get("/share/stamps").status_code == 404


def test_a_recipient_sees_nothing_of_another_bundle(case: Case) -> None:
    mine = make_sealed_bundle(case, reader=Reader.POLICE)
    other = make_sealed_bundle(case, archive=b"PK\5\6" + bytes(18) + b"2")
    made = share(mine)
    with acting_as(Actor.recipient(made.share.door_id)) as actor:
        for model in (BundleProof, BundleStamp, VolumeSet, Receipt, ShareItem):
            assert not model.objects.visible_to(actor).filter(pk=other.pk).exists()
        assert [one.pk for one in Share.objects.visible_to(actor)] == [made.share.pk]
        assert not CaseTask.objects.exists()
