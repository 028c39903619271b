"""Hostile bytes are decoded in one place: evidence/sandbox_tools, and only the sandbox runs what is in it."""

import ast
import sys

import pytest

from tests.architecture.code import APPS, BASE, name_of, python_files, tree_of

DECODERS = frozenset(
    (
        *("PIL", "cv2", "pdqhash", "c2pa", "olefile", "extract_msg", "pikepdf", "pypdf", "fitz", "av", "imageio"),
        *("openpyxl", "zipfile", "tarfile", "gzip", "bz2", "lzma", "py7zr", "rarfile", "pyzipper", "exifread", "numpy"),
    )
)
"""Packages that read formats in which a file can be built to harm its reader."""
OURS = {
    "cases/passwords.py": "reads a list of ours",
    "evidence/management/commands/bundle.py": "unpacks a bundle of our own making",
    "evidence/matching/scan.py": "counts with rows of our own table",
    "evidence/proofs/inside.py": "reads a bundle of our own making",
    "evidence/capture/wacz.py": "packs an archive of our own writing",
    "evidence/packet/": "joins and marks papers of our own making",
}
"""Modules that use one of them on something that we made ourselves."""
PROGRAMS = ("ffmpeg", "ffprobe", "exiftool", "pdftoppm", "pdftotext", "libreoffice", "convert", "magick", "tesseract")
TOOLS = "evidence/sandbox_tools/"
ITS_OWN = frozenset({"PIL", "numpy", "pdqhash", "c2pa", "pikepdf", "olefile", "selectolax", "openpyxl"})


def _imported(path):
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _modules(*, tools):
    return [path for path in python_files(*APPS) if name_of(path).startswith(TOOLS) == tools]


def _decodes(path):
    return any(name.split(".")[0] in DECODERS for name in _imported(path))


def test_only_the_tools_of_the_sandbox_decode_what_came_from_outside():
    wrong = [
        name_of(path)
        for path in _modules(tools=False)
        if _decodes(path) and not any(name_of(path).startswith(known) for known in OURS)
    ]
    assert wrong == []


@pytest.mark.parametrize("known", OURS)
def test_whoever_decodes_what_we_made_still_does(known):
    assert any(name_of(path).startswith(known) and _decodes(path) for path in _modules(tools=False)), "take it off"


def test_only_the_sandbox_runs_its_tools():
    """Of the package itself others may know the names of its refusals; its decoders are named as text, to `python`."""
    for path in _modules(tools=False):
        for name in _imported(path):
            if name.startswith("evidence.sandbox_tools"):
                assert name_of(path) in ("evidence/sandbox.py", "evidence/sandbox_outcome.py"), name_of(path)
                assert name.count(".") == 2, "no decoder is imported"
                assert name.rpartition(".")[2].isupper(), "constants only"


def test_programs_that_decode_are_started_in_the_sandbox_alone():
    for path in _modules(tools=False):
        texts = {node.value for node in ast.walk(tree_of(path)) if isinstance(node, ast.Constant)}
        if any(isinstance(text, str) and text.rpartition("/")[2] in PROGRAMS and "/" in text for text in texts):
            used = set(_imported(path))
            assert "evidence.sandbox" in used or any(name.startswith("evidence.sandbox.") for name in used)
            assert not {"subprocess", "os"} & used, name_of(path)


def test_the_tools_know_nothing_of_ours():
    """What is broken into finds no settings, no models and no keys to import."""
    for path in _modules(tools=True):
        for name in _imported(path):
            first = name.split(".")[0]
            known = first in sys.stdlib_module_names or first in ITS_OWN or name.startswith("evidence.sandbox_tools")
            assert known, f"{name_of(path)}: {name}"


def test_one_module_opens_pictures_and_asks_before_it_decodes():
    opening = [
        (name_of(path), ast.unparse(node.args[0]))
        for path in _modules(tools=True)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Image.open"
    ]
    # A preview is opened again to be marked: it is a JPEG that picture.py has just written.
    assert set(opening) == {(f"{TOOLS}picture.py", "path"), (f"{TOOLS}preview.py", "held")}
    text = (BASE / TOOLS / "picture.py").read_text()
    assert "formats=FORMATS" in text
    assert text.index("MAX_PIXELS or") < text.index("image.load()")
