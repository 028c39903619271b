"""A list of links as a file: CSV or a spreadsheet, told by its bytes and never by its name."""

from django.utils.translation import gettext as _

from evidence import sandbox
from evidence.sandbox import Ended, Source, Unavailable
from takedowns.models import ImportedAs
from takedowns.tables import decode, read_csv

MOST_BYTES = 8 << 20
"""Ten thousand rows with an address and four facts are about two million bytes."""
MOST_ROWS = 10_002
SECONDS = 60.0
OLD_OFFICE = b"\xd0\xcf\x11\xe0"


class NotRead(Exception):
    """The file is no list that can be read; the words say what to do."""


def rows_of(data: bytes) -> tuple[ImportedAs, list[list[str]]]:
    """Return how a list came and its rows of texts. Raises NotRead in plain words.

    A spreadsheet is opened in the sandbox: it was made by somebody whom nobody here knows. A CSV list is plain text.
    """
    if len(data) > MOST_BYTES:
        raise NotRead(_("This file is too large for a list of links. Save the first 10,000 rows by themselves."))
    if data.startswith(b"PK\x03\x04"):
        return ImportedAs.XLSX, _spreadsheet(data)
    if data.startswith(OLD_OFFICE):
        raise NotRead(_("This is an old or a locked spreadsheet. Save it as .xlsx without a password, or as CSV."))
    text = decode(data)
    sample = text[:4096]
    if sum(sign < " " and sign not in "\t\r\n" for sign in sample) > len(sample) // 50:
        raise NotRead(_("This file is no list of links. Choose a CSV list or a spreadsheet (.xlsx)."))
    return ImportedAs.CSV, read_csv(text)


def _spreadsheet(data: bytes) -> list[list[str]]:
    try:
        outcome = sandbox.python(
            "sheet", {"most": MOST_ROWS}, source=Source.of(data), seconds=SECONDS, output_limit=4 * MOST_BYTES
        )
    except Unavailable:
        said = _("Spreadsheets cannot be opened safely on this machine. Save the list as CSV and choose that.")
        raise NotRead(said) from None
    if outcome.refusal in ("too_large", "out_of_memory") or outcome.ended in (Ended.TOO_MUCH_OUTPUT, Ended.TIMED_OUT):
        raise NotRead(_("This spreadsheet unpacks to far more than a list of links. Copy the links into a new one."))
    if outcome.ended != Ended.WELL:
        raise NotRead(_("This spreadsheet could not be opened. Save it again as .xlsx, or as CSV."))
    rows: list[list[str]] = outcome.json()["rows"]
    return rows
