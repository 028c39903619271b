"""Which acts need two people, who may ask, who may grant, and what may stand in for a colleague. Pure: no database.

Source of the small-team rule: under three active people who do casework, a trustee by one-time link or 24 hours in
which anybody may say stop. Erasure, an age lock and sealed originals keep two people always: for them a trustee is a
person, a delay is not. A letter is read by a colleague or not sent: a trustee sees no content and cannot judge it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from cases.models import ApprovalKind, ApprovalVia
from cases.permissions import Permission, Role

DELAY = timedelta(hours=24)
TRUSTEE_LINK_LASTS = timedelta(hours=72)
TRUSTEE_TRIES = 5
SMALL_TEAM = 3
CASEWORK_ROLES = frozenset({Role.CALL_TAKER, Role.TRAINEE, Role.CASEWORKER, Role.SUPERVISOR})


@dataclass(frozen=True)
class Rule:
    """The rule of one kind: who may ask, who may grant, how long it stands, and what else counts as the second."""

    ask: Permission
    grant: Permission
    stands: timedelta = timedelta(days=7)
    instead: frozenset[ApprovalVia] = frozenset()


TRUSTEE_ONLY = frozenset({ApprovalVia.TRUSTEE})
TRUSTEE_OR_DELAY = frozenset({ApprovalVia.TRUSTEE, ApprovalVia.DELAY})

RULES: Mapping[ApprovalKind, Rule] = {
    ApprovalKind.BULK_EXPORT: Rule(Permission.EXPORT_MAKE, Permission.APPROVAL_GIVE, instead=TRUSTEE_OR_DELAY),
    ApprovalKind.ERASURE: Rule(Permission.CASE_ERASE, Permission.APPROVAL_GIVE, instead=TRUSTEE_ONLY),
    ApprovalKind.HOLD_LIFT: Rule(Permission.HOLD_LIFT, Permission.APPROVAL_GIVE, instead=TRUSTEE_OR_DELAY),
    ApprovalKind.AGE_UNLOCK: Rule(
        Permission.AGE_UNLOCK, Permission.APPROVAL_GIVE, timedelta(days=3), instead=TRUSTEE_ONLY
    ),
    ApprovalKind.ORIGINAL_RELEASE: Rule(
        Permission.ORIGINAL_RELEASE, Permission.APPROVAL_GIVE, timedelta(days=3), instead=TRUSTEE_ONLY
    ),
    ApprovalKind.NOTICE_SEND: Rule(Permission.NOTICE_WRITE, Permission.NOTICE_APPROVE),
    ApprovalKind.REGISTER_DELETION: Rule(Permission.REGISTER_KEEP, Permission.APPROVAL_GIVE, instead=TRUSTEE_OR_DELAY),
}


def rule_of(kind: str) -> Rule:
    """Return the rule of a kind."""
    return RULES[ApprovalKind(kind)]


def does_casework(roles: Iterable[str]) -> bool:
    """Whether somebody with these roles counts as one of the team."""
    return not CASEWORK_ROLES.isdisjoint(roles)


def instead_of_a_colleague(kind: str, *, team: int) -> frozenset[ApprovalVia]:
    """Return what may stand in for a colleague in a team of so many people; nothing from three on."""
    return rule_of(kind).instead if team < SMALL_TEAM else frozenset()


def may_grant(kind: str, *, permissions: frozenset[Permission], is_asker: bool, sees_case: bool) -> bool:
    """Whether a colleague may say yes: never the one who asked, never without seeing the case.

    Whoever is barred from the case does not see it.
    """
    return not is_asker and sees_case and rule_of(kind).grant in permissions
