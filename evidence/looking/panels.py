"""What looking adds to pages: an exhibit's looks and releases, a person's own sums."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format

from cases.actor import Actor
from cases.contributions import Panel
from cases.models import User
from cases.permissions import Permission, Role
from evidence.looking import exposure, instead
from evidence.looking.subject import subject_of
from evidence.models import Exhibit, ExhibitState, ExtraTime, Release, ReleaseState, Viewing, ViewingMode


def sums_of(exhibit: Exhibit, actor: Actor) -> Mapping[str, int]:
    """Return how often an exhibit was looked at and for how many seconds, and how often its text was enough."""
    looks = seconds = read = 0
    rows = Viewing.objects.visible_to(actor).filter(exhibit=exhibit).values_list("mode", "shown_ms", "served_at")
    for mode, shown_ms, served_at in rows:
        if mode == ViewingMode.TEXT:
            read += 1
        elif served_at is not None:
            looks += 1
            seconds += -(-shown_ms // 1000)
    return {"looks": looks, "seconds": seconds, "read": read}


def exhibit_looks(exhibit: Exhibit, actor: Actor, at: datetime) -> Panel | None:
    """Return the cover with its ways to look or to read, and how often that was done."""
    if exhibit.state != ExhibitState.SEALED:
        return None
    subject = subject_of(exhibit)
    context = {
        "exhibit": exhibit,
        "shape": subject.shape if subject else "",
        "offers": instead.offers(exhibit),
        **sums_of(exhibit, actor),
    }
    return Panel("evidence/_exhibit_looks.html", context)


def exhibit_releases(exhibit: Exhibit, actor: Actor, at: datetime) -> Panel | None:
    """Return the releases of an original; nothing where there is none and the reader cannot ask for one."""
    rows = list(Release.objects.visible_to(actor).of_exhibit(exhibit.pk).select_related("asked_by"))
    person = User.objects.filter(pk=actor.id).first() if actor.id else None
    may_ask = bool(person and person.may(Permission.ORIGINAL_RELEASE)) and exhibit.state == ExhibitState.SEALED
    if not rows and not may_ask:
        return None
    shown = [
        {
            "release": row,
            "is_mine": row.asked_by_id == actor.id,
            "is_running": row.state in (ReleaseState.ASKED, ReleaseState.ALLOWED),
            "is_over": row.state == ReleaseState.ALLOWED and (row.expires_at is None or row.expires_at <= at),
        }
        for row in rows
    ]
    return Panel("evidence/_exhibit_releases.html", {"exhibit": exhibit, "rows": shown, "may_ask": may_ask})


def extra_of(user: User, *, at: datetime) -> list[ExtraTime]:
    """Return what a person was given on top for today, by whom and why; call inside `acting_as` them."""
    return list(ExtraTime.objects.of(user.pk).lasting(at=at).select_related("given_by"))


def today(user: User, actor: Actor, at: datetime) -> Panel | None:
    """Return how much of their minutes a person used, for the card on Today; nothing for whoever never looks."""
    if not user.may(Permission.EVIDENCE_LOOK):
        return None
    zone = ZoneInfo(user.time_zone)
    used = exposure.allowance(user.pk, at=at, zone=zone)
    week = exposure.own_days(user.pk, at=at, zone=zone, days=7)
    looks, avoided = sum(day.looks for day in week), sum(day.avoided for day in week)
    return Panel("evidence/_today_looks.html", {"used": used, "looks": looks, "avoided": avoided})


def my_day(user: User, actor: Actor, at: datetime) -> Panel:
    """Return a person's own fourteen days, and for a supervisor the sums of their people together."""
    zone = timezone.get_current_timezone()
    days = exposure.own_days(user.pk, at=at, zone=zone)
    used = exposure.allowance(user.pk, at=at, zone=ZoneInfo(user.time_zone))
    most = max([used.day_minutes, *(day.minutes for day in days)])
    context: dict[str, Any] = {
        "days": [
            {
                "day": day,
                "share": round(day.seconds * 100 / (most * 60)),
                "short": date_format(day.day, "D"),
                "long": date_format(day.day, "l j F"),
            }
            for day in days
        ],
        "used": used,
        "extra": extra_of(user, at=at),
        "looks": sum(day.looks for day in days),
        "avoided": sum(day.avoided for day in days),
        "minutes": sum(day.minutes for day in days),
        "may_look": user.may(Permission.EVIDENCE_LOOK),
        "team": None,
        "may_extend": user.may(Permission.LOOK_EXTEND),
    }
    if user.has_role(Role.SUPERVISOR):
        context["team"] = exposure.team_days(since=at - timedelta(days=exposure.DAYS))
    return Panel("evidence/_my_looks.html", context)
