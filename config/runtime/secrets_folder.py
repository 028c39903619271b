"""Make the secrets of one production host: `python3 -m config.runtime.secrets_folder FOLDER`. Standard library only."""

import os
import secrets
import sys
from pathlib import Path

from config.runtime import keyfile

HOST, DATABASE, QUEUE = "postgres", "recourse", "valkey"
LOGINS = ("owner", "web", "worker", "backup")


def make(folder: Path) -> list[str]:
    """Write one file per secret where none is yet; return the names of those made.

    The folder is closed to everybody else (0700). The files inside are readable (0444), because the containers,
    which get them one by one, run under numbers that own nothing on the host.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    made = [_once(folder / "cluster_password", _secret())]
    for login in LOGINS:
        password = folder / f"{login}_password"
        made.append(_once(password, _secret()))
        url = f"postgresql://recourse_{login}:{password.read_text(encoding='ascii').strip()}@{HOST}/{DATABASE}"
        made.append(_once(folder / f"{login}_url", url))
    made.append(_once(folder / "queue_password", _secret()))
    password = folder / "queue_password"
    made.append(_once(folder / "queue_url", f"redis://:{password.read_text(encoding='ascii').strip()}@{QUEUE}/0"))
    fresh = [name for name in ("keys", "secret_key") if not (folder / name).exists()]
    if fresh:
        if (folder / "keys").exists():
            (folder / "keys").chmod(0o600)
        keyfile.ensure(folder / "keys", folder / "secret_key", first_use=True)
    for path in folder.iterdir():
        # The root's signing key goes into no container.
        path.chmod(0o400 if path.name == "signing_root_key" else 0o444)
    return [name for name in made if name] + fresh


def _secret() -> str:
    return secrets.token_urlsafe(32)


def _once(path: Path, text: str) -> str:
    if path.exists():
        return ""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text + "\n")
    return path.name


def main(arguments: list[str]) -> int:
    """Make the folder that is named; nothing that is there is changed."""
    if len(arguments) != 1:
        print("Name the folder: python3 -m config.runtime.secrets_folder secrets", file=sys.stderr)
        return 1
    folder = Path(arguments[0])
    made = make(folder)
    print(f"Made in {folder}: {', '.join(made)}" if made else f"Everything is in {folder} already; nothing was changed")
    if not (folder / "email_url").exists():
        print(
            f"Still to write by hand: {folder / 'email_url'}, such as smtp://user:password@mail.example.org:587/?tls=true"
        )
    if not (folder / "signing_key").exists():
        print(f"Still to make, with the image that is built: {folder / 'signing_key'} (docs/running.md)")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
