"""The client's side of the fictional cases: invited, come in by the portal's door, writing and sending a report."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cases.access import acting_as
from cases.actions import case as case_actions
from cases.actions import door, message, report
from cases.actions.safe_contact import Rule
from cases.actor import Actor
from cases.models import Case, Channel, Power, User
from cases.states import AgeAnswer
from config.demo.people import ClientSignIn, Person
from config.demo.story import Story
from takedowns.actions import reported_url
from takedowns.book import platform_book
from takedowns.models import FoundBy
from takedowns.pasted import read_pasted

PAGE_ONLY = (
    Rule(Channel.PAGE, is_allowed=True),
    Rule(Channel.TEXT, is_allowed=False),
    Rule(Channel.CALL, is_allowed=False),
    Rule(Channel.EMAIL, is_allowed=False),
)


def invite(story: Story, who: Person, alias: str, at: datetime, *, source: str = "mail") -> tuple[Case, str]:
    """Open a case for somebody who asked for help and make their invitation; return the case and the token."""
    user = story.staff[who]
    with acting_as(Actor.user(user)) as by:
        case = case_actions.open_case(by=by, at=at, owner=user, alias=alias, source=source, is_demo=True)
        invitation = door.invite(case_id=case.pk, by=by, at=at + timedelta(minutes=2))
    return case, invitation.token


@dataclass
class ClientPage:
    """One client on their page."""

    case: Case
    client: User

    @classmethod
    def come_in(cls, case: Case, token: str, at: datetime) -> "ClientPage":
        """Open the invitation."""
        client = door.spend_invitation(token=token, at=at)
        assert client is not None
        return cls(case, client)

    @property
    def actor(self) -> Actor:
        """Return who acts on this page."""
        return Actor.client(self.client)

    def prepare(self, at: datetime, sign_in: ClientSignIn, rules: Sequence[Rule] = PAGE_ONLY) -> None:
        """Read the first page, say what is safe, keep a code and a PIN."""
        case_id = self.case.pk
        with acting_as(self.actor) as by:
            report.save_step(case_id=case_id, step="understood", answer={"idle": 1200}, by=by, at=at)
            report.save_contact_rules(case_id=case_id, rules=rules, by=by, at=at + timedelta(minutes=2))
            minute = at + timedelta(minutes=3)
            door.save_pin(case_id=case_id, code=sign_in.code, pin=sign_in.pin, by=by, at=minute)

    def begin(self, at: datetime, *, name: str, pronouns: str, country: str) -> None:
        """Say who it is about, and that everyone shown was an adult."""
        who = {"about": "me", "name": name, "pronouns": pronouns, "country": country, "needs": ""}
        with acting_as(self.actor) as by:
            report.save_step(case_id=self.case.pk, step="who", answer=who, by=by, at=at, then="/d/2")
            report.answer_age(
                case_id=self.case.pk, answer=AgeAnswer.ADULT, by=by, at=at + timedelta(minutes=1), then="/d/3"
            )

    def add_links(self, at: datetime, *addresses: str) -> None:
        """Paste links."""
        with acting_as(self.actor) as by:
            items = read_pasted("\n".join(addresses), platform_book()).items
            reported_url.add(case_id=self.case.pk, items=items, found_by=FoundBy.CLIENT, by=by, at=at)

    def finish(self, at: datetime, *, kinds: Sequence[str], text: str, powers: Sequence[Power], signed: str) -> None:
        """Say what happened and what we may do, and send."""
        what = {"kinds": list(kinds), "threat_now": "no", "text": text}
        agree = {"powers": [power.value for power in powers], "signed_name": signed}
        with acting_as(self.actor) as by:
            report.save_step(case_id=self.case.pk, step="what", answer=what, by=by, at=at, then="/d/5")
            report.save_step(
                case_id=self.case.pk, step="agree", answer=agree, by=by, at=at + timedelta(minutes=3), then="/d/6"
            )
            report.send(case_id=self.case.pk, by=by, at=at + timedelta(minutes=5))

    def write(self, at: datetime, text: str) -> None:
        """Write to the team."""
        with acting_as(self.actor) as by:
            message.receive(case_id=self.case.pk, text=text, by=by, at=at)

    def read(self, at: datetime) -> None:
        """Read what the team wrote."""
        with acting_as(self.actor) as by:
            message.mark_seen(case_id=self.case.pk, by=by, at=at)
