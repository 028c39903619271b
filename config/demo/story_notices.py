"""The later stages: asked with the clock running, late, down and back, watched with a bundle in a lawyer's hands."""

from datetime import datetime, timedelta

from django.utils import timezone

from cases.access import acting_as
from cases.actions import consent, safe_contact
from cases.actions.safe_contact import Rule
from cases.actor import Actor
from cases.models import Case, Channel, ConsentBasis, Door, Power, SafeContact
from config.demo import files, story_evidence
from config.demo.client_page import ClientPage, invite
from config.demo.people import AMIRA, JONAS, JUNIPER, ORCHID, SHARE_SECRET, SHARE_TOKEN, Person, make_tellable
from config.demo.story import GONE, GONE_410, NO_SIGN, SAYS_REMOVED, UP, Story
from evidence.actions import bundle as bundle_actions
from evidence.actions import share as share_actions
from evidence.bundles import build_and_seal
from evidence.models import AcquisitionMethod, Reader
from takedowns.actions import notice_clock
from takedowns.models import Notice, NoticeClock, Route
from takedowns.states import NoticeState
from takedowns.tasks import CLOCKS

EVERY_POWER = [Power.ASK_SITES, Power.ASK_HOSTS, Power.ASK_SEARCH, Power.SHARE_LAWYER]


def asked(story: Story) -> Case:
    """Notices sent to two platforms; one clock of 48 hours runs. One link goes down while somebody watches."""
    films = [story.link("vidnest", "or-8d10"), story.link("vidnest", "or-8d44", "not_found")]
    photo = story.link("photopost", "or-66a1")
    post = story.link("forumx", "or-1203", "soft_404")
    start = story.on(5, "19:05")
    case, token = invite(story, AMIRA, "Orchid", story.on(6, "14:30"))
    page = ClientPage.come_in(case, token, start)
    rules = [
        Rule(Channel.PAGE, is_allowed=True),
        Rule(Channel.EMAIL, is_allowed=True, address="o.garden@mail.example"),
        Rule(Channel.TEXT, is_allowed=False),
        Rule(Channel.CALL, is_allowed=False),
    ]
    page.prepare(start + timedelta(minutes=2), ORCHID, rules)
    page.begin(start + timedelta(minutes=7), name="O.", pronouns="she", country="US")
    page.add_links(start + timedelta(minutes=12), *films, photo)
    page.finish(
        start + timedelta(minutes=14),
        kinds=["shared"],
        text="It is from 2023. I never agreed that it is shown to anybody.",
        powers=EVERY_POWER,
        signed="O. Garden",
    )
    greeted = story.on(4, "08:40")
    story.write(case, AMIRA, greeted, "Thank you for writing. I am Amira. I look at your links today and write again.")
    story.done(case, AMIRA, "first_contact", greeted + timedelta(minutes=1))
    story.done(case, AMIRA, "first_opening", greeted + timedelta(minutes=2))
    _confirm_mail(story, case, AMIRA, greeted + timedelta(minutes=10))
    story.add_links(case, AMIRA, greeted + timedelta(minutes=30), post)
    _screenshots(story, case, AMIRA, greeted + timedelta(hours=1), ("vidnest", "photopost"))
    for hours in (2, 8):
        seen = dict.fromkeys((*films, photo), UP) | {post: NO_SIGN}
        story.look(case, greeted + timedelta(hours=hours), seen)
    page.read(greeted + timedelta(hours=9))
    sent = story.ago(19)
    about = "A video of about a minute."
    act = story.draft(case, AMIRA, sent - timedelta(minutes=40), films, Route.TAKE_IT_DOWN, description=about)
    policy = story.draft(case, AMIRA, sent - timedelta(minutes=20), [photo], Route.POLICY, description="One photo.")
    story.send_by_form(act, AMIRA, sent, "VN-204117")
    story.send_by_mail(policy, AMIRA, sent + timedelta(minutes=6))
    story.answered(
        policy, AMIRA, sent + timedelta(minutes=8), NoticeState.ACKNOWLEDGED, "They have it.", ticket="PP-318240"
    )
    third = story.draft(case, AMIRA, sent + timedelta(minutes=20), [post], Route.POLICY, description="A post.")
    story.send_by_mail(third, AMIRA, sent + timedelta(minutes=26))
    for hours in (12, 5):
        seen = dict.fromkeys((*films, photo), UP) | {post: SAYS_REMOVED}
        story.look(case, story.ago(hours), seen)
    story.show_to_client(case, AMIRA, story.ago(4.1), post)
    story.write(case, AMIRA, story.ago(4), "We have asked three sites. One link is down, and we checked it twice.")
    return case


def late(story: Story) -> Case:
    """The platform had 48 hours and did nothing: the clock has passed and the next step is late on Today."""
    address = story.link("steady", "bs-40f7")
    copy = story.link("clipshare", "bs-9ab2", "gone")
    start = story.on(8, "11:15")
    case = story.call(
        AMIRA,
        "Basalt",
        start,
        age="adult",
        name="Mx. T.",
        pronouns="they",
        country="US",
        may_contact="yes",
        channels=["text"],
        phone="+1 202 555 0147",
        may_leave_message="no",
        may_say_who_we_are="no",
        what_happened="A video was put up under their full name. They noticed because a colleague mentioned it.",
        agrees_ask_sites="yes",
        witness="Amira Kovač",
    )
    story.done(case, AMIRA, "first_contact", start + timedelta(hours=1))
    story.add_links(case, AMIRA, start + timedelta(hours=1, minutes=10), address, copy)
    sign(story, case, AMIRA, story.on(7, "15:00"), "T. Basalt")
    _screenshots(story, case, AMIRA, story.on(7, "15:30"), ("steady",))
    for at in (story.on(7, "16:00"), story.on(6, "09:00")):
        story.look(case, at, {address: UP, copy: UP})
    other = story.draft(case, AMIRA, story.on(6, "09:30"), [copy], Route.POLICY, description="A clip of ten seconds.")
    story.send_by_mail(other, AMIRA, story.on(6, "09:50"))
    for at in (story.on(5, "07:00"), story.on(5, "13:00"), story.on(4, "07:00")):
        story.look(case, at, {address: UP, copy: GONE_410})
    sent = story.ago(53)
    notice = story.draft(
        case, AMIRA, sent - timedelta(minutes=30), [address], Route.TAKE_IT_DOWN, description="A video of six minutes."
    )
    story.send_by_form(notice, AMIRA, sent, "ST-771902")
    for hours in (40, 20, 6):
        story.look(case, story.ago(hours), {address: UP, copy: GONE_410})
    _run_out(story, case)
    return case


def came_back(story: Story) -> Case:
    """Most links are down; one that was down has come back, and one platform said no."""
    back = story.link("comeback", "sf-e530", "up")
    down = [
        story.link("vidnest", "sf-10aa", "not_found"),
        story.link("photopost", "sf-2b7c", "not_found"),
        story.link("forumx", "sf-4410", "soft_404"),
    ]
    refused = story.link("steady", "sf-8c05")
    start = story.on(17, "13:20")
    case = story.call(
        AMIRA,
        "Saffron",
        start,
        age="adult",
        name="N.",
        pronouns="she",
        country="FR",
        may_contact="yes",
        channels=["email"],
        email="saffron.post@mail.example",
        may_leave_message="no",
        may_say_who_we_are="yes",
        what_happened="A folder was copied from her phone during a repair and shared in a group.",
        agrees_ask_sites="yes",
        agrees_ask_search="yes",
        witness="Amira Kovač",
    )
    story.done(case, AMIRA, "first_contact", start + timedelta(hours=3))
    story.add_links(case, AMIRA, start + timedelta(hours=4), back, *down, refused)
    every = [back, *down, refused]
    for at in (start + timedelta(hours=5), start + timedelta(hours=11)):
        story.look(case, at, dict.fromkeys(every, UP) | {down[2]: NO_SIGN})
    _screenshots(story, case, AMIRA, start + timedelta(hours=12), ("comeback", "vidnest", "photopost", "forumx"))
    sent = story.on(16, "10:00")
    tickets = {back: "CB-118804", down[0]: "VN-190221", down[1]: "PP-284410", refused: "ST-650013"}
    notices = {}
    for number, (address, ticket) in enumerate(tickets.items()):
        at = sent + timedelta(minutes=15 * number)
        notices[address] = story.draft(case, AMIRA, at, [address], Route.POLICY, description="A private folder.")
        story.send_by_form(notices[address], AMIRA, at + timedelta(minutes=8), ticket)
    mailed = story.draft(case, AMIRA, sent + timedelta(minutes=70), [down[2]], Route.POLICY, description="A thread.")
    story.send_by_mail(mailed, AMIRA, sent + timedelta(minutes=80))
    seen = {back: GONE, **dict(zip(down, (GONE, GONE, SAYS_REMOVED), strict=True)), refused: UP}
    for clock in ("08:00", "14:00"):
        story.look(case, story.on(15, clock), seen)
    words = "They say that they see no breach of their rules."
    story.answered(notices[refused], AMIRA, story.on(14, "09:10"), NoticeState.REFUSED, words)
    story.done(case, AMIRA, "notice_escalate", story.on(14, "11:00"))
    for days in (13, 9):
        story.look(case, story.on(days, "08:00"), seen)
    for hours in (9, 2.5):
        story.look(case, story.ago(hours), {**seen, back: UP})
    return case


def watched(story: Story) -> Case:
    """Everything is down and watched; a lawyer has a link to the sealed bundle."""
    addresses = [
        story.link("vidnest", "jn-3311", "not_found"),
        story.link("photopost", "jn-84d0", "not_found"),
        story.link("clipshare", "jn-5fe9", "gone"),
    ]
    start = story.on(20, "20:10")
    case, token = invite(story, JONAS, "Juniper", story.on(21, "09:30"))
    page = ClientPage.come_in(case, token, start)
    page.prepare(start + timedelta(minutes=2), JUNIPER)
    page.begin(start + timedelta(minutes=8), name="Jo", pronouns="he", country="IE")
    page.add_links(start + timedelta(minutes=12), *addresses)
    page.finish(
        start + timedelta(minutes=15),
        kinds=["shared", "made"],
        text="Two of the three are not even me: somebody put my face on them.",
        powers=EVERY_POWER,
        signed="Jo Linden",
    )
    greeted = story.on(19, "09:00")
    story.write(case, JONAS, greeted, "Thank you. I am Jonas and I look after this with you.")
    story.done(case, JONAS, "first_contact", greeted + timedelta(minutes=1))
    story.done(case, JONAS, "first_opening", greeted + timedelta(minutes=2))
    _screenshots(story, case, JONAS, greeted + timedelta(minutes=30), ("vidnest", "photopost", "clipshare"))
    story.keep(
        case,
        JONAS,
        greeted + timedelta(minutes=50),
        "timeline-by-the-client.pdf",
        files.paper("What the client remembers, in his own order.", "Three dates, no names."),
        "What the client remembers, written by himself",
    )
    for hours in (2, 8):
        story.look(case, greeted + timedelta(hours=hours), dict.fromkeys(addresses, UP))
    story_evidence.fake(story, case, JONAS, greeted + timedelta(hours=9))
    notices = _ask_each(story, case, addresses)
    seen = dict(zip(addresses, (GONE, GONE, GONE_410), strict=True))
    story.look(case, story.on(16, "07:00"), seen)
    story.look(case, story.on(16, "15:00"), seen)
    story.answered(notices[0], JONAS, story.on(16, "16:20"), NoticeState.UPHELD, "Removed, and the account is closed.")
    story.look(case, story.on(14, "07:00"), seen)
    story.write(case, JONAS, story.on(14, "10:00"), "All three are down, and we checked. We keep watching.")
    page.read(story.on(13, "18:00"))
    page.write(story.on(13, "18:04"), "Thank you. My lawyer asks whether she can have what you found.")
    story.write(case, JONAS, story.on(12, "09:15"), "Yes. You agreed to that on your page. I make a packet for her.")
    for days in (10, 5):
        story.look(case, story.on(days, "07:00"), seen)
    return case


def _ask_each(story: Story, case: Case, addresses: list[str]) -> list[Notice]:
    sent = story.on(18, "10:00")
    made = []
    for number, (address, ticket) in enumerate(zip(addresses, ("VN-150092", "PP-240018", ""), strict=True)):
        at = sent + timedelta(minutes=12 * number)
        route = Route.POLICY if number else Route.TAKE_IT_DOWN
        notice = story.draft(case, JONAS, at, [address], route, description="A picture changed by a computer.")
        if ticket:
            story.send_by_form(notice, JONAS, at + timedelta(minutes=7), ticket)
        else:
            story.send_by_mail(notice, JONAS, at + timedelta(minutes=7))
        made.append(notice)
    return made


def share(story: Story) -> None:
    """Build a bundle of the watched case and share it with a lawyer; call once the stories stand, in no transaction.

    Who builds keeps a claim alive from a connection of its own, which must see the bundle.
    """
    user = story.staff[JONAS]
    with acting_as(Actor.user(user)):
        case = Case.objects.get(alias="Juniper")
        papers = [row.pk for row in case.exhibits.sealed() if not row.is_media]
    with acting_as(Actor.user(user)) as by:
        bundle = bundle_actions.request(
            case_id=case.pk,
            reader=Reader.LAWYER,
            recipient="Ms. R. Okafor, lawyer",
            purpose="Civil claim",
            included=papers,
            by=by,
            at=story.ago(2),
        )
    if not build_and_seal(bundle.pk):
        return  # the failed bundle stands on Today with its reason
    with acting_as(Actor.user(user)) as by:
        made = share_actions.make(
            bundle_id=bundle.pk,
            recipient="Ms. R. Okafor, lawyer",
            purpose="Civil claim",
            days=7,
            downloads=3,
            by=by,
            at=timezone.now(),  # the builder reads the clock itself, and a share comes after what is shared
        )
    make_tellable(Door.objects.get(pk=made.share.door_id), token=SHARE_TOKEN, secret=SHARE_SECRET)


def _confirm_mail(story: Story, case: Case, who: Person, at: datetime) -> None:
    with acting_as(Actor.user(story.staff[who])) as by:
        rule = SafeContact.objects.standing().get(case=case, channel=Channel.EMAIL)
        safe_contact.confirm(case_id=case.pk, rule_id=rule.pk, how="page", by=by, at=at)


def sign(story: Story, case: Case, who: Person, at: datetime, name: str) -> None:
    """The client signs on paper what was said on the telephone."""
    with acting_as(Actor.user(story.staff[who])) as by:
        consent.answer(
            case_id=case.pk,
            answers={Power.ASK_SITES: True, Power.ASK_HOSTS: True},
            basis=ConsentBasis.WRITTEN,
            signed_name=name,
            by=by,
            at=at,
        )


def _screenshots(story: Story, case: Case, who: Person, at: datetime, sites: tuple[str, ...]) -> None:
    for number, site in enumerate(sites):
        kind = ("PNG", "JPEG")[number % 2]
        story.keep(
            case,
            who,
            at + timedelta(minutes=5 * number),
            f"{site}-page.{kind.lower()}",
            files.picture(kind, number=100 * (int(case.reference.partition("-")[2]) % 1000) + number),
            f"Screenshot of the page on {site}, media covered",
            method=AcquisitionMethod.CAPTURED,
            source=f"A page on {site}",
            found_at=at - timedelta(hours=1),
        )


def _run_out(story: Story, case: Case) -> None:
    with acting_as(CLOCKS):
        passed = NoticeClock.objects.passed(at=story.now).filter(case=case).order_by("due_at")
        for clock in list(passed):
            notice_clock.miss(clock_id=clock.pk, by=CLOCKS, at=clock.due_at + timedelta(minutes=1))
