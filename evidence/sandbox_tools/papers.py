"""A PDF's pages and what it carries, counted without drawing any of it."""

import json
from typing import Any, BinaryIO, Final

import pikepdf

from evidence.sandbox_tools import Refused

MOST_OBJECTS: Final = 500_000


def facts(path: str) -> dict[str, Any]:
    """Tell pages, version, whether it is locked, and whether it holds scripts, forms, files or signatures.

    Raises Refused with locked, damaged or too_costly.
    """
    try:
        with pikepdf.open(path, suppress_warnings=True) as document:
            if len(document.objects) > MOST_OBJECTS:
                raise Refused("too_costly")
            root = document.Root
            form: Any = root.get("/AcroForm", {})
            names: Any = root.get("/Names", {})
            return {
                "pages": len(document.pages),
                "version": str(document.pdf_version),
                "locked": document.is_encrypted,
                "scripts": "/JavaScript" in names or "/OpenAction" in root or "/AA" in root,
                "form": bool(form) and "/Fields" in form and len(form["/Fields"]) > 0,
                "files": len(document.attachments),
                "signed": int(form.get("/SigFlags", 0)) & 1 == 1 if form else False,
            }
    except pikepdf.PasswordError:
        raise Refused("locked") from None
    except (MemoryError, Refused):
        raise
    except Exception:
        raise Refused("damaged") from None


def main(arguments: dict[str, Any], path: str, out: BinaryIO) -> None:
    """{"verb": "facts"} gives JSON."""
    if arguments["verb"] != "facts":
        raise Refused("unknown_verb")
    out.write(json.dumps(facts(path)).encode())
