"""The nouns of evidence, one file each."""

from evidence.models.acquisition import Acquisition
from evidence.models.assessment import AssessedBy, Assessment, Opinion
from evidence.models.bundle import BUNDLE_MOVES, Bundle, BundleState, Reader
from evidence.models.bundle_proof import BundleProof
from evidence.models.bundle_seal import BundleSeal, SealedPart
from evidence.models.bundle_stamp import BundleStamp
from evidence.models.capture import CAPTURE_MOVES, Capture, CaptureResult, CaptureState, CaptureStep
from evidence.models.chronology_entry import ChronologyEntry, EntryKind, Precision, ToldBy
from evidence.models.client_copy import ClientCopy
from evidence.models.comparison import Comparison
from evidence.models.derivative import Derivative, DerivativeKind, DerivativeState
from evidence.models.exhibit import AcquisitionMethod, EvidenceKind, Exhibit, ExhibitState
from evidence.models.extra_time import ExtraTime
from evidence.models.file_request import FileRequest
from evidence.models.finding import Finding, Noun
from evidence.models.fingerprint import Fingerprint, FingerprintHash, FingerprintState
from evidence.models.harm_entry import HarmEntry, HarmKind
from evidence.models.hash_release import HashRelease
from evidence.models.hash_service_use import HashService, HashServiceUse
from evidence.models.likeness import Likeness, LikenessBasis, LikenessDecision, Turn
from evidence.models.probe import Probe, ProbeState
from evidence.models.receipt import Receipt
from evidence.models.release import Release, ReleaseState
from evidence.models.share import Share
from evidence.models.share_item import ShareItem
from evidence.models.signing_certificate import SigningCertificate
from evidence.models.source_check import CheckAnswer, CheckItem, SourceCheck
from evidence.models.statement_draft import Paper, StatementDraft
from evidence.models.stored_check import ALARMING, ScrubDay, StoredCheck, StoredState
from evidence.models.synthetic_claim import ClaimNature, SaidBy, SyntheticClaim
from evidence.models.upload import Upload, UploadState
from evidence.models.viewing import Ending, Preview, Tone, Viewing, ViewingMode, ViewingReason
from evidence.models.volume_set import VolumeSet

__all__ = [
    "ALARMING",
    "BUNDLE_MOVES",
    "CAPTURE_MOVES",
    "Acquisition",
    "AcquisitionMethod",
    "AssessedBy",
    "Assessment",
    "Bundle",
    "BundleProof",
    "BundleSeal",
    "BundleStamp",
    "BundleState",
    "Capture",
    "CaptureResult",
    "CaptureState",
    "CaptureStep",
    "CheckAnswer",
    "CheckItem",
    "ChronologyEntry",
    "ClaimNature",
    "ClientCopy",
    "Comparison",
    "Derivative",
    "DerivativeKind",
    "DerivativeState",
    "Ending",
    "EntryKind",
    "EvidenceKind",
    "Exhibit",
    "ExhibitState",
    "ExtraTime",
    "FileRequest",
    "Finding",
    "Fingerprint",
    "FingerprintHash",
    "FingerprintState",
    "HarmEntry",
    "HarmKind",
    "HashRelease",
    "HashService",
    "HashServiceUse",
    "Likeness",
    "LikenessBasis",
    "LikenessDecision",
    "Noun",
    "Opinion",
    "Paper",
    "Precision",
    "Preview",
    "Probe",
    "ProbeState",
    "Reader",
    "Receipt",
    "Release",
    "ReleaseState",
    "SaidBy",
    "ScrubDay",
    "SealedPart",
    "Share",
    "ShareItem",
    "SigningCertificate",
    "SourceCheck",
    "StatementDraft",
    "StoredCheck",
    "StoredState",
    "SyntheticClaim",
    "ToldBy",
    "Tone",
    "Turn",
    "Upload",
    "UploadState",
    "Viewing",
    "ViewingMode",
    "ViewingReason",
    "VolumeSet",
]
