"""After a person confirmed who they are: what they had sent goes on."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from cases import step_up
from cases.http import SignedInRequest, requires
from cases.permissions import Permission


@requires(Permission.HOME)
def carry_on(request: SignedInRequest, kept_id: str) -> HttpResponse:
    """Send again what was kept, from the person's own browser: by itself, or by one press without scripts."""
    kept = step_up.kept(request, kept_id)
    if kept is None:
        messages.info(request, _("That was too long ago. Please do it once more."))
        return redirect("home")
    if not step_up.is_confirmed(request, request.user):
        return step_up.to_confirm(request, request.user, then=request.path)
    if kept["has_files"]:
        messages.info(request, _("Thank you. Choose your files again and send the form: files were not kept."))
        return redirect(kept["back"])
    return render(request, "account/carry_on.html", {"kept": kept})
