"""What closing a case does to its links and notices, and what opening it again does not undo."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from cases.actor import Actor
from cases.closing import Unfinished
from cases.models import Case
from takedowns.actions import notice_clock
from takedowns.models import Notice, NoticeClock, ReportedUrl
from takedowns.states import LinkState


def unfinished(case: Case, actor: Actor, at: datetime) -> list[Unfinished]:
    """Return notices that wait for an answer, clocks that run, and links that are looked at."""
    waiting = Notice.objects.visible_to(actor).waiting().filter(case=case).count()
    running = NoticeClock.objects.visible_to(actor).running().filter(case=case).count()
    looked = ReportedUrl.objects.visible_to(actor).filter(case=case, next_check_at__isnull=False).count()
    notices, links = (reverse(f"takedowns:{name}", args=[case.reference]) for name in ("notices", "links"))
    return [
        Unfinished(_("Notices that wait for an answer"), waiting, _("an answer is still filed here"), notices),
        Unfinished(_("Clocks that run"), running, _("they stop"), notices),
        Unfinished(_("Links that are looked at"), looked, _("nobody looks any more"), links),
    ]


def stop(*, case: Case, by: Actor, at: datetime) -> None:
    """Stop every look and every clock of a case that is being closed; nothing is destroyed."""
    urls = ReportedUrl.objects.filter(case=case)
    urls.update(next_check_at=None, check_token=None, check_claimed_until=None)
    notice_clock.stop_all(case=case, at=at)


def go_on(*, case: Case, by: Actor, at: datetime) -> None:
    """Look at the links of a case again that was opened again. Clocks that were stopped stay stopped."""
    if case.takes_material:
        ReportedUrl.objects.filter(case=case, next_check_at=None).exclude(state=LinkState.DROPPED).update(
            next_check_at=at
        )
