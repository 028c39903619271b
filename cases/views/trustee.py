"""The page of a trustee's one-time link: says what is asked without any content, takes a yes or a no with a code."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.actions import second
from cases.approval_page import ON_YES
from cases.forms import CleanedForm, PlainText
from cases.http import one_use, open_to_all
from cases.models import ApprovalKind, TrusteeAnswer, TrusteeLink, User


class CodeForm(CleanedForm):
    """The code that was told by phone, and the answer."""

    says = forms.ChoiceField(
        label=gettext_lazy("Your answer"),
        choices=[(TrusteeAnswer.GRANT, gettext_lazy("Yes, do it")), (TrusteeAnswer.REFUSE, gettext_lazy("No"))],
        widget=forms.RadioSelect,
    )
    code = PlainText(
        label=gettext_lazy("Code"), help_text=gettext_lazy("Six digits. They told it to you by phone."), max_length=20
    )
    missing = {"code": gettext_lazy("Enter the six digits they told you by phone.")}


@open_to_all("a trustee has no account: the link and a code told by voice are the door", methods=("GET", "POST"))
@one_use
def trustee(request: HttpRequest, token: str) -> HttpResponse:
    """Show what is asked of a trustee and take the answer, once."""
    now = timezone.now()
    link = second.opened_by(token=token, at=now)
    if link is None:
        return render(request, "cases/trustee_closed.html", status=404)
    if request.method != "POST":
        return _page(request, link, CodeForm())
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _page(request, link, form)
    says = TrusteeAnswer(form.cleaned_data["says"])
    try:
        second.answer(token=token, code=form.cleaned_data["code"], says=says, at=now)
    except second.WrongCode as wrong:
        if wrong.left <= 0:
            return render(request, "cases/trustee_closed.html", status=404)
        form.add_error("code", _("That is not the code. Tries left: %(n)d.") % {"n": wrong.left})
        return _page(request, link, form)
    except second.NotUsable:
        return render(request, "cases/trustee_closed.html", status=404)
    return render(request, "cases/trustee_done.html", {"says": says.value})


def _page(request: HttpRequest, link: TrusteeLink, form: CodeForm) -> HttpResponse:
    asker = User.objects.filter(pk=link.asked_by_id).first()
    context = {
        "form": form,
        "kind": str(ApprovalKind(link.kind).label),
        "on_yes": ON_YES[ApprovalKind(link.kind)],
        "asker": asker.name if asker else "",
        "link": link,
    }
    return render(request, "cases/trustee.html", context, status=422 if form.errors else 200)
