"""What a person may do: one enum of permissions, and roles as plain lists of it."""

from enum import StrEnum


class Door(StrEnum):
    """The host a request came in by; a session belongs to one door."""

    STAFF = "staff"
    PORTAL = "portal"
    MEDIA = "media"
    SHARE = "share"


class Permission(StrEnum):
    """Everything a signed-in person may be allowed to do."""

    HOME = "home"
    TODAY_VIEW = "today.view"
    CASE_VIEW = "case.view"
    CASE_OPEN = "case.open"
    CASE_EDIT = "case.edit"
    CASE_CLOSE = "case.close"
    CASE_MEMBERS = "case.members"
    CASE_BREAK_GLASS = "case.break_glass"
    CASE_ACCESS_LOG = "case.access_log"
    CASE_ERASE = "case.erase"
    AGE_LOCK = "age.lock"
    AGE_UNLOCK = "age.unlock"
    HOLD_SET = "hold.set"
    HOLD_LIFT = "hold.lift"
    CONTACT_TAKE = "contact.take"
    CLIENT_INVITE = "client.invite"
    CLIENT_MESSAGE = "client.message"
    PARTY_EDIT = "party.edit"
    PARTY_LOOKUP = "party.lookup"
    LINK_ADD = "link.add"
    LINK_CHECK = "link.check"
    EVIDENCE_ADD = "evidence.add"
    EVIDENCE_VIEW = "evidence.view"
    EVIDENCE_LOOK = "evidence.look"
    EVIDENCE_CAPTURE = "evidence.capture"
    FINGERPRINT_MATCH = "fingerprint.match"
    FINDING_WRITE = "finding.write"
    NOTICE_WRITE = "notice.write"
    NOTICE_SEND = "notice.send"
    NOTICE_APPROVE = "notice.approve"
    MAIL_SORT = "mail.sort"
    BUNDLE_BUILD = "bundle.build"
    BUNDLE_SHARE = "bundle.share"
    ORIGINAL_RELEASE = "original.release"
    LOOK_EXTEND = "look.extend"
    PLAYBOOK_VIEW = "playbook.view"
    ROSTER_VIEW = "roster.view"
    ROSTER_EDIT = "roster.edit"
    APPROVAL_GIVE = "approval.give"
    EXPORT_MAKE = "export.make"
    REGISTER_KEEP = "register.keep"
    RETENTION_VIEW = "retention.view"
    RETENTION_EDIT = "retention.edit"
    AUDIT_VIEW = "audit.view"
    PEOPLE_INVITE = "people.invite"
    PEOPLE_MANAGE = "people.manage"
    TEAM_EDIT = "team.edit"
    HEALTH_VIEW = "health.view"
    KEYS_VIEW = "keys.view"
    PORTAL_REPORT = "portal.report"
    PORTAL_STATUS = "portal.status"
    PORTAL_LINK_ADD = "portal.link.add"
    PORTAL_UPLOAD = "portal.upload"
    PORTAL_COPY = "portal.copy"
    PORTAL_CONTACT = "portal.contact"
    PORTAL_MESSAGE = "portal.message"
    PORTAL_ACCESS = "portal.access"


class Role(StrEnum):
    """The roles a member of staff may hold; a person may hold several."""

    CALL_TAKER = "call_taker"
    TRAINEE = "trainee"
    CASEWORKER = "caseworker"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"


CALLS = frozenset(
    {
        Permission.TODAY_VIEW,
        Permission.CASE_VIEW,
        Permission.CASE_OPEN,
        Permission.CASE_EDIT,
        Permission.AGE_LOCK,
        Permission.CONTACT_TAKE,
        Permission.CLIENT_INVITE,
        Permission.PARTY_LOOKUP,
        Permission.LINK_ADD,
        Permission.PLAYBOOK_VIEW,
        Permission.ROSTER_VIEW,
    }
)
"""Contacts and new cases of the shift: no media, no notices, no bundles, no shares."""

LEARNING = CALLS | {
    Permission.CLIENT_MESSAGE,
    Permission.PARTY_EDIT,
    Permission.LINK_CHECK,
    Permission.EVIDENCE_ADD,
    Permission.EVIDENCE_VIEW,
    Permission.EVIDENCE_CAPTURE,
    Permission.FINDING_WRITE,
    Permission.NOTICE_WRITE,
    Permission.BUNDLE_BUILD,
}
"""Casework under supervision: what leaves the house goes by a colleague's approval."""

CASEWORK = LEARNING | {
    Permission.CASE_CLOSE,
    Permission.CASE_MEMBERS,
    Permission.CASE_BREAK_GLASS,
    Permission.CASE_ACCESS_LOG,
    Permission.EVIDENCE_LOOK,
    Permission.FINGERPRINT_MATCH,
    Permission.HOLD_SET,
    Permission.NOTICE_SEND,
    Permission.NOTICE_APPROVE,
    Permission.MAIL_SORT,
    Permission.BUNDLE_SHARE,
}

ROLES: dict[Role, frozenset[Permission]] = {
    Role.CALL_TAKER: CALLS,
    Role.TRAINEE: LEARNING,
    Role.CASEWORKER: CASEWORK,
    Role.SUPERVISOR: CASEWORK
    | {
        Permission.AGE_UNLOCK,
        Permission.APPROVAL_GIVE,
        Permission.AUDIT_VIEW,
        Permission.CASE_ERASE,
        Permission.EXPORT_MAKE,
        Permission.HEALTH_VIEW,
        Permission.HOLD_LIFT,
        Permission.LOOK_EXTEND,
        Permission.ORIGINAL_RELEASE,
        Permission.REGISTER_KEEP,
        Permission.RETENTION_EDIT,
        Permission.RETENTION_VIEW,
        Permission.ROSTER_EDIT,
    },
    Role.ADMINISTRATOR: frozenset(
        {
            Permission.AUDIT_VIEW,
            Permission.EXPORT_MAKE,
            Permission.HEALTH_VIEW,
            Permission.KEYS_VIEW,
            Permission.PEOPLE_INVITE,
            Permission.PEOPLE_MANAGE,
            Permission.PLAYBOOK_VIEW,
            Permission.RETENTION_VIEW,
            Permission.TEAM_EDIT,
        }
    ),
}

CLIENT: frozenset[Permission] = frozenset(
    permission for permission in Permission if permission.value.startswith("portal.")
)


def allowed(roles: list[str]) -> frozenset[Permission]:
    """Return everything that somebody holding these roles may do."""
    known = [ROLES[Role(role)] for role in roles if role in set(Role)]
    return frozenset({Permission.HOME}).union(*known)
