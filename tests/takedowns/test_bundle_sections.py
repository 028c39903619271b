"""What a packet tells of links and notices: every look, the mails as they left, nothing after its moment."""

import csv
import io
from datetime import timedelta

import pytest
from django.template.loader import render_to_string

from cases.access import acting_as
from cases.actor import Actor
from cases.models import Case
from evidence.models import Reader
from evidence.order import BundleOrder
from takedowns import bundle_sections
from takedowns.actions import notice_sent
from takedowns.actions.url_check import Finding, insert_looks
from takedowns.models import Notice, ReportedUrl
from takedowns.verdicts import Answer
from tests.conftest import NOON
from tests.factories.cases import make_case
from tests.factories.takedowns import make_links, make_notice

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=1)
ORDER = BundleOrder(reader=Reader.LAWYER)


def owner(case: Case) -> Actor:
    return Actor.user(case.owner)


def look(url: ReportedUrl, answer: Answer, hours: int, reason: str = "http_404") -> Finding:
    return Finding(url.pk, url.case_id, NOON + timedelta(hours=hours), answer, reason, 404, 120, "")


def told() -> tuple[Case, list[ReportedUrl]]:
    case = make_case()
    urls = make_links(case, "http://vidnest.localhost:8100/v/one\nhttp://photopost.localhost:8100/p/two")
    urls.sort(key=lambda url: url.site, reverse=True)
    with acting_as(owner(case)):
        insert_looks([look(urls[0], Answer.STILL_UP, 1, "page_answers"), look(urls[0], Answer.GONE, 2)])
        insert_looks([look(urls[0], Answer.GONE, 30)])
    return case, urls


def test_every_look_up_to_the_moment_is_in_the_packet_and_in_the_table():
    case, urls = told()
    with acting_as(owner(case)):
        section = bundle_sections.links(case, ORDER, LATER)
    assert section is not None
    told_links = {line.address: line for line in section.context["links"]}
    assert [one.answer for one in told_links[urls[0].address].looks] == ["there", "gone"]
    (payload,) = section.records
    assert payload.path == "data/records/urls.csv"
    rows = list(csv.DictReader(io.StringIO(b"".join(payload.read()).decode())))
    assert [row["answer"] for row in rows if row["address"].endswith("/v/one")] == ["still_up", "gone"]
    assert [row["looked_at"] for row in rows if "photopost" in row["address"]] == [""]
    page = render_to_string(section.template, {"own": section.context})
    assert "http://vidnest.localhost:8100/v/one" in page
    assert "href" not in page


def test_a_notice_is_told_word_for_word_with_its_mail():
    case, urls = told()
    notice = make_notice(case, urls[-1:])
    with acting_as(owner(case)):
        Notice.objects.filter(pk=notice.pk).update(state="sending", means="mail")
        notice_sent.mail_left(notice_id=notice.pk, raw="Subject: x\r\n\r\nletter", by=owner(case), at=NOON)
        section = bundle_sections.notices(case, ORDER, LATER)
        assert bundle_sections.notices(case, ORDER, NOON - timedelta(hours=1)) is None
    assert section is not None
    (payload,) = section.records
    assert payload.path == "data/records/notices/notice-001.eml"
    assert b"".join(payload.read()) == b"Subject: x\r\n\r\nletter"
    (line,) = section.context["notices"]
    assert line.text == notice.text
    assert render_to_string(section.template, {"own": section.context})


def test_a_case_without_links_has_no_such_section():
    case = make_case()
    with acting_as(owner(case)):
        assert bundle_sections.links(case, ORDER, LATER) is None
        assert bundle_sections.notices(case, ORDER, LATER) is None


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_no_cell_is_taken_for_a_formula(start):
    assert bundle_sections._cell(f"{start}SUM(A1)") == f"'{start}SUM(A1)"
