"""A real IMAP server on loopback (Dovecot), with one mailbox in a folder of its own, gone with the test."""

import grp
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

USER, PASSWORD = "removals", "a-word-of-tests"
SECONDS = 60.0
CONF = """
base_dir = {base}/run
state_dir = {base}/state
log_path = {base}/log
ssl = no
disable_plaintext_auth = no
protocols = imap
listen = 127.0.0.1
mail_location = maildir:{base}/mail
default_internal_user = {who}
default_login_user = {who}
default_internal_group = {group}
first_valid_uid = {uid}
last_valid_uid = {uid}
first_valid_gid = 0
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={base}
}}
namespace inbox {{
  inbox = yes
}}
"""


@dataclass(frozen=True)
class Post:
    """A mailbox that runs: its address for RECOURSE_MAILBOX, and its folder."""

    url: str
    port: int
    folder: Path
    uid: int
    gid: int

    def lay(self, raw: bytes, *, name: str) -> None:
        """Lay a mail into the inbox as a delivery would."""
        new = self.folder / "mail" / "new"
        for folder in (new, self.folder / "mail" / "cur", self.folder / "mail" / "tmp"):
            folder.mkdir(parents=True, exist_ok=True)
            os.chown(folder, self.uid, self.gid)
        os.chown(self.folder / "mail", self.uid, self.gid)
        path = new / name
        path.write_bytes(raw)
        os.chown(path, self.uid, self.gid)

    def lying(self, folder: str = "") -> list[str]:
        """Return the names of the mails in a folder; the inbox when it is not named."""
        place = self.folder / "mail" / (f".{folder}" if folder else "")
        return sorted(path.name.partition(":")[0] for sub in ("new", "cur") for path in (place / sub).glob("*"))


@contextmanager
def imap_server(base: Path) -> Iterator[Post]:
    """Run Dovecot until the end of the block."""
    # Dovecot serves no mail as root: as root somebody else's number is used, otherwise one's own.
    person = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    port = _free_port()
    for folder in (base, base / "mail", base / "run", base / "state"):
        folder.mkdir(parents=True, exist_ok=True)
        os.chown(folder, person.pw_uid, person.pw_gid)
    conf = base / "dovecot.conf"
    who = pwd.getpwuid(person.pw_uid).pw_name
    conf.write_text(
        CONF.format(
            base=base,
            port=port,
            password=PASSWORD,
            who=who,
            group=grp.getgrgid(person.pw_gid).gr_name,
            uid=person.pw_uid,
            gid=person.pw_gid,
        )
    )
    program = shutil.which("dovecot") or "/usr/sbin/dovecot"
    running = subprocess.Popen([program, "-F", "-c", str(conf)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(port, running, base / "log")
        address = f"imap://{USER}:{PASSWORD}@127.0.0.1:{port}/INBOX"
        yield Post(address, port, base, person.pw_uid, person.pw_gid)
    finally:
        running.terminate()
        running.wait(timeout=SECONDS)


def _free_port() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])


def _wait(port: int, running: "subprocess.Popen[bytes]", log: Path) -> None:
    ends = time.monotonic() + SECONDS
    while time.monotonic() < ends:
        if running.poll() is not None:
            raise AssertionError(f"Dovecot ended: {log.read_text() if log.exists() else ''}")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
                if line.recv(4) == b"* OK":
                    return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("Dovecot did not answer.")
