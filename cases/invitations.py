"""Where an invitation leads."""

from django.conf import settings
from django.urls import reverse


def join_address(token: str) -> str:
    """Return the whole address of an invitation for staff, to hand over by a safe way."""
    path = reverse("cases:join", args=[token], urlconf=settings.ROOT_URLCONF)
    return f"{settings.SCHEME}://{settings.STAFF_HOST}{path}"
