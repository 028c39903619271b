"""What takedowns adds to other pages: intake, the client's step and numbers, tabs, how events and tasks read."""

import pytest
from django.template.loader import get_template

from cases.access import acting_as
from cases.actions import authority
from cases.actor import Actor
from cases.models import AskedBy, AuthorityLevel, Case, Event, Report
from cases.reading import sentence
from cases.states import IllegalMove
from takedowns import panels
from takedowns.actions import notice_sent, reported_url
from takedowns.events import TakedownEvent
from takedowns.models import FoundBy, ReportedUrl
from takedowns.states import LinkState
from tests.conftest import NOON
from tests.factories.cases import make_case, make_client
from tests.factories.portal import come_in
from tests.factories.takedowns import load_platforms, make_links, make_notice

pytestmark = pytest.mark.django_db
TWO_LINKS = "http://vidnest.localhost:8100/v/one\nhttp://vidnest.localhost:8100/v/two"


def owner(case: Case) -> Actor:
    return Actor.user(case.owner)


def test_an_intake_part_saves_its_links_with_the_case():
    load_platforms()
    case = make_case()
    with acting_as(owner(case)):
        panels.intake_links.save(case=case, answers={"links": TWO_LINKS}, by=owner(case), at=NOON)
        assert ReportedUrl.objects.count() == 2
    assert panels.intake_links.errors({"links": ""}) == {}
    assert "line 1" in panels.intake_links.errors({"links": "no link"})["links"]


def test_tabs_count_what_is_there():
    case = make_case()
    make_notice(case, make_links(case, TWO_LINKS))
    with acting_as(owner(case)):
        assert [(tab.key, tab.count) for tab in panels.tabs(case, owner(case))] == [("links", 2), ("notices", 1)]


def test_the_clients_numbers_tell_the_truth():
    client = make_client()
    case = make_case(client=client)
    urls = make_links(case, TWO_LINKS + "\nhttp://vidnest.localhost:8100/v/three", found_by=FoundBy.CLIENT)
    with acting_as(owner(case)):
        ReportedUrl.objects.filter(pk=urls[0].pk).update(state=LinkState.DOWN, down_at=NOON, asked_at=NOON)
        ReportedUrl.objects.filter(pk=urls[1].pk).update(state=LinkState.CANNOT_TELL, asked_at=NOON)
    actor = Actor.client(client)
    with acting_as(actor):
        shown = panels.portal_status(case, actor, NOON).context
    assert (shown["total"], shown["down"], shown["asked"], shown["preparing"]) == (3, 1, 1, 1)


def test_a_client_sees_only_what_they_gave_or_what_was_released():
    client = make_client()
    case = make_case(client=client)
    (url,) = make_links(case, "http://vidnest.localhost:8100/v/one")
    actor = Actor.client(client)
    with acting_as(actor):
        assert panels.portal_status(case, actor, NOON).context["total"] == 0
        assert panels.portal_status(case, actor, NOON).context["kept"] == 1
    with acting_as(owner(case)):
        with pytest.raises(IllegalMove, match="made sure who asks"):
            reported_url.release(url_id=url.pk, by=owner(case), at=NOON)
        check(case)
        reported_url.release(url_id=url.pk, by=owner(case), at=NOON)
    with acting_as(actor):
        assert panels.portal_status(case, actor, NOON).context["total"] == 1


def check(case, *, asked_by=AskedBy.CLIENT, level=AuthorityLevel.CODE_WORD):
    authority.check(case_id=case.pk, asked_by=asked_by, level=level, remark="", by=owner(case), at=NOON)


@pytest.mark.parametrize(
    ("asked_by", "level", "shown"),
    [
        (AskedBy.CLIENT, AuthorityLevel.SAID, False),
        (AskedBy.CLIENT, AuthorityLevel.CODE_WORD, True),
        (AskedBy.CLIENT, AuthorityLevel.DOCUMENT, True),
        (AskedBy.SUPPORTER, AuthorityLevel.CODE_WORD, False),
        (AskedBy.SUPPORTER, AuthorityLevel.DOCUMENT, False),
        (AskedBy.SUPPORTER, AuthorityLevel.LAWYER, True),
        (AskedBy.LAWYER, AuthorityLevel.DOCUMENT, True),
    ],
)
def test_a_released_link_is_shown_only_while_the_check_of_who_asks_stands(asked_by, level, shown):
    client = make_client()
    case = make_case(client=client)
    (url,) = make_links(case, "http://vidnest.localhost:8100/v/one")
    with acting_as(owner(case)):
        check(case)
        reported_url.release(url_id=url.pk, by=owner(case), at=NOON)
        check(case, asked_by=asked_by, level=level)
    with acting_as(Actor.client(client)):
        context = panels.portal_status(case, Actor.client(client), NOON).context
    assert (context["total"], context["kept"]) == ((1, 0) if shown else (0, 1))


def test_the_clients_step_takes_links_quotes_bad_lines_and_hides_names():
    load_platforms()
    seen = come_in(upto="what")
    page = seen.browser.press("/e", links="http://vidnest.localhost:8100/v/one\nnothing to read", sites="")
    assert page.status_code == 422
    assert "nothing to read" in page.content.decode()
    assert "1 link is saved" in page.content.decode()
    hidden = seen.browser.get("/e/1").content.decode()
    assert "vidnest" not in hidden
    assert "vidnest.localhost" in seen.browser.get("/e/1?n=1").content.decode()
    assert "/v/one" not in seen.browser.get("/e/1?n=1").content.decode()
    assert seen.browser.press("/e", links="", sites="ForumX").url == "/d/5"
    with acting_as(owner(seen.case)):
        assert Report.objects.get(case=seen.case).answers["links"] == {"sites": "ForumX"}
        assert ReportedUrl.objects.get().found_by == FoundBy.CLIENT


def test_a_client_with_no_link_goes_on():
    seen = come_in(upto="what")
    assert seen.browser.press("/e", skip="1").url == "/d/5"
    assert seen.browser.press("/e", links="", sites="").status_code == 422


def test_no_link_is_asked_of_a_client_before_the_age_answer():
    seen = come_in(upto="age")
    assert seen.browser.get("/e").url == "/d/2"
    assert seen.browser.press("/e", links="http://vidnest.localhost:8100/v/one").url == "/d/2"


def test_after_the_report_a_client_adds_links_from_the_status_page():
    load_platforms()
    seen = come_in(upto="sent")
    assert "/e" in seen.browser.get("/s").content.decode()
    assert seen.browser.press("/e", links="http://vidnest.localhost:8100/v/one").url == "/s"
    assert "We prepare what we ask the sites" in seen.browser.get("/s").content.decode()


@pytest.mark.parametrize("event", list(TakedownEvent))
def test_every_event_has_its_words(event):
    app, _dot, what = event.value.partition(".")
    body = {
        "count": 2,
        "links": ["a", "b"],
        "platform": "VidNest",
        "site": "vidnest.localhost",
        "seconds": 3600,
        "means": "mail",
        "owner": "platform",
    }
    if event == TakedownEvent.NOTICE_SENT:
        body["links"] = 2
    assert get_template(f"{app}/events/{what}.html").render({"body": body, "event": None}).strip()


def test_events_read_as_sentences_without_an_address():
    case = make_case()
    notice = make_notice(case, make_links(case, TWO_LINKS))
    with acting_as(owner(case)):
        notice_sent.sent_by_form(
            notice_id=notice.pk, version=1, ticket="", reason="", sent_at=NOON, by=owner(case), at=NOON
        )
        told = [sentence(event) for event in Event.objects.filter(kind__startswith="takedowns").order_by("seq")]
    assert told[0].endswith("2 links added: <bdi>vidnest.localhost</bdi> 2")
    assert told[1].endswith("Notice to VidNest drafted for 2 links")
    assert told[2].endswith("Asked VidNest by web form to remove 2 links")
    assert not any("/v/one" in text for text in told)


@pytest.mark.parametrize("kind", ["notice_answer", "notice_escalate", "notice_bounced", "link_back", "new_links"])
def test_every_kind_of_task_has_its_words(kind):
    from cases.models import CaseTask
    from cases.queue import in_words

    words = in_words(CaseTask(kind=kind, facts={"platform": "VidNest", "count": 2, "site": "vidnest.localhost"}))
    assert words.title
    assert words.action
    assert words.title != in_words(CaseTask(kind="unknown")).title
