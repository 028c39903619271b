"""The check of the record: whole when it is whole, and naming the first place where it is not."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command

from cases import timestamps
from cases.access import acting_as
from cases.actions import stamp as stamp_actions
from cases.actions.anchor import make_anchors, message_of
from cases.actor import Actor
from cases.ledger import record
from cases.models import Anchor, Case, Effect
from cases.record_check import check_case, check_record
from tests.conftest import NOON
from tests.factories.cases import make_case
from tests.factories.forger import (
    forging,
    last_of,
    rewrite_anchors,
    rewrite_hashes,
    rewrite_tail,
    written_days_ago,
)
from tests.factories.tsa import Authority

pytestmark = pytest.mark.usefixtures("as_worker")
SYSTEM = Actor.system("test")
SAID_OTHER = "what it says is not what was committed to"


@pytest.fixture
def case() -> Case:
    made = make_case()
    with acting_as(SYSTEM):
        for number in range(6):
            record("cases.note_written", case=made, by=SYSTEM, at=NOON + timedelta(hours=number), number=number)
        record("cases.signed_in", case=None, by=SYSTEM, at=NOON)
    return made


@pytest.fixture
def forger() -> Iterator[psycopg.Connection]:
    with forging() as cluster:
        yield cluster


def test_a_record_that_nobody_touched_is_whole(case: Case) -> None:
    out = StringIO()
    call_command("verify_record", stdout=out)
    checked = check_record()
    assert checked.fault is None
    assert f"{checked.events} events in 2 chains" in out.getvalue()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("sealed", "sealed || '\\x00'::bytea"),
        ("at", "at + interval '1 microsecond'"),
        ("recorded_at", "recorded_at + interval '1 second'"),
        ("actor_id", "'somebody else'"),
        ("actor_kind", "'client'"),
        ("kind", "'cases.note_removed'"),
        ("subject", "'cases_case:x'"),
        ("commitments", "commitments || ' '"),
        ("prev", "decode(repeat('00', 32), 'hex')"),
        ("hash", "decode(repeat('00', 32), 'hex')"),
        ("case_id", "null"),
    ],
)
def test_a_forged_value_of_one_event_is_found_and_named(
    case: Case, forger: psycopg.Connection, column: str, value: str
) -> None:
    forger.execute(f"update cases_event set {column} = {value} where chain = %s and seq = 4", [case.pk])
    checked = check_record()
    assert checked.fault is not None
    assert checked.fault.where == f"chain {case.pk}, event 4"
    with pytest.raises(CommandError, match=f"chain {case.pk}, event 4"):
        call_command("verify_record")


def test_an_event_that_was_taken_out_leaves_a_gap(case: Case, forger: psycopg.Connection) -> None:
    forger.execute("delete from cases_event where chain = %s and seq = 3", [case.pk])
    fault = check_record().fault
    assert fault is not None
    assert (fault.where, fault.what) == (f"chain {case.pk}, event 4", "number 3 is missing")


def test_events_that_were_swapped_are_found(case: Case, forger: psycopg.Connection) -> None:
    for old, new in ((3, 99), (4, 3), (99, 4)):
        forger.execute("update cases_event set seq = %s where chain = %s and seq = %s", [new, case.pk, old])
    assert str(check_record().fault).startswith(f"chain {case.pk}, event 3")


def test_a_hash_that_was_made_again_over_a_forged_event_breaks_the_next_one(
    case: Case, forger: psycopg.Connection
) -> None:
    forger.execute("update cases_event set kind = 'x' where chain = %s and seq = 4", [case.pk])
    forger.execute("update cases_event e set hash = recourse_event_hash(e) where chain = %s and seq = 4", [case.pk])
    assert str(check_record().fault) == f"chain {case.pk}, event 5: it does not follow the event before it"


@pytest.fixture
def anchored(case: Case, forger: psycopg.Connection) -> Case:
    """A case whose record is a week old, with an anchor of every day since."""
    written_days_ago(forger, 7)
    with acting_as(SYSTEM):
        make_anchors(by=SYSTEM, at=datetime.now(UTC))
    checked = check_record()
    assert checked.fault is None
    assert checked.anchors >= 6
    return case


def test_a_chain_that_was_cut_at_its_end_is_found_by_the_anchor(anchored: Case, forger: psycopg.Connection) -> None:
    last = last_of(anchored, forger)
    forger.execute("delete from cases_event where chain = %s and seq = %s", [anchored.pk, last])
    fault = check_record().fault
    assert fault is not None
    assert fault.where.startswith("anchor of ")
    assert "another number" in fault.what


def test_a_chain_that_was_written_anew_to_its_end_is_found_by_the_anchor(
    anchored: Case, forger: psycopg.Connection
) -> None:
    last = last_of(anchored, forger)
    forger.execute("update cases_event set kind = 'x' where chain = %s and seq = %s", [anchored.pk, last])
    forger.execute(
        "update cases_event e set hash = recourse_event_hash(e) where chain = %s and seq = %s", [anchored.pk, last]
    )
    assert "the chains do not end where it says" in str(check_record().fault)


def test_an_anchor_that_was_taken_out_breaks_the_next_one(anchored: Case, forger: psycopg.Connection) -> None:
    first = Anchor.objects.order_by("day")[0]
    forger.execute("delete from cases_anchor where day = %s", [first.day])
    assert "does not follow the anchor before it" in str(check_record().fault)


def test_the_newest_anchor_cannot_be_changed_by_itself(anchored: Case, forger: psycopg.Connection) -> None:
    newest = Anchor.objects.order_by("-day")[0]
    forger.execute("update cases_anchor set hash = %s where id = %s", [b"x" * 32, newest.pk])
    assert str(check_record().fault) == f"anchor of {newest.day}: the chains do not end where it says"


def test_a_rewritten_tail_is_not_found_by_the_chain_and_is_found_by_the_anchor(
    anchored: Case, forger: psycopg.Connection
) -> None:
    rewrite_tail(forger, anchored, 3)
    fault = check_record().fault
    assert fault is not None
    assert fault.where.startswith("anchor of ")
    assert fault.what == "the chains do not end where it says"


def test_a_tail_rewritten_together_with_all_anchors_is_found_by_the_anchors_kept_outside(
    anchored: Case, forger: psycopg.Connection, tmp_path: Path
) -> None:
    call_command("export_anchors", str(tmp_path), stdout=StringIO())
    outside = str(tmp_path / "anchors.txt")
    out = StringIO()
    call_command("verify_record", anchors=outside, stdout=out)
    assert "kept outside are in it, unchanged" in out.getvalue()
    rewrite_tail(forger, anchored, 3)
    rewrite_anchors(forger)
    assert check_record().fault is None, "the database alone looks whole"
    first = Anchor.objects.order_by("day")[0].day
    with pytest.raises(CommandError, match=rf"anchor of {first}: .*kept outside") as refusal:
        call_command("verify_record", anchors=outside)
    assert refusal.value.returncode == 1


def test_a_tail_rewritten_together_with_all_anchors_is_found_by_a_mail_to_a_trustee(
    case: Case, forger: psycopg.Connection, tmp_path: Path, settings
) -> None:
    settings.TRUSTEES = ("one@trust.example",)
    written_days_ago(forger, 3)
    with acting_as(SYSTEM):
        make_anchors(by=SYSTEM, at=datetime.now(UTC))
        mail = Effect.objects.get(kind="staff.mail").payload["text"]
    kept = tmp_path / "mail.txt"
    kept.write_text("> " + mail.replace("\n", "\n> "))
    rewrite_tail(forger, case, 3)
    rewrite_anchors(forger)
    with pytest.raises(CommandError, match="kept outside"):
        call_command("verify_record", anchors=str(kept))


def test_anchors_that_were_all_taken_out_are_missed_by_who_kept_them(
    anchored: Case, forger: psycopg.Connection, tmp_path: Path
) -> None:
    call_command("export_anchors", str(tmp_path), stdout=StringIO())
    forger.execute("delete from cases_anchor")
    assert check_record().fault is None
    with pytest.raises(CommandError, match="kept outside and is not in the record"):
        call_command("verify_record", anchors=str(tmp_path / "anchors.txt"))


@pytest.fixture
def stamped(anchored: Case, tmp_path: Path, settings) -> Case:
    """Every anchor of the case's record bears the stamp of an authority."""
    authority = Authority(tmp_path / "tsa")
    settings.TSA_URLS = ("http://tsa.localhost:1/",)
    settings.TSA_ROOTS = authority.roots
    for anchor in Anchor.objects.all():
        query = timestamps.make_query(message_of(bytes(anchor.prev), bytes(anchor.heads_hash)))
        now = datetime.now(UTC)
        with acting_as(SYSTEM):
            kept = stamp_actions.keep(
                anchor=anchor, authority="tsa", query=query, reply=authority.reply(query.der), by=SYSTEM, at=now
            )
            when = timestamps.read(
                bytes(kept.reply),
                message=message_of(bytes(anchor.prev), bytes(anchor.heads_hash)),
                nonce=query.nonce,
                query=query.der,
                trusted=timestamps.roots(authority.roots),
            )
            stamp_actions.judge(stamp_id=kept.pk, stamped_at=when, error="", by=SYSTEM, at=now)
    assert check_record().stamps == Anchor.objects.count()
    return anchored


def test_a_tail_rewritten_together_with_all_anchors_is_found_by_the_stamps(
    stamped: Case, forger: psycopg.Connection
) -> None:
    rewrite_tail(forger, stamped, 3)
    rewrite_anchors(forger)
    fault = check_record().fault
    assert fault is not None
    assert fault.where.startswith(f"stamp of {Anchor.objects.order_by('day')[0].day} by tsa")
    assert "does not hold for this anchor" in fault.what


def test_the_time_beside_a_stamp_cannot_be_set_back(stamped: Case, forger: psycopg.Connection) -> None:
    forger.execute("update cases_anchorstamp set stamped_at = stamped_at - interval '2 days'")
    assert "its time is not the one" in str(check_record().fault)


def test_stamps_that_are_missing_or_late_are_told_without_calling_the_record_broken(
    stamped: Case, forger: psycopg.Connection
) -> None:
    newest = Anchor.objects.order_by("-day")[0]
    forger.execute("delete from cases_anchorstamp where anchor_id = %s", [newest.pk])
    checked = check_record()
    assert checked.fault is None
    assert any("have no stamp" in note and str(newest.day) in note for note in checked.notes)
    assert any("days late" in note for note in checked.notes)


def test_stamps_are_not_called_good_where_no_root_is_trusted(stamped: Case, settings, tmp_path: Path) -> None:
    settings.TSA_ROOTS = tmp_path / "nothing"
    checked = check_record()
    assert checked.stamps == 0
    assert any("no root certificate" in note for note in checked.notes)


def test_what_an_event_says_cannot_be_swapped_even_with_a_new_tail(case: Case, forger: psycopg.Connection) -> None:
    """Commitments of one event put in the place of another's, and all hashes made anew: the seal does not fit."""
    forger.execute(
        """update cases_event set commitments = (
             select o.commitments from cases_event o where o.chain = %(chain)s and o.seq = 4)
           where chain = %(chain)s and seq = 3""",
        {"chain": case.pk},
    )
    rewrite_hashes(forger, case)
    assert str(check_record().fault) == f"chain {case.pk}, event 3: {SAID_OTHER}"


def test_a_commitment_to_something_that_is_not_said_is_found(case: Case, forger: psycopg.Connection) -> None:
    """As when a value is taken out of what an event says, and its commitment left."""
    more = f'"zzz":"{"0" * 64}"}}'
    forger.execute(
        "update cases_event set commitments = rtrim(commitments, '}') || ',' || %s where chain = %s and seq = 4",
        [more, case.pk],
    )
    rewrite_hashes(forger, case)
    assert "more or less than what was committed to" in str(check_record().fault)


def test_a_sealed_body_moved_to_another_event_does_not_open(case: Case, forger: psycopg.Connection) -> None:
    forger.execute(
        """update cases_event set (sealed, commitments) = (
             select o.sealed, o.commitments from cases_event o where o.chain = %(chain)s and o.seq = 4)
           where chain = %(chain)s and seq = 3""",
        {"chain": case.pk},
    )
    rewrite_hashes(forger, case)
    assert "does not open with its case's key" in str(check_record().fault)


def test_an_event_moved_into_another_case_is_found(case: Case, forger: psycopg.Connection) -> None:
    other = make_case()
    last = last_of(other, forger)
    forger.execute(
        "update cases_event set chain = %s, case_id = %s, seq = %s where chain = %s and seq = %s",
        [other.pk, other.pk, last + 1, case.pk, last_of(case, forger)],
    )
    rewrite_hashes(forger, other)
    assert (
        str(check_record().fault)
        == f"chain {other.pk}, event {last + 1}: what it says does not open with its case's key"
    )


def test_an_event_that_names_another_case_than_its_chain_is_found(case: Case, forger: psycopg.Connection) -> None:
    other = make_case()
    forger.execute("update cases_event set case_id = %s where chain = %s and seq = 3", [other.pk, case.pk])
    rewrite_hashes(forger, case)
    assert str(check_record().fault) == f"chain {case.pk}, event 3: it belongs to another case than its chain"


def test_a_format_that_nobody_knows_is_found(case: Case, forger: psycopg.Connection) -> None:
    forger.execute("update cases_event set format_version = 2 where chain = %s and seq = 2", [case.pk])
    assert "its format is not known" in str(check_record().fault)


def test_events_of_a_case_whose_key_is_gone_hold_their_place_and_are_counted(
    case: Case, forger: psycopg.Connection
) -> None:
    forger.execute("delete from cases_casekey where case_id = %s", [case.pk])
    checked = check_record()
    assert checked.fault is None
    assert checked.unreadable == last_of(case, forger)


def test_one_case_is_checked_by_its_reference_and_told_up_to_where_it_is_anchored(
    anchored: Case, forger: psycopg.Connection
) -> None:
    upto = last_of(anchored, forger)
    with acting_as(SYSTEM):
        record("cases.note_written", case=anchored, by=SYSTEM, at=NOON)
    out = StringIO()
    call_command("verify_record", case=anchored.reference, stdout=out)
    newest = Anchor.objects.order_by("-day")[0].day
    assert f"{upto + 1} events" in out.getvalue()
    assert f"The anchor of {newest} covers it up to event {upto}" in out.getvalue()


def test_one_case_with_a_rewritten_tail_is_found_without_walking_the_others(
    anchored: Case, forger: psycopg.Connection
) -> None:
    rewrite_tail(forger, anchored, 3)
    assert "do not end where it says" in str(check_case(anchored).fault)


def test_one_case_with_a_forged_event_is_found(case: Case, forger: psycopg.Connection) -> None:
    forger.execute("update cases_event set kind = 'x' where chain = %s and seq = 2", [case.pk])
    with pytest.raises(CommandError, match="event 2: its contents do not give its hash") as refusal:
        call_command("verify_record", case=case.reference)
    assert refusal.value.returncode == 1


@pytest.mark.parametrize("options", [{"case": "C-1"}, {"anchors": "/nowhere/anchors.txt"}], ids=["case", "file"])
def test_what_cannot_be_checked_is_not_called_broken(case: Case, options: dict[str, str]) -> None:
    with pytest.raises(CommandError) as refusal:
        call_command("verify_record", **options)
    assert refusal.value.returncode == 2


def test_a_file_that_contradicts_itself_or_holds_nothing_is_refused(case: Case, tmp_path: Path) -> None:
    kept = tmp_path / "kept.txt"
    for text in ("nothing here", f"2026-11-20 {'a' * 64}\n2026-11-20 {'b' * 64}\n"):
        kept.write_text(text)
        with pytest.raises(CommandError, match="cannot be used") as refusal:
            call_command("verify_record", anchors=str(kept))
        assert refusal.value.returncode == 2


@pytest.mark.django_db
def test_a_login_that_sees_no_event_does_not_call_the_record_whole() -> None:
    from tests.conftest import logged_in_as

    with logged_in_as("web"), pytest.raises(CommandError, match="does not see every event"):
        call_command("verify_record")
