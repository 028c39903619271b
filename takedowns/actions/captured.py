"""What a kept web capture does to the link that it is of."""

from datetime import datetime
from uuid import UUID

from cases.actor import Actor
from cases.models import Case
from takedowns.models import ReportedUrl
from takedowns.states import LinkState


def note(*, case: Case, link_id: UUID, by: Actor, at: datetime) -> None:
    """Call a link captured of which nothing else is known yet; what looks or a platform said of it stays."""
    ReportedUrl.objects.filter(case=case, pk=link_id, state=LinkState.FOUND).update(state=LinkState.CAPTURED)
