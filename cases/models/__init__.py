"""The nouns of cases, one file each."""

from cases.models.anchor_stamp import AnchorStamp
from cases.models.approval import Approval, ApprovalKind, ApprovalState, ApprovalVia
from cases.models.authority import AskedBy, Authority, AuthorityLevel
from cases.models.bar import Bar
from cases.models.blocked_load import BlockedLoad
from cases.models.case import Case
from cases.models.case_key import CaseKey
from cases.models.case_link import CaseLink, LinkKind
from cases.models.case_task import CaseTask
from cases.models.closing import Closing, Outcome, Proceedings
from cases.models.consent import Consent, ConsentBasis, Power
from cases.models.contact import Contact, ContactState
from cases.models.door import Door, DoorKind
from cases.models.door_try import DoorTry
from cases.models.effect import Audience, Effect
from cases.models.erasure import Erasure, ErasureReason, ErasureState
from cases.models.event import Anchor, Event
from cases.models.export import Export, ExportState
from cases.models.form_token import FormToken
from cases.models.handover_request import HandoverRequest
from cases.models.helpline import Helpline
from cases.models.hold import Hold
from cases.models.kek_version import KekVersion
from cases.models.known_place import KnownPlace
from cases.models.limit_count import LimitCount
from cases.models.look import Look, Refusal
from cases.models.lookup import Lookup, LookupKind
from cases.models.match import Match, MatchDecision
from cases.models.membership import Membership, MembershipRole
from cases.models.message import Message
from cases.models.note import Note, NoteNature
from cases.models.party import Party, PartyRole
from cases.models.passkey import Passkey
from cases.models.register_entry import RegisterEntry, RegisterKind, RegisterState
from cases.models.removal import Removal, RemovalState
from cases.models.report import Report
from cases.models.rest import Rest
from cases.models.retention_rule import RetentionRule
from cases.models.safe_contact import Channel, SafeContact
from cases.models.session import Session
from cases.models.shift import Shift, ShiftKind
from cases.models.team import Team, TeamMember
from cases.models.trustee_link import TrusteeAnswer, TrusteeLink
from cases.models.user import User, UserKind
from cases.models.withdrawal import Withdrawal, WithdrawalWish

__all__ = [
    "Anchor",
    "AnchorStamp",
    "Approval",
    "ApprovalKind",
    "ApprovalState",
    "ApprovalVia",
    "AskedBy",
    "Audience",
    "Authority",
    "AuthorityLevel",
    "Bar",
    "BlockedLoad",
    "Case",
    "CaseKey",
    "CaseLink",
    "CaseTask",
    "Channel",
    "Closing",
    "Consent",
    "ConsentBasis",
    "Contact",
    "ContactState",
    "Door",
    "DoorKind",
    "DoorTry",
    "Effect",
    "Erasure",
    "ErasureReason",
    "ErasureState",
    "Event",
    "Export",
    "ExportState",
    "FormToken",
    "HandoverRequest",
    "Helpline",
    "Hold",
    "KekVersion",
    "KnownPlace",
    "LimitCount",
    "LinkKind",
    "Look",
    "Lookup",
    "LookupKind",
    "Match",
    "MatchDecision",
    "Membership",
    "MembershipRole",
    "Message",
    "Note",
    "NoteNature",
    "Outcome",
    "Party",
    "PartyRole",
    "Passkey",
    "Power",
    "Proceedings",
    "Refusal",
    "RegisterEntry",
    "RegisterKind",
    "RegisterState",
    "Removal",
    "RemovalState",
    "Report",
    "Rest",
    "RetentionRule",
    "SafeContact",
    "Session",
    "Shift",
    "ShiftKind",
    "Team",
    "TeamMember",
    "TrusteeAnswer",
    "TrusteeLink",
    "User",
    "UserKind",
    "Withdrawal",
    "WithdrawalWish",
]
