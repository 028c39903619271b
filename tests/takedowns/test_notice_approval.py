"""A trainee's letter: a colleague sees exactly it, says yes, and exactly it goes out. Anything else does not."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from cases.access import acting_as
from cases.actions import approval as approval_actions
from cases.actor import Actor
from cases.models import Approval, ApprovalKind, ApprovalState, Consent, Effect, Event, Membership, MembershipRole
from cases.permissions import Role
from cases.states import IllegalMove
from takedowns import drafting
from takedowns.actions import notice as notice_actions
from takedowns.actions import notice_approval as actions
from takedowns.actions import notice_sent
from takedowns.events import TakedownEvent
from takedowns.models import Means, Notice
from takedowns.states import NoticeState
from tests.cases.test_approval import grant
from tests.conftest import NOON
from tests.factories.browsers import press, signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.takedowns import make_links, make_notice

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)
ADDRESS = "abuse@vidnest.example"


def at_work():
    """Return a case of Amira, a trainee in it, and a draft."""
    case = make_case(owner=make_staff(name="Amira K."))
    trainee = make_staff(roles=[Role.TRAINEE], name="Tom")
    with acting_as(Actor.user(case.owner)):
        Membership.objects.create(case_id=case.pk, user=trainee, role=MembershipRole.HELPER, since=NOON)
    return case, trainee, make_notice(case, make_links(case, "http://vidnest.localhost:8100/v/one"))


def now_of(notice, who):
    with acting_as(Actor.user(who)):
        found = Notice.objects.select_related("case", "platform").get(pk=notice.pk)
        found.opened()
        return found


def save(notice, who, *, at=LATER, **changed):
    """Save a draft as the page does, with something changed."""
    found = now_of(notice, who)
    given = {"subject": found.subject, "text": found.text, "recipient": found.recipient or ADDRESS, **changed}
    with acting_as(Actor.user(who)) as by:
        return notice_actions.save_draft(notice_id=notice.pk, version=found.version, by=by, at=at, **given)


def ask(notice, who, *, means=Means.MAIL, reason=""):
    saved = save(notice, who)
    with acting_as(Actor.user(who)) as by:
        return actions.ask(
            notice_id=notice.pk,
            version=saved.version,
            means=means,
            reason=reason,
            why="My first one.",
            by=by,
            at=LATER,
        )


def mails_of(notice, who):
    with acting_as(Actor.user(who)):
        return list(Effect.objects.filter(kind=notice_actions.MAIL, subject_id=notice.pk))


def test_a_yes_sends_exactly_the_letter_that_was_shown_and_records_who_said_it():
    case, trainee, notice = at_work()
    row = ask(notice, trainee)
    assert mails_of(notice, trainee) == []
    with acting_as(Actor.user(case.owner)):
        shown = Approval.objects.get(pk=row.pk).facts
    assert grant(row, case.owner, at=LATER).state == ApprovalState.GRANTED
    sent = now_of(notice, case.owner)
    assert (sent.state, sent.means) == (NoticeState.SENDING, Means.MAIL)
    assert (sent.subject, sent.text, sent.recipient) == (shown["subject"], shown["text"], shown["recipient"])
    assert len(mails_of(notice, case.owner)) == 1
    with acting_as(Actor.user(case.owner)):
        assert Event.objects.get(case=case, kind=TakedownEvent.NOTICE_QUEUED).actor_id == str(case.owner.pk)


def test_what_was_sent_so_can_be_called_back_by_the_trainee():
    case, trainee, notice = at_work()
    grant(ask(notice, trainee), case.owner, at=LATER)
    press(signed_in(trainee), reverse("takedowns:call_back", args=[case.reference, notice.pk]))
    assert now_of(notice, trainee).state == NoticeState.DRAFT


@pytest.mark.parametrize(
    "changed",
    [{"subject": "Other subject"}, {"text": "Other words."}, {"recipient": "someone@else.example"}],
    ids=["subject", "text", "recipient"],
)
def test_an_edit_after_asking_takes_the_request_back(changed):
    case, trainee, notice = at_work()
    row = ask(notice, trainee)
    save(notice, trainee, **changed)
    with acting_as(Actor.user(case.owner)):
        assert Approval.objects.get(pk=row.pk).state == ApprovalState.WITHDRAWN
    with pytest.raises(IllegalMove):
        grant(row, case.owner, at=LATER)
    assert mails_of(notice, case.owner) == []


def test_saving_without_a_change_keeps_the_request():
    case, trainee, notice = at_work()
    row = ask(notice, trainee)
    save(notice, trainee)
    save(notice, case.owner)
    assert grant(row, case.owner, at=LATER).state == ApprovalState.GRANTED


def test_a_letter_that_changed_behind_the_request_does_not_go_out():
    case, trainee, notice = at_work()
    row = ask(notice, trainee)
    with acting_as(Actor.user(case.owner)):
        other = Notice.objects.get(pk=notice.pk)
        other.text = "Something else."
        other.save(update_fields=["sealed"])
    done = grant(row, case.owner, at=LATER)
    assert done.state == ApprovalState.FAILED
    assert mails_of(notice, case.owner) == []
    assert now_of(notice, case.owner).state == NoticeState.DRAFT


def test_what_would_stop_the_letter_stops_the_asking():
    _case, trainee, notice = at_work()
    with acting_as(Actor.user(trainee)) as by:
        found = now_of(notice, trainee)
        with pytest.raises(notice_actions.StaleDraft):
            actions.ask(
                notice_id=notice.pk, version=found.version + 1, means=Means.FORM, reason="", why="", by=by, at=LATER
            )
        if not found.recipient:
            with pytest.raises(IllegalMove, match="Enter the address"):
                actions.ask(
                    notice_id=notice.pk, version=found.version, means=Means.MAIL, reason="", why="", by=by, at=LATER
                )


def test_consent_that_was_taken_back_meanwhile_stops_it_whole():
    case, trainee, notice = at_work()
    row = ask(notice, trainee)
    with acting_as(Actor.user(case.owner)):
        Consent.objects.filter(case=case).update(is_given=False)
        gone = not Consent.objects.filter(case=case).allows("ask_sites")
    assert gone
    done = grant(row, case.owner, at=LATER)
    assert done.state == ApprovalState.FAILED
    assert mails_of(notice, case.owner) == []


@time_machine.travel(LATER + timedelta(hours=1))
def test_for_the_sites_form_the_yes_lets_the_trainee_send_exactly_that_letter():
    case, trainee, notice = at_work()
    grant(ask(notice, trainee, means=Means.FORM), case.owner, at=LATER)
    ready = now_of(notice, trainee)
    assert ready.state == NoticeState.READY
    answer = press(
        signed_in(trainee), path_of(ready), do="form", **typed(ready, no_ticket="on", sent_at="2026-11-22T12:30")
    )
    assert answer.status_code == 302
    assert now_of(notice, trainee).state == NoticeState.SENT


@pytest.mark.parametrize("days", [1, 3, 40], ids=["past midnight", "after a weekend", "into another year"])
def test_a_letter_that_a_colleague_agreed_to_goes_as_it_was_read_on_any_later_day(days):
    case, trainee, notice = at_work()
    row = ask(notice, trainee, means=Means.FORM)
    read = row.facts["text"]
    sent_at = LATER + timedelta(days=days)
    with time_machine.travel(sent_at, tick=False):
        grant(row, case.owner, at=LATER)
        ready = now_of(notice, trainee)
        when = f"{sent_at - timedelta(minutes=5):%Y-%m-%dT%H:%M}"
        answer = press(signed_in(trainee), path_of(ready), do="form", **typed(ready, no_ticket="on", sent_at=when))
    assert answer.status_code == 302
    sent = now_of(notice, trainee)
    assert (sent.state, sent.text) == (NoticeState.SENT, read)


def test_a_request_stands_when_the_letter_is_only_looked_at_and_saved_on_another_day():
    case, trainee, notice = at_work()
    row = ask(notice, trainee)
    save(notice, trainee, at=LATER + timedelta(days=2))
    save(notice, case.owner, at=LATER + timedelta(days=3))
    assert grant(row, case.owner, at=LATER + timedelta(days=3)).state == ApprovalState.GRANTED
    assert now_of(notice, case.owner).text == row.facts["text"]


def test_a_change_on_another_day_takes_the_request_back_and_dates_the_letter_of_that_day():
    case, trainee, notice = at_work()
    row = ask(notice, trainee)
    save(notice, trainee, facts={"states_no_consent": True}, at=LATER + timedelta(days=2))
    with acting_as(Actor.user(case.owner)):
        assert Approval.objects.get(pk=row.pk).state == ApprovalState.WITHDRAWN
    assert "24 November 2026" in now_of(notice, trainee).text


def test_a_draft_that_nobody_read_bears_the_day_on_which_it_was_last_saved():
    _case, trainee, notice = at_work()
    save(notice, trainee, at=LATER + timedelta(days=2))
    assert "24 November 2026" in now_of(notice, trainee).text


def test_a_ready_letter_that_is_changed_needs_a_new_yes():
    case, trainee, notice = at_work()
    grant(ask(notice, trainee, means=Means.FORM), case.owner, at=LATER)
    ready = now_of(notice, trainee)
    sent = typed(ready, no_ticket="on", sent_at="2026-11-22T12:30") | {"text": ready.text + "\nAnd more."}
    answer = press(signed_in(trainee), path_of(ready), do="form", **sent)
    assert answer.status_code == 422
    assert now_of(notice, trainee).state != NoticeState.SENT
    save(notice, trainee, text="Changed.")
    assert now_of(notice, trainee).state == NoticeState.DRAFT
    save(notice, trainee, text=ready.text)
    back = now_of(notice, trainee)
    assert drafting.shown_as(back) == drafting.shown_as(ready)
    assert not drafting.is_approved(back), "a letter that was changed and changed back was not read again"


def path_of(notice):
    return f"/cases/{notice.case.reference}/notices/{notice.pk}/"


def typed(notice, **more):
    names = ("version", "route", "subject", "text", "recipient")
    return {"material": "images", **{name: getattr(notice, name) for name in names}, **more}


def test_the_trainees_page_asks_instead_of_sending_and_says_whom_it_waits_for():
    _case, trainee, notice = at_work()
    save(notice, trainee)
    browser = signed_in(trainee)
    page = browser.get(path_of(now_of(notice, trainee))).content.decode()
    assert "Ask for approval" in page
    assert "Send by mail" not in page
    assert "I have sent it" not in page
    found = now_of(notice, trainee)
    assert press(browser, path_of(found), do="mail", **typed(found)).status_code == 302
    assert mails_of(notice, trainee) == []
    waits = browser.get(path_of(found)).content.decode()
    assert "It waits for Amira K." in waits
    assert "Nothing has gone out." in waits
    assert "Change the letter" in waits
    assert "Ask for approval" in browser.get(path_of(found) + "?change=1").content.decode()


def test_a_caseworker_sends_as_before_and_meets_no_approval():
    case, _trainee, notice = at_work()
    save(notice, case.owner)
    found = now_of(notice, case.owner)
    browser = signed_in(case.owner)
    assert "Ask for approval" not in browser.get(path_of(found)).content.decode()
    assert press(browser, path_of(found), do="mail", **typed(found)).status_code == 302
    assert now_of(notice, case.owner).state == NoticeState.SENDING
    with acting_as(Actor.user(case.owner)):
        assert not Approval.objects.exists()


def test_a_letter_that_went_out_otherwise_takes_the_request_with_it():
    case, trainee, notice = at_work()
    row = ask(notice, trainee)
    with acting_as(Actor.user(case.owner)) as by:
        found = Notice.objects.get(pk=notice.pk)
        notice_sent.sent_by_form(
            notice_id=notice.pk, version=found.version, ticket="", reason="", sent_at=LATER, by=by, at=LATER
        )
        assert Approval.objects.get(pk=row.pk).state == ApprovalState.WITHDRAWN


def test_a_draft_that_was_given_up_takes_the_request_with_it():
    case, trainee, notice = at_work()
    row = ask(notice, trainee)
    gave_up = reverse("takedowns:withdraw_notice", args=[case.reference, notice.pk])
    press(signed_in(trainee), gave_up, **{"withdraw-reason": "The client asked."})
    assert now_of(notice, trainee).state == NoticeState.WITHDRAWN
    with acting_as(Actor.user(case.owner)):
        assert Approval.objects.get(pk=row.pk).state == ApprovalState.WITHDRAWN


def test_a_trainee_withdraws_nothing_that_is_out():
    case, trainee, notice = at_work()
    grant(ask(notice, trainee), case.owner, at=LATER)
    address = reverse("takedowns:withdraw_notice", args=[case.reference, notice.pk])
    assert press(signed_in(trainee), address, **{"withdraw-reason": "x"}).status_code == 404
    assert now_of(notice, trainee).state == NoticeState.SENDING


def test_a_no_with_its_reason_stands_over_the_letter():
    case, trainee, notice = at_work()
    row = ask(notice, trainee)
    with acting_as(Actor.user(case.owner)) as by:
        approval_actions.refuse(approval_id=row.pk, why="Leave the name out.", by=by, at=LATER)
    page = signed_in(trainee).get(path_of(now_of(notice, trainee))).content.decode()
    assert "Amira K. said no" in page
    assert "Leave the name out." in page


def test_the_colleague_reads_the_whole_letter_before_deciding():
    case, trainee, notice = at_work()
    row = ask(notice, trainee)
    page = signed_in(case.owner).get(reverse("cases:approval", args=[row.pk])).content.decode()
    assert "The letter, exactly" in page
    assert "http://vidnest.localhost:8100/v/one" in page
    assert now_of(notice, trainee).recipient in page
    today = signed_in(case.owner).get(reverse("cases:today")).content.decode()
    assert "Send a notice, asked by Tom" in today


def test_one_trainee_cannot_say_yes_to_another():
    case, trainee, notice = at_work()
    other = make_staff(roles=[Role.TRAINEE])
    with acting_as(Actor.user(case.owner)):
        Membership.objects.create(case_id=case.pk, user=other, role=MembershipRole.HELPER, since=NOON)
    row = ask(notice, trainee)
    with pytest.raises(IllegalMove, match="cannot decide"):
        grant(row, other, at=LATER)
    assert row.kind == ApprovalKind.NOTICE_SEND


def test_the_list_of_notices_tells_a_draft_from_a_letter_that_waits_for_a_colleague():
    case, trainee, notice = at_work()
    address = reverse("takedowns:notices", args=[case.reference])
    assert "Waits for approval" not in signed_in(trainee).get(address).content.decode()
    asked = ask(notice, trainee)
    assert "Waits for approval" in signed_in(trainee).get(address).content.decode()
    with acting_as(Actor.user(trainee)) as by:
        approval_actions.withdraw(approval_id=asked.pk, by=by, at=LATER)
    assert "Waits for approval" not in signed_in(trainee).get(address).content.decode()
