"""`bin/manage signing new|show|check|refresh`: the key that signs bundles. Text, or JSON with --json."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from evidence import proof_sweep
from evidence.proofs import certificates, cms, signing
from evidence.proofs.certificates import CannotSign


class Command(BaseCommand):
    """Make, show, try or keep fresh the organisation's signing key."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Take one of four words."""
        parser.add_argument("what", choices=["new", "show", "check", "refresh"])
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what was asked; a failure is one line and a code that is not zero."""
        now = timezone.now()
        told = {"new": self._new, "show": self._show, "check": self._check, "refresh": self._refresh}[options["what"]](
            now
        )
        if options["json"]:
            self.stdout.write(json.dumps(told))
            return
        for name, value in told.items():
            self.stdout.write(f"{name.replace('_', ' ')}: {value}")

    def _new(self, now: datetime) -> dict[str, Any]:
        folder = Path(settings.SIGNING_KEY).parent
        try:
            made = certificates.make_own(folder, settings.ORG_NAME, at=now)
        except FileExistsError:
            raise CommandError(f"There is a signing key in {folder} already; move it away first.") from None
        except (CannotSign, OSError) as error:
            raise CommandError(str(error)) from error
        return {
            "made_in": str(folder),
            "publish_this_fingerprint": certificates.fingerprint(made.root),
            "runs_out": certificates.ends_at(made).date().isoformat(),
            "keep_apart": f"{folder / certificates.ROOT_KEY} (needed only for the next certificate or list)",
        }

    def _show(self, now: datetime) -> dict[str, Any]:
        found = signing.state(now)
        if found.identity is None:
            raise CommandError(found.why_not)
        return {
            "signs_now": not found.why_not,
            "why_not": found.why_not,
            "in_the_name_of": certificates.common_name(found.identity.certificate),
            "fingerprint_of_the_root": found.root_fingerprint,
            "fingerprint_of_the_certificate": found.fingerprint,
            "runs_out": found.ends_at.date().isoformat() if found.ends_at else "",
            "days_left": found.days_left(now),
            "withdrawal_lists": len(found.identity.lists),
        }

    def _check(self, now: datetime) -> dict[str, Any]:
        told = self._show(now)
        found = signing.signer(at=now)
        if found is None:
            raise CommandError(str(told["why_not"]))
        cms.sign(b"a trial", signer=found)
        return {"result": "it signs", **told}

    def _refresh(self, now: datetime) -> dict[str, Any]:
        """Issue the withdrawal list of an own root anew, and ask for stamps that are missing or run out soon."""
        folder = Path(settings.SIGNING_KEY).parent
        told: dict[str, Any] = {}
        try:
            made = certificates.renew_list(folder, at=now)
            told["withdrawal_list_good_until"] = made.next_update_utc.date().isoformat() if made.next_update_utc else ""
        except CannotSign as reason:
            told["withdrawal_list"] = str(reason)
        told["stamps_asked_for"] = proof_sweep.stamps(at=now)
        return told
