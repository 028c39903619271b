"""Imports: what each line became is kept, wrong lines are corrected, the whole is taken back."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cases.access import acting_as
from cases.actions import case as case_actions
from cases.actor import Actor
from cases.models import Case, Event, Lookup
from cases.states import AgeAnswer, IllegalMove
from takedowns.actions import link_import
from takedowns.book import platform_book
from takedowns.events import TakedownEvent
from takedowns.models import FoundBy, ImportedAs, LinkImport, ReportedUrl
from takedowns.pasted import read_pasted
from takedowns.states import LinkState
from tests.conftest import NOON
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.takedowns import load_platforms, make_links, make_notice

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)
MIXED = """https://a.org/1
https://A.org:443/1?utm_source=x
no link
https://a.org/2"""


def owner(case: Case) -> Actor:
    return Actor.user(case.owner)


def bring(case: Case, text: str, **more: Any) -> LinkImport:
    load_platforms()
    with acting_as(owner(case)):
        made, _added = link_import.bring(
            case_id=case.pk,
            pasted=read_pasted(text, platform_book()),
            channel=ImportedAs.PASTE,
            found_by=FoundBy.STAFF,
            by=owner(case),
            at=LATER,
            **more,
        )
        return made


def outcomes(made: LinkImport) -> list[tuple[int, str]]:
    return [(line[0], line[1]) for line in made.lines]


def at_work() -> tuple[Case, Client]:
    load_platforms()
    case = make_case()
    return case, signed_in(case.owner)


def the_import(case: Case) -> LinkImport:
    with acting_as(owner(case)):
        made: LinkImport = LinkImport.objects.filter(case=case).for_rows()[0]
        made.opened()
        return made


def test_each_line_is_kept_with_what_it_became():
    case = make_case()
    make_links(case, "https://a.org/2")
    made = bring(case, MIXED)
    assert outcomes(made) == [(1, "new"), (2, "twice"), (3, "wrong"), (4, "known")]
    assert made.lines[1][3] == 1
    assert made.lines[2][5] == "no link"
    assert (made.new, made.again, made.wrong) == (1, 2, 1)


def test_an_address_lies_in_its_link_alone():
    made = bring(make_case(), MIXED)
    assert "a.org" not in str([line for line in made.lines if line[1] != "wrong"])


def test_what_a_table_tells_is_kept_and_fills_only_what_was_empty():
    case = make_case()
    bring(case, "url\tviews\taccount\nhttps://a.org/1\t10\t")
    bring(case, "url\tviews\taccount\twhere\nhttps://a.org/1\t99\t@x\tchat")
    with acting_as(owner(case)):
        url = ReportedUrl.objects.get()
        assert (url.views, url.account, url.found_where) == (10, "@x", "chat")


def test_an_import_is_taken_back_as_a_whole_and_comes_back_by_pasting_again():
    case = make_case()
    (kept,) = make_links(case, "https://a.org/2")
    made = bring(case, MIXED)
    with acting_as(owner(case)):
        assert link_import.undo(import_id=made.pk, by=owner(case), at=LATER) == 1
        assert ReportedUrl.objects.listed().get().pk == kept.pk
        assert Event.objects.get(kind=TakedownEvent.IMPORT_UNDONE).body["count"] == 1
        with pytest.raises(IllegalMove):
            link_import.undo(import_id=made.pk, by=owner(case), at=LATER)
    again = bring(case, MIXED)
    assert outcomes(again)[0] == (1, "back")


def test_undo_takes_what_the_import_put_back_off_the_list_again():
    case = make_case()
    made = bring(case, "https://a.org/1")
    with acting_as(owner(case)):
        link_import.undo(import_id=made.pk, by=owner(case), at=LATER)
    again = bring(case, "https://a.org/1")
    with acting_as(owner(case)):
        assert link_import.undo(import_id=again.pk, by=owner(case), at=LATER) == 1
        assert ReportedUrl.objects.get().state == LinkState.DROPPED


def test_no_import_is_taken_back_once_a_notice_names_its_links():
    case = make_case()
    made = bring(case, "http://vidnest.localhost:8100/v/1\nhttp://vidnest.localhost:8100/v/2")
    with acting_as(owner(case)):
        urls = list(ReportedUrl.objects.all()[:1])
    make_notice(case, urls)
    with acting_as(owner(case)):
        with pytest.raises(IllegalMove, match="names 1 of these"):
            link_import.undo(import_id=made.pk, by=owner(case), at=LATER)
        assert ReportedUrl.objects.listed().count() == 2


def test_corrected_lines_are_done_with_where_they_came_from():
    case = make_case()
    made = bring(case, MIXED)
    bring(case, "https://a.org/3\nstill no link", corrects=made.pk)
    with acting_as(owner(case)):
        made = LinkImport.objects.get(pk=made.pk)
        assert (made.wrong, len(made.lines)) == (0, 3)
        assert LinkImport.objects.exclude(pk=made.pk).get().wrong == 1


def test_an_age_lock_at_intake_discards_the_lines_unread():
    case = make_case()
    made = bring(case, MIXED)
    with acting_as(owner(case)):
        case_actions.answer_age(case_id=case.pk, answer=AgeAnswer.NOT_SURE, said_by="client", by=owner(case), at=LATER)
        kept = LinkImport.objects.get(pk=made.pk)
        assert kept.lines == []
        assert not Lookup.objects.exists()


def test_a_paste_with_a_wrong_line_leads_to_what_each_line_became():
    case, browser = at_work()
    answer = press(browser, f"/cases/{case.reference}/links/add", links=MIXED)
    page = browser.get(answer.url).content.decode()
    assert "Twice in this import" in page
    assert "The same as line 1" in page
    assert "no link</textarea>" in page
    made = the_import(case)
    corrected = press(browser, f"/cases/{case.reference}/links/add", links="https://a.org/9", corrects=str(made.pk))
    assert corrected.status_code == 302
    assert "<textarea" not in browser.get(answer.url).content.decode()


def test_a_list_is_read_in_memory_and_its_columns_are_told():
    case, browser = at_work()
    file = SimpleUploadedFile("links.csv", b"Seen on;Address;Views\n2.11.2026;https://a.org/1;1.204")
    answer = press(browser, f"/cases/{case.reference}/links/add/list", list=file)
    page = browser.get(answer.url).content.decode()
    assert "1 link was added" in page
    assert "1: date" in page
    assert "2: link" in page
    assert "links.csv" in page
    with acting_as(owner(case)):
        assert ReportedUrl.objects.get().views == 1204


@pytest.mark.parametrize(("data", "said"), [(b"", "Choose a CSV"), (b"\xd0\xcf\x11\xe0", "old or a locked")])
def test_a_file_that_is_no_list_is_refused_on_the_page(data, said):
    case, browser = at_work()
    answer = press(browser, f"/cases/{case.reference}/links/add/list", list=SimpleUploadedFile("x.xls", data))
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_while_pasting_each_line_is_told_before_anything_is_kept():
    case, browser = at_work()
    make_links(case, "https://a.org/2")
    page = press(browser, f"/cases/{case.reference}/links/add/preview", links=MIXED).content.decode()
    assert "1 new link" in page
    assert "1 here already" in page
    assert "1 twice in the box" in page
    assert "no link" in page
    with acting_as(owner(case)):
        assert ReportedUrl.objects.count() == 1


def test_the_page_takes_an_import_back_and_says_so():
    case, browser = at_work()
    press(browser, f"/cases/{case.reference}/links/add", links=MIXED)
    made = the_import(case)
    answer = press(browser, f"/cases/{case.reference}/links/imports/{made.pk}/undo")
    assert "was taken back on" in browser.get(answer.url).content.decode()


def test_nobody_else_sees_an_import():
    case, _browser = at_work()
    made = bring(case, MIXED)
    stranger = signed_in(make_staff())
    assert stranger.get(f"/cases/{case.reference}/links/imports/{made.pk}").status_code == 404
    assert press(stranger, f"/cases/{case.reference}/links/imports/{made.pk}/undo").status_code == 404
