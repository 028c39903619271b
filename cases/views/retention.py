"""The table of keeping times, and what would go on a day."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.db import connection
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.access import acting_as
from cases.actions import retention_rule as rule_actions
from cases.actor import Actor
from cases.countries import COUNTRIES
from cases.forms import CleanedForm, PlainText
from cases.http import SignedInRequest, one_use, requires
from cases.models import Case, Removal, RetentionRule
from cases.permissions import Permission
from cases.retention import ANY_COUNTRY, FIXED, OF_A_CASE, ClosedCase, DataClass, Rule, goes_on, rule_for
from cases.states import IllegalMove

AHEAD = timedelta(days=90)
REFERENCES_SHOWN = 20


class DayForm(CleanedForm):
    """The day of the preview."""

    on = forms.DateField(label=gettext_lazy("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class RuleForm(CleanedForm):
    """How long one class is kept."""

    country = forms.ChoiceField(label=gettext_lazy("Country"), required=False)
    days = forms.IntegerField(
        label=gettext_lazy("Days after closing"),
        required=False,
        min_value=1,
        max_value=36500,
        help_text=gettext_lazy("Leave it empty to keep it without end."),
    )
    basis = PlainText(label=gettext_lazy("What that rests on"), max_length=300)
    confidence = forms.ChoiceField(
        label=gettext_lazy("How sure is it?"),
        choices=(
            ("check-before-use", gettext_lazy("House rule: check before use")),
            ("checked-by-lawyer", gettext_lazy("A lawyer checked it")),
            ("verified-in-source", gettext_lazy("Read in the law itself")),
        ),
    )
    checked_on = forms.DateField(
        label=gettext_lazy("Checked on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    missing = {"basis": gettext_lazy("Say what the period rests on: a law, a contract, a house rule.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = sorted(((code, str(name)) for code, name in COUNTRIES.items()), key=lambda one: one[1])
        self.fields["country"].choices = [(ANY_COUNTRY, _("Any country")), *names]  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Line:
    """One class in the preview: how many cases would lose it by the day, and those that the person may see."""

    label: str
    count: int
    references: list[str]
    more: int


def preview(actor: Actor, rules: list[Rule], *, on: date) -> list[Line]:
    """Return what would go by a day, over every closed case; references only of cases that the actor may see."""
    with connection.cursor() as cursor:
        cursor.execute("select case_id, country, closed_at, wish, held, held_until from recourse_closed_cases()")
        closed = {
            row[0]: ClosedCase(country=row[1], closed_at=row[2], wish=row[3], held=row[4], held_until=row[5])
            for row in cursor.fetchall()
        }
    gone = {(case_id, kind) for case_id, kind in Removal.objects.filter(state="done").values_list("case_id", "kind")}
    seen = dict(Case.objects.visible_to(actor).filter(pk__in=list(closed)).values_list("pk", "reference"))
    lines = []
    for kind in OF_A_CASE:
        going = [
            case_id
            for case_id, facts in closed.items()
            if (day := goes_on(kind, facts, rules)) is not None and day <= on and (case_id, kind.value) not in gone
        ]
        references = sorted(seen[case_id] for case_id in going if case_id in seen)
        shown = references[:REFERENCES_SHOWN]
        lines.append(Line(str(kind.label), len(going), shown, len(going) - len(shown)))
    return lines


@requires(Permission.RETENTION_VIEW)
def retention(request: SignedInRequest) -> HttpResponse:
    """Show the table, and what would go on a day."""
    today = timezone.localdate()
    form = DayForm(request.GET) if request.GET.get("on") else DayForm(initial={"on": today + AHEAD})
    on = form.cleaned_data["on"] if form.is_bound and form.is_valid() else today + AHEAD
    rules = RetentionRule.objects.all().in_force()
    context = {
        "now": timezone.now(),
        "rules": [
            {"rule": rule, "country": COUNTRIES.get(rule.country, ""), "is_fixed": rule.kind in FIXED} for rule in rules
        ],
        "on": on,
        "day_form": form,
        "lines": preview(request.actor, rules, on=on),
        "may_erase": request.user.may(Permission.CASE_ERASE),
        "may_edit": request.user.may(Permission.RETENTION_EDIT),
    }
    return render(request, "cases/retention.html", context)


@requires(Permission.RETENTION_EDIT, methods=("GET", "POST"), step_up=True)
@one_use
def edit_rule(request: SignedInRequest, kind: str) -> HttpResponse:
    """Change one keeping time, or add one for a country."""
    if kind not in DataClass.values or DataClass(kind) in FIXED:
        raise Http404
    wanted = DataClass(kind)
    if request.method != "POST":
        country = request.GET.get("country", ANY_COUNTRY)
        rule = rule_for(wanted, country, RetentionRule.objects.all().in_force())
        initial = {"country": country if country in COUNTRIES else ANY_COUNTRY, "checked_on": timezone.localdate()}
        if rule is not None:
            initial |= {"days": rule.days, "basis": rule.basis, "confidence": rule.confidence}
        return _rule_page(request, wanted, RuleForm(initial=initial))
    form = RuleForm(request.POST)
    if not form.is_valid():
        return _rule_page(request, wanted, form, status=422)
    try:
        with acting_as(request.actor):
            rule_actions.save(kind=wanted, by=request.actor, at=timezone.now(), **form.cleaned_data)
    except IllegalMove as refusal:
        form.add_error(None, str(refusal))
        return _rule_page(request, wanted, form, status=422)
    messages.success(request, _("Kept. What was announced by the old rule is asked again before it goes."))
    return redirect("cases:retention")


def _rule_page(request: SignedInRequest, kind: DataClass, form: RuleForm, *, status: int = 200) -> HttpResponse:
    return render(request, "cases/retention_rule.html", {"kind": kind, "form": form}, status=status)
