"""Invite a member of staff from the command line, for an installation without an administrator at hand."""

import argparse
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.utils import timezone

from cases.actions import staff as staff_actions
from cases.actor import Actor
from cases.forms import clean_text
from cases.invitations import join_address
from cases.models import User, UserKind
from cases.permissions import Role
from cases.states import IllegalMove


class Command(BaseCommand):
    """Invite one person."""

    help = "Print a link with which a person joins the staff: one use, 24 hours."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the e-mail address, the name and the roles."""
        parser.add_argument("email")
        parser.add_argument("--name", required=True, help="how colleagues see them")
        parser.add_argument("--role", action="append", required=True, choices=[role.value for role in Role])

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line with the link; a person who was invited before gets a fresh one."""
        by, at = Actor.system("invite_staff"), timezone.now()
        try:
            validate_email(options["email"])
            name = clean_text(options["name"])
            known = User.objects.filter(kind=UserKind.STAFF, email__iexact=options["email"]).first()
            if known is not None:
                _user, token = staff_actions.invite_again(user_id=known.pk, by=by, at=at)
            else:
                roles = [Role(role) for role in options["role"]]
                _user, token = staff_actions.invite(email=options["email"], name=name, roles=roles, by=by, at=at)
        except (IllegalMove, ValidationError) as refusal:
            text = " ".join(refusal.messages) if isinstance(refusal, ValidationError) else str(refusal)
            raise CommandError(text) from refusal
        self.stdout.write(f"Hand this link over (one use, 24 hours): {join_address(token)}")
