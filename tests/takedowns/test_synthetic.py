"""A claim about a fake reaches the notice: set by itself, with who says so, and never as our own verdict."""

import pytest
from django.urls import reverse

from cases.access import acting_as
from cases.actor import Actor
from cases.models import Case
from evidence.actions import finding as findings
from takedowns import drafting
from takedowns.actions import notice as actions
from takedowns.models import Notice, ReportedUrl, Route
from takedowns.reference import platforms
from tests.conftest import NOON
from tests.factories.browsers import signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.findings import make_claim
from tests.factories.takedowns import make_links, make_notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Case:
    return make_case(owner=make_staff(name="Amira K."))


@pytest.fixture
def links(case: Case) -> list[ReportedUrl]:
    return make_links(case, "https://vidnest.example/v/1\nhttps://vidnest.example/v/2")


def drafted(case: Case, links: list[ReportedUrl]) -> Notice:
    made = make_notice(case, links)
    with acting_as(Actor.user(case.owner)):
        fresh: Notice = Notice.objects.select_related("case", "platform").get(pk=made.pk)
        fresh.opened()
    return fresh


def test_a_claim_of_the_client_is_set_and_said_as_hers(case: Case, links: list[ReportedUrl]):
    make_claim(case)
    notice = drafted(case, links)
    assert notice.facts["is_synthetic"] is True
    assert "The person shown states that in the material a face was put onto another body." in notice.text
    assert "telephone" not in notice.text, "the ground is ours"


def test_without_a_claim_nothing_is_set(case: Case, links: list[ReportedUrl]):
    notice = drafted(case, links)
    assert notice.facts["is_synthetic"] is False
    assert "computer" not in notice.text
    assert "How it was made" not in notice.text


@pytest.mark.parametrize("values", [{"nature": "context"}, {"nature": ""}])
def test_a_claim_of_something_else_sets_nothing(case: Case, links: list[ReportedUrl], values: dict[str, str]):
    make_claim(case, **values)
    assert drafted(case, links).facts["is_synthetic"] is False


def test_a_claim_about_one_link_is_not_said_of_another(case: Case, links: list[ReportedUrl]):
    make_claim(case, link_id=links[0].pk)
    assert drafted(case, [links[0]]).facts["is_synthetic"] is True
    assert drafted(case, [links[1]]).facts["is_synthetic"] is False


def test_what_we_assume_ourselves_is_never_said_in_a_letter(case: Case, links: list[ReportedUrl]):
    make_claim(case, said_by="us")
    notice = drafted(case, links)
    assert notice.facts["is_synthetic"] is True
    assert "How it was made" not in notice.text


def test_a_claim_that_was_taken_back_is_gone_when_the_letter_is_written_anew(case: Case, links: list[ReportedUrl]):
    claim = make_claim(case)
    notice = drafted(case, links)
    with acting_as(Actor.user(case.owner)) as by:
        findings.withdraw(of=claim, why="She was not sure", by=by, at=NOON)
        saved = actions.save_draft(
            notice_id=notice.pk,
            version=notice.version,
            subject=notice.subject,
            text=notice.text,
            recipient=notice.recipient,
            facts={"is_synthetic": False},
            route=Route(notice.route),
            rewrite=True,
            by=by,
            at=NOON,
        )
        assert "person shown states that in the material" not in saved.text


def test_the_page_says_why_it_is_set(case: Case, links: list[ReportedUrl]):
    make_claim(case)
    notice = drafted(case, links)
    page = signed_in(case.owner).get(reverse("takedowns:notice", args=[case.reference, notice.pk])).content.decode()
    assert "Set because it is written down:" in page
    assert "A face was put onto another body" in page


def test_the_route_whose_law_names_fakes_says_so_only_then():
    reddit = platforms()["reddit"]
    told = [drafting.routes_for(reddit, name="Reddit", is_synthetic=flag)[0].why for flag in (True, False)]
    assert ["by a computer" in why for why in told] == [True, False]


def test_a_claim_about_an_exhibit_is_offered_not_set(case: Case, links: list[ReportedUrl], transactional_db: None):
    from tests.factories.evidence import make_exhibit, picture

    exhibit = make_exhibit(case, picture(), name="p.png").exhibit
    make_claim(case, exhibit_id=exhibit.pk)
    notice = drafted(case, links)
    assert notice.facts["is_synthetic"] is False
    page = signed_in(case.owner).get(reverse("takedowns:notice", args=[case.reference, notice.pk])).content.decode()
    assert "Tick it only if it holds for these links" in page
