"""The row-level security context: the one place that tells Postgres who is asking."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from django.db import connection, transaction

from cases.actor import Actor

_actor: ContextVar[Actor | None] = ContextVar("actor", default=None)
_case_keys: ContextVar[dict[UUID, bytes] | None] = ContextVar("case_keys", default=None)

SET_CONTEXT = "select set_config('recourse.actor_kind', %s, true), set_config('recourse.actor_id', %s, true)"


def _tell_postgres(actor: Actor | None) -> None:
    kind = actor.kind.value if actor else ""
    number = str(actor.id) if actor and actor.id else ""
    with connection.cursor() as cursor:
        cursor.execute(SET_CONTEXT, [kind, number])


@contextmanager
def acting_as(actor: Actor) -> Iterator[Actor]:
    """Open a transaction in which rows are visible to `actor` only; restore what was before at the end.

    The setting is local to the transaction, so a pooled connection cannot carry it to the next person.
    Case keys opened inside are forgotten with it.
    """
    before, keys_before = _actor.get(), _case_keys.get()
    with transaction.atomic():
        _tell_postgres(actor)
        actor_token = _actor.set(actor)
        keys_token = _case_keys.set(keys_before if before == actor and keys_before is not None else {})
        try:
            yield actor
        finally:
            _actor.reset(actor_token)
            _case_keys.reset(keys_token)
        # After an error the rollback itself restores what was set before.
        _tell_postgres(before)


def current_actor() -> Actor | None:
    """Return who is acting, or None outside `acting_as`."""
    return _actor.get()


def opened_keys() -> dict[UUID, bytes] | None:
    """Return the case keys opened in this context, or None outside of one."""
    return _case_keys.get()
