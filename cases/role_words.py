"""How roles are called on screens, and what each may do in a sentence."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy

from cases.permissions import Role

ROLE_LABELS = {
    Role.CALL_TAKER: gettext_lazy("Call-taker"),
    Role.TRAINEE: gettext_lazy("Trainee"),
    Role.CASEWORKER: gettext_lazy("Caseworker"),
    Role.SUPERVISOR: gettext_lazy("Supervisor"),
    Role.ADMINISTRATOR: gettext_lazy("Administrator"),
}
ROLE_HINTS = {
    Role.CALL_TAKER.value: gettext_lazy("Takes contacts and opens cases, for the length of a shift. Sees no evidence."),
    Role.TRAINEE.value: gettext_lazy("Works on cases with others. What they write to a site waits for a colleague."),
    Role.CASEWORKER.value: gettext_lazy("Takes contacts and works on their own cases."),
    Role.SUPERVISOR.value: gettext_lazy("Sees the cases of their team and answers for them."),
    Role.ADMINISTRATOR.value: gettext_lazy("Invites people and sees how the system runs. Sees no case."),
}


def in_words(roles: Iterable[str]) -> str:
    """Say somebody's roles, the widest first; a role that is not known any more is left out."""
    known = [role for role in reversed(Role) if role.value in set(roles)]
    return ", ".join(str(ROLE_LABELS[role]) for role in known)
