"""What a house has beside its cases: teams, shifts, a letter that waits, an emergency, a hold, an end, a request."""

from datetime import datetime, timedelta

from cases.access import acting_as
from cases.actions import closing, contact, emergency, erasure, hold, membership, register_entry, shift, team
from cases.actions.register_entry import Told
from cases.actor import Actor
from cases.models import (
    Case,
    ErasureReason,
    MembershipRole,
    Outcome,
    Proceedings,
    RegisterKind,
    ShiftKind,
    Team,
)
from cases.retention import Afterwards
from config.demo.people import AMIRA, BILAL, INES, JONAS, SALMA, TOMAS, YUKI, Person
from config.demo.story import Story
from config.demo.story_notices import sign
from takedowns.actions import notice_approval
from takedowns.models import Means, Route


def teams(story: Story, at: datetime) -> None:
    """Make two teams of those who joined; both supervisors answer for the first, so that two can decide in it."""
    with acting_as(Actor.user(story.staff[INES])) as by:
        day = team.rename(team_id=Team.objects.get().pk, name="Day team", by=by, at=at)
        late = team.make(name="Evening team", by=by, at=at)
        _put_in(story, day, [SALMA, TOMAS, AMIRA, JONAS, YUKI], [SALMA, TOMAS], by=by, at=at)
        _put_in(story, late, [TOMAS, JONAS, BILAL], [TOMAS], by=by, at=at)


def _put_in(
    story: Story, into: Team, members: list[Person], supervisors: list[Person], *, by: Actor, at: datetime
) -> None:
    team.set_members(
        team_id=into.pk,
        members=[story.staff[person].pk for person in members],
        supervisors=[story.staff[person].pk for person in supervisors],
        by=by,
        at=at,
    )


def on_duty(story: Story) -> None:
    """Plan shifts; the call-taker's runs now, and the caller of their open contact has been here."""
    hour = story.now.replace(minute=0, second=0, microsecond=0)
    planned = (
        (BILAL, ShiftKind.DESK, -2, 6),
        (BILAL, ShiftKind.DESK, 22, 30),
        (AMIRA, ShiftKind.ON_CALL, 8, 20),
        (JONAS, ShiftKind.ON_CALL, 32, 44),
    )
    with acting_as(Actor.user(story.staff[TOMAS])) as by:
        for person, kind, start, end in planned:
            shift.plan(
                user=story.staff[person],
                kind=kind,
                starts_at=hour + timedelta(hours=start),
                ends_at=hour + timedelta(hours=end),
                by=by,
                at=story.on(2, "16:00"),
            )
    answers = {
        "source": "phone",
        "safe_now": "yes",
        "phone": "+49 30 23125 077",
        "country": "DE",
        "what_happened": "Was cut off. Says that she has talked to us before.",
    }
    with acting_as(Actor.user(story.staff[BILAL])) as by:
        taken = contact.start(taken_by=story.staff[BILAL], alias="Willow", at=story.ago(0.5))
        contact.save(contact_id=taken.pk, answers=answers, version=taken.version, at=story.ago(0.4))
        contact.look_up_caller(contact_id=taken.pk, answers=answers, by=by, at=story.ago(0.4))


def learning(story: Story) -> None:
    """A trainee wrote a letter; a colleague must read it and say yes before it goes."""
    case = Case.objects.get(alias="Maple")
    jonas, yuki = story.staff[JONAS], story.staff[YUKI]
    with acting_as(Actor.user(jonas)) as by:
        membership.add(
            case_id=case.pk,
            user=yuki,
            role=MembershipRole.HELPER,
            reason="Learns with me on this case",
            until=story.now + timedelta(days=14),
            by=by,
            at=story.on(2, "09:00"),
        )
    sign(story, case, JONAS, story.on(2, "10:30"), "L. Maple")
    address = story.link("clipshare", "mp-c114")
    letter = story.draft(case, YUKI, story.ago(3), [address], Route.POLICY, description="One clip, with her name.")
    with acting_as(Actor.user(yuki)) as by:
        notice_approval.ask(
            notice_id=letter.pk,
            version=letter.version,
            means=Means.MAIL,
            reason="",
            why="My first letter to this site. Please look whether the description is enough.",
            by=by,
            at=story.ago(2.8),
        )


def emergency_access(story: Story) -> None:
    """Somebody opened a case that is not theirs; a supervisor has to look at it."""
    case = Case.objects.get(alias="Orchid")
    with acting_as(Actor.user(story.staff[JONAS])) as by:
        emergency.open_case(
            reference=case.reference,
            reason="Amira is ill today, and the platform's 48 hours run out.",
            by=by,
            at=story.now,
        )


def held(story: Story) -> None:
    """The police asked that nothing of a case is destroyed."""
    with acting_as(Actor.user(story.staff[AMIRA])) as by:
        hold.set_hold(
            case_id=Case.objects.get(alias="Basalt").pk,
            reason="The police opened a file and asked us in writing to keep everything.",
            until=None,
            by=by,
            at=story.now,
        )


def closed(story: Story) -> None:
    """A case that ended well. The client wants everything deleted; one supervisor asked, another has to agree."""
    start = story.on(20, "09:30")
    case = story.call(
        JONAS,
        "Clover",
        start,
        age="adult",
        name="P.",
        pronouns="they",
        country="IE",
        may_contact="yes",
        channels=["text"],
        phone="+353 20 911 0188",
        may_leave_message="no",
        may_say_who_we_are="no",
        what_happened="Somebody they had met once threatened to post a picture, and then stopped.",
        agrees_ask_sites="yes",
        witness="Jonas Weber",
    )
    story.done(case, JONAS, "first_contact", start + timedelta(hours=1))
    with acting_as(Actor.user(story.staff[JONAS])) as by:
        closing.close(
            case_id=case.pk,
            outcome=Outcome.PREVENTED,
            proceedings=Proceedings.NO,
            wish=Afterwards.DELETE,
            held=None,
            remark="Nothing was posted in two weeks. They thank us and want nothing kept.",
            by=by,
            at=story.on(4, "16:00"),
        )
    with acting_as(Actor.user(story.staff[SALMA])) as by:
        erasure.ask(
            case_id=case.pk,
            reason=ErasureReason.CLIENT,
            words="They asked for it on the telephone and gave the code word.",
            by=by,
            at=story.on(2, "11:00"),
        )


def registered(story: Story) -> None:
    """A client asked for a copy of what is held about them; the clock of one month runs."""
    came = story.on(5, "08:15")
    with acting_as(Actor.user(story.staff[SALMA])) as by:
        row = register_entry.write(
            kind=RegisterKind.OWN_DATA,
            case=Case.objects.get(alias="Juniper"),
            received_at=came,
            due_at=None,
            told=Told(
                who="The client of this case, by letter",
                facts="Wants a copy of everything we hold.",
                their_words="“I would like to see what is written about me.”",
            ),
            by=by,
            at=came + timedelta(hours=2),
        )
        register_entry.step(
            entry_id=row.pk, step="identity", remark="Called back, code word given.", by=by, at=story.on(4, "10:00")
        )


PARTS = (on_duty, learning, held, closed, registered, emergency_access)
