"""Every way by which an opened file of the vault leaves: listed, guarded, and recorded before its first byte."""

import ast
import re

import pytest

from tests.architecture.code import APPS, BASE, name_of, python_files, tree_of

INSIDE = {
    "cases/vault.py:Vault.open": "makes the opener; knows no key and no case of its own",
    "cases/exports.py:opened": "opens a list for the view that authorises and records",
    "evidence/sources.py:stored_source": "gives a file to the sandbox, in sealed memory; no byte leaves",
    "evidence/derivatives.py:open_bytes": "opens what was read from an exhibit for the callers below",
    "evidence/scrub.py:_opened_state": "hashes a file to verify it; no byte leaves",
    "evidence/looking/originals.py:Original._plain": "reads an original into an age file for a sealed bundle",
    "evidence/bundles.py:open_archive": "opens an archive for the callers below",
    "evidence/views/volume.py:files_inside": "reads the list of files of an archive; no byte of a file leaves",
    "evidence/parts.py:opened": "reads the parts of an upload into a file that is sealed again; no byte leaves",
    "evidence/packet/payloads.py:_from_vault": "reads exhibits into an archive that is sealed again; no byte leaves",
    "evidence/packet/payloads.py:_opened": "reads metadata into an archive that is sealed again; no byte leaves",
}
"""Functions that open a stored file and give no byte of it to anybody outside."""

OUT = {
    "cases/views/export.py:download": ("requires", "note_download"),
    "evidence/views/bundle.py:download": ("requires", "note_download"),
    "evidence/views/share.py:download": ("requires_share", "take_download"),
    "evidence/views/share_item.py:packet": ("requires_share", "take"),
    "evidence/views/share_item.py:volume": ("requires_share", "take"),
    "evidence/views/volume.py:take": ("requires", "note_download"),
    "evidence/views/volume.py:packet": ("requires", "note_download"),
    "evidence/management/commands/bundle.py:Command.handle": ("", "note_download"),
}
"""Every place where bytes go out: its guard (a command on the host has none) and the action that records it."""

OUT_OF_A_VISIT = {"evidence/views/portal_copy.py:_sent": "take"}
"""The same on a client's page: its guard runs the view in one transaction, and what is sent is read after that."""

STORAGE = {
    "cases/vault.py": "the vault itself",
    "evidence/orphans.py": "lists and removes what no row names; opens nothing",
}
"""Modules that may touch the storage behind the vault."""

OPENING = re.compile(
    r"(?:^|\.)(?:open_archive|Opener)$"
    r"|(?:^|[._])(?:vault|store)\.open$"
    r"|^Vault\(.*\)\.open$"
    r"|^lists\.opened$"
)


def _functions(path):
    """Yield each function of a module with its dotted name."""
    for node in tree_of(path).body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from (
                (f"{node.name}.{inner.name}", inner) for inner in node.body if isinstance(inner, ast.FunctionDef)
            )


def _calls(node):
    return [ast.unparse(call.func) for call in ast.walk(node) if isinstance(call, ast.Call)]


def _opening():
    found = {}
    for path in python_files(*APPS, "config"):
        if name_of(path) in ("cases/rvlt.py",) or "config/demo" in name_of(path):
            continue
        for name, node in _functions(path):
            if any(OPENING.search(call) for call in _calls(node)):
                found[f"{name_of(path)}:{name}"] = node
    return found


def test_every_function_that_opens_a_stored_file_is_listed():
    assert set(_opening()) == {*INSIDE, *OUT, *OUT_OF_A_VISIT}


@pytest.mark.parametrize("place", OUT)
def test_every_way_out_is_guarded_and_recorded_before_its_first_byte(place):
    guard, records = OUT[place]
    node = _opening()[place]
    if guard:
        assert any(ast.unparse(mark).startswith(f"{guard}(") for mark in node.decorator_list)
    inside = [
        call
        for block in ast.walk(node)
        if isinstance(block, ast.With) and any("acting_as" in ast.unparse(item.context_expr) for item in block.items)
        for call in _calls(block)
    ]
    assert any(call.rpartition(".")[2] == records for call in inside), "recorded in the transaction that authorises"
    # Whatever reads or sends comes after that transaction: what was not committed does not leave.
    sending = ("archive_response", "file_response", "packet_response", "volume_response", "iter_chunks", "read_range")
    sending += ("StreamingHttpResponse", "HttpResponse")
    assert not [call for call in inside if call.rpartition(".")[2] in sending]


@pytest.mark.parametrize("place", OUT_OF_A_VISIT)
def test_what_a_client_takes_is_recorded_in_the_transaction_of_their_page(place):
    path, _colon, name = place.partition(":")
    calls = _calls(_opening()[place])
    assert any(call.rpartition(".")[2] == OUT_OF_A_VISIT[place] for call in calls)
    # Lazy: nothing of a file is read before the page's transaction was committed.
    assert not {"read_range", "iter_chunks", "HttpResponse"} & {call.rpartition(".")[2] for call in calls}
    callers = [node for _name, node in _functions(BASE / path) if name in _calls(node)]
    assert callers
    for node in callers:
        assert any(ast.unparse(mark).startswith("client_page(") for mark in node.decorator_list)


def test_only_the_vault_touches_its_storage():
    touching = [
        name_of(path)
        for path in python_files(*APPS, "config")
        if re.search(r"storages\[[\"']vault[\"']\]|storages\.create_storage|default_storage", path.read_text())
    ]
    assert set(touching) == set(STORAGE)
    assert ".open(" not in (BASE / "evidence" / "orphans.py").read_text()


def test_every_opening_in_the_vault_names_the_length_that_was_stored():
    for path in python_files(*APPS):
        if name_of(path) == "cases/vault.py":
            continue
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and re.search(r"[vV]ault(\(\))?\.open$", ast.unparse(node.func)):
                assert "sealed_bytes" in [word.arg for word in node.keywords], name_of(path)
