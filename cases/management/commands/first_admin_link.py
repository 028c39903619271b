"""Print the link with which the first administrator makes their account; nothing once there is one."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from cases.actions import staff as staff_actions
from cases.actor import Actor
from cases.invitations import join_address


class Command(BaseCommand):
    """Make a link for the first administrator."""

    help = "Print a link for the first administrator: one use, 24 hours. A new link ends the one before."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line, or nothing where an administrator can sign in already."""
        token = staff_actions.invite_first_administrator(by=Actor.system("first_admin_link"), at=timezone.now())
        if token is not None:
            self.stdout.write(f"Make the first administrator's account (one use, 24 hours): {join_address(token)}")
