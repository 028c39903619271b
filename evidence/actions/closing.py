"""What closing a case does to bundles and shares."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from cases.actor import Actor
from cases.closing import Unfinished
from cases.models import Case, Door
from evidence.models import Bundle, BundleState, Likeness, Share, Upload


def unfinished(case: Case, actor: Actor, at: datetime) -> list[Unfinished]:
    """Return shares that stand, bundles that are being built, and pairs that nobody decided."""
    shares = Share.objects.visible_to(actor).standing(at=at).filter(case=case).count()
    asked = [BundleState.REQUESTED, BundleState.BUILDING]
    building = Bundle.objects.visible_to(actor).filter(case=case, state__in=asked).count()
    page = reverse("evidence:bundles", args=[case.reference])
    coming = Upload.objects.visible_to(actor).coming().filter(case=case).count()
    files = reverse("evidence:exhibits", args=[case.reference])
    pairs = Likeness.objects.visible_to(actor).open().filter(case=case).count()
    copies = reverse("evidence:likenesses", args=[case.reference])
    return [
        Unfinished(_("Possible copies that nobody decided"), pairs, _("nobody is asked any more"), copies),
        Unfinished(_("Files on their way"), coming, _("they are given up"), files),
        Unfinished(_("Shares that stand"), shares, _("they end"), page),
        Unfinished(_("Bundles being built"), building, _("they are still built"), page),
    ]


def stop(*, case: Case, by: Actor, at: datetime) -> None:
    """End every share of a case that is being closed."""
    standing = Share.objects.filter(case=case, revoked_at=None).select_for_update(of=("self",))
    doors = list(standing.values_list("door_id", flat=True))
    Share.objects.filter(case=case, revoked_at=None).update(revoked_at=at)
    Door.objects.filter(pk__in=doors).update(revoked_at=at)
