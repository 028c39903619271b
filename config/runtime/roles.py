"""The database logins of a Recourse database and the statements that make them.

Logins belong to the cluster, not to a database, so no migration makes them: the embedded cluster runs these right
after it is made, production prints them with `python -m config.runtime.roles`.
"""

import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

from psycopg import Connection, sql

CLUSTER = "recourse_cluster"
OWNER = "recourse_owner"
WEB = "recourse_web"
WORKER = "recourse_worker"
BACKUP = "recourse_backup"
LOGINS = (OWNER, WEB, WORKER, BACKUP)
DATABASE = "recourse"

PLAIN = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
SEES_ALL = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION BYPASSRLS"


def statements(passwords: Mapping[str, str], *, database: str = DATABASE) -> list[str]:
    """Return the statements a superuser runs once on an empty cluster, `CREATE DATABASE` apart from any transaction.

    A login without an entry in `passwords` gets none and can connect only where the server trusts it.
    """
    made = []
    for login in LOGINS:
        password = ""
        if login in passwords:
            password = " PASSWORD " + sql.Literal(passwords[login]).as_string()
        made.append(f"CREATE ROLE {login} {SEES_ALL if login == BACKUP else PLAIN}{password}")
    return [
        *made,
        f"GRANT pg_read_all_data TO {BACKUP}",
        f"CREATE DATABASE {database} OWNER {OWNER}",
        f"REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {database} TO {WEB}, {WORKER}, {BACKUP}",
        f"GRANT TEMPORARY ON DATABASE {database} TO {WORKER}",
    ]


def create(connection: Connection[tuple[object, ...]], passwords: Mapping[str, str]) -> None:
    """Make the logins and the database over an autocommit connection of a superuser."""
    for statement in statements(passwords):
        connection.execute(statement.encode())


def main(arguments: list[str]) -> int:
    """Print the statements; `NAME=FILE` arguments name the file that holds a login's password, else one is made."""
    files = dict(argument.split("=", 1) for argument in arguments)
    if unknown := set(files) - set(LOGINS):
        print(f"Unknown login: {', '.join(sorted(unknown))}. They are {', '.join(LOGINS)}.", file=sys.stderr)
        return 1
    passwords = {
        login: Path(files[login]).read_text(encoding="utf-8").strip() if login in files else secrets.token_urlsafe(24)
        for login in LOGINS
    }
    print(";\n".join(statements(passwords)) + ";")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
