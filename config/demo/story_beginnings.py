"""The first stages: invited, writing a report, reported, under threat without a link, locked for age."""

from datetime import timedelta

from cases.access import acting_as
from cases.actions import report
from cases.actions.safe_contact import Rule
from cases.actor import Actor
from cases.keys import token_hash
from cases.models import Case, Channel, Door, NoteNature, Power
from config.demo import files, story_evidence
from config.demo.client_page import ClientPage, invite
from config.demo.people import AMIRA, INVITATION_TOKEN, JONAS, ClientSignIn, make_tellable
from config.demo.story import AGE_GATE, GEO, LOGIN, UP, Story
from evidence.models import AcquisitionMethod, ViewingReason
from takedowns.models import Route

LANTERN = ClientSignIn("Lantern", "TQEP3746", "270518")
HERON = ClientSignIn("Heron", "GXVM6493", "618340")


def invited(story: Story) -> Case:
    """An invitation that nobody has opened; its link is the demo's own, so that it can be told."""
    case, token = invite(story, AMIRA, "Quill", story.ago(3), source="chat")
    make_tellable(Door.objects.get(token_hash=token_hash(token)), token=INVITATION_TOKEN)
    return case


def writing(story: Story) -> Case:
    """A report that is being written: the client has stopped before the links."""
    case, token = invite(story, AMIRA, "Lantern", story.ago(26))
    page = ClientPage.come_in(case, token, story.ago(4))
    page.prepare(story.ago(3.9), LANTERN)
    page.begin(story.ago(3.7), name="M.", pronouns="she", country="NL")
    with acting_as(page.actor) as by:
        what = {"kinds": ["shared"], "threat_now": "no", "text": ""}
        report.save_step(case_id=case.pk, step="what", answer=what, by=by, at=story.ago(3.5), then="/d")
    return case


def reported(story: Story) -> Case:
    """A report that came in some hours ago: the first-contact clock runs, and no link was looked at yet."""
    case, token = invite(story, AMIRA, "Heron", story.ago(30))
    page = ClientPage.come_in(case, token, story.ago(7))
    rules = [
        Rule(Channel.PAGE, is_allowed=True),
        Rule(Channel.EMAIL, is_allowed=True, address="heron.mailbox@mail.example"),
        Rule(Channel.TEXT, is_allowed=False),
        Rule(Channel.CALL, is_allowed=False),
    ]
    page.prepare(story.ago(6.9), HERON, rules)
    page.begin(story.ago(6.7), name="Robin", pronouns="they", country="GB")
    page.add_links(
        story.ago(6.5),
        story.link("vidnest", "hr-71c0"),
        story.link("photopost", "hr-204d", "not_found"),
        story.link("forumx", "hr-9917"),
        story.link("pixvault", "hr-5e52"),
    )
    page.finish(
        story.ago(6.4),
        kinds=["shared", "money"],
        text="Someone I met online put this up on Friday. A friend told me about the first two links.",
        powers=[Power.ASK_SITES, Power.ASK_SEARCH],
        signed="Robin",
    )
    return case


def threatened(story: Story) -> Case:
    """A threat and a demand for money, and nothing shared so far: no link at all."""
    start = story.on(2, "17:10")
    case = story.call(
        AMIRA,
        "Kestrel",
        start,
        age="adult",
        name="Sam",
        pronouns="he",
        country="IE",
        may_contact="yes",
        channels=["text"],
        phone="+353 20 911 0142",
        window_starts="18:00",
        window_ends="22:00",
        time_zone="Europe/London",
        may_leave_message="no",
        may_say_who_we_are="no",
        code_word="paper boat",
        who_else_sees="Shares a flat; the phone is his own.",
        what_happened="An account he had talked to for a week asks for 400 euro and says it will send pictures to his "
        "contacts. He has paid nothing and has stopped answering.",
        agrees_ask_sites="yes",
        agrees_share_police="no",
        witness="Amira Kovač",
    )
    story.done(case, AMIRA, "first_contact", start + timedelta(minutes=50))
    story_evidence.chat(story, case, AMIRA, start + timedelta(hours=1))
    story.keep(
        case,
        AMIRA,
        start + timedelta(hours=1, minutes=4),
        "profile-page.png",
        files.picture("PNG", number=1, size=(1170, 640)),
        "Screenshot of the account's profile page",
    )
    story.note(
        case,
        AMIRA,
        start + timedelta(hours=1, minutes=15),
        "We agreed: no payment, no answer, account reported in the app, privacy settings closed. He writes soon.",
    )
    story.note(
        case,
        AMIRA,
        start + timedelta(hours=1, minutes=20),
        "“I feel calmer now that I have told somebody.”",
        NoteNature.CLIENT_WORDS,
    )
    return case


def locked(story: Story) -> Case:
    """Nobody is sure that everyone shown was an adult: the case is locked and a supervisor is called."""
    return story.call(
        JONAS,
        "Pebble",
        story.ago(9),
        age="not_sure",
        country="DE",
        may_contact="yes",
        channels=["call"],
        phone="+49 30 23125 014",
        may_leave_message="no",
        may_say_who_we_are="yes",
    )


def opened(story: Story) -> Case:
    """Links found and evidence kept; a draft waits to be sent."""
    start = story.on(6, "10:40")
    addresses = [
        story.link("vidnest", "mp-3a90"),
        story.link("vidnest", "mp-3a97"),
        story.link("clipshare", "mp-c114"),
        story.link("geotube", "mp-77e1"),
        story.link("pixvault", "mp-0b3f"),
        story.link("nightgate", "mp-d2c8"),
    ]
    case = story.call(
        JONAS,
        "Maple",
        start,
        age="adult",
        name="Ms. L.",
        pronouns="she",
        country="DE",
        may_contact="yes",
        channels=["call", "email"],
        phone="+49 30 23125 077",
        email="maple.letters@mail.example",
        window_starts="09:00",
        window_ends="17:00",
        time_zone="Europe/Berlin",
        may_leave_message="yes",
        may_say_who_we_are="no",
        what_happened="Pictures from a former relationship appeared on several sites. She found them through a search "
        "for her user name.",
        agrees_ask_sites="yes",
        agrees_ask_hosts="yes",
        agrees_ask_search="yes",
        agrees_keep_fingerprint="yes",
        witness="Jonas Weber",
    )
    story.done(case, JONAS, "first_contact", start + timedelta(hours=2))
    story.add_links(case, JONAS, start + timedelta(hours=3), *addresses)
    seen = dict(zip(addresses, (UP, UP, UP, GEO, LOGIN, AGE_GATE), strict=True))
    for hours in (4, 10):
        story.look(case, start + timedelta(hours=hours), seen)
    _keep_evidence(story, case)
    same = story_evidence.alike(story, case, JONAS, story.on(5, "10:10"))
    story.look(case, story.on(4, "08:00"), seen)
    for days, seconds, picture in ((4, 5, same[0]), (3, 4, same[1])):
        reason = ViewingReason.DESCRIBE if days == 4 else ViewingReason.SAME
        story_evidence.look_at(story, picture, JONAS, story.on(days, "14:40"), seconds=seconds, reason=reason)
    story.draft(case, JONAS, story.on(3, "15:20"), addresses[:2], Route.POLICY, description="Two videos, same day.")
    return case


def captured(story: Story) -> None:
    """Pages of the case that writes are asked for as captures, last of all: the worker makes them while one watches."""
    with acting_as(Actor.user(story.staff[JONAS])):
        case = Case.objects.get(alias="Maple")
    first, login = story.link("vidnest", "mp-3a90"), story.link("pixvault", "mp-0b3f")
    story_evidence.captures(story, case, JONAS, story.ago(2), twice=first, once=login)


def _keep_evidence(story: Story, case: Case) -> None:
    captured = AcquisitionMethod.CAPTURED
    at = story.on(5, "09:20")
    kept = (
        ("vidnest-page.png", files.picture("PNG", number=2), "Screenshot of the first page, media covered", captured),
        ("search-results.jpg", files.picture("JPEG", number=3), "Search results for the user name", captured),
        ("recording.mp4", files.film(number=4), "Screen recording of the upload date", AcquisitionMethod.HANDED_OVER),
        (
            "letter-to-the-other-party.pdf",
            files.paper("Copy of a letter that the client sent herself."),
            "Letter that the client sent before she called us",
            AcquisitionMethod.HANDED_OVER,
        ),
    )
    for number, (name, data, description, method) in enumerate(kept):
        source = "Seen on the site, without signing in" if method == captured else "The client"
        story.keep(
            case,
            JONAS,
            at + timedelta(minutes=6 * number),
            name,
            data,
            description,
            method=method,
            source=source,
            found_at=at - timedelta(hours=1),
        )
