"""What evidence adds to a case page: its tabs and its part of the overview."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from cases.actor import Actor
from cases.contributions import Panel, Tab
from cases.models import Case
from cases.permissions import Permission
from evidence.models import Bundle, ClientCopy, Exhibit, FileRequest, HashServiceUse, Upload, UploadState

COVERS_SHOWN = 4


def tabs(case: Case, actor: Actor) -> list[Tab]:
    """Return the tabs for evidence and bundles with their counts."""
    exhibits = Exhibit.objects.visible_to(actor).filter(case=case).sealed().count()
    bundles = Bundle.objects.visible_to(actor).filter(case=case).count()
    return [
        Tab("exhibits", _("Evidence"), reverse("evidence:exhibits", args=[case.reference]), exhibits, order=20),
        Tab("bundle", _("Bundle"), reverse("evidence:bundles", args=[case.reference]), bundles, order=40),
    ]


def exhibits(case: Case, actor: Actor, at: datetime) -> Panel:
    """Return the newest exhibits as covers."""
    sealed = Exhibit.objects.visible_to(actor).filter(case=case).sealed()
    return Panel(
        template="evidence/_exhibit_panel.html",
        context={
            "case": case,
            "exhibits": list(sealed.order_by("-received_at", "-number")[:COVERS_SHOWN]),
            "count": sealed.count(),
        },
        permission=Permission.EVIDENCE_VIEW,
    )


def client_services(case: Case, actor: Actor, at: datetime) -> Panel | None:
    """Return the services in which the client made fingerprints themselves; nothing where they told of none."""
    used = list(HashServiceUse.objects.visible_to(actor).filter(case=case).told())
    if not used or case.is_age_locked:
        return None
    return Panel("evidence/_client_services.html", {"case": case, "used": used}, Permission.EVIDENCE_VIEW)


def portal_files(case: Case, actor: Actor, at: datetime) -> Panel | None:
    """Return what a client was asked to send, while somebody asks."""
    asked = FileRequest.objects.visible_to(actor).standing(at=at).filter(case=case).first()
    if asked is None or not case.takes_more:
        return None
    whole = [UploadState.RECEIVED, UploadState.DONE]
    sent = Upload.objects.visible_to(actor).filter(case=case, is_from_client=True, state__in=whole).count()
    url = reverse("portal:files", urlconf=settings.PORTAL_URLCONF)
    return Panel("evidence/_portal_files.html", {"asked": asked, "sent": sent, "url": url})


def portal_copy(case: Case, actor: Actor, at: datetime) -> Panel | None:
    """Return that the client's own copy lies here, while it does."""
    laid = ClientCopy.objects.visible_to(actor).standing(at=at).filter(case=case).first()
    if laid is None:
        return None
    url = reverse("portal:copy", urlconf=settings.PORTAL_URLCONF)
    return Panel("evidence/_portal_copy.html", {"until": laid.until, "url": url})
