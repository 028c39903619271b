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
    AGE_LOCK = "age.lock"
    CONTACT_TAKE = "contact.take"
    CLIENT_INVITE = "client.invite"
    CLIENT_MESSAGE = "client.message"
    LINK_ADD = "link.add"
    LINK_CHECK = "link.check"
    EVIDENCE_ADD = "evidence.add"
    EVIDENCE_VIEW = "evidence.view"
    NOTICE_WRITE = "notice.write"
    NOTICE_SEND = "notice.send"
    BUNDLE_BUILD = "bundle.build"
    BUNDLE_SHARE = "bundle.share"
    PLAYBOOK_VIEW = "playbook.view"
    PEOPLE_INVITE = "people.invite"
    HEALTH_VIEW = "health.view"
    PORTAL_REPORT = "portal.report"
    PORTAL_STATUS = "portal.status"
    PORTAL_LINK_ADD = "portal.link.add"
    PORTAL_CONTACT = "portal.contact"
    PORTAL_MESSAGE = "portal.message"


class Role(StrEnum):
    """The roles a member of staff may hold; a person may hold several."""

    CASEWORKER = "caseworker"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"


CASEWORK = frozenset(
    {
        Permission.TODAY_VIEW,
        Permission.CASE_VIEW,
        Permission.CASE_OPEN,
        Permission.CASE_EDIT,
        Permission.AGE_LOCK,
        Permission.CONTACT_TAKE,
        Permission.CLIENT_INVITE,
        Permission.CLIENT_MESSAGE,
        Permission.LINK_ADD,
        Permission.LINK_CHECK,
        Permission.EVIDENCE_ADD,
        Permission.EVIDENCE_VIEW,
        Permission.NOTICE_WRITE,
        Permission.NOTICE_SEND,
        Permission.BUNDLE_BUILD,
        Permission.BUNDLE_SHARE,
        Permission.PLAYBOOK_VIEW,
    }
)

ROLES: dict[Role, frozenset[Permission]] = {
    Role.CASEWORKER: CASEWORK,
    Role.SUPERVISOR: CASEWORK | {Permission.HEALTH_VIEW},
    Role.ADMINISTRATOR: frozenset({Permission.PEOPLE_INVITE, Permission.HEALTH_VIEW, Permission.PLAYBOOK_VIEW}),
}

CLIENT: frozenset[Permission] = frozenset(
    permission for permission in Permission if permission.value.startswith("portal.")
)


def allowed(roles: list[str]) -> frozenset[Permission]:
    """Return everything that somebody holding these roles may do."""
    known = [ROLES[Role(role)] for role in roles if role in set(Role)]
    return frozenset({Permission.HOME}).union(*known)
