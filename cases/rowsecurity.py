"""Migration operations for row-level security, so that no table with a case can be laid without it."""

from typing import Any, Literal

from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

Reach = Literal["none", "read", "add", "all"]

OWNER, WEB, WORKER = "recourse_owner", "recourse_web", "recourse_worker"
STAFF_CASES = "select recourse_staff_cases()"
CLIENT_CASES = "select recourse_client_cases()"
SHARED_CASES = "select recourse_shared_cases()"


def _policies(table: str, column: str, *, clients: Reach, recipients: Reach) -> list[str]:
    made = [
        f"create policy owner_all on {table} to {OWNER} using (true) with check (true)",
        f"create policy worker_all on {table} to {WORKER} using (true) with check (true)",
        f"create policy staff_all on {table} to {WEB} using ({column} in ({STAFF_CASES})) "
        f"with check ({column} in ({STAFF_CASES}))",
    ]
    for name, reach, cases in (("client", clients, CLIENT_CASES), ("recipient", recipients, SHARED_CASES)):
        seen = f"{column} in ({cases})"
        if reach == "all":
            made.append(f"create policy {name}_all on {table} to {WEB} using ({seen}) with check ({seen})")
        elif reach == "read":
            made.append(f"create policy {name}_read on {table} for select to {WEB} using ({seen})")
        elif reach == "add":
            made.append(f"create policy {name}_add on {table} for insert to {WEB} with check ({seen})")
    return made


class ProtectCaseRows(Operation):
    """Enable and FORCE row-level security on a model's table.

    Staff reach rows of cases that `recourse_staff_cases()` names; clients and share recipients reach nothing unless
    the operation says read, add or all. The worker and the owner reach everything.
    """

    reversible = True

    def __init__(
        self, model: str, *, column: str = "case_id", clients: Reach = "none", recipients: Reach = "none"
    ) -> None:
        self.model, self.column, self.clients, self.recipients = model, column, clients, recipients

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """Return how to write this operation down again."""
        words = {"column": self.column, "clients": self.clients, "recipients": self.recipients}
        return (type(self).__name__, [self.model], words)

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change nothing in the models' state."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: ProjectState) -> None:
        """Protect the table."""
        table = to_state.apps.get_model(app_label, self.model)._meta.db_table
        schema_editor.execute(f"alter table {table} enable row level security")
        schema_editor.execute(f"alter table {table} force row level security")
        for statement in _policies(table, self.column, clients=self.clients, recipients=self.recipients):
            schema_editor.execute(statement)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: Any) -> None:
        """Take the protection off again."""
        table = from_state.apps.get_model(app_label, self.model)._meta.db_table
        for name in ("owner_all", "worker_all", "staff_all", "client_all", "client_read", "client_add"):
            schema_editor.execute(f"drop policy if exists {name} on {table}")
        for name in ("recipient_all", "recipient_read", "recipient_add"):
            schema_editor.execute(f"drop policy if exists {name} on {table}")
        schema_editor.execute(f"alter table {table} disable row level security")

    def describe(self) -> str:
        """Say what this does, for the migration log."""
        return f"Protect the rows of {self.model} by case"


class GrantRuntimeRoles(Operation):
    """Let the two runtime roles use what the owner makes, now and later; they own nothing."""

    reversible = True

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change nothing in the models' state."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Grant on existing tables and set the default for new ones."""
        both = f"{WEB}, {WORKER}"
        for statement in (
            f"grant usage on schema public to {both}, recourse_backup",
            f"grant select, insert, update, delete on all tables in schema public to {both}",
            f"grant usage, select on all sequences in schema public to {both}",
            "grant select on all tables in schema public to recourse_backup",
            f"alter default privileges in schema public grant select, insert, update, delete on tables to {both}",
            f"alter default privileges in schema public grant usage, select on sequences to {both}",
            "alter default privileges in schema public grant select on tables to recourse_backup",
        ):
            schema_editor.execute(statement)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Leave the grants: nothing that could be undone safely depends on them."""

    def describe(self) -> str:
        """Say what this does, for the migration log."""
        return "Grant the runtime roles what they need"
