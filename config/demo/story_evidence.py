"""Evidence in the fictional cases: pictures that are alike, what is known of a fake, looks, pages to capture.

What a program has to do (read files, make fingerprints, compare them, capture pages) is only asked for here: the
worker does it once the demo runs, as it does for everybody.
"""

from datetime import datetime, timedelta
from secrets import token_urlsafe

from cases import keys
from cases.access import acting_as
from cases.actor import Actor
from cases.models import Case, Session
from cases.permissions import Door
from config.demo import files
from config.demo.people import Person
from config.demo.story import Story
from evidence.actions import capture as capture_actions
from evidence.actions import finding as finding_actions
from evidence.actions import viewing as viewing_actions
from evidence.models import (
    AcquisitionMethod,
    Assessment,
    Capture,
    Ending,
    Exhibit,
    SourceCheck,
    SyntheticClaim,
    ViewingReason,
)
from takedowns.models import ReportedUrl

SITTING = timedelta(hours=4)


def alike(story: Story, case: Case, who: Person, at: datetime) -> list[Exhibit]:
    """Two files of one picture, one as the client has it and one as a page shows it smaller."""
    return [
        story.keep(
            case,
            who,
            at,
            "as-she-has-it.png",
            files.scene("PNG", number=7),
            "The picture as the client has it",
            found_at=at - timedelta(days=2),
        ),
        story.keep(
            case,
            who,
            at + timedelta(minutes=5),
            "saved-from-clipshare.jpg",
            files.scene("JPEG", number=7, size=(640, 480)),
            "Still of a clip on clipshare",
            method=AcquisitionMethod.CAPTURED,
            source="A page on clipshare",
            found_at=at - timedelta(hours=1),
        ),
    ]


def chat(story: Story, case: Case, who: Person, at: datetime) -> None:
    """A conversation as the app exports it: a text with a picture beside it."""
    day = at.date() - timedelta(days=1)
    lines = (
        (day, "21:40:02", "Sam", "Nice talking to you today"),
        (day, "21:41:17", "Lena", "You too! Here is the lake"),
        (day, "21:41:18", "Lena", "\u200e<attached: 00000003-PHOTO.jpg>"),
        (at.date(), "17:02:11", "Lena", "[threat, left out here]"),
        (at.date(), "17:04:45", "Lena", "[amount asked for, left out here]"),
        (at.date(), "17:05:30", "Sam", "I will not answer any more"),
    )
    told = "".join(f"[{when:%d/%m/%Y}, {clock}] {name}: {words}\r\n" for when, clock, name, words in lines)
    export = files.packed({"_chat.txt": told.encode(), "00000003-PHOTO.jpg": files.scene("JPEG", number=9)})
    story.keep(
        case,
        who,
        at,
        "WhatsApp Chat - Lena.zip",
        export,
        "Export of the conversation, as the app made it",
        source="Sam",
    )


def fake(story: Story, case: Case, who: Person, at: datetime) -> None:
    """What the client says of a picture, where it may come from, and what a laboratory wrote. Nothing is a verdict."""
    shown = Exhibit.objects.filter(case=case).sealed().order_by("number").first()
    said = "Neutral report of two pages for the demo.", "It supports that a face was put onto another body."
    report = story.keep(
        case, who, at, "assessment.pdf", files.paper(*said), "Report of the laboratory", source="By post from them"
    )
    day = at.date().isoformat()
    rows = (
        SyntheticClaim.make(
            case_id=case.pk,
            exhibit=shown,
            nature="swapped",
            said_by="client",
            said_on=day,
            basis="Told us on the telephone, and wrote it on his page.",
        ),
        SourceCheck.make(
            case_id=case.pk,
            exhibit=shown,
            answers={
                "original": {"answer": "no", "notes": ""},
                "face": {"answer": "yes", "notes": "From his public profile picture, he says."},
                "metadata": {"answer": "no", "notes": "The platform removes such data."},
                "inconsistent": {"answer": "yes", "notes": "The light falls from two sides."},
                "reverse": {"answer": "not_done", "notes": "Never with intimate media."},
                "earliest": {"answer": "yes", "notes": "Vidnest, by the date on its page."},
            },
        ),
        Assessment.make(
            case_id=case.pk,
            exhibit=shown,
            other=report,
            kind="expert",
            who="Dr. I. Sorel",
            organisation="Laboratory of the demo",
            method="Light and edges, read by two people",
            tool="",
            opinion="supports",
            confidence="as they put it: strong",
            limits="A copy that was compressed again was all there was.",
            assessed_on=day,
        ),
    )
    with acting_as(Actor.user(story.staff[who])) as by:
        for number, row in enumerate(rows, start=1):
            finding_actions.write(finding=row, by=by, at=at + timedelta(minutes=10 * number))


def look_at(story: Story, exhibit: Exhibit, who: Person, at: datetime, *, seconds: int, reason: ViewingReason) -> None:
    """Have somebody look at a covered exhibit for some seconds, and cover it again."""
    key = token_urlsafe(24)
    user = story.staff[who]
    sitting = Session.objects.create(
        key_hash=keys.token_hash(key),
        door=Door.STAFF.value,
        user=user,
        started_at=at,
        seen_at=at,
        idle_until=at + SITTING,
        ends_at=at + SITTING,
    )
    with acting_as(Actor.user(user)) as by:
        found = viewing_actions.grant(
            exhibit_id=exhibit.pk, reason=reason, words="", session_key=key, by=by, at=at
        ).viewing
        for after, is_shown in ((1, True), (1 + seconds, False)):
            viewing_actions.hold(
                viewing_id=found.pk, session_key=key, is_shown=is_shown, by=by, at=at + timedelta(seconds=after)
            )
        viewing_actions.end(
            viewing_id=found.pk,
            session_key=key,
            ending=Ending.COVERED,
            by=by,
            at=at + timedelta(seconds=seconds + 2),
        )
    sitting.delete()


def captures(story: Story, case: Case, who: Person, at: datetime, *, twice: str, once: str) -> None:
    """Ask for captures of two pages, of the first one twice: the worker makes them while somebody watches."""
    links = {url.address: url.pk for url in ReportedUrl.objects.filter(case=case)}
    with acting_as(Actor.user(story.staff[who])) as by:
        asked = capture_actions.request(case_id=case.pk, url=twice, link_id=None, with_media=False, by=by, at=at)
        # A second capture is asked for once the first has ended. Here both wait, so the first steps aside for a moment.
        _rename(asked, "http://aside.example/")
        later = at + timedelta(minutes=40)
        capture_actions.request(case_id=case.pk, url=twice, link_id=None, with_media=False, by=by, at=later)
        _rename(asked, twice)
        later = at + timedelta(minutes=45)
        capture_actions.request(case_id=case.pk, url=once, link_id=links[once], with_media=False, by=by, at=later)


def _rename(capture: Capture, address: str) -> None:
    capture.address = address
    capture.save(update_fields=["sealed"])
