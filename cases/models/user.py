"""A person who signs in: staff by e-mail, clients by their own door."""

from typing import Any, ClassVar
from uuid import uuid4

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from cases.permissions import CLIENT, Permission, Role, allowed


class UserKind(models.TextChoices):
    """Staff and clients never share a door."""

    STAFF = "staff", "Staff"
    CLIENT = "client", "Client"


class UserManager(BaseUserManager["User"]):
    """Makes the two kinds of people; there is no superuser."""

    def make_staff(self, *, email: str, name: str, roles: list[Role], password: str | None = None) -> "User":
        """Create a member of staff; without a password the account cannot sign in yet."""
        user = self.model(kind=UserKind.STAFF, email=self.normalize_email(email).lower(), name=name, roles=list(roles))
        user.set_password(password)
        user.save(force_insert=True)
        return user

    def make_client(self, *, language: str = "en") -> "User":
        """Create a client's account: no e-mail, no usable password, no name outside the sealed rows."""
        user = self.model(kind=UserKind.CLIENT, language=language)
        user.set_unusable_password()
        user.save(force_insert=True)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find staff by e-mail, whatever its case; clients have none."""
        return self.get(kind=UserKind.STAFF, email__iexact=username or "")


class User(AbstractBaseUser):
    """A person. Staff have an e-mail address and roles; clients have neither."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=UserKind)
    email = models.EmailField(null=True)
    name = models.CharField(max_length=100, blank=True)
    roles = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=10, default="en")
    time_zone = models.CharField(max_length=50, default="UTC")
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_once"),
            models.CheckConstraint(
                name="user_client_has_no_email",
                condition=Q(kind=UserKind.STAFF, email__isnull=False) | Q(kind=UserKind.CLIENT, email=None, roles=[]),
            ),
            models.CheckConstraint(
                name="user_quiet_hours_begin_and_end",
                condition=Q(quiet_from=None, quiet_until=None)
                | (Q(quiet_from__isnull=False, quiet_until__isnull=False) & ~Q(quiet_from=models.F("quiet_until"))),
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(self.pk)

    @property
    def is_client(self) -> bool:
        """Whether this is a client's account."""
        return self.kind == UserKind.CLIENT

    def permissions(self) -> frozenset[Permission]:
        """Return everything this person may do."""
        if not self.is_active:
            return frozenset()
        return CLIENT if self.is_client else allowed(self.roles)

    def may(self, permission: Permission) -> bool:
        """Whether this person may do one thing."""
        return permission in self.permissions()

    def has_role(self, role: Role) -> bool:
        """Whether this person holds a role."""
        return role in self.roles

    def get_full_name(self) -> str:
        """Return the name shown to colleagues."""
        return self.name

    def get_short_name(self) -> str:
        """Return the name shown to colleagues."""
        return self.name

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Refuse Django's own permission names: ours are in cases.permissions."""
        return False
