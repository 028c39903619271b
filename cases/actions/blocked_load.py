"""Count what browsers report of the content policy. Of a report only the broken rule's name is kept."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection

from cases.models import BlockedLoad
from cases.permissions import Door

KNOWN = frozenset(
    {
        *("base-uri", "connect-src", "default-src", "font-src", "form-action", "frame-ancestors", "frame-src"),
        *("img-src", "manifest-src", "media-src", "object-src", "script-src", "script-src-attr", "script-src-elem"),
        *("style-src", "style-src-attr", "style-src-elem", "worker-src"),
    }
)
OTHER = "other"
MOST_A_DAY = 100_000
"""Where counting stops: anybody can send reports."""
KEPT_DAYS = timedelta(days=90)
COUNT_ONE = """
  insert into cases_blockedload (day, door, directive, count) values (%s, %s, %s, 1)
  on conflict (day, door, directive) do update set count = cases_blockedload.count + 1
  where cases_blockedload.count < %s"""


def count(*, door: Door, directives: Iterable[str], at: datetime) -> None:
    """Count each broken rule once; a name that is no rule counts as "other". Days before the last ninety go."""
    names = sorted({name if name in KNOWN else OTHER for name in directives})
    with connection.cursor() as cursor:
        cursor.executemany(COUNT_ONE, [(at.date(), str(door), name, MOST_A_DAY) for name in names])
    BlockedLoad.objects.filter(day__lt=at.date() - KEPT_DAYS).delete()
