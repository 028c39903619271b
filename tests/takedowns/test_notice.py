"""Notices: drafted for one site, checked against the law, sent by mail or by form, frozen, answered."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_string, policy

import pytest

from cases import outbox
from cases.access import acting_as
from cases.actor import Actor
from cases.models import Case, CaseTask, Consent, ConsentBasis, Door, DoorKind, Effect, Event, Lookup
from cases.states import ClockOwner, EffectState, IllegalMove
from cases.tasks import do_effect
from config.demo.client import DemoSite
from takedowns import drafting
from takedowns.actions import notice as notice_actions
from takedowns.actions import notice_sent
from takedowns.book import facts_of
from takedowns.events import TakedownEvent
from takedowns.models import ClockState, Means, Notice, NoticeClock, ReportedUrl, Route
from takedowns.states import LinkState, NoticeState
from tests.conftest import NOON
from tests.factories.cases import make_case
from tests.factories.takedowns import make_consent, make_links, make_notice

pytestmark = pytest.mark.django_db
TWO_LINKS = "http://vidnest.localhost:8100/v/one\nhttp://vidnest.localhost:8100/v/two"
LATER = NOON + timedelta(hours=1)


def owner(case: Case) -> Actor:
    return Actor.user(case.owner)


def drafted(text: str = TWO_LINKS, *, route: Route = Route.POLICY) -> tuple[Case, Notice]:
    case = make_case()
    return case, make_notice(case, make_links(case, text), route=route)


def complete(case: Case, notice: Notice) -> Notice:
    """Tick the statement that only the client can make, and write the letter anew."""
    with acting_as(owner(case)):
        return notice_actions.save_draft(
            notice_id=notice.pk,
            version=notice.version,
            subject=notice.subject,
            text=notice.text,
            recipient=notice.recipient,
            facts={"states_no_consent": True},
            rewrite=True,
            by=owner(case),
            at=LATER,
        )


def queue(case: Case, notice: Notice, *, reason: str = "", recipient: str | None = None) -> Notice:
    with acting_as(owner(case)):
        return notice_actions.queue_mail(
            notice_id=notice.pk,
            version=notice.version,
            recipient=notice.recipient if recipient is None else recipient,
            reason=reason,
            by=owner(case),
            at=LATER,
        )


def test_a_letter_names_the_links_as_found_and_its_own_reply_address():
    case, notice = drafted()
    assert "http://vidnest.localhost:8100/v/one" in notice.text
    assert notice.reply_address in notice.text
    assert notice.recipient == "abuse@vidnest.localhost"
    assert case.reference not in notice.text + notice.subject + notice.message_id + notice.reply_address
    assert Door.objects.filter(kind=DoorKind.REPLY, subject_id=notice.pk).count() == 1


def test_nothing_joins_two_notices_of_one_case():
    case = make_case()
    urls = make_links(case, TWO_LINKS)
    first, second = make_notice(case, urls[:1]), make_notice(case, urls[1:])
    assert first.reply_address != second.reply_address
    assert first.message_id != second.message_id
    assert first.facts["reference"] != second.facts["reference"]


def test_one_notice_goes_to_one_site():
    case = make_case()
    urls = make_links(case, TWO_LINKS + "\nhttp://photopost.localhost:8100/p/one")
    with pytest.raises(IllegalMove, match="more than one site"):
        make_notice(case, urls)


def test_two_unknown_sites_are_two_sites_though_neither_has_a_playbook():
    case = make_case()
    urls = make_links(case, "https://one-site.com/a\nhttps://another-site.com/b")
    with pytest.raises(IllegalMove, match="more than one site"):
        make_notice(case, urls)
    assert make_notice(case, urls[:1]).platform_id == "generic_site"


def test_no_site_is_asked_without_the_clients_yes():
    case = make_case()
    urls = make_links(case, TWO_LINKS)
    with acting_as(owner(case)), pytest.raises(IllegalMove, match="has not agreed"):
        notice_actions.draft(
            case_id=case.pk, url_ids=[url.pk for url in urls], route=Route.POLICY, by=owner(case), at=NOON
        )


def test_a_withdrawn_consent_stops_a_notice_that_is_written():
    case, notice = drafted()
    with acting_as(owner(case)):
        Consent.objects.update(ended_at=LATER)
    with pytest.raises(IllegalMove, match="has not agreed"):
        queue(case, notice)


def test_a_yes_by_voice_lets_us_ask_but_is_no_authority_to_show():
    case = make_case()
    make_consent(case, basis=ConsentBasis.ORAL)
    notice = make_notice(case, make_links(case, TWO_LINKS), route=Route.TAKE_IT_DOWN)
    with acting_as(owner(case)):
        urls = drafting.addresses(notice.urls.all())
        facts = drafting.letter_facts(notice, urls, is_authorised=False, on=NOON.date())
        missing = [item.key for item in drafting.check(notice, facts).missing]
    assert missing == ["statement", "authorisation_proof"]
    assert "Authority to act is missing" in notice.text


def test_what_a_person_takes_out_of_the_text_is_missing_again():
    case, notice = drafted(route=Route.TAKE_IT_DOWN)
    notice = complete(case, notice)
    with acting_as(owner(case)):
        facts = drafting.letter_facts(notice, drafting.addresses(notice.urls.all()), is_authorised=True, on=NOON.date())
        assert drafting.check(notice, facts).missing == []
        notice.text = notice.text.replace("http://vidnest.localhost:8100/v/two", "")
        assert [item.key for item in drafting.check(notice, facts).missing] == ["identification"]


def test_a_notice_that_lacks_what_the_law_demands_needs_a_reason_and_starts_no_legal_clock():
    case, notice = drafted(route=Route.TAKE_IT_DOWN)
    with pytest.raises(IllegalMove, match="say why"):
        queue(case, notice)
    queue(case, notice, reason="The client cannot be reached and it spreads.")
    with acting_as(owner(case)):
        notice_sent.mail_left(notice_id=notice.pk, raw="", by=owner(case), at=LATER)
        clock = NoticeClock.objects.get()
    assert (clock.is_statutory, clock.owner, clock.lever) == (False, ClockOwner.OURS, "follow_up")


def test_a_complete_notice_under_the_act_starts_the_platforms_48_hours():
    case, notice = drafted(route=Route.TAKE_IT_DOWN)
    notice = queue(case, complete(case, notice))
    assert notice.is_complete
    with acting_as(owner(case)):
        notice_sent.mail_left(notice_id=notice.pk, raw="", by=owner(case), at=LATER)
        clock = NoticeClock.objects.get()
        task = CaseTask.objects.get(kind="notice_answer")
    assert (clock.is_statutory, clock.owner, clock.due_at) == (True, ClockOwner.PLATFORM, LATER + timedelta(hours=48))
    assert (task.due_at, task.clock) == (clock.due_at, ClockOwner.PLATFORM)


def test_a_policy_notice_follows_the_hours_that_the_platform_publishes():
    case, notice = drafted()
    queue(case, notice)
    with acting_as(owner(case)):
        notice_sent.mail_left(notice_id=notice.pk, raw="", by=owner(case), at=LATER)
        clock = NoticeClock.objects.get()
    assert (clock.owner, clock.hours, clock.is_statutory) == (ClockOwner.OURS, notice.platform.response_hours, False)


def test_a_sent_text_is_frozen():
    case, notice = drafted()
    notice = queue(case, notice)
    with acting_as(owner(case)), pytest.raises(IllegalMove, match="gone out"):
        notice_actions.save_draft(
            notice_id=notice.pk, version=notice.version, subject="x", text="y", recipient="z", by=owner(case), at=LATER
        )


def test_a_stale_save_overwrites_nothing():
    case, notice = drafted()
    complete(case, notice)
    with acting_as(owner(case)), pytest.raises(notice_actions.StaleDraft):
        notice_actions.save_draft(
            notice_id=notice.pk, version=1, subject="x", text="y", recipient="z", by=owner(case), at=LATER
        )


def test_a_mail_that_has_not_left_is_called_back():
    case, notice = drafted()
    notice = queue(case, notice)
    with acting_as(owner(case)):
        notice = notice_actions.call_back(notice_id=notice.pk, by=owner(case), at=LATER)
        assert notice.state == NoticeState.DRAFT
        assert Effect.objects.get(kind="notice.mail").state == EffectState.CANCELLED
    assert queue(case, notice).state == NoticeState.SENDING


def test_sent_by_form_keeps_the_ticket_and_starts_the_clock_when_it_was_sent():
    case, notice = drafted()
    with acting_as(owner(case)):
        sent = notice_sent.sent_by_form(
            notice_id=notice.pk,
            version=notice.version,
            ticket="VN-123456",
            reason="",
            sent_at=NOON,
            by=owner(case),
            at=LATER,
        )
        assert (sent.state, sent.means, sent.ticket, sent.has_ticket) == ("sent", Means.FORM, "VN-123456", True)
        assert Lookup.objects.matching("ticket", "VN-123456").get().subject_id == notice.pk
        assert NoticeClock.objects.get().started_at == NOON
        assert set(ReportedUrl.objects.values_list("state", "asked_at")) == {(LinkState.ASKED, NOON)}


def test_a_time_that_has_not_come_is_no_time_of_sending():
    case, notice = drafted()
    with acting_as(owner(case)), pytest.raises(IllegalMove, match="future"):
        notice_sent.sent_by_form(
            notice_id=notice.pk,
            version=notice.version,
            ticket="",
            reason="",
            sent_at=LATER + timedelta(minutes=1),
            by=owner(case),
            at=LATER,
        )


def test_a_refusal_stops_the_clock_and_asks_for_the_next_step():
    case, notice = drafted()
    queue(case, notice)
    with acting_as(owner(case)):
        notice_sent.mail_left(notice_id=notice.pk, raw="", by=owner(case), at=LATER)
        notice_sent.record_answer(
            notice_id=notice.pk,
            answer=NoticeState.REFUSED,
            note="Not against our rules.",
            ticket="VN-1",
            answered_at=LATER,
            by=owner(case),
            at=LATER,
        )
        assert NoticeClock.objects.get().state == ClockState.STOPPED
        assert set(ReportedUrl.objects.values_list("state", flat=True)) == {LinkState.REFUSED}
        assert [task.kind for task in CaseTask.objects.open()] == ["notice_escalate"]


def test_a_withdrawn_notice_cannot_be_answered():
    case, notice = drafted()
    with acting_as(owner(case)):
        notice_sent.withdraw(notice_id=notice.pk, reason="wrong site", by=owner(case), at=LATER)
        with pytest.raises(IllegalMove, match="withdrawn cannot become upheld"):
            notice_sent.record_answer(
                notice_id=notice.pk,
                answer=NoticeState.UPHELD,
                note="",
                ticket="",
                answered_at=LATER,
                by=owner(case),
                at=LATER,
            )


def test_a_locked_case_sends_nothing():
    case, notice = drafted()
    with acting_as(owner(case)):
        Case.objects.filter(pk=case.pk).update(age_answer="under_18")
    with pytest.raises(IllegalMove, match="locked because of age"):
        queue(case, notice)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoSite]:
    with DemoSite.start(tmp_path_factory.mktemp("demo")) as site:
        yield site


@pytest.fixture
def post(as_worker: None, demo: DemoSite, settings) -> DemoSite:  # type: ignore[no-untyped-def]
    demo.reset()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", demo.smtp_port
    return demo


def carry_out(case: Case) -> Effect:
    """Let the worker do what is in the outbox; return how it ended."""
    with acting_as(Actor.system("test")):
        effect = Effect.objects.get(kind="notice.mail", case=case)
    do_effect(str(effect.pk))
    with acting_as(Actor.system("test")):
        return Effect.objects.get(pk=effect.pk)


@pytest.mark.django_db(transaction=True)
def test_the_mail_arrives_from_the_organisation_and_is_kept_as_it_went(post):
    case, notice = drafted()
    queue(case, notice)
    assert carry_out(case).state == EffectState.DONE
    (mail,) = post.mails()
    received = post.received(mail)
    with acting_as(owner(case)):
        kept = Notice.objects.get(pk=notice.pk)
        assert kept.state == NoticeState.SENT
        assert kept.sent_at is not None
        kept_mail = message_from_string(kept.raw_mail, policy=policy.default)
        assert Event.objects.filter(kind=TakedownEvent.NOTICE_SENT).count() == 1
    assert received["Message-ID"] == kept.message_id == kept_mail["Message-ID"]
    assert received["Reply-To"] == kept.reply_address
    assert received["Auto-Submitted"] is None
    assert case.owner.email not in received.as_string()
    assert received.get_content().replace("\r\n", "\n").strip() == kept.text.strip()


@pytest.mark.django_db(transaction=True)
def test_an_address_that_refuses_puts_the_notice_on_today(post):
    post.mailbox("abuse@vidnest.localhost", "bounce")
    case, notice = drafted()
    queue(case, notice)
    assert carry_out(case).state == EffectState.FAILED
    with acting_as(owner(case)):
        assert Notice.objects.get(pk=notice.pk).state == NoticeState.BOUNCED
        assert CaseTask.objects.open().get(kind="notice_bounced").due_at is not None
        assert Event.objects.filter(kind=TakedownEvent.NOTICE_BOUNCED).exists()
        assert not NoticeClock.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_server_that_is_away_is_tried_again_and_then_fails_where_a_person_sees_it(post, settings):
    settings.EMAIL_PORT = 1
    case, notice = drafted()
    queue(case, notice)
    assert carry_out(case).state == EffectState.NEW
    with acting_as(Actor.system("test")):
        Effect.objects.update(tries=outbox.MAX_TRIES - 1, due_at=datetime.now(UTC))
    assert carry_out(case).state == EffectState.FAILED
    with acting_as(owner(case)):
        assert Notice.objects.get(pk=notice.pk).state == NoticeState.BOUNCED


@pytest.mark.django_db(transaction=True)
def test_a_mail_that_was_queued_before_the_age_lock_does_not_leave(post):
    case, notice = drafted()
    queue(case, notice)
    with acting_as(owner(case)):
        Case.objects.filter(pk=case.pk).update(age_answer="not_sure")
    assert carry_out(case).state == EffectState.CANCELLED
    assert post.mails() == []
    with acting_as(owner(case)):
        assert Notice.objects.get(pk=notice.pk).state == NoticeState.DRAFT


@pytest.mark.django_db(transaction=True)
def test_a_repeated_task_sends_one_mail(post):
    case, notice = drafted()
    queue(case, notice)
    carry_out(case)
    carry_out(case)
    assert len(post.mails()) == 1


def test_what_a_platform_asks_for_is_checked_under_its_own_policy():
    case, notice = drafted()
    with acting_as(owner(case)):
        facts = drafting.letter_facts(notice, drafting.addresses(notice.urls.all()), is_authorised=True, on=NOON.date())
        checked = drafting.check(notice, facts)
    assert [item.key for item in checked.items] == list(facts_of(notice.platform).asks_for)
    assert not checked.needs_reason
