"""`bin/manage exhibits add REF FILE…` and `bin/manage exhibits list REF`: bulk work with the same checks and record."""

import json
import os
import stat
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from cases.access import acting_as
from cases.actor import Actor
from cases.forms import clean_text
from cases.keys import case_key
from cases.models import Case, User
from cases.permissions import Permission
from cases.states import IllegalMove
from cases.vault import VaultError
from evidence.actions import exhibit as exhibit_actions
from evidence.actions.exhibit import Incoming, Statement, initials
from evidence.intake import ClientName, Staging, TooLarge, finding_of
from evidence.kinds import NotTaken
from evidence.models import AcquisitionMethod, EvidenceKind, Exhibit
from evidence.scanning import Scan
from evidence.uploads import Reason, refusal_of

READ_BYTES = 256 * 1024
Row = dict[str, Any]


class _NotAFile(Exception):
    pass


class Command(BaseCommand):
    """Add files from the server's own disk, or list what a case holds. Ends with 1 when one file was not taken."""

    help = "Add files to a case as exhibits, or list the exhibits of a case."

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the case, the files, and who is acting."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        # The parsers of verbs must be plain ones: Django's own wants arguments that argparse does not give.
        add = verbs.add_parser("add", help="add files")
        listing = verbs.add_parser("list", help="list exhibits")
        for verb in (cast(ArgumentParser, add), cast(ArgumentParser, listing)):
            verb.add_argument("reference", help="the case, such as C-2047")
            verb.add_argument("--as", dest="person", required=True, help="e-mail address of the member of staff")
            verb.add_argument("--json", action="store_true", help="print JSON, one object")
        add.add_argument("files", nargs="+", type=Path, help="files to add")
        add.add_argument("--description", required=True, help="what they are, without intimate detail")
        add.add_argument("--method", choices=AcquisitionMethod.values, default=AcquisitionMethod.HANDED_OVER.value)
        add.add_argument("--kind", choices=EvidenceKind.values, help="what they are as evidence (else guessed)")
        add.add_argument("--source", default="", help="where they are from")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it and print what became of each file."""
        needs = Permission.EVIDENCE_ADD if options["verb"] == "add" else Permission.EVIDENCE_VIEW
        user = User.objects.filter(email__iexact=options["person"], is_active=True).first()
        if user is None or user.is_client or not user.may(needs):
            raise CommandError(f"{options['person']} is nobody who may do this.")
        actor = Actor.user(user)
        with acting_as(actor):
            case = Case.objects.visible_to(actor).filter(reference=options["reference"]).first()
        if case is None:
            raise CommandError(f"There is no case {options['reference']} that {user.name} works on.")
        if options["verb"] == "list":
            self._say({"case": case.reference, "exhibits": _listed(case, actor)}, as_json=options["json"])
            return
        rows = list(self._add(case, user, actor, options))
        self._say({"case": case.reference, "files": rows}, as_json=options["json"])
        failed = sum(row["result"] == "refused" for row in rows)
        if failed:
            raise CommandError(f"{failed} of {len(rows)} files were not taken.")

    def _add(self, case: Case, user: User, actor: Actor, options: dict[str, Any]) -> Iterator[Row]:
        try:
            exhibit_actions.check_open(case)
            statement = Statement(
                description=clean_text(options["description"])[:300],
                method=AcquisitionMethod(options["method"]),
                source=clean_text(options["source"])[:2000],
                evidence_kind=EvidenceKind(options["kind"]) if options["kind"] else None,
            )
        except IllegalMove as refusal:
            raise CommandError(str(refusal)) from None
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from None
        for path in options["files"]:
            yield self._add_one(case, user, actor, path, statement)

    def _add_one(self, case: Case, user: User, actor: Actor, path: Path, statement: Statement) -> Row:
        name, now = ClientName.of(path.name), timezone.now()
        try:
            incoming = _staged(case, actor, path, name)
            outcome = exhibit_actions.take_in(
                case_id=case.pk,
                incoming=incoming,
                statement=statement,
                producer=initials(user.name),
                by=actor,
                at=now,
                route="command",
            )
        except (_NotAFile, TooLarge, NotTaken, _Refused, VaultError, IllegalMove, OSError) as refusal:
            reason = _reason(refusal)
            with acting_as(actor):
                exhibit_actions.refuse(case_id=case.pk, name=name.shown, reason=reason, by=actor, at=now)
            said = str(refusal) if not isinstance(refusal, OSError) else (refusal.strerror or "It could not be read.")
            return {"file": str(path), "result": "refused", "reason": reason, "message": said}
        found = outcome.exhibit
        return {
            "file": str(path),
            "result": "kept" if outcome.is_new else "known",
            "exhibit": found.label,
            "id": str(found.pk),
            "sha256": found.sha256,
            "size": found.size,
        }

    def _say(self, told: Row, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        for row in told.get("files", []):
            if row["result"] == "refused":
                self.stdout.write(f"not taken   {row['file']}: {row['message']}")
            else:
                word = "kept as" if row["result"] == "kept" else "already"
                self.stdout.write(f"{word:<11} {row['exhibit']}  {row['sha256']}  {row['file']}")
        for row in told.get("exhibits", []):
            self.stdout.write(f"{row['exhibit']}  {row['sha256']}  {row['size']:>12}  {row['description']}")


class _Refused(Exception):
    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def _reason(refusal: Exception) -> str:
    if isinstance(refusal, _Refused):
        return refusal.reason.value
    if isinstance(refusal, VaultError):
        return "store"
    if isinstance(refusal, IllegalMove):
        return "case"
    return Reason.TOO_LARGE.value if isinstance(refusal, TooLarge) else Reason.KIND.value


def _staged(case: Case, actor: Actor, path: Path, name: ClientName) -> Incoming:
    """Read one regular file into the staging folder: links, devices and pipes are not followed."""
    with acting_as(actor):
        key = case_key(case.pk)
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise _NotAFile("This is not a regular file.")
        scan = Scan(settings.CLAMD) if settings.CLAMD else None
        with Staging(settings.STAGING_DIR, key, case.pk, limit=settings.MAX_RESUMABLE) as staging:
            while piece := file.read(READ_BYTES):
                if scan is not None:
                    scan.feed(piece)
                staging.write(piece)
            staged = staging.finish()
    try:
        if scan is not None and (refused := refusal_of(scan.verdict())):
            raise _Refused(*refused)
        return Incoming(staged=staged, name=name, finding=finding_of(staged, name, ""))
    except BaseException:
        staged.discard()
        raise


def _listed(case: Case, actor: Actor) -> list[Row]:
    with acting_as(actor):
        return [
            {
                "exhibit": row.label,
                "id": str(row.pk),
                "kind": row.evidence_kind,
                "media_type": row.media_type,
                "size": row.size,
                "sha256": row.sha256,
                "received_at": row.received_at.isoformat(),
                "description": row.description,
            }
            for row in Exhibit.objects.visible_to(actor).filter(case=case).sealed().for_rows()
        ]
