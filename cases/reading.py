"""How an event of the record reads: a sentence from <app>/events/<what>.html, and who did it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from django.db.models import Q
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from cases.actor import ActorKind
from cases.keys import KeyMissing
from cases.models import Event, User
from cases.models.event import EventQuerySet
from cases.sealed import CannotOpen

SHAPES = {
    ActorKind.USER: "person",
    ActorKind.CLIENT: "client",
    ActorKind.RECIPIENT: "platform",
    ActorKind.MAILBOX: "platform",
    ActorKind.SYSTEM: "system",
}


@dataclass(frozen=True)
class Entry:
    """One event in words. `shape` is the kind of components/timeline_item.html."""

    event: Event
    at: datetime
    text: SafeString
    who: str
    shape: str

    @property
    def is_readable(self) -> bool:
        """Whether what the event says could be opened."""
        return not unreadable(self.event)


def template_of(kind: str) -> str:
    """Return where the words of a kind of event are: `cases.note_written` is cases/events/note_written.html."""
    app, _dot, what = kind.partition(".")
    return f"{app}/events/{what}.html"


def unreadable(event: Event) -> str:
    """Say why what an event says cannot be shown, or nothing.

    What an erased case's event said cannot be read by anybody; what was changed is not shown as if it were whole.
    """
    try:
        event.opened()
    except KeyMissing:
        return _("What was written here cannot be read any more: its key is gone.")
    except CannotOpen:
        return _("What was written here was changed, or moved from elsewhere. Have the record checked.")
    return ""


def sentence(event: Event) -> SafeString:
    """Say an event in words, from its opened values. Safe text: the template escapes what was typed."""
    if why := unreadable(event):
        return format_html("{}", why)
    try:
        template = get_template(template_of(event.kind))
    except TemplateDoesNotExist:
        template = get_template("cases/events/unknown.html")
    # The template has escaped what was typed; strip() would forget that.
    return mark_safe(template.render({"event": event, "body": event.body, "case": event.case}).strip())


def names_of(events: Iterable[Event]) -> dict[str, str]:
    """Return the names of the staff who acted, by their id in the record."""
    wanted = {event.actor_id for event in events if event.actor_kind == ActorKind.USER}
    people = User.objects.filter(pk__in=[UUID(number) for number in wanted if number])
    return {str(person.pk): person.name for person in people}


def who_of(event: Event, names: dict[str, str]) -> str:
    """Say who did it: a colleague by name, everybody else by what they are."""
    match event.actor_kind:
        case ActorKind.USER:
            return names.get(event.actor_id, _("Staff"))
        case ActorKind.CLIENT:
            return _("Client, by their page")
        case ActorKind.RECIPIENT:
            return _("Recipient of a share")
        case ActorKind.MAILBOX:
            return _("By mail")
        case _:
            return _("Recourse")


def read_events(events: Sequence[Event]) -> list[Entry]:
    """Return events in words, in the order given. One query finds the names."""
    names = names_of(events)
    return [
        Entry(
            event=event,
            at=event.at,
            text=sentence(event),
            who=who_of(event, names),
            shape=SHAPES.get(ActorKind(event.actor_kind), "system"),
        )
        for event in events
    ]


PAGE_SIZE = 50
MOST_EVENTS = 1 << 62


@dataclass(frozen=True)
class Page:
    """One page of events by when they happened; `older` is where the next page goes on, empty on the last."""

    rows: list[Event]
    older: str
    is_first: bool


def page_of(events: EventQuerySet, before: str) -> Page:
    """Return the page that ends before a place: a time and a number in the chain, for events of one moment.

    Order is by when things happened, not by when they were written: past reports are entered later. A place that
    cannot be read gives the first page.
    """
    place = _place(before)
    found = events.order_by("-at", "-seq")
    rows = list((found if place is None else found.filter(place))[: PAGE_SIZE + 1])
    shown = rows[:PAGE_SIZE]
    older = f"{shown[-1].at.isoformat()}_{shown[-1].seq}" if len(rows) > len(shown) else ""
    return Page(shown, older, is_first=place is None)


def _place(text: str) -> Q | None:
    moment, _dot, seq = text.rpartition("_")
    try:
        at, number = datetime.fromisoformat(moment), int(seq)
    except ValueError:
        return None
    if at.tzinfo is None or not 0 < number < MOST_EVENTS:
        return None
    # The first half lets the index find the place; the second is for events of one moment.
    return Q(at__lte=at) & (Q(at__lt=at) | Q(seq__lt=number))


def by_day(entries: Iterable[Entry]) -> list[tuple[object, list[Entry]]]:
    """Group entries by the reader's day, in the order given."""
    return [(day, list(rows)) for day, rows in groupby(entries, key=lambda entry: timezone.localtime(entry.at).date())]
