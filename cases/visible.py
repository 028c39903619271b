"""The first lock on rows of a case: what a person reaches is what belongs to a case that they reach."""

from typing import Self

from cases.actor import Actor


class VisibleByCase:
    """Mixed into the queryset of every row with a case, before its base: whoever reaches the case reaches the row.

    The rule itself stands once, in `Case.objects.visible_to`; row-level security says the same a second time.
    """

    def visible_to(self, actor: Actor) -> Self:
        """Return the rows of cases that the actor may see."""
        from cases.models.case import Case

        rows: Self = self.filter(case__in=Case.objects.visible_to(actor))  # type: ignore[attr-defined]
        return rows
