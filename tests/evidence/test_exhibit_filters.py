"""The covers of a case, narrowed: what needs a look, what is text, one kind."""

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.access import acting_as
from cases.models import Membership, MembershipRole
from evidence.looking import filters
from evidence.models import Exhibit
from tests.factories.browsers import press
from tests.factories.cases import make_staff
from tests.factories.evidence import film, make_exhibit
from tests.factories.looking import Desk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folders")]


def test_each_way_to_narrow_shows_what_it_says_and_counts_it() -> None:
    desk = Desk()
    make_exhibit(desk.case, film())
    make_exhibit(desk.case, b"I will send it.\n")
    colleague = make_staff(name="Ben B.")
    with acting_as(desk.actor):
        row = Membership.make(case=desk.case, user=colleague, role=MembershipRole.HELPER, since=timezone.now())
        row.save(force_insert=True)
    path = reverse("evidence:ask_colleague", args=[desk.case.reference, desk.exhibit.pk])
    press(desk.browser, path, colleague=str(colleague.pk))
    with acting_as(desk.actor):
        rows = list(Exhibit.objects.filter(case=desk.case).for_rows())
        everything = filters.shown(desk.case, rows, "", path="/e")
        found = {
            name: [one.media_type for one in filters.shown(desk.case, rows, name, path="/e").exhibits]
            for name in ("needs", "text", "kind-video", "nonsense")
        }
    assert found["needs"] == ["image/jpeg"]
    assert found["text"] == ["text/plain"]
    assert found["kind-video"] == ["video/mp4"]
    assert len(found["nonsense"]) == 3
    assert [choice.count for choice in everything.choices if choice.url == "/e?show=needs"] == [1]
    page = desk.browser.get(reverse("evidence:exhibits", args=[desk.case.reference]), {"show": "needs"})
    assert page.content.decode().count('class="cover"') == 1


def test_one_exhibit_needs_no_ways_to_narrow() -> None:
    desk = Desk()
    with acting_as(desk.actor):
        rows = list(Exhibit.objects.filter(case=desk.case).for_rows())
        assert filters.shown(desk.case, rows, "", path="/e").choices == []
