"""The nouns of evidence, one file each."""

from evidence.models.bundle import BUNDLE_MOVES, Bundle, BundleState, Reader
from evidence.models.bundle_seal import BundleSeal, SealedPart
from evidence.models.exhibit import AcquisitionMethod, Exhibit, ExhibitState
from evidence.models.share import Share

__all__ = [
    "BUNDLE_MOVES",
    "AcquisitionMethod",
    "Bundle",
    "BundleSeal",
    "BundleState",
    "Exhibit",
    "ExhibitState",
    "Reader",
    "SealedPart",
    "Share",
]
