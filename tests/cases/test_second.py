"""Small teams: a trustee by link and voice, or 24 hours in which anybody says stop. Two always where it matters."""

import re
import threading
from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection
from django.test import override_settings

from cases.access import acting_as
from cases.actions import approval as actions
from cases.actions import second
from cases.actor import Actor
from cases.approvals import RULES, TRUSTEE_TRIES
from cases.models import (
    Approval,
    ApprovalKind,
    ApprovalState,
    ApprovalVia,
    Effect,
    Note,
    TrusteeAnswer,
    TrusteeLink,
)
from cases.permissions import Role
from cases.states import IllegalMove
from cases.tasks import sweep_approvals
from tests.cases.test_approval import ask, join
from tests.conftest import NOON, logged_in_as
from tests.factories.browsers import anyone, press
from tests.factories.cases import make_case, make_staff

TRUSTEE = "trustee@board.example"
pytestmark = [pytest.mark.django_db(transaction=True)]
DAY = timedelta(hours=24)


@pytest.fixture(autouse=True)
def _house():
    """A house with one trustee, in which a yes writes a note."""
    with override_settings(APPROVALS=("tests.cases.test_approval.DOES",), TRUSTEES=(TRUSTEE,)):
        yield


def small_team():
    """Return a case and its supervisor; there is one more colleague, who may not grant."""
    case = make_case()
    asker = make_staff(roles=[Role.SUPERVISOR], name="Sam")
    join(case, asker)
    return case, asker


def ask_trustee(row, who, *, trustee=TRUSTEE, at=NOON):
    with acting_as(Actor.user(who)) as by:
        return second.ask_trustee(approval_id=row.pk, trustee=trustee, by=by, at=at)


def announce(row, who, *, at=NOON):
    with acting_as(Actor.user(who)) as by:
        return second.announce(approval_id=row.pk, by=by, at=at)


def mails():
    with logged_in_as("worker"), acting_as(Actor.system("test")):
        return [effect.payload for effect in Effect.objects.filter(kind="staff.reminder").order_by("created_at")]


def link_of(mail):
    return re.search(r"/trustee/(\S+)", mail["text"]).group(1)


def work(monkeypatch=None, *, at=None):
    """Let the worker carry out what is due."""
    with logged_in_as("worker"):
        return sweep_approvals()


def carry_out(row, *, at):
    with logged_in_as("worker"), acting_as(Actor.system("approvals")) as by:
        return second.carry_out_delay(approval_id=row.pk, by=by, at=at)


def state_of(row, who):
    with acting_as(Actor.user(who)):
        return Approval.objects.get(pk=row.pk)


def notes(case):
    with acting_as(Actor.user(case.owner)):
        return Note.objects.filter(case=case).count()


def test_a_trustee_says_yes_with_the_code_and_the_worker_does_it():
    case, asker = small_team()
    row = ask(case, asker)
    told = ask_trustee(row, asker)
    (mail,) = mails()
    assert mail["to"] == TRUSTEE
    assert told.code not in mail["text"]
    assert case.reference not in mail["text"]
    assert case.alias not in mail["text"]
    second.answer(token=link_of(mail), code=told.code, says=TrusteeAnswer.GRANT, at=NOON)
    assert notes(case) == 0, "the page itself does nothing: a worker does"
    assert work() == 1
    fresh = state_of(row, asker)
    assert (fresh.state, fresh.via, fresh.decided_by) == (ApprovalState.GRANTED, ApprovalVia.TRUSTEE, None)
    assert notes(case) == 1
    assert work() == 0


def test_a_trustees_no_ends_it():
    case, asker = small_team()
    row = ask(case, asker)
    told = ask_trustee(row, asker)
    second.answer(token=link_of(mails()[0]), code=told.code, says=TrusteeAnswer.REFUSE, at=NOON)
    work()
    assert state_of(row, asker).state == ApprovalState.REFUSED
    assert notes(case) == 0


def test_the_link_alone_and_five_wrong_codes_open_nothing():
    case, asker = small_team()
    told = ask_trustee(ask(case, asker), asker)
    token = link_of(mails()[0])
    wrong = f"{(int(told.code) + 1) % 1_000_000:06}"
    for left in (4, 3, 2, 1, 0):
        with pytest.raises(second.WrongCode) as refusal:
            second.answer(token=token, code=wrong, says=TrusteeAnswer.GRANT, at=NOON)
        assert refusal.value.left == left
    assert second.opened_by(token=token, at=NOON) is None, "not even the page opens any more"
    with pytest.raises(second.NotUsable):
        second.answer(token=token, code=told.code, says=TrusteeAnswer.GRANT, at=NOON)
    assert work() == 0


def test_a_try_beyond_the_fifth_counts_for_nothing_even_with_the_right_code():
    case, asker = small_team()
    told = ask_trustee(ask(case, asker), asker)
    token = link_of(mails()[0])
    # As another page that tried at the same moment left it: counted, and not ended yet.
    with logged_in_as("owner"):
        TrusteeLink.objects.update(wrong_tries=TRUSTEE_TRIES)
    with pytest.raises(second.NotUsable):
        second.answer(token=token, code=told.code, says=TrusteeAnswer.GRANT, at=NOON)


def test_of_two_answers_at_once_one_counts():
    case, asker = small_team()
    told = ask_trustee(ask(case, asker), asker)
    token = link_of(mails()[0])
    gate, said = threading.Barrier(2, timeout=10), []

    def press_it(says):
        try:
            gate.wait()
            second.answer(token=token, code=told.code, says=says, at=NOON)
            said.append("taken")
        except second.NotUsable:
            said.append("too late")
        finally:
            connection.close()

    threads = [threading.Thread(target=press_it, args=[says]) for says in (TrusteeAnswer.GRANT, TrusteeAnswer.REFUSE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(said) == ["taken", "too late"]


def test_a_colleagues_yes_ends_the_trustees_link():
    case, asker = small_team()
    row = ask(case, asker)
    told = ask_trustee(row, asker)
    token = link_of(mails()[0])
    colleague = make_staff(roles=[Role.SUPERVISOR], name="Bo")
    join(case, colleague)
    with acting_as(Actor.user(colleague)) as by:
        assert actions.grant(approval_id=row.pk, by=by, at=NOON).state == ApprovalState.GRANTED
    with pytest.raises(second.NotUsable):
        second.answer(token=token, code=told.code, says=TrusteeAnswer.REFUSE, at=NOON)
    assert not TrusteeLink.objects.usable(at=NOON).exists()


def test_a_link_works_once_for_72_hours_and_only_the_newest():
    case, asker = small_team()
    row = ask(case, asker)
    first = ask_trustee(row, asker)
    again = ask_trustee(row, asker, at=NOON + timedelta(minutes=1))
    old, new = [link_of(mail) for mail in mails()]
    with pytest.raises(second.NotUsable):
        second.answer(token=old, code=first.code, says=TrusteeAnswer.GRANT, at=NOON)
    late = NOON + timedelta(hours=72, minutes=1)
    with pytest.raises(second.NotUsable):
        second.answer(token=new, code=again.code, says=TrusteeAnswer.GRANT, at=late)
    second.answer(token=new, code=again.code, says=TrusteeAnswer.GRANT, at=late - timedelta(minutes=2))
    with pytest.raises(second.NotUsable):
        second.answer(token=new, code=again.code, says=TrusteeAnswer.REFUSE, at=NOON)


def test_neither_link_nor_code_nor_address_lies_in_the_clear():
    case, asker = small_team()
    told = ask_trustee(ask(case, asker), asker)
    token = link_of(mails()[0])
    row = TrusteeLink.objects.values_list().get()
    assert not any(text in str(value) for value in row for text in (token, told.code, TRUSTEE))


def test_nobody_of_the_staff_is_a_trustee():
    case, asker = small_team()
    row = ask(case, asker)
    with override_settings(TRUSTEES=(asker.email.upper(), TRUSTEE)):
        assert second.trustees() == [TRUSTEE]
        with pytest.raises(IllegalMove, match="one of the trustees"):
            ask_trustee(row, asker, trustee=asker.email.upper())


def test_only_the_asker_chooses_what_stands_in_for_a_colleague():
    case, asker = small_team()
    row = ask(case, asker)
    with pytest.raises(IllegalMove, match="Only the person who asked"):
        ask_trustee(row, case.owner)
    with pytest.raises(IllegalMove, match="Only the person who asked"):
        announce(row, case.owner)


def test_from_three_people_on_a_colleague_decides():
    case, asker = small_team()
    row = ask(case, asker)
    make_staff(roles=[Role.ADMINISTRATOR])
    assert actions.team_size() == 2
    make_staff(roles=[Role.TRAINEE])
    for choose in (ask_trustee, announce):
        with pytest.raises(IllegalMove, match="a colleague decides"):
            choose(row, asker)


def test_a_team_that_grew_meanwhile_decides_by_a_colleague_after_all():
    case, asker = small_team()
    row = announce(ask(case, asker), asker)
    make_staff()
    carry_out(row, at=NOON + DAY)
    fresh = state_of(row, asker)
    assert (fresh.state, fresh.via, fresh.ready_at) == (ApprovalState.WAITING, ApprovalVia.PERSON, None)
    assert notes(case) == 0


def test_an_asker_who_left_gets_nothing_done():
    case, asker = small_team()
    row = announce(ask(case, asker), asker)
    asker.is_active = False
    asker.save(update_fields=["is_active"])
    assert carry_out(row, at=NOON + DAY).state == ApprovalState.REFUSED
    assert notes(case) == 0


def test_after_24_hours_and_not_a_second_before_it_is_done():
    case, asker = small_team()
    row = announce(ask(case, asker), asker)
    assert carry_out(row, at=NOON + DAY - timedelta(seconds=1)) is None
    assert notes(case) == 0
    assert carry_out(row, at=NOON + DAY).state == ApprovalState.GRANTED
    assert notes(case) == 1
    assert carry_out(row, at=NOON + DAY) is None


def test_everybody_else_is_told_by_mail_without_a_word_of_the_case():
    case, asker = small_team()
    announce(ask(case, asker), asker)
    (mail,) = mails()
    assert mail["to"] == case.owner.email
    assert "Sam asked for: Lift a legal hold" in mail["text"]
    assert case.reference not in mail["text"] + mail["subject"]
    assert "court" not in mail["text"]


def test_anybody_may_stop_it_without_seeing_the_case():
    case = make_case(owner=make_staff(roles=[Role.SUPERVISOR], name="Sam"))
    outsider = make_staff(name="Kit")
    row = announce(ask(case, case.owner), case.owner)
    with acting_as(Actor.user(outsider)) as by:
        seen = Approval.objects.visible_to(by).for_rows().get()
        assert seen.case is None or not seen.words()["reason"]
        actions.stop(approval_id=row.pk, why="The hearing is on Monday.", by=by, at=NOON)
    fresh = state_of(row, case.owner)
    assert (fresh.state, fresh.decided_by) == (ApprovalState.REFUSED, outsider)
    assert carry_out(row, at=NOON + DAY) is None
    assert notes(case) == 0


def test_an_outsider_may_stop_it_but_never_grant_it_whatever_the_code_forgot():
    case = make_case(owner=make_staff(roles=[Role.SUPERVISOR]))
    outsider = make_staff()
    row = announce(ask(case, case.owner), case.owner)
    with acting_as(Actor.user(outsider)) as by, pytest.raises(IllegalMove):
        actions.grant(approval_id=row.pk, by=by, at=NOON)
    with pytest.raises(ProgrammingError, match="row-level security"), acting_as(Actor.user(outsider)):
        Approval.objects.filter(pk=row.pk).update(state="granted", decided_by=outsider, decided_at=NOON)


@pytest.mark.parametrize("kind", [ApprovalKind.ERASURE, ApprovalKind.ORIGINAL_RELEASE, ApprovalKind.AGE_UNLOCK])
def test_erasure_originals_and_age_locks_never_go_ahead_by_themselves(kind):
    case, asker = small_team()
    row = ask(case, asker, kind=kind)
    with pytest.raises(IllegalMove, match="a colleague decides"):
        announce(row, asker)
    assert ask_trustee(row, asker).code, "a trustee is a second person"


def test_a_letter_is_read_by_a_colleague_or_not_sent():
    assert RULES[ApprovalKind.NOTICE_SEND].instead == frozenset()


def test_the_trustees_page_tells_no_content_and_takes_the_answer_once():
    case, asker = small_team()
    row = ask(case, asker, reason="Her lawyer wrote to us.")
    told = ask_trustee(row, asker)
    address = f"/trustee/{link_of(mails()[0])}"
    with override_settings(ALLOWED_HOSTS=["*"]):
        browser = anyone()
        # The page reads the clock of the day; the link is of the day of the tests.
        TrusteeLink.objects.update(expires_at=NOON + timedelta(days=36500))
        page = browser.get(address).content.decode()
        assert "Lift a legal hold" in page
        assert "Sam" in page
        assert case.reference not in page
        assert case.alias not in page
        assert "lawyer" not in page
        assert press(browser, address, says="grant", code="000 000").status_code in (404, 422)
        done = press(browser, address, says="grant", code=f"{told.code[:3]} {told.code[3:]}")
        assert "You said yes" in done.content.decode()
        assert browser.get(address).status_code == 404
        assert browser.get("/trustee/" + "x" * 43).status_code == 404
    assert work() == 1
    assert state_of(row, asker).via == ApprovalVia.TRUSTEE
