"""The fictional cases: one in every stage, with sign-ins that work and a record that is whole."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import override_settings

from cases.access import acting_as
from cases.actions import door
from cases.actor import Actor
from cases.models import (
    Approval,
    ApprovalKind,
    ApprovalState,
    Case,
    CaseTask,
    Contact,
    Event,
    Hold,
    Match,
    Membership,
    MembershipRole,
    Message,
    Party,
    RegisterEntry,
    RegisterState,
    SafeContact,
    Shift,
    TeamMember,
    User,
)
from cases.permissions import Role
from cases.states import AgeAnswer, CaseState
from config.demo import authority, files
from config.demo.client import DemoSite
from config.demo.people import CLIENTS, PASSWORD, PEOPLE, SHARE_SECRET, SHARE_TOKEN
from evidence.actions import share as share_actions
from evidence.actions.fingerprint import agreed
from evidence.capture.listing import lines
from evidence.models import (
    Assessment,
    Bundle,
    BundleStamp,
    BundleState,
    Capture,
    EvidenceKind,
    Exhibit,
    Share,
    SourceCheck,
    SyntheticClaim,
    Viewing,
)
from takedowns.models import ClockState, Notice, NoticeClock, ReportedUrl
from takedowns.states import LinkState, NoticeState
from tests.conftest import logged_in_as
from tests.factories.takedowns import load_platforms

READER = Actor.system("test")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoSite]:
    with DemoSite.start(tmp_path_factory.mktemp("demo"), hang=1.0) as running:
        yield running


@pytest.fixture(scope="module")
def told(django_db_setup: None, django_db_blocker: Any, site: DemoSite) -> Iterator[str]:
    """The demo told once, read by every test here as the worker; what the command printed."""
    as_in_the_demo = override_settings(
        DEMO_SITE=site.port,
        FETCH_LOOPBACK=tuple(site.fetch_allowance().split(",")),
        TSA_URLS=(site.stamps,),
        TSA_ROOTS=site.stamp_roots,
        TSA_LOOPBACK=frozenset({(authority.HOST, site.port)}),
    )
    with django_db_blocker.unblock(), logged_in_as("worker"), as_in_the_demo:
        load_platforms()
        yield tell()
        call_command("flush", verbosity=0, interactive=False, inhibit_post_migrate=True)


def tell() -> str:
    """Run the command; return what it printed."""
    out = StringIO()
    call_command("demo", stdout=out)
    return out.getvalue()


def case_of(alias: str) -> Case:
    return Case.objects.get(alias=alias)


def states_of(alias: str) -> list[str]:
    return sorted(ReportedUrl.objects.filter(case__alias=alias).values_list("state", flat=True))


def kinds_of(alias: str) -> set[str]:
    return set(CaseTask.objects.open().filter(case__alias=alias).values_list("kind", flat=True))


def test_every_stage_of_the_path_has_a_case(told):
    before = datetime.now(UTC)
    with acting_as(READER):
        quill, lantern = case_of("Quill"), case_of("Lantern")
        assert (quill.state, quill.age_answer) == (CaseState.INTAKE, AgeAnswer.NOT_ASKED)
        assert (lantern.state, lantern.reported_at) == (CaseState.INTAKE, None)
        assert lantern.report.sent_at is None
        assert {"who", "what"} <= set(lantern.report.answers)

        assert case_of("Heron").state == CaseState.ACTIVE
        assert CaseTask.objects.open().get(case__alias="Heron", kind="first_contact").due_at > before

        assert LinkState.STILL_UP in states_of("Maple")
        assert LinkState.CANNOT_TELL in states_of("Maple")
        assert {row.kind for row in Exhibit.objects.filter(case__alias="Maple")} == {"png", "jpeg", "mp4", "pdf"}

        clock = NoticeClock.objects.get(case__alias="Orchid", is_statutory=True)
        assert (clock.state, clock.hours) == (ClockState.RUNNING, 48)
        assert clock.due_at > before

        assert NoticeClock.objects.filter(case__alias="Basalt", state=ClockState.MISSED, is_statutory=True).exists()
        assert CaseTask.objects.late(at=before).filter(case__alias="Basalt", kind="notice_escalate").exists()

        assert states_of("Saffron").count(LinkState.BACK) == 1
        assert states_of("Saffron").count(LinkState.WATCHING) == 3
        assert "link_back" in kinds_of("Saffron")

        assert set(states_of("Juniper")) == {LinkState.WATCHING}
        assert Bundle.objects.get(case__alias="Juniper").state == BundleState.SEALED
        assert Share.objects.get(case__alias="Juniper").revoked_at is None

        assert case_of("Pebble").is_age_locked
        assert kinds_of("Pebble") == {"age_lock"}

        assert states_of("Kestrel") == []
        assert Exhibit.objects.filter(case__alias="Kestrel").exists()
        assert set(Case.objects.values_list("is_demo", flat=True)) == {True}


def test_evidence_is_told_and_what_a_program_does_waits_for_the_worker(told, site):
    with acting_as(READER):
        findings = [SyntheticClaim, SourceCheck, Assessment]
        assert [noun.objects.standing().get().case.alias for noun in findings] == ["Juniper"] * 3
        assert sorted(Viewing.objects.filter(case__alias="Maple").values_list("seconds", flat=True)) == [4, 5]
        asked = list(Capture.objects.under_way().filter(case__alias="Maple").order_by("requested_at"))
        assert [one.site for one in asked] == ["vidnest.localhost", "vidnest.localhost", "pixvault.localhost"]
        (twice, _once) = sorted(lines(asked), key=lambda line: line.site, reverse=True)
        assert len(twice.rows) == 2, "two captures of one page line up"
        assert "Maple" in agreed().values_list("alias", flat=True)
        assert Exhibit.objects.get(case__alias="Kestrel", kind="zip").evidence_kind == EvidenceKind.CHAT
        stamps = BundleStamp.objects.good().filter(bundle__case__alias="Juniper")
        assert {f"{authority.HOST}:{site.port}{authority.PATH}"} == set(stamps.values_list("authority", flat=True))
    assert b"moov" in files.film(number=1)


def test_the_house_around_the_cases_is_there_too(told):
    now = datetime.now(UTC)
    with acting_as(READER):
        assert {person.role for person in PEOPLE} == set(Role)
        in_teams = set(TeamMember.objects.values_list("user__email", flat=True))
        assert in_teams == {person.email for person in PEOPLE if person.role != Role.ADMINISTRATOR}
        assert TeamMember.objects.filter(team__name="Day team", is_supervisor=True).count() == 2
        assert Shift.objects.running(at=now).get().user.roles == [Role.CALL_TAKER]
        assert Contact.objects.filter(taken_by__roles__contains=[Role.CALL_TAKER]).exists()
        assert Match.objects.get().other_reference == case_of("Maple").reference

        emergency = Membership.objects.current().get(role=MembershipRole.EMERGENCY)
        assert (emergency.case.alias, bool(emergency.why)) == ("Orchid", True)
        assert "emergency_review" in kinds_of("Orchid")
        assert Hold.objects.standing(on=now.date()).get().case.alias == "Basalt"
        assert case_of("Clover").state == CaseState.CLOSED

        waiting = {row.kind: row for row in Approval.objects.filter(state=ApprovalState.WAITING)}
        assert set(waiting) == {ApprovalKind.NOTICE_SEND, ApprovalKind.ERASURE}
        assert waiting[ApprovalKind.NOTICE_SEND].asked_by.roles == [Role.TRAINEE]
        assert RegisterEntry.objects.get().state == RegisterState.OPEN


def test_nothing_is_late_but_what_the_stories_say(told):
    late = CaseTask.objects.late(at=datetime.now(UTC)).values_list("case__alias", "kind")
    with acting_as(READER):
        assert set(late) <= {("Basalt", "notice_escalate"), ("Pebble", "age_lock")}


def test_a_second_run_adds_nothing_and_tells_the_sign_ins_again(told):
    said = told
    with acting_as(READER):
        counts = [model.objects.count() for model in (Case, Event, User, Notice, Exhibit, Message)]
    assert tell() == said
    with acting_as(READER):
        assert [model.objects.count() for model in (Case, Event, User, Notice, Exhibit, Message)] == counts
    for person in PEOPLE:
        assert person.email in said
        assert person.seed in said


def test_the_sign_ins_that_are_told_let_in(told):
    now = datetime.now(UTC)
    for person in PEOPLE:
        user = User.objects.get(email=person.email)
        assert user.check_password(PASSWORD)
        assert user.roles == [person.role]
    for client in CLIENTS:
        assert door.try_code(code=client.code, pin=client.pin, source="127.0.0.1", at=now) is not None
    assert share_actions.enter(token=SHARE_TOKEN, secret=SHARE_SECRET, at=now).case_id is not None
    out = StringIO()
    call_command("demo_code", PEOPLE[0].email, stdout=out)
    assert re.fullmatch(r"\d{6}\n", out.getvalue())


def test_the_demo_site_answers_as_the_cases_say(told, site):
    answered = {(row["host"], row["path"]): row["behaviour"] for row in site.state()["links"]}
    with acting_as(READER):
        for url in ReportedUrl.objects.filter(state=LinkState.WATCHING):
            host, path = url.address.removeprefix("http://").split(f":{site.port}")
            assert answered[host, path] in {"not_found", "gone", "soft_404"}, url.address
        back = ReportedUrl.objects.get(state=LinkState.BACK)
        assert f":{site.port}/" in back.address
        assert site.fetch("comeback", back.address.rpartition(str(site.port))[2]).status == 200


def test_what_is_told_names_nobody_who_could_exist(told):
    """Addresses end in .example or .localhost, telephone numbers are from the ranges kept for films."""
    fictional = ("+353 20 911 ", "+49 30 23125 ", "+1 202 555 01", "+44 7700 900")
    with acting_as(READER):
        people = [*Party.objects.all(), *SafeContact.objects.all()]
        texts = [value for row in people for value in row.opened().values() if isinstance(value, str)]
        texts += [user.email for user in User.objects.exclude(email=None)]
        numbers = [text for text in texts if text.startswith("+")]
        mails = [text for text in texts if "@" in text]
        assert numbers
        assert all(number.startswith(fictional) for number in numbers)
        assert mails
        assert all(mail.endswith(".example") for mail in mails)
        assert all(".localhost:" in url.address for url in ReportedUrl.objects.all())


def test_the_record_of_the_demo_is_whole(told):
    call_command("verify_record", stdout=StringIO())
    with acting_as(READER):
        assert Notice.objects.filter(state=NoticeState.SENT).exists()
