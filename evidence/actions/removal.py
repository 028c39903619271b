"""What a rule removes from a closed case: files of exhibits, what was made from them, bundles. Rows stay and say so."""

from datetime import datetime

from cases.models import Case
from cases.retention import DataClass
from evidence.models import Bundle, BundleState, Derivative, DerivativeState, Exhibit, ExhibitState


def remove(*, case: Case, kind: DataClass, rule: str, at: datetime) -> None:
    """Leave tombstones for the files of a class, which the worker has removed from the store already."""
    gone = {"object_name": "", "removed_at": at, "removed_by": rule}
    if kind in (DataClass.MEDIA, DataClass.MEDIA_KEPT):
        Exhibit.objects.filter(case=case).exclude(object_name="").update(state=ExhibitState.REMOVED, **gone)
        Derivative.objects.filter(case=case).exclude(object_name="").update(state=DerivativeState.REMOVED, **gone)
    if kind == DataClass.BUNDLES:
        Bundle.objects.filter(case=case).exclude(object_name="").update(state=BundleState.REMOVED, **gone)
