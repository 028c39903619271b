"""What the page of a share shows: what is inside, what can be taken alone, how it is proved, receipt and question."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from evidence.handover_forms import QuestionForm, ReceiptForm
from evidence.manifest import PACKET_PATH
from evidence.models import Bundle, Receipt, Share, ShareItem, VolumeSet
from evidence.proofs import said

PACKET = "packet"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that can be taken alone: its plain name, what it is, how large, how often it may still be taken."""

    name: str
    label: str
    size: int
    sha256: str
    left: int


def share_context(
    share: Share, *, receipt_form: ReceiptForm | None = None, question_form: QuestionForm | None = None
) -> dict[str, Any]:
    """Return the context of share/opened.html; call inside `acting_as`."""
    taken = dict(ShareItem.objects.filter(share=share).values_list("item", "taken"))
    bundle = share.bundle
    volumes = newest_volumes(bundle)
    return {
        "share": share,
        "bundle": bundle,
        "left": share.max_downloads - share.downloads,
        "proof": said.of(bundle),
        "packet": _packet(bundle, share.max_downloads - taken.get(PACKET, 0)),
        "volumes": [
            Item(
                volume_name(volumes, one["number"]),
                _("Volume %(n)d of %(all)d") % {"n": one["number"], "all": len(volumes.volumes)},
                one["size"],
                "",
                share.max_downloads - taken.get(volume_name(volumes, one["number"]), 0),
            )
            for one in volumes.volumes
        ]
        if volumes
        else [],
        "receipt": Receipt.objects.filter(share=share).first(),
        "receipt_form": receipt_form or ReceiptForm(initial={"officer": share.recipient}),
        "question_form": question_form or QuestionForm(),
    }


def newest_volumes(bundle: Bundle) -> VolumeSet | None:
    """Return the volumes that are handed out of a bundle now."""
    return VolumeSet.objects.filter(bundle=bundle).order_by("-number").first()


def volume_name(volumes: VolumeSet, number: int) -> str:
    """Return the plain name of one volume of one set."""
    return f"volume-{volumes.number}-{number}"


def _packet(bundle: Bundle, left: int) -> Item | None:
    found = next((file for file in bundle.files if file["path"] == PACKET_PATH), None)
    if found is None:
        return None
    return Item(PACKET, _("The packet alone (PDF)"), int(found["size"]), str(found["sha256"]), left)


def questions(bundle: Bundle) -> list[tuple[str, datetime, str]]:
    """Return what recipients asked about a bundle: who, when, what; call inside `acting_as` of staff."""
    from cases.models import Event
    from evidence.events import EvidenceEvent

    asked = Event.objects.filter(case_id=bundle.case_id, kind=EvidenceEvent.SHARE_ASKED).order_by("-seq")
    return [
        (event.body["recipient"], event.at, event.body["text"])
        for event in asked[:50]
        if event.body.get("bundle") == bundle.reference
    ]
