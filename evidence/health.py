"""What Health shows of evidence: whether files are read here, and what verifying stored ones came to. Numbers only."""

from datetime import datetime, timedelta

from django.db.models import Max, Sum
from django.utils.translation import gettext as _

from cases.health import Sign, SignGroup
from evidence import sandbox
from evidence.models import ScrubDay

WEEK = timedelta(days=7)


def signs(now: datetime) -> SignGroup:
    """Return the state of this process's sandbox and the sums of the last seven days of the scrub."""
    reason = sandbox.unavailable()
    found = [
        Sign(_("Reading files in the sandbox"), _("Nothing is read: %(why)s") % {"why": reason}, "late")
        if reason
        else Sign(_("Reading files in the sandbox"), _("Possible here"), "ok")
    ]
    names = ("verified", "opened", "differ", "missing", "not_checked")
    days = ScrubDay.objects.filter(day__gt=(now - WEEK).date())
    sums = days.aggregate(last=Max("last_at"), **{f"sum_{name}": Sum(name) for name in names})
    if sums["last"] is None:
        found.append(Sign(_("Stored files verified in seven days"), _("None yet"), "soon"))
        return SignGroup("files", _("Files"), found)
    number = {name: sums[f"sum_{name}"] for name in names}
    said = _("%(n)d, of them %(opened)d opened") % {"n": number["verified"], "opened": number["opened"]}
    found.append(Sign(_("Stored files verified in seven days"), said, "ok", sums["last"]))
    wrong = number["differ"] + number["missing"]
    said = _("%(differ)d differ, %(missing)d are missing") % number if wrong else _("None")
    found.append(Sign(_("Found changed or missing"), said, "late" if wrong else "ok"))
    if number["not_checked"]:
        found.append(Sign(_("Could not be checked"), str(number["not_checked"]), "soon"))
    return SignGroup("files", _("Files"), found)
