"""What one bundle is asked to be: for whom, in which language, what is hidden. Every section is made to an order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from evidence.models import Reader
from evidence.packet.redaction import Hidden, Redactor


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleOrder:
    """The order of one bundle. `hidden` maps what is hidden (a party's, a file's or a link's id) to the reason why.

    `since` is the last page number of the packet that this one continues, 0 where it stands alone; `after` is when
    that one was built: a supplement prints what came since and repeats nothing. `shown` lists the
    exhibits whose files go inside. `redactions` are what `hidden` is made of, with the names that stand in; whoever
    makes a section leaves out what is in `hidden` and may use `redactor` for what it puts into records. Pages are
    redacted as a whole, so a section need not redact the words it prints. `shared` is what sections of one order
    made once and use together.
    """

    reader: Reader
    language: str = "en"
    hidden: Mapping[str, str] = field(default_factory=dict)
    since: int = 0
    after: datetime | None = None
    shown: frozenset[UUID] = frozenset()
    redactions: Sequence[Hidden] = ()
    shared: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def hides(self, thing: UUID) -> bool:
        """Whether a party, a file or a link is hidden."""
        return str(thing) in self.hidden

    @property
    def redactor(self) -> Redactor:
        """Return what takes hidden words out of texts."""
        found = self.shared.get("redactor")
        if not isinstance(found, Redactor):
            found = self.shared["redactor"] = Redactor(self.redactions)
        return found
