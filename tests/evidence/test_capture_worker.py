"""A capture from claim to exhibit with a real browser: what is kept, what fails, and locks that come in between."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from django.template.loader import render_to_string
from django.utils import timezone

from cases.access import acting_as
from cases.actions import case as case_actions
from cases.actor import Actor
from cases.models import Case
from cases.states import AgeAnswer
from evidence import derivatives
from evidence.capture import worker
from evidence.capture.browser import BrowserFailed, Job, Seen, Unavailable
from evidence.capture.listing import lines
from evidence.capture.sections import captures as captures_section
from evidence.models import Capture, CaptureResult, CaptureState, Derivative, Exhibit, Reader
from evidence.order import BundleOrder
from tests.conftest import NOON
from tests.evidence.capture_site import CaptureSite, capture_site
from tests.factories.captures import ask, fresh, kinds
from tests.factories.cases import make_case, make_staff

pytestmark = pytest.mark.django_db
WORKER = worker.ACTOR


@pytest.fixture(scope="module")
def site() -> Iterator[CaptureSite]:
    with capture_site() as running:
        yield running


@pytest.fixture
def demo(site: CaptureSite, settings, monkeypatch: pytest.MonkeyPatch) -> CaptureSite:
    """The site under a name that this installation may visit."""
    settings.FETCH_LOOPBACK = frozenset({f"demo.localhost:{site.port}"})
    settings.CAPTURE_GAP_SECONDS = 0
    monkeypatch.setenv("RECOURSE_FETCH_LOOPBACK", f"demo.localhost:{site.port}")
    site.asked.clear()
    return site


def test_a_whole_capture_becomes_one_numbered_exhibit_with_its_parts(as_worker, demo):
    case = make_case(owner=make_staff(name="Maya Berger"))
    capture = ask(case, demo.demo("/ok"), at=timezone.now())
    assert worker.capture_next(at=timezone.now()) is True
    kept = fresh(capture)
    assert (kept.state, kept.result, kept.reason) == (CaptureState.KEPT, CaptureResult.WHOLE, "whole")
    with acting_as(WORKER):
        exhibit = kept.exhibit
        assert exhibit.label == "MB/001"
        assert exhibit.evidence_kind == "web"
        assert exhibit.method == "captured"
        assert exhibit.source == demo.demo("/ok")
        assert exhibit.kind == "wacz"
        assert not exhibit.is_media
        assert kept.title == "A page"
        assert kept.facts["status"] == 200
        made = {(one.kind, one.facts.get("of", "")): one for one in Derivative.objects.filter(exhibit=exhibit)}
    assert set(made) == {
        ("capture", ""), ("chain", ""), ("page_text", ""), ("screenshot", ""),
        ("page_source", "shown"), ("page_source", "answer"),
    }  # fmt: skip
    assert made["screenshot", ""].sha256 == kept.picture_sha256
    assert made["page_text", ""].sha256 == kept.text_sha256
    assert all(one.parent_sha256 == exhibit.sha256 for one in made.values())
    text = derivatives.open_bytes(made["page_text", ""], 1 << 20, by=WORKER)
    assert b"Words of a page." in text
    assert derivatives.open_bytes(made["screenshot", ""], 1 << 24, by=WORKER).startswith(b"\x89PNG")
    assert kinds(case) == ["evidence.capture_asked", "evidence.capture_kept"]
    assert worker.capture_next(at=timezone.now()) is False


@pytest.mark.parametrize(
    ("path", "result", "reason"), [("/refused", "other", "refused"), ("/lost-style", "partial", "parts_failed")]
)
def test_a_half_capture_is_kept_and_says_what_it_is(as_worker, demo, path, result, reason):
    capture = ask(make_case(), demo.demo(path), at=timezone.now())
    worker.capture_next(at=timezone.now())
    kept = fresh(capture)
    assert (kept.state, kept.result, kept.reason) == (CaptureState.KEPT, result, reason)
    with acting_as(WORKER):
        assert kept.exhibit is not None


def test_nothing_got_is_a_failure_with_its_reason_and_no_exhibit(as_worker, demo):
    case = make_case()
    capture = ask(case, demo.demo("/loop"), at=timezone.now())
    worker.capture_next(at=timezone.now())
    failed = fresh(capture)
    assert (failed.state, failed.reason, failed.exhibit_id) == (CaptureState.FAILED, "too_many_redirects", None)
    assert kinds(case)[-1] == "evidence.capture_failed"
    with acting_as(WORKER):
        assert not Exhibit.objects.filter(case=case).exists()


def test_what_was_asked_for_with_pictures_counts_as_media(as_worker, demo):
    capture = ask(make_case(), demo.demo("/media"), with_media=True, at=timezone.now())
    worker.capture_next(at=timezone.now())
    with acting_as(WORKER):
        assert fresh(capture).exhibit.is_media
    assert "/a.png" in demo.paths()


def test_a_case_locked_while_the_page_loads_keeps_nothing(as_worker, demo):
    case = make_case()
    capture = ask(case, demo.demo("/ok"), at=timezone.now())
    actor = Actor.user(case.owner)

    def visit(job: Job, *, stopped) -> Seen:
        seen = worker.browser.visit(job)
        assert not stopped()
        with acting_as(WORKER):
            case_actions.answer_age(
                case_id=case.pk, answer=AgeAnswer.UNDER_18, said_by="client", by=actor, at=timezone.now()
            )
        assert stopped()
        return seen

    worker.capture_next(at=timezone.now(), visit=visit)
    assert fresh(capture).state == CaptureState.STOPPED
    with acting_as(WORKER):
        assert not Exhibit.objects.filter(case=case).exists()
        assert not Derivative.objects.filter(case=case).exists()


def test_no_page_is_opened_when_the_case_was_locked_after_the_claim(as_worker, demo):
    case = make_case()
    ask(case, demo.demo("/ok"), at=timezone.now())

    def trouble() -> str:
        with acting_as(WORKER):
            Case.objects.filter(pk=case.pk).update(age_answer=AgeAnswer.NOT_SURE)
        return ""

    worker.capture_next(at=timezone.now(), trouble=trouble)
    assert demo.asked == []


@pytest.mark.parametrize(
    ("problem", "reason"),
    [(Unavailable("no_sandbox"), "no_sandbox"), (BrowserFailed("x"), "browser_failed"),
     (ValueError("odd facts"), "browser_failed"),
     (RuntimeError("a fault of ours"), "our_fault")],
)  # fmt: skip
def test_a_fault_of_ours_is_said_and_leaves_the_queue_going(as_worker, settings, problem, reason):
    settings.CAPTURE_GAP_SECONDS = 0
    capture = ask(make_case(), at=timezone.now())

    def visit(job: Job, **_: object) -> Seen:
        raise problem

    assert worker.capture_next(at=timezone.now(), visit=visit) is True
    assert (fresh(capture).state, fresh(capture).reason) == (CaptureState.FAILED, reason)


def test_without_a_browser_nothing_is_tried_and_it_is_said(as_worker):
    capture = ask(make_case(), at=timezone.now())
    worker.capture_next(at=timezone.now(), trouble=lambda: "no_browser")
    assert (fresh(capture).state, fresh(capture).reason) == (CaptureState.FAILED, "no_browser")


def test_captures_of_one_link_line_up_and_say_what_changed(as_worker, demo):
    case, link = make_case(), uuid4()
    for path in ("/ok", "/ok", "/lost-style", "/loop"):
        ask(case, demo.demo(path), link_id=link, at=timezone.now())
        worker.capture_next(at=timezone.now())
    with acting_as(WORKER):
        (line,) = lines(Capture.objects.filter(case=case).select_related("exhibit"))
        assert [row.text_said for row in line.rows] == ["First", "Same text", "New text", ""]
        assert [row.title for row in line.rows] == ["A page", "A page", "S", ""]
        assert line.rows[1].picture_said == "Looks the same"
        assert line.rows[3].state == "Nothing was captured"
        section = captures_section(case, BundleOrder(reader=Reader.POLICE), timezone.now())
        assert section is not None
        assert captures_section(case, BundleOrder(reader=Reader.POLICE), NOON - timedelta(days=900)) is None
        told = section.context["lines"][0].looks
        assert [one.exhibit for one in told][:3] == ["AK/001", "AK/002", "AK/003"]
        assert told[3].exhibit == ""
        assert told[0].picture_sha256
        assert all(one.left_out for one in told)
        assert section.context["lines"][0].address.startswith("hxxp://demo[.]localhost")
        printed = render_to_string(section.template, {"own": section.context})
        assert "MB/001" in printed or "AK/001" in printed
        assert "http://" not in printed
        hiding = BundleOrder(reader=Reader.POLICE, hidden={str(link): "not for them"})
        assert captures_section(case, hiding, timezone.now()) is None
        later = BundleOrder(reader=Reader.POLICE, after=line.rows[1].capture.finished_at)
        assert [one.number for one in captures_section(case, later, timezone.now()).context["lines"][0].looks] == [3, 4]
        assert b'"reason": "too_many_redirects"' in b"".join(section.records[0].read())
