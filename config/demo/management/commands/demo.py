"""`demo`: put the fictional cases into an empty installation and say how to sign in."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from config.demo import cases


class Command(BaseCommand):
    """Tell the cases once; every time, print one sign-in per role."""

    help = "Add the fictional cases of the demo, once, and print how to sign in. Refused beside a real case."

    def handle(self, *args: Any, **options: Any) -> None:
        """Tell and print; a refusal is one line and code 1."""
        now = timezone.now()
        try:
            cases.tell(now=now)
        except cases.NotPossible as refusal:
            raise CommandError(str(refusal)) from None
        for line in cases.sign_ins(now=now):
            self.stdout.write(line)
