"""Which covers of a case are shown: those that somebody asked a look for, those with text, one kind, one producer."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from cases.models import Case, CaseTask
from evidence.looking.instead import TEXTS
from evidence.models import Derivative, Exhibit

ALL, NEEDS, TEXT = "", "needs", "text"
KIND, PRODUCER = "kind-", "by-"
MOST = 12


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to narrow the list, as a link of its own."""

    label: str
    url: str
    current: bool
    count: int


@dataclass(frozen=True, slots=True)
class Shown:
    """The exhibits that are shown, and the ways to narrow them (none where they would all say the same)."""

    exhibits: Sequence[Exhibit]
    choices: Sequence[Choice]


def shown(case: Case, exhibits: Sequence[Exhibit], wanted: str, *, path: str) -> Shown:
    """Return what `wanted` (the value of ?show=) leaves of a case's exhibits; call inside `acting_as`.

    An unknown value shows all of them.
    """
    tasks = CaseTask.objects.open().filter(case=case, kind="look_asked").values_list("subject_id", flat=True)
    asked = set(tasks)
    read = Derivative.objects.made().filter(case=case, kind__in=list(TEXTS)).values_list("exhibit_id", flat=True)
    with_text = set(read)
    groups: dict[str, tuple[str, list[Exhibit]]] = {
        ALL: (_("All"), list(exhibits)),
        NEEDS: (_("Needs a look"), [one for one in exhibits if one.pk in asked]),
        TEXT: (_("Text only"), [one for one in exhibits if not one.is_media or one.pk in with_text]),
    }
    for one in exhibits:
        groups.setdefault(KIND + one.kind_said.lower(), (one.kind_said, []))[1].append(one)
    for one in exhibits:
        said = _("By %(who)s") % {"who": one.producer}
        groups.setdefault(PRODUCER + one.producer.lower(), (said, []))[1].append(one)
    everything = len(exhibits)
    useful = {name: group for name, group in groups.items() if name == ALL or 0 < len(group[1]) < everything}
    current = wanted if wanted in useful else ALL
    choices = [
        Choice(label, f"{path}?{urlencode({'show': name})}" if name else path, name == current, len(found))
        for name, (label, found) in list(useful.items())[:MOST]
    ]
    return Shown(useful[current][1], choices if len(choices) > 1 else [])
