"""The nouns of cases, one file each."""

from cases.models.case import Case
from cases.models.case_key import CaseKey
from cases.models.case_task import CaseTask
from cases.models.consent import Consent, ConsentBasis, Power
from cases.models.contact import Contact, ContactState
from cases.models.door import Door, DoorKind
from cases.models.door_try import DoorTry
from cases.models.effect import Audience, Effect
from cases.models.event import Anchor, Event
from cases.models.form_token import FormToken
from cases.models.helpline import Helpline
from cases.models.lookup import Lookup, LookupKind
from cases.models.membership import Membership, MembershipRole
from cases.models.message import Message
from cases.models.note import Note, NoteNature
from cases.models.party import Party, PartyRole
from cases.models.report import Report
from cases.models.safe_contact import Channel, SafeContact
from cases.models.session import Session
from cases.models.user import User, UserKind

__all__ = [
    "Anchor",
    "Audience",
    "Case",
    "CaseKey",
    "CaseTask",
    "Channel",
    "Consent",
    "ConsentBasis",
    "Contact",
    "ContactState",
    "Door",
    "DoorKind",
    "DoorTry",
    "Effect",
    "Event",
    "FormToken",
    "Helpline",
    "Lookup",
    "LookupKind",
    "Membership",
    "MembershipRole",
    "Message",
    "Note",
    "NoteNature",
    "Party",
    "PartyRole",
    "Power",
    "Report",
    "SafeContact",
    "Session",
    "User",
    "UserKind",
]
