"""The list of harm and cost: its entries, its totals by currency, and whether the client agreed to give it."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from cases.models import Case
from evidence.findings.drafts import draft_of
from evidence.models import HarmEntry, Paper


def entries(case: Case) -> list[HarmEntry]:
    """Return what stands in the list, by day; what has no day comes last."""
    found: list[HarmEntry] = list(HarmEntry.objects.standing().filter(case=case).for_rows())
    return sorted(found, key=lambda entry: (not entry.on, entry.on))


def totals(rows: Iterable[HarmEntry]) -> list[tuple[str, Decimal]]:
    """Return the sum of amounts for each currency, never one over two currencies."""
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        if row.value is not None and row.currency:
            sums[row.currency] += row.value
    return sorted(sums.items())


def is_released(case: Case) -> bool:
    """Whether the client agreed that lawyer and court receive the list."""
    kept = draft_of(case, Paper.HARM_RELEASE)
    return kept is not None and kept.fields.get("agreed") == "yes"
