"""Files of one request, sealed while Django reads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopFutureHandlers
from django.http import HttpRequest, QueryDict
from django.http.multipartparser import MultiPartParser
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from evidence.intake import ClientName, StagedFile, Staging, TooLarge, claimed_type, finding_of
from evidence.kinds import Finding, NotTaken
from evidence.scanning import Scan, Verdict


class Reason(StrEnum):
    """Why a file was not taken in."""

    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    KIND = "kind"
    NO_ROOM = "no_room"
    HARMFUL = "harmful"
    NOT_SCANNED = "not_scanned"


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A file of the request that was not kept, and the sentence that says why."""

    field: str
    name: ClientName
    reason: Reason
    message: str


class SealedUpload(UploadedFile):  # type: ignore[type-arg]
    """What request.FILES holds for a sealed file: its facts, and no way to read it.

    Closed by Django when the request ends, which removes the staged file: an action must have put it into the vault.
    """

    def __init__(self, staged: StagedFile, name: ClientName, finding: Finding, claimed_type: str) -> None:
        super().__init__(file=None, name=name.shown, content_type=claimed_type, size=staged.plain_bytes)
        self.staged = staged
        self.client_name = name
        self.finding = finding
        self.claimed_type = claimed_type

    def close(self) -> None:
        """Remove the staged file."""
        self.staged.discard()


class SealingUploadHandler(FileUploadHandler):
    """Seals every file of one request on its way to the disk; the only handler that may see evidence.

    Set it before anything reads request.POST, in a view that is csrf_exempt and then calls an inner view under
    csrf_protect, with permission and age lock already checked:

        request.upload_handlers = [SealingUploadHandler(request, directory=..., key=..., case_id=..., limit=...)]

    Afterwards `taken` lists what was sealed (request.FILES holds the same objects) and `refused` what was not, each
    with a sentence to show; neither raises. `limit` counts bytes of one file, `most` files of one request.
    A request that breaks off or fails to parse leaves nothing on disk.
    """

    def __init__(
        self, request: HttpRequest | None, *, directory: Path, key: bytes, case_id: UUID, limit: int, most: int = 50
    ) -> None:
        super().__init__(request)
        self._directory, self._key, self._case_id = directory, key, case_id
        self._limit, self._most = limit, most
        self._parsing = False
        self._raw_name = ""
        self._staging: Staging | None = None
        self._scan: Scan | None = None
        self._claimed_type = ""
        self._field = ""
        self.taken: list[SealedUpload] = []
        self.refused: list[RefusedFile] = []

    def handle_raw_input(
        self,
        input_data: Any,
        META: Mapping[str, Any],  # noqa: N803
        content_length: int,
        boundary: bytes | str,
        encoding: str | None = None,
    ) -> tuple[QueryDict, "MultiValueDict[str, UploadedFile[Any]]"] | None:
        """Parse the whole request in place of Django's parser, which forgets what a file was called.

        It cleans a name before a handler sees it, and drops a file named ".." without a word.
        """
        if self._parsing:
            return None
        self._parsing = True
        try:
            return _NameKeepingParser(META, input_data, self, encoding).parse()
        except BaseException:
            self._drop_all()
            raise

    def name_received(self, raw: str) -> None:
        """Remember the next file's name as its sender wrote it."""
        self._raw_name = raw

    def new_file(self, field_name: str, file_name: str, content_type: str, *args: Any, **kwargs: Any) -> None:
        """Begin a file, and keep every other handler from seeing it."""
        super().new_file(field_name, file_name, content_type, *args, **kwargs)
        self._field, self._claimed_type = field_name, claimed_type(content_type)
        if len(self.taken) >= self._most:
            self._refuse(Reason.TOO_MANY, _("We take %(most)s files at a time.") % {"most": self._most})
        try:
            self._staging = Staging(self._directory, self._key, self._case_id, limit=self._limit)
        except OSError:
            self._refuse_for_room()
        self._scan = Scan(settings.CLAMD) if settings.CLAMD else None
        raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Seal a piece; returns nothing, so that no other handler receives it."""
        assert self._staging is not None
        if self._scan is not None:
            self._scan.feed(raw_data)
        try:
            self._staging.write(raw_data)
        except TooLarge as refusal:
            self._refuse(Reason.TOO_LARGE, str(refusal))
        except OSError:
            self._refuse_for_room()

    def file_complete(self, file_size: int) -> SealedUpload | None:
        """Finish the file and decide its kind; a kind that is not taken is removed at once."""
        assert self._staging is not None
        name = ClientName.of(self._raw_name)
        try:
            staged = self._staging.finish()
        except OSError:
            self._note(Reason.NO_ROOM, _no_room())
            return None
        finally:
            self._staging = None
        if refusal := self._refusal_of_scan():
            staged.discard()
            self._note(*refusal)
            return None
        try:
            finding = finding_of(staged, name, self._claimed_type)
        except NotTaken as refusal:
            staged.discard()
            self._note(Reason.KIND, str(refusal))
            return None
        self.taken.append(SealedUpload(staged, name, finding, self._claimed_type))
        return self.taken[-1]

    def _refusal_of_scan(self) -> tuple[Reason, str] | None:
        scan, self._scan = self._scan, None
        return refusal_of(scan.verdict()) if scan is not None else None

    def upload_interrupted(self) -> None:
        """The sender went away in the middle of a file: it is removed; whole ones stay until the request ends."""
        if self._scan is not None:
            self._scan.close()
            self._scan = None
        if self._staging is not None:
            self._staging.discard()
            self._staging = None

    def _refuse(self, reason: Reason, message: str) -> None:
        self.upload_interrupted()
        self._note(reason, message)
        raise SkipFile

    def _refuse_for_room(self) -> None:
        self._refuse(Reason.NO_ROOM, _no_room())

    def _note(self, reason: Reason, message: str) -> None:
        self.refused.append(RefusedFile(self._field, ClientName.of(self._raw_name), reason, message))

    def _drop_all(self) -> None:
        self.upload_interrupted()
        for upload in self.taken:
            upload.close()
        self.taken.clear()


def refusal_of(verdict: Verdict) -> tuple[Reason, str] | None:
    """Return why a file is not kept after the virus scanner's word on it, or None where it may be."""
    if verdict == Verdict.HARMFUL:
        return Reason.HARMFUL, _("The virus scanner found something harmful in this file. Nothing of it was kept.")
    if verdict == Verdict.NOT_SCANNED:
        said = _("This file could not be checked for viruses: it is locked or too large, or the scanner is away.")
        return Reason.NOT_SCANNED, f"{said} {_('Nothing of it was kept.')}"
    return None


class RefusingUploadHandler(FileUploadHandler):
    """The default of every other address: files are read past and dropped, so nothing plain reaches a disk."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Skip the file."""
        super().new_file(*args, **kwargs)
        raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Never called: the file was skipped."""

    def file_complete(self, file_size: int) -> None:
        """Never called: the file was skipped."""


class _NameKeepingParser(MultiPartParser):
    def __init__(
        self, meta: Mapping[str, Any], input_data: Any, handler: SealingUploadHandler, encoding: str | None
    ) -> None:
        super().__init__(meta, input_data, [handler], encoding)
        self._handler = handler

    def sanitize_file_name(self, file_name: str) -> str:
        self._handler.name_received(file_name)
        return ClientName.of(file_name).shown


def _no_room() -> str:
    return _("There is no room to take this file just now. Nothing was kept. Try again later.")
