"""How an event of the record reads: a sentence from <app>/events/<what>.html, and who did it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from cases.actor import ActorKind
from cases.models import Event, User

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


def template_of(kind: str) -> str:
    """Return where the words of a kind of event are: `cases.note_written` is cases/events/note_written.html."""
    app, _dot, what = kind.partition(".")
    return f"{app}/events/{what}.html"


def sentence(event: Event) -> SafeString:
    """Say an event in words, from its opened values. Safe text: the template escapes what was typed."""
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
