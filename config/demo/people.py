"""Who works in the demo and how they sign in. Everything here is printed for whoever starts it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth.hashers import make_password

from cases import keys
from cases.access import acting_as
from cases.actions import staff as staff_actions
from cases.actor import Actor
from cases.models import Door, User
from cases.permissions import Role

PASSWORD = "lanterns-over-still-water"


@dataclass(frozen=True)
class Person:
    """A fictional member of staff."""

    name: str
    email: str
    role: Role
    seed: str

    def code(self) -> str:
        """Return the code that the second factor asks for at this moment."""
        near = list(totp.yield_hotp_counters_from_time())
        return totp.format_hotp_value(totp.hotp_value(self.seed, near[len(near) // 2]))


INES = Person("Ines Duarte", "ines@casework.example", Role.ADMINISTRATOR, "XRDNDYIPVYOOKZS3UV7GQVDPIH45QQFK")
SALMA = Person("Salma Haddad", "salma@casework.example", Role.SUPERVISOR, "Y6EHRG7F7ELZWRXZWQUNEV7MGMZWPA66")
TOMAS = Person("Tomás Rivera", "tomas@casework.example", Role.SUPERVISOR, "7UOLSLO6ZE67CSONLY6QA37QLK6BAAVV")
AMIRA = Person("Amira Kovač", "amira@casework.example", Role.CASEWORKER, "WSWSBLZFOF6UQ7W72YRKQ4G5TCBMH7MF")
JONAS = Person("Jonas Weber", "jonas@casework.example", Role.CASEWORKER, "TZVEHSUTMHC65WPSTI2ULYJHQANMRDXZ")
YUKI = Person("Yuki Tanaka", "yuki@casework.example", Role.TRAINEE, "3PA6RT6PFIYJOA42ELN4ICR3STT7WUJ6")
BILAL = Person("Bilal Osman", "bilal@casework.example", Role.CALL_TAKER, "QMVHUB3QAOERYURPMRL4SDYLBD3Y3BYB")
PEOPLE = (INES, SALMA, TOMAS, AMIRA, JONAS, YUKI, BILAL)


@dataclass(frozen=True)
class ClientSignIn:
    """The code and PIN of a fictional client's page."""

    alias: str
    code: str
    pin: str


ORCHID = ClientSignIn("Orchid", "KRTM4679", "836251")
JUNIPER = ClientSignIn("Juniper", "HFWC7394", "594063")
CLIENTS = (ORCHID, JUNIPER)

SHARE_TOKEN = "demo-share-of-a-lawyer-0000000000000000-AbC"
SHARE_SECRET = "MW7TRKQ4AF"
INVITATION_TOKEN = "demo-invitation-not-opened-0000000000-XyZ-1"


def join_everybody(*, at: datetime) -> dict[Person, User]:
    """Have the staff join as people do: the first administrator by the first link, the others by invitation."""
    system = Actor.system("first_admin_link")
    with acting_as(system):
        token = staff_actions.invite_first_administrator(by=system, at=at)
    found: dict[Person, User] = {}
    for number, person in enumerate(PEOPLE):
        hour = at + timedelta(hours=number)
        if token is None or number:
            with acting_as(Actor.user(found[INES]) if INES in found else system) as by:
                _user, token = staff_actions.invite(
                    email=person.email, name=person.name, roles=[person.role], by=by, at=hour
                )
        with acting_as(Actor.system("join")):
            found[person] = staff_actions.join(
                token=token, name=person.name, email=person.email, password=PASSWORD, at=hour + timedelta(minutes=20)
            )
            totp.TOTP.activate(found[person], person.seed)
    return found


def make_tellable(door: Door, *, token: str, secret: str = "") -> None:
    """Give a door that was made by chance the demo's own token and secret, so that every start can tell them again."""
    door.token_hash = keys.token_hash(token)
    if secret:
        door.secret_hash = make_password(secret)
    door.save(update_fields=["token_hash", "secret_hash"])
