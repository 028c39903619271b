"""The audit search: what happened over the whole record, for who may see that it happened but not what was said."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import audit
from cases.access import acting_as
from cases.actions import anchor_export
from cases.actor import ActorKind
from cases.forms import CleanedForm
from cases.http import SignedInRequest, one_use, requires
from cases.models import User, UserKind
from cases.permissions import Permission


class AuditFilter(CleanedForm):
    """What to look for."""

    what = forms.ChoiceField(label=gettext_lazy("What"), required=False)
    who = forms.ChoiceField(label=gettext_lazy("Who"), required=False)
    since = forms.DateField(
        label=gettext_lazy("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label=gettext_lazy("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = [(key, str(label)) for key, (label, _parts) in audit.GROUPS.items()]
        each = [(kind, audit.words_of(kind)) for kind in audit.kinds()]
        self._choose(
            "what", [("", _("Everything")), *groups, (_("One kind only"), sorted(each, key=lambda one: one[1]))]
        )
        staff = User.objects.filter(kind=UserKind.STAFF).order_by("name").values_list("pk", "name")
        others = [
            (ActorKind.CLIENT.value, _("Clients")),
            (ActorKind.RECIPIENT.value, _("Recipients of shares")),
            (ActorKind.SYSTEM.value, "Recourse"),
        ]
        self._choose("who", [("", _("Everybody")), *others, *((str(pk), name) for pk, name in staff)])

    def _choose(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def wanted(self) -> audit.Search:
        """Return the search; whole days in the reader's zone."""
        if not self.is_valid():
            return audit.Search()
        chosen = self.cleaned_data
        until = chosen["until"]
        return audit.Search(
            what=chosen["what"],
            who=chosen["who"],
            since=_start_of(chosen["since"]),
            until=_start_of(until + timedelta(days=1)) if until and until < date.max else None,
        )


def _start_of(day: date | None) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time())) if day else None


@requires(Permission.AUDIT_VIEW)
def search(request: SignedInRequest) -> HttpResponse:
    """Show one page of what happened, newest first."""
    form = AuditFilter(request.GET)
    found = audit.search(form.wanted(), request.actor, before=request.GET.get("before", ""))
    chosen = {name: request.GET[name] for name in ("what", "who", "since", "until") if request.GET.get(name)}
    base = reverse("cases:audit")
    is_later = bool(request.GET.get("before"))
    context = {
        "form": form,
        "rows": found.rows,
        "is_filtered": bool(chosen),
        "older": f"{base}?{urlencode({**chosen, 'before': found.older})}" if found.older else "",
        "newer": (f"{base}?{urlencode(chosen)}" if chosen else base) if is_later else "",
    }
    return render(request, "cases/audit.html", context)


@requires(Permission.AUDIT_VIEW, methods=("POST",))
@one_use
def export_anchors(request: SignedInRequest) -> HttpResponse:
    """Hand out all anchors as a text file; that they were taken is in the record before the first byte."""
    now = timezone.now()
    with acting_as(request.actor):
        copied = anchor_export.copy_all(by=request.actor, at=now)
    response = HttpResponse(copied.text, content_type="text/plain; charset=us-ascii")
    response.headers["Content-Disposition"] = f'attachment; filename="anchors-{now:%Y-%m-%d}.txt"'
    response.headers["Cache-Control"] = "no-store"
    return response
