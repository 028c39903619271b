"""`bin/manage keys status|rotate|export-escrow|import-escrow|shred`: the custodian's commands."""

import getpass
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone

from cases import key_custody, key_status, keys
from cases.actions.key import OldEscrow
from cases.key_check import refuse_wrong_keys
from cases.key_custody import Busy, ByHand
from cases.key_escrow import EscrowUnreadable
from cases.rowsecurity import OWNER, WORKER

SHOWN = 20
"""How many cases are named before the rest are only counted."""


class Command(BaseCommand):
    """Look after the keys. No key is ever printed."""

    help = "Show, rotate, put into escrow, restore and destroy keys (docs/keys.md)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the five things that can be done."""
        what = parser.add_subparsers(dest="what", required=True)
        what.add_parser("status", help="versions, how many case keys each wraps, and what to do next")
        rotate = what.add_parser("rotate", help="wrap every case key anew under a new version; safe to run again")
        rotate.add_argument("--lookup", action="store_true", help="add a version of the look-up key instead")
        for name, text in (
            ("export-escrow", "write the case keys, sealed under a passphrase, to a new file"),
            ("import-escrow", "after a restore: put the case keys of the newest escrow file in place"),
            ("shred", "make erased cases unreadable in every backup"),
        ):
            parser_of = what.add_parser(name, help=text)
            parser_of.add_argument("file", type=Path, nargs="?" if name == "shred" else None)
            parser_of.add_argument("--passphrase-file", type=Path, help="its first line; - reads from standard input")
            if name == "shred":
                parser_of.add_argument("--finish", action="store_true", help="verify that old versions are gone")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do one thing; every refusal is one line and code 1."""
        self._refuse_login()
        work = getattr(self, "_" + str(options["what"]).replace("-", "_"))
        try:
            if options["what"] == "status":
                work()
                return
            with key_custody.turn():
                work(options, timezone.now())
        except (keys.KeyMissing, ByHand, Busy, OldEscrow, EscrowUnreadable, ValueError) as refusal:
            raise CommandError(str(refusal)) from None
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from None

    def _refuse_login(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("select current_user")
            (login,) = cursor.fetchone()
        if login not in (OWNER, WORKER):
            raise CommandError(f"{login} does not reach every case key; run this as {WORKER}.")

    def _status(self) -> None:
        held = keys.source().ring()
        self.stdout.write(f"Keys come from {held.place}.")
        for one in key_status.versions():
            dates = {
                "in use since": one.made_at,
                "in escrow": one.escrowed_at,
                "retired": one.retired_at,
                "destroyed": one.destroyed_at,
            }
            said = [f"{name} {at:%Y-%m-%d}" for name, at in dates.items() if at is not None]
            here = "held" if one.is_held else "not held"
            self.stdout.write(", ".join([f"kek:{one.version} {here}, {one.case_keys} case keys", *said]))
        counts = key_status.lookups()
        for version in sorted({*counts, *held.versions("lookup")}):
            here = "held" if held.holds("lookup", version) else "not held"
            self.stdout.write(f"lookup:{version} {here}, {counts.get(version, 0)} look-ups")
        for line in key_status.warnings():
            self.stdout.write(line)
        refuse_wrong_keys(held, key_status.needed())
        if broken := key_status.unopenable():
            shown = ", ".join(str(case_id) for case_id in broken[:SHOWN])
            raise keys.KeyMissing(f"{len(broken)} case keys do not open (damaged, or of another case): {shown}")
        self.stdout.write("Every key that the data needs is held, and every case key opens.")

    def _rotate(self, options: dict[str, Any], at: datetime) -> None:
        if options["lookup"]:
            version = key_custody.add_lookup()
            self.stdout.write(f"New look-ups use lookup:{version}. Keep the older versions: their look-ups need them.")
            return
        started, done = timezone.now(), 0

        def each(count: int) -> None:
            nonlocal done
            done += count

        version = key_custody.rotate(at=at, each=each)
        seconds = (timezone.now() - started).total_seconds()
        self.stdout.write(f"{done} case keys were wrapped anew in {seconds:.1f} s; all are under kek:{version}.")
        self.stdout.write("Backups still open with the older versions; keys shred destroys those.")

    def _export_escrow(self, options: dict[str, Any], at: datetime) -> None:
        escrow = key_custody.export(options["file"], self._passphrase(options, twice=True), at=at)
        self.stdout.write(f"{len(escrow.rows)} case keys are in {options['file']}, under kek:{escrow.kek_version}.")
        self.stdout.write(
            "Keep it with somebody who does not keep the key-encryption key, away from the backups of the data."
        )

    def _import_escrow(self, options: dict[str, Any], at: datetime) -> None:
        data = options["file"].read_bytes()
        result = key_custody.restore(data, self._passphrase(options, twice=False), at=at)
        self.stdout.write(
            f"{result.replaced} case keys were put in place; {result.destroyed} of erased cases were destroyed; "
            f"{result.newer} of cases younger than the file were left as they are."
        )

    def _shred(self, options: dict[str, Any], at: datetime) -> None:
        if options["finish"]:
            gone = key_custody.finish(at=at)
        elif options["file"] is None:
            raise CommandError("Name the escrow file to write, or say --finish.")
        else:
            gone = key_custody.shred(options["file"], self._passphrase(options, twice=True), at=at)
        said = ", ".join(f"kek:{version}" for version in gone)
        self.stdout.write(f"Destroyed: {said}." if gone else "There was no version to destroy.")
        if gone:
            self.stdout.write("Destroy the custodians' copies of these versions too: until then a backup still opens.")

    def _passphrase(self, options: dict[str, Any], *, twice: bool) -> str:
        place: Path | None = options["passphrase_file"]
        if place is not None:
            text = sys.stdin.readline() if str(place) == "-" else place.read_text(encoding="utf-8")
            return text.partition("\n")[0]
        said = getpass.getpass("Passphrase of the escrow file: ")
        if twice and getpass.getpass("Once more: ") != said:
            raise CommandError("The two did not agree; nothing was done.")
        return said
