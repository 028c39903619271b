"""`manage.py receive FILE.eml…`: what kind of mail each file is, to which case and notice it belongs, and why."""

import hashlib
import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from cases.access import acting_as
from cases.vault import VaultError
from takedowns import mail_filing, mail_matching, mail_reading
from takedowns.mail_filing import MAILBOX
from takedowns.mail_kinds import decide
from takedowns.models import IncomingMail


def told(raw: bytes, *, name: str) -> dict[str, Any]:
    """Say what a mail is and where it belongs; nothing is kept or changed."""
    answer: dict[str, Any] = {"file": name, "sha256": hashlib.sha256(raw).hexdigest()}
    if not raw or len(raw) > mail_filing.LARGEST:
        return {**answer, "kind": None, "case": None, "notice": None, "why": ["It is empty or too large."]}
    try:
        read = mail_reading.read(raw)
    except mail_reading.NotRead as reason:
        why = [f"It could not be read as a mail: {reason}."]
        return {**answer, "kind": None, "case": None, "notice": None, "why": why}
    decided = decide(read, own=mail_filing.own_addresses())
    with acting_as(MAILBOX):
        found = mail_matching.find(read, reply_domain=settings.REPLY_DOMAIN)
        return {
            **answer,
            "kind": decided.kind.value,
            "case": found.notice.case.reference if found.notice else None,
            "notice": str(found.notice.pk) if found.notice else None,
            "matched_by": found.by.value if found.by else None,
            "suggestions": [
                {"case": one.notice.case.reference, "notice": str(one.notice.pk), "why": one.why}
                for one in found.suggestions
            ],
            "tickets": mail_matching.tickets_of(read, found.notice.platform if found.notice else None),
            "why": [decided.why, found.why],
        }


class Command(BaseCommand):
    """Read mails from files as the mailbox would hand them over."""

    help = "Receive mails from files: kept, matched and filed as if they had come by mail. Runs as the worker."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take files."""
        parser.add_argument("file", nargs="+", help="a mail as it came (.eml)")
        parser.add_argument("--dry-run", action="store_true", help="say what each is; keep nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON list, an object per file")

    def handle(self, *_: Any, **options: Any) -> None:
        """Print one object or some lines for each file, in the order given; end with 1 when a file cannot be opened."""
        answers = []
        for name in options["file"]:
            try:
                raw = Path(name).read_bytes()
            except OSError as trouble:
                raise CommandError(f"{name} cannot be read: {trouble.strerror}.") from trouble
            try:
                answers.append(self._one(raw, name=name, dry=options["dry_run"]))
            except mail_reading.TryLater as away:
                raise CommandError(f"No mail can be read now: {away}") from away
            except VaultError as failure:
                raise CommandError(str(failure)) from failure
        if options["json"]:
            self.stdout.write(json.dumps(answers, ensure_ascii=True, indent=1))
            return
        for answer in answers:
            where = f"{answer['case']}, notice {answer['notice']}" if answer["case"] else "no notice for sure"
            self.stdout.write(f"{answer['file']}\n  {answer['kind'] or 'no mail'}: {where}")
            for why in answer["why"]:
                self.stdout.write(f"  {why}")

    def _one(self, raw: bytes, *, name: str, dry: bool) -> dict[str, Any]:
        answer = told(raw, name=name)
        if dry:
            return answer
        now = timezone.now()
        try:
            row = mail_filing.keep(raw, at=now)
        except mail_filing.NotKept:
            return {**answer, "state": "refused"}
        if row is None:
            return {**answer, "state": "known"}
        mail_filing.work(at=now)
        with acting_as(MAILBOX):
            return {**answer, "state": IncomingMail.objects.get(pk=row.pk).state}
