"""The queue of Today as people read it: groups by clock, and each task in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from html import unescape
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Count, Q
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.utils.translation import gettext as _

from cases.actions.case_task import NEEDS_A_NOTE
from cases.models import CaseTask
from cases.models.case_task import CaseTaskQuerySet
from cases.states import ClockOwner
from cases.templatetags.ui import SOON

PAGE_SIZE = 50


class Words(NamedTuple):
    """How a task reads: verb and object, the button, and a tag with its tone."""

    title: str
    action: str
    tag: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Row:
    """One row of the queue. One that does not end here ends on its own page, with a note."""

    task: CaseTask
    words: Words
    is_first: bool
    ends_here: bool = True


@dataclass(frozen=True)
class Group:
    """Rows whose clocks are alike. Tones: late, soon or none."""

    title: str
    tone: str
    icon: str
    rows: list[Row]


def in_words(task: CaseTask) -> Words:
    """Read a task from templates/tasks/<kind>.html.

    Its first line is verb and object. A second line, when there is one, is the button; a third is a tag, written
    `tone: text` with a tone of components/state_tag.html. `task` and `task.facts` are at hand. The words are plain
    text: a page escapes them when it shows them.
    """
    try:
        template = get_template(f"tasks/{task.kind}.html")
    except TemplateDoesNotExist:
        template = get_template("tasks/unknown.html")
    text = unescape(template.render({"task": task}))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    title, action, tag = [*lines, "", "", ""][:3]
    tone, colon, text = tag.partition(":")
    return Words(title, action or _("Open"), text.strip() if colon else tag, tone.strip() if colon else "")


def group_of(task: CaseTask, *, now: datetime, zone: tzinfo) -> str:
    """Return the key of the group that a task belongs to: late, soon, day, later or none."""
    if task.due_at is None:
        return "none"
    if task.due_at < now:
        return "late"
    if task.due_at - now < SOON:
        return "soon"
    last_day = now.astimezone(zone).date() + timedelta(days=1)
    return "day" if task.due_at.astimezone(zone).date() <= last_day else "later"


def groups(tasks: Iterable[CaseTask], *, now: datetime, zone: tzinfo) -> list[Group]:
    """Sort tasks into groups, late first; only the very first row is the page's primary one."""
    found: dict[str, list[Row]] = {}
    for place, task in enumerate(tasks):
        row = Row(task, in_words(task), is_first=place == 0, ends_here=task.kind not in NEEDS_A_NOTE)
        found.setdefault(group_of(task, now=now, zone=zone), []).append(row)
    titles = {
        "late": (_("Past the limit"), "late", "alert"),
        "soon": (_("Next 6 hours"), "soon", "wait"),
        "day": (_("Later today and tomorrow"), "", ""),
        "later": (_("Later"), "", ""),
        "none": (_("No clock"), "", ""),
    }
    return [Group(*titles[key], found[key]) for key in titles if key in found]


class Place(NamedTuple):
    """A place in the queue to go on from: the last row's due time and id."""

    due_at: datetime | None
    task_id: UUID


def place_of(text: str) -> Place | None:
    """Read a place from an address, or None where it is not one of ours."""
    moment, _dot, number = text.rpartition("_")
    try:
        due_at = datetime.fromisoformat(moment) if moment else None
        place = Place(due_at, UUID(number))
    except ValueError:
        return None
    return None if due_at is not None and due_at.tzinfo is None else place


def written(task: CaseTask) -> str:
    """Write a task's place for an address."""
    return f"{task.due_at.isoformat() if task.due_at else ''}_{task.pk}"


def page_after(tasks: CaseTaskQuerySet, place: Place | None) -> list[CaseTask]:
    """Return one page of rows and one more, which says that there is another page."""
    rows = tasks.for_rows()
    if place is not None and place.due_at is None:
        rows = rows.filter(due_at=None, pk__gt=place.task_id)
    elif place is not None:
        same = Q(due_at=place.due_at, pk__gt=place.task_id)
        rows = rows.filter(Q(due_at__gt=place.due_at) | same | Q(due_at=None))
    return list(rows[: PAGE_SIZE + 1])


def waiting_on(tasks: CaseTaskQuerySet) -> list[dict[str, Any]]:
    """Say how many open tasks wait for whom: their clock runs, or ours for want of theirs (`facts["waits_for"]`)."""
    others = ((ClockOwner.PLATFORM, _("Platforms")), (ClockOwner.REGULATOR, _("Regulators")))
    counts = tasks.aggregate(
        **{
            owner.value: Count("pk", filter=Q(clock=owner) | Q(facts__waits_for=owner.value))
            for owner, _label in others
        }
    )
    return [{"label": label, "count": counts[owner.value]} for owner, label in others]
