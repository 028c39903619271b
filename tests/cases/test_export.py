"""Lists as files: many rows need two people, the file is sealed, holds what the asker sees, goes after 7 days."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import storages
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from cases import csvfile, exports, limits
from cases.access import acting_as
from cases.actions import approval as approval_actions
from cases.actions import export as actions
from cases.actions import membership
from cases.actions.case import answer_age
from cases.actor import Actor
from cases.events import CaseEvent
from cases.exports import Built
from cases.limits import OverLimit
from cases.models import (
    Approval,
    ApprovalKind,
    ApprovalState,
    Case,
    Event,
    Export,
    ExportState,
    Team,
    TeamMember,
    User,
)
from cases.permissions import Role
from cases.states import AgeAnswer, IllegalMove
from cases.tasks import sweep_effects, sweep_exports
from cases.vault import Stored
from tests.conftest import NOON, logged_in_as
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.files import open_handles
from tests.factories.takedowns import make_links

pytestmark = pytest.mark.django_db(transaction=True)
REASON = "The funder asked for the numbers."


@pytest.fixture(autouse=True)
def _own_vault(tmp_path):
    """A vault and a staging folder of this test alone."""
    store = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "vault"}}
    with override_settings(STORAGES={**settings.STORAGES, "vault": store}, STAGING_DIR=tmp_path / "staging"):
        yield


def boss(name="Sam"):
    return make_staff(roles=[Role.SUPERVISOR], name=name)


def ask(who, *, kind="cases", case="", since="", reason=REASON, at=None):
    with acting_as(Actor.user(who)) as by:
        filters = {"case": case, "since": since}
        return actions.ask(kind=kind, filters=filters, reason=reason, by=by, at=at or timezone.now())


def work():
    with logged_in_as("worker"):
        sweep_effects()


def fresh(export, who):
    with acting_as(Actor.user(who)):
        return Export.objects.get(pk=export.pk)


def download(export, who):
    return press(signed_in(who), reverse("cases:export_download", args=[export.pk]))


def rows_of(response):
    return csvfile.read(b"".join(response.streaming_content))


def grant_for(export, who):
    with acting_as(Actor.user(who)) as by:
        row = Approval.objects.get(subject_id=export.pk)
        return approval_actions.grant(approval_id=row.pk, by=by, at=timezone.now())


def files():
    return [path for path in Path(storages["vault"].location).rglob("*") if path.is_file()]


def test_a_short_list_of_one_case_is_made_at_once_and_read_back_equal():
    who = boss()
    case = make_case(owner=who)
    export = ask(who, case=case.reference)
    assert export.state == ExportState.QUEUED
    assert not Approval.objects.exists()
    work()
    done = fresh(export, who)
    assert (done.state, done.rows, done.downloads) == (ExportState.READY, 1, 0)
    heading, row = rows_of(download(export, who))
    assert heading[0] == "Case"
    assert row[:2] == [case.reference, case.alias]
    assert fresh(export, who).downloads == 1


def test_the_download_is_in_the_record_before_its_first_byte():
    who = boss()
    export = ask(who, case=make_case(owner=who).reference)
    work()
    response = download(export, who)
    with acting_as(Actor.user(who)):
        assert Event.objects.filter(kind=CaseEvent.EXPORT_DOWNLOADED).get().body["number"] == 1
    assert response["Content-Disposition"].endswith('.csv"')
    assert response["Cache-Control"] == "no-store"


def test_a_list_over_cases_waits_for_a_second_person_who_is_told_what_it_is():
    who, second = boss(), boss("Bo")
    make_case(owner=who)
    export = ask(who)
    assert export.state == ExportState.WAITING
    work()
    assert fresh(export, who).state == ExportState.WAITING
    with acting_as(Actor.user(second)):
        row = Approval.objects.get(subject_id=export.pk)
        assert row.kind == ApprovalKind.BULK_EXPORT
        assert (row.reason, row.facts["rows"], row.facts["list"]) == (REASON, 1, "cases")
    assert grant_for(export, second).state == ApprovalState.GRANTED
    work()
    assert fresh(export, who).state == ExportState.READY


@override_settings(BULK_ROWS=2)
def test_many_rows_of_one_case_need_a_second_person_too():
    who = boss()
    case = make_case(owner=who)
    make_links(case, "\n".join(f"https://site{n}.example/{n}" for n in range(3)))
    assert ask(who, kind="links", case=case.reference).state == ExportState.WAITING
    with override_settings(BULK_ROWS=3):
        assert ask(who, kind="links", case=case.reference).state == ExportState.QUEUED


def test_an_effect_without_a_yes_makes_nothing():
    who = boss()
    make_case(owner=who)
    export = ask(who)
    with logged_in_as("worker"), acting_as(Actor.system("test")):
        assert actions.start(export_id=export.pk, at=NOON) is None


def test_a_refused_list_is_ended_and_never_made():
    who, second = boss(), boss("Bo")
    make_case(owner=who)
    export = ask(who)
    with acting_as(Actor.user(second)) as by:
        row = Approval.objects.get(subject_id=export.pk)
        approval_actions.refuse(approval_id=row.pk, why="Too much.", by=by, at=NOON)
    with logged_in_as("worker"):
        sweep_exports()
    assert fresh(export, who).state == ExportState.REFUSED


def test_it_holds_only_what_the_asker_may_see_when_it_is_made():
    who, second = boss(), boss("Bo")
    kept, barred, foreign = make_case(owner=who), make_case(), make_case()
    export = ask(who)
    assert export.rows == 3, "a case without a team is every supervisor's"
    grant_for(export, second)
    with acting_as(Actor.user(second)) as by:
        membership.bar(case_id=barred.pk, user=who, reason="She is a relative.", by=by, at=timezone.now())
    with acting_as(Actor.user(second)):
        team = Team.objects.create(name="North", made_at=NOON)
        TeamMember.objects.create(team=team, user=second, is_supervisor=True, since=NOON)
        Case.objects.filter(pk=foreign.pk).update(team=team)
    work()
    assert {row[0] for row in rows_of(download(export, who))[1:]} == {kept.reference}


def test_links_of_a_case_that_is_locked_for_age_are_left_out():
    who = boss()
    case = make_case(owner=who)
    make_links(case, "https://site.example/a")
    with acting_as(Actor.user(who)) as by:
        assert exports.count("links", by, {}) == 1
        answer_age(case_id=case.pk, answer=AgeAnswer.NOT_SURE, said_by="client", by=by, at=NOON)
        assert exports.count("links", by, {}) == 0


def test_the_stored_file_is_sealed_and_nothing_plain_is_left_behind():
    who = boss()
    case = make_case(owner=who)
    export = ask(who, case=case.reference)
    work()
    (file,) = files()
    assert file.read_bytes()[:5] == b"RVLT1"
    assert case.reference.encode() not in file.read_bytes()
    assert not list(settings.STAGING_DIR.glob("*"))
    assert fresh(export, who).object_name in str(file)


def test_a_list_belongs_to_its_asker_alone():
    who, second = boss(), boss("Bo")
    export = ask(who, case=make_case(owner=who).reference)
    work()
    assert download(export, second).status_code == 404
    with acting_as(Actor.user(second)):
        assert not Export.objects.exists()
    with acting_as(Actor.user(second)) as by, pytest.raises(IllegalMove, match="not there"):
        actions.note_download(export_id=export.pk, by=by, at=timezone.now())


def test_after_seven_days_it_cannot_be_fetched_and_the_file_is_gone():
    who = boss()
    export = ask(who, case=make_case(owner=who).reference)
    work()
    end = fresh(export, who).expires_at
    assert end - fresh(export, who).built_at == timedelta(days=7)
    with acting_as(Actor.user(who)) as by, pytest.raises(IllegalMove, match="not there"):
        actions.note_download(export_id=export.pk, by=by, at=end)
    with logged_in_as("worker"):
        assert sweep_exports() == 0
        Export.objects.update(expires_at=timezone.now())
        assert sweep_exports() == 1
    assert files() == []
    assert fresh(export, who).state == ExportState.REMOVED
    assert download(export, who).status_code == 302


def test_who_may_not_export_finds_no_page_and_cannot_ask():
    who = make_staff()
    assert signed_in(who).get(reverse("cases:exports")).status_code == 404
    with pytest.raises(IllegalMove, match="cannot ask"):
        ask(who, case=make_case(owner=who).reference)


def test_an_administrator_is_offered_no_list_of_cases():
    admin = make_staff(roles=[Role.ADMINISTRATOR])
    assert {name for name, _label in exports.offered_to(admin)} <= {"audit"}
    with pytest.raises(IllegalMove, match="cannot ask"):
        ask(admin)


def test_an_empty_list_and_one_without_a_reason_are_refused():
    who = boss()
    with pytest.raises(IllegalMove, match="nothing in this list"):
        ask(who, since="2027-01-01")
    with pytest.raises(IllegalMove, match="Say why"):
        ask(who, reason=" ", case=make_case(owner=who).reference)


@override_settings(LIMITS=limits.table("export.hour=1:1,download.hour=1:2"))
def test_lists_and_downloads_count_against_the_limit():
    who = boss()
    case = make_case(owner=who)
    export = ask(who, case=case.reference)
    with pytest.raises(OverLimit):
        ask(who, case=case.reference)
    work()
    assert [download(export, who).status_code for _time in range(3)] == [200, 200, 429]
    assert fresh(export, who).downloads == 2


def test_a_list_that_was_ended_meanwhile_is_not_brought_back():
    who = boss()
    export = ask(who, case=make_case(owner=who).reference)
    with logged_in_as("worker"), acting_as(Actor.system("test")) as by:
        Export.objects.update(state=ExportState.REFUSED, ended_at=NOON)
        built = Built(Stored("aa/bb", 1, ""), 1, 1)
        with pytest.raises(IllegalMove, match="ended already"):
            actions.made(export_id=export.pk, built=built, by=by, at=NOON)


def test_the_page_asks_waits_and_offers_the_download():
    who, second = boss(), boss("Bo")
    case = make_case(owner=who)
    browser = signed_in(who)
    bad = press(browser, reverse("cases:exports"), kind="cases", case="C-1", reason=REASON)
    assert bad.status_code == 422
    assert "You have no case with this number." in bad.content.decode()
    assert press(browser, reverse("cases:exports"), kind="cases", reason=REASON).status_code == 302
    assert "Waits for a second person" in browser.get(reverse("cases:exports")).content.decode()
    with acting_as(Actor.user(who)):
        export = Export.objects.get()
    grant_for(export, second)
    work()
    page = browser.get(reverse("cases:exports")).content.decode()
    assert "Download" in page
    assert "downloaded 0 times" in page
    assert case.reference not in page


def bar(case, person, by_whom):
    with acting_as(Actor.user(by_whom)) as by:
        membership.bar(case_id=case.pk, user=person, reason="She is a relative.", by=by, at=timezone.now())


@pytest.mark.parametrize("wide", [False, True], ids=["one case", "many cases"])
def test_whoever_loses_a_case_loses_the_finished_list_that_names_it(wide):
    who, second = boss(), boss("Bo")
    kept, lost = make_case(owner=who), make_case()
    export = ask(who, case="" if wide else lost.reference)
    if wide:
        grant_for(export, second)
    work()
    other = ask(who, case=kept.reference)
    work()
    assert download(export, who).status_code == 200
    bar(lost, who, second)
    with acting_as(Actor.user(who)) as by, pytest.raises(IllegalMove, match="not yours to see"):
        actions.note_download(export_id=export.pk, by=by, at=timezone.now())
    assert download(export, who).status_code == 302
    assert fresh(export, who).downloads == 1
    with logged_in_as("worker"):
        assert sweep_exports() == 1
    assert fresh(export, who).state == ExportState.REMOVED
    assert len(files()) == 1
    assert download(other, who).status_code == 200, "a list that names nothing lost stays"


def test_a_list_of_links_names_its_cases_too():
    who, second = boss(), boss("Bo")
    case = make_case()
    make_links(case, "https://site.example/a\nhttps://site.example/b")
    export = ask(who, kind="links", case=case.reference)
    work()
    assert fresh(export, who).cases == [case.reference]
    bar(case, who, second)
    assert download(export, who).status_code == 302


def test_the_audit_names_no_case_that_its_reader_does_not_reach_and_stays_theirs():
    who, second = make_staff(roles=[Role.ADMINISTRATOR], name="Ada"), boss("Bo")
    make_case()
    export = ask(who, kind="audit")
    grant_for(export, second)
    work()
    assert fresh(export, who).cases == []
    assert download(export, who).status_code == 200


def test_a_list_whose_asker_lost_the_right_meanwhile_is_not_made():
    who = boss()
    export = ask(who, case=make_case(owner=who).reference)
    User.objects.filter(pk=who.pk).update(roles=[Role.CASEWORKER])
    work()
    assert fresh(export, who).state == ExportState.REFUSED
    assert files() == []


def test_whoever_may_not_export_any_more_cannot_have_what_was_made_before():
    who = boss()
    export = ask(who, case=make_case(owner=who).reference)
    work()
    with acting_as(Actor.user(who)) as by:
        User.objects.filter(pk=who.pk).update(roles=[Role.CASEWORKER])
        with pytest.raises(IllegalMove, match="not yours to see"):
            actions.note_download(export_id=export.pk, by=by, at=timezone.now())
    with logged_in_as("worker"):
        assert sweep_exports() == 1
    assert files() == []


def test_a_download_that_its_reader_breaks_off_leaves_no_file_open():
    who = boss()
    export = ask(who, case=make_case(owner=who).reference)
    work()
    (file,) = files()
    response = download(export, who)
    assert open_handles(file) == 1
    response.close()
    assert open_handles(file) == 0
