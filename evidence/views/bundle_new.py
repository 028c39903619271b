"""Ask for a bundle: choose the reader, say what goes in and what is hidden, see both, then build."""

from collections.abc import Sequence

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from cases.access import acting_as
from cases.case_page import case_page
from cases.http import SignedInRequest, one_use, requires
from cases.models import Case, Party
from cases.permissions import Permission
from cases.states import IllegalMove
from evidence.actions import bundle as bundle_actions
from evidence.bundle_sections import is_reply
from evidence.findings.links import links_of
from evidence.forms_bundle import BundleForm, Offered
from evidence.models import Bundle, BundleState, Exhibit, Reader, Release
from evidence.packet.preview import preview_of
from evidence.packet.profiles import ALWAYS_OUT, profile_of

PREVIEW, CHANGE = "preview", "change"
HIDING = ("hidden_parties", "hidden_exhibits", "hidden_links", "hidden_words", "why")


@requires(Permission.BUNDLE_BUILD, methods=("GET", "POST"))
@one_use
def new_bundle(request: SignedInRequest, reference: str) -> HttpResponse:
    """Show the form for one kind of reader, then what would go in and stay out; build on a second press."""
    return asked(request, reference)


def asked(request: SignedInRequest, reference: str) -> HttpResponse:
    """Answer a form on a bundle: the form again, the preview, or the bundle's page."""
    with acting_as(request.actor):
        case = get_object_or_404(Case.objects.visible_to(request.actor), reference=reference)
        if case.is_age_locked:
            return redirect("cases:case", reference)
        offered = offered_for(request, case)
        step = request.POST.get("step", "")
        reader = _reader(request)
        initial = {"reader": reader, "language": "en", "included": replies_of(offered.files)}
        form = BundleForm(request.POST or None, offered=offered, initial=initial)
        if request.method != "POST" or step == CHANGE:
            return _form(request, case, form, offered, status=200)
        if not form.is_valid():
            return _form(request, case, form, offered, status=422)
        if step == PREVIEW:
            return _preview(request, case, form, offered)
        try:
            made = _ask(request, case, form, offered)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
            return _form(request, case, form, offered, status=422)
    return redirect("evidence:bundle", reference, made.pk)


def offered_for(request: SignedInRequest, case: Case) -> Offered:
    """Return what may be chosen for a bundle of a case, inside `acting_as`."""
    now = timezone.now()
    exhibits = list(Exhibit.objects.visible_to(request.actor).filter(case=case).sealed().for_rows())
    releases = Release.objects.visible_to(request.actor).filter(case=case).allowed(at=now)
    standing = Bundle.objects.visible_to(request.actor).filter(case=case, state=BundleState.SEALED, pages__gt=0)
    return Offered(
        files=[row for row in exhibits if not row.is_media],
        exhibits=exhibits,
        releases=list(releases.select_related("exhibit").order_by("allowed_at", "pk")),
        parties=list(Party.objects.visible_to(request.actor).filter(case=case).order_by("added_at", "pk")),
        links=links_of(case, now),
        standing=list(standing.for_rows()),
    )


def replies_of(files: Sequence[Exhibit]) -> list[str]:
    """Return what goes in unless somebody takes it out: mails of platforms, beside the notices that they answer."""
    return [str(row.pk) for row in files if is_reply(row)]


def _reader(request: SignedInRequest) -> Reader:
    named = request.POST.get("reader") or request.GET.get("reader") or ""
    return Reader(named) if named in Reader.values else Reader.LAWYER


def _form(request: SignedInRequest, case: Case, form: BundleForm, offered: Offered, *, status: int) -> HttpResponse:
    profile = profile_of(_reader(request))
    context = case_page(
        request,
        case,
        tab="bundle",
        form=form,
        offered=offered,
        profile=profile,
        is_hiding=any("".join(request.POST.getlist(name)) for name in HIDING),
        staying_out=[*profile.left_out, *ALWAYS_OUT],
        media=sum(row.is_media for row in offered.exhibits),
    )
    return render(request, "evidence/bundle_new.html", context, status=status)


def _preview(request: SignedInRequest, case: Case, form: BundleForm, offered: Offered) -> HttpResponse:
    data = form.cleaned_data
    preview = preview_of(
        case,
        Reader(data["reader"]),
        included=_chosen(offered.files, data["included"]),
        releases=[row for row in offered.releases if str(row.pk) in data["originals"]],
        hidden=form.hidden(),
        without=data["without"],
        at=timezone.now(),
    )
    sent = [(name, value) for name in form.fields for value in request.POST.getlist(name)]
    context = case_page(
        request,
        case,
        tab="bundle",
        form=form,
        preview=preview,
        sent=sent,
        reader_said=str(Reader(data["reader"]).label),
        supplements=next((row for row in offered.standing if str(row.pk) == data["supplements"]), None),
    )
    return render(request, "evidence/bundle_preview.html", context)


def _chosen(rows: Sequence[Exhibit], ticked: Sequence[str]) -> list[Exhibit]:
    return [row for row in rows if str(row.pk) in ticked]


def _ask(request: SignedInRequest, case: Case, form: BundleForm, offered: Offered) -> Bundle:
    data = form.cleaned_data
    return bundle_actions.request(
        case_id=case.pk,
        reader=Reader(data["reader"]),
        recipient=data["recipient"],
        purpose=data["purpose"],
        included=form.ids("included"),
        originals=form.ids("originals"),
        language=data["language"] or "en",
        hidden=form.hidden(),
        without=data["without"],
        supplements=next((row for row in offered.standing if str(row.pk) == data["supplements"]), None),
        by=request.actor,
        at=timezone.now(),
    )
