"""A mail from the mailbox to its notice: matched, laid before a person or refused, kept once, and none answered."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail as outgoing

from cases.access import acting_as
from cases.actions import case as case_actions
from cases.actor import Actor
from cases.models import Case, CaseTask, Effect, Event
from cases.states import AgeAnswer, CaseState, IllegalMove, TaskState
from evidence import sandbox
from evidence.models import Exhibit
from takedowns import mail_filing, mail_matching, mail_reading
from takedowns.actions import incoming_mail as actions
from takedowns.actions import notice_sent, reply
from takedowns.events import TakedownEvent
from takedowns.mail_filing import MAILBOX
from takedowns.mail_kinds import MailKind
from takedowns.models import ClockState, IncomingMail, IncomingState, MatchedBy, Notice, NoticeClock, Reply
from takedowns.states import NoticeState
from tests.conftest import NOON
from tests.factories.cases import make_case
from tests.factories.takedowns import make_links, make_notice
from tests.takedowns.mailbox import mailbox
from tests.takedowns.mailbox.parts import Asked, mail
from tests.takedowns.test_mail_kinds import read as read_by_tool

pytestmark = pytest.mark.usefixtures("as_worker")
LATER = NOON + timedelta(hours=3)


@pytest.fixture(autouse=True)
def quick_reading(monkeypatch, tmp_path):
    """The tool itself, without the sandbox around it; that the two agree is shown in test_mail_kinds."""

    def run(tool, arguments, *, source, **_limits):
        from io import BytesIO

        from evidence.sandbox_tools import Refused, incoming_mail

        path, out = tmp_path / "mail.eml", BytesIO()
        path.write_bytes(b"".join(source.read(0, source.size)))
        try:
            incoming_mail.main(arguments, str(path), out)
        except Refused as refusal:
            return sandbox.Outcome(3, b"", f"refused: {refusal}\n", sandbox.Ended.FAILED)
        return sandbox.Outcome(0, out.getvalue(), "", sandbox.Ended.WELL)

    monkeypatch.setattr(mail_reading.sandbox, "python", run)


def owner(case: Case) -> Actor:
    return Actor.user(case.owner)


def sent(case: Case | None = None, *, ticket: str = "", link: str = "http://vidnest.localhost:8100/v/one") -> Notice:
    """A notice that left three hours ago."""
    case = case or make_case()
    notice = make_notice(case, make_links(case, link))
    with acting_as(owner(case)):
        notice_sent.sent_by_form(
            notice_id=notice.pk, version=1, ticket=ticket, reason="", sent_at=NOON, by=owner(case), at=NOON
        )
        notice = Notice.objects.select_related("platform", "case").get(pk=notice.pk)
        notice.opened()
        return notice


def asked_of(notice: Notice, number: int = 0) -> Asked:
    host = notice.platform.domains[0]
    return Asked(number, notice.reply_address, notice.message_id, notice.ticket or "PX-1", platform=f"help@{host}")


def came(raw: bytes) -> IncomingMail:
    """Receive one mail and let the worker do what it can."""
    row = mail_filing.keep(raw, at=LATER)
    assert row is not None
    mail_filing.work(at=LATER)
    return fresh(row)


def fresh(row: IncomingMail) -> IncomingMail:
    with acting_as(MAILBOX):
        found = IncomingMail.objects.get(pk=row.pk)
        found.opened()
        return found


def replies(case: Case) -> list[Reply]:
    with acting_as(owner(case)):
        found = list(Reply.objects.visible_to(owner(case)).filter(case=case).select_related("exhibit"))
        for one in found:
            one.opened()
        return found


def named(asked: Asked, name: str) -> bytes:
    (raw,) = (one.raw for one in mailbox([asked]) if one.name == name)
    return raw


def answer(notice: Notice, words: str = "we removed the page", **head: str) -> bytes:
    lines = {"From": "help@vidnest.example", "To": notice.reply_address, "Subject": "Re: Removal request"}
    return mail(lines | head, words)


def test_an_answer_finds_its_notice_and_is_kept_raw_as_an_exhibit():
    notice = sent()
    raw = answer(notice, "we removed the page\n\nTicket: VN-20991")
    row = came(raw)
    assert (row.state, row.words, row.object_name) == (IncomingState.FILED, "", ""), "nothing of it stays outside"
    (found,) = replies(notice.case)
    assert (found.notice_id, found.kind, found.matched_by) == (notice.pk, MailKind.REPLY, MatchedBy.TOKEN)
    assert "we removed the page" in found.words
    assert [one["text"] for one in found.tickets] == ["VN-20991"]
    assert (found.exhibit.kind, found.exhibit.size) == ("eml", len(raw))
    with acting_as(owner(notice.case)):
        assert CaseTask.objects.get(kind="reply_read").state == TaskState.OPEN
        assert Event.objects.get(kind=TakedownEvent.REPLY_CAME).body["matched_by"] == "token"


def test_an_answer_changes_neither_the_notice_nor_its_clock_nor_its_ticket():
    notice = sent()
    came(answer(notice, "Ticket: VN-20991. we removed the page"))
    with acting_as(owner(notice.case)):
        now = Notice.objects.get(pk=notice.pk)
        assert (now.state, now.has_ticket, now.ticket) == (NoticeState.SENT, False, "")
        assert NoticeClock.objects.get(notice=notice).state == ClockState.RUNNING


@pytest.mark.parametrize(
    ("name", "kind"),
    [("receipt en Auto-Submitted", "received"), ("away fr subject 0", "away"), ("late_report 0", "delay")],
)
def test_a_machines_mail_is_kept_beside_the_notice_and_asks_nobody(name, kind):
    notice = sent()
    came(named(replace(asked_of(notice)), name))
    (found,) = replies(notice.case)
    assert found.kind == kind
    with acting_as(owner(notice.case)):
        assert not CaseTask.objects.filter(kind="reply_read").exists()
        assert Notice.objects.get(pk=notice.pk).state == NoticeState.SENT
        assert NoticeClock.objects.get(notice=notice).state == ClockState.RUNNING


def test_a_bounce_of_the_notice_ends_its_clock_because_nothing_was_received():
    notice = sent()
    with acting_as(MAILBOX):
        Notice.objects.filter(pk=notice.pk).update(version=1)
    came(named(replace(asked_of(notice), platform=notice.recipient or "help@vidnest.example"), "bounce postfix 0"))
    with acting_as(owner(notice.case)):
        now = Notice.objects.get(pk=notice.pk)
        task = CaseTask.objects.open().get(kind="notice_bounced")
        assert (now.state, task.subject_id) == (NoticeState.BOUNCED, notice.pk)
        assert NoticeClock.objects.get(notice=notice).state == ClockState.STOPPED


def test_a_bounce_about_somebody_else_leaves_the_notice_as_it_is():
    notice = sent()
    assert notice.recipient
    came(named(replace(asked_of(notice), platform="a-colleague@elsewhere.example"), "bounce postfix 0"))
    with acting_as(owner(notice.case)):
        assert Notice.objects.get(pk=notice.pk).state == NoticeState.SENT
        assert CaseTask.objects.open().filter(kind="reply_read").exists(), "somebody reads it all the same"


def test_the_same_mail_fetched_twice_is_kept_once():
    notice = sent()
    raw = answer(notice)
    came(raw)
    assert mail_filing.keep(raw, at=LATER) is None
    assert len(replies(notice.case)) == 1


def test_a_worker_that_dies_after_the_exhibits_files_the_mail_once():
    notice = sent()
    row = mail_filing.keep(answer(notice), at=LATER)
    mail_filing.sort(fresh(row), at=LATER)
    kept = fresh(row)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mail_filing.reply, "file", _die)
        with pytest.raises(KeyboardInterrupt):
            mail_filing.file(kept, at=LATER)
    assert fresh(row).state == IncomingState.MATCHED
    mail_filing.work(at=LATER)
    with acting_as(owner(notice.case)):
        assert Exhibit.objects.filter(case=notice.case).count() == 1
    assert len(replies(notice.case)) == 1


def _die(**_: object) -> None:
    raise KeyboardInterrupt


def test_a_mail_that_names_two_notices_waits_for_a_person():
    first, second = sent(), sent(link="http://vidnest.localhost:8100/v/two")
    row = came(answer(first, **{"In-Reply-To": second.message_id}))
    assert row.state == IncomingState.WAITING
    assert {one["notice"] for one in row.suggestions} == {str(first.pk), str(second.pk)}


def test_a_ticket_matches_only_where_the_platform_itself_wrote():
    notice = sent(ticket="VN-4711")
    host = notice.platform.domains[0]
    lines = {"To": "removals@casework.example", "Subject": "Ticket VN-4711"}
    stranger = came(mail(lines | {"From": "someone@elsewhere.example"}, "we removed it"))
    assert (stranger.state, stranger.suggestions[0]["notice"]) == (IncomingState.WAITING, str(notice.pk))
    own = came(mail(lines | {"From": f"help@{host}"}, "we removed it"))
    assert own.state == IncomingState.FILED
    assert replies(notice.case)[0].matched_by == MatchedBy.TICKET


def test_a_notice_that_never_left_takes_no_mail():
    case = make_case()
    draft = make_notice(case, make_links(case, "http://vidnest.localhost:8100/v/one"))
    row = came(answer(draft))
    assert (row.state, row.suggestions[0]["notice"]) == (IncomingState.WAITING, str(draft.pk))


def test_attachments_are_taken_in_by_the_rules_of_every_upload():
    notice = sent()
    came(named(asked_of(notice), "carries path as name"))
    came(named(asked_of(notice), "carries winmail"))
    files = {one["name"]: one for reply_ in replies(notice.case) for one in reply_.files}
    assert "exhibit" in files["../../etc/passwd"]
    assert files["winmail.dat"]["refused"]
    with acting_as(owner(notice.case)):
        names = {one.file_name for one in Exhibit.objects.filter(case=notice.case)}
        assert "passwd" in names, "the last part of a path alone"
        assert Event.objects.filter(case=notice.case, kind="evidence.file_refused").count() == 1


def test_a_case_that_takes_no_files_leaves_the_mail_with_a_person():
    notice = sent()
    with acting_as(owner(notice.case)) as actor:
        case_actions.answer_age(case_id=notice.case_id, answer=AgeAnswer.UNDER_18, said_by="client", by=actor, at=NOON)
    row = came(answer(notice))
    assert (row.state, "locked" in row.trouble) == (IncomingState.WAITING, True)
    assert replies(notice.case) == []


def test_a_file_that_is_no_mail_waits_as_it_came():
    row = came(b"\x89PNG\r\n\x1a\n" + bytes(100))
    assert (row.state, row.kind, "no_mail" in row.trouble) == (IncomingState.WAITING, "", True)
    assert mail_filing.raw_of(row).startswith(b"\x89PNG")


@pytest.mark.parametrize("raw", [b"", b"x" * 100])
def test_what_is_empty_or_too_large_is_refused_in_words(raw, monkeypatch):
    monkeypatch.setattr(mail_filing, "LARGEST", 50)
    with pytest.raises(mail_filing.NotKept, match=r"empty|too_large"):
        mail_filing.keep(raw, at=LATER)


def test_while_no_sandbox_can_be_made_a_mail_waits_unread(monkeypatch):
    def away(*_: object, **__: object) -> None:
        raise sandbox.Unavailable("no bwrap")

    monkeypatch.setattr(mail_reading.sandbox, "python", away)
    row = mail_filing.keep(answer(sent()), at=LATER)
    for _try in range(20):
        assert mail_filing.work(at=LATER) == 0
    assert (fresh(row).state, fresh(row).tries) == (IncomingState.NEW, 0), "it is not counted as a failure of the mail"


def test_a_store_that_fails_again_and_again_brings_a_person_in(monkeypatch):
    row = mail_filing.keep(answer(sent()), at=LATER)

    def broken(_mail: IncomingMail, **_: object) -> bytes:
        raise OSError

    monkeypatch.setattr(mail_filing, "raw_of", broken)
    for _try in range(actions.MOST_TRIES):
        mail_filing.work(at=LATER)
    assert (fresh(row).state, "several tries" in fresh(row).trouble) == (IncomingState.WAITING, True)


def test_a_person_chooses_the_notice_of_a_mail_and_the_worker_files_it():
    notice = sent()
    row = came(mail({"From": "x@elsewhere.example", "To": "removals@casework.example"}, "about your request"))
    assert row.state == IncomingState.WAITING
    with acting_as(owner(notice.case)) as actor:
        actions.choose(mail_id=row.pk, notice_id=notice.pk, by=actor, at=LATER)
    mail_filing.work(at=LATER)
    assert replies(notice.case)[0].matched_by == MatchedBy.PERSON
    with acting_as(MAILBOX), pytest.raises(IllegalMove, match="already"):
        actions.choose(mail_id=row.pk, notice_id=notice.pk, by=MAILBOX, at=LATER)


def test_reading_the_last_reply_ends_the_task():
    notice = sent()
    came(answer(notice, "one"))
    came(answer(notice, "two"))
    first, second = replies(notice.case)
    with acting_as(owner(notice.case)) as actor:
        reply.mark_read(reply_id=first.pk, by=actor, at=LATER)
        assert CaseTask.objects.open().filter(kind="reply_read").exists()
        reply.mark_read(reply_id=second.pk, by=actor, at=LATER)
        assert not CaseTask.objects.open().filter(kind="reply_read").exists()
        assert Event.objects.filter(case=notice.case, kind=TakedownEvent.REPLY_READ).count() == 2
    assert replies(notice.case)[0].read_by_id == notice.case.owner_id


def test_a_mail_to_a_closed_case_is_not_lost():
    notice = sent()
    with acting_as(MAILBOX):
        Case.objects.filter(pk=notice.case_id).update(state=CaseState.CLOSED, closed_at=NOON)
    row = came(answer(notice))
    assert (row.state, "closed" in row.trouble) == (IncomingState.WAITING, True)
    assert row.suggested_cases == [notice.case_id]


def test_the_whole_box_is_matched_trayed_or_refused_as_labelled(tmp_path):
    """Reading, deciding and matching alone; that a matched mail is filed is shown above."""
    notices = [sent(ticket=f"PX-20261103-{n}0", link=f"http://vidnest.localhost:8100/v/n{n}") for n in range(3)]
    box = mailbox([asked_of(notice, n) for n, notice in enumerate(notices)])
    wrong: dict[str, object] = {}
    with acting_as(MAILBOX):
        for one in box:
            if one.kind is None:
                continue
            found = mail_matching.find(read_by_tool(one.raw, tmp_path), reply_domain=settings.REPLY_DOMAIN)
            expected = notices[one.about].pk if one.about is not None else None
            if (found.notice and found.notice.pk) != expected:
                wrong[one.name] = found.why
    assert wrong == {}


def test_a_mailbox_of_many_kinds_is_handled_and_none_is_answered():
    notice = sent(ticket="PX-20261103-00")
    box = [one for place, one in enumerate(mailbox([asked_of(notice)])) if place % 40 == 0 and one.raw]
    for one in box:
        mail_filing.keep(one.raw, at=LATER)
    mail_filing.work(at=LATER)
    with acting_as(MAILBOX):
        states = {row.state for row in IncomingMail.objects.all()}
        assert states <= {IncomingState.FILED, IncomingState.WAITING, IncomingState.SET_ASIDE}
        assert IncomingMail.objects.count() == len(box), "nothing is lost"
        assert not Effect.objects.exists(), "no answer, no receipt, nothing leaves by itself"
    assert outgoing.outbox == []
