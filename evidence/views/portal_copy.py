"""A client's own copy on their page: what to think of first, taking it with the PIN, or leaving it with us."""

from contextlib import ExitStack

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases import portal
from cases.actions import door
from cases.http import SignedInRequest
from cases.permissions import Permission
from cases.pin_entry import wait_words
from cases.portal import Stage, Visit, client_page
from cases.vault import VaultError
from evidence.actions import client_copy as actions
from evidence.actions.share import NoneLeft
from evidence.bundles import open_archive
from evidence.client_copy_forms import ALL, PACKET, TakeCopyForm
from evidence.handout import NotThere, packet_response
from evidence.manifest import PACKET_PATH
from evidence.models import Bundle, ClientCopy
from evidence.outgoing import archive_response

FILE_NAME = "copy"
"""What a downloaded file is called: it names nobody and no case."""


@client_page(Permission.PORTAL_COPY, stage=Stage.SENT, methods=("GET", "POST"))
def copy(request: SignedInRequest, visit: Visit) -> HttpResponse:
    """Show what to think of first; send it to whoever enters the PIN of now."""
    laid = ClientCopy.objects.visible_to(request.actor).standing(at=visit.at).filter(case=visit.case).first()
    if laid is None:
        return HttpResponseRedirect(visit.resume_url())
    bundle: Bundle = Bundle.objects.visible_to(request.actor).get(pk=laid.bundle_id)
    shown = "v" in request.GET
    form = TakeCopyForm(request.POST or None, shown=shown, hints=_hints(bundle))
    if request.method != "POST":
        actions.note_opened(case_id=visit.case.pk, by=request.actor, at=visit.at)
        return _page(request, laid, form, shown=shown)
    if not form.is_valid():
        return _page(request, laid, form, shown=shown, status=422)
    try:
        if not door.pin_is_right(case_id=visit.case.pk, pin=form.cleaned_data["current"], at=visit.at):
            form.add_error("current", _("That is not the PIN you use now."))
            return _page(request, laid, form, shown=shown, status=422)
    except door.Slowed as slowed:
        form.add_error(None, wait_words(slowed))
        return _page(request, laid, form, shown=shown, status=429)
    return _sent(request, visit, bundle, str(form.cleaned_data["item"]))


@client_page(Permission.PORTAL_COPY, stage=Stage.SENT, methods=("POST",))
def keep(request: SignedInRequest, visit: Visit) -> HttpResponse:
    """Leave it with us: it goes off the page."""
    actions.keep_here(case_id=visit.case.pk, by=request.actor, at=visit.at)
    messages.success(request, _("We keep it for you. Write to us when you want it."))
    return HttpResponseRedirect(reverse("portal:status"))


def _sent(request: SignedInRequest, visit: Visit, bundle: Bundle, item: str) -> HttpResponse:
    with ExitStack() as unsent:
        try:
            opener = unsent.enter_context(open_archive(bundle))
            if item == ALL:
                response = archive_response(opener, FILE_NAME)
            else:
                response = packet_response(opener, reference=FILE_NAME)
            actions.take(case_id=visit.case.pk, item=item, by=request.actor, at=visit.at)
        except (VaultError, NotThere):
            messages.error(request, _("This cannot be given just now. Write to us, and we look after it."))
            return HttpResponseRedirect(reverse("portal:copy"))
        except NoneLeft:
            messages.warning(request, _("It was taken as often as we agreed. Write to us if you need it once more."))
            return HttpResponseRedirect(reverse("portal:copy"))
        unsent.pop_all()
    return response


def _hints(bundle: Bundle) -> dict[str, str]:
    packet = next((int(one["size"]) for one in bundle.files if one["path"] == PACKET_PATH), 0)
    pages = ngettext("%(n)d page", "%(n)d pages", bundle.pages) % {"n": bundle.pages}
    return {
        PACKET: f"{pages}, {filesizeformat(packet)}",
        ALL: _("%(size)s; a lawyer or a court needs this one") % {"size": filesizeformat(bundle.size)},
    }


def _page(
    request: SignedInRequest, laid: ClientCopy, form: TakeCopyForm, *, shown: bool, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "copy": laid,
        "left": laid.most - laid.taken,
        "shown": shown,
        "back_url": reverse("portal:status"),
    }
    return portal.show(request, "evidence/portal_copy.html", context, exact=True, status=status)
