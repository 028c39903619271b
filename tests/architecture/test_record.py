"""No act without its event, and no byte of a file before its event: read from the source, so that a new one is met."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

APPS = ("cases", "evidence", "takedowns")
WRITES = {"save", "create", "bulk_create", "bulk_update", "update_or_create", "get_or_create", "delete"}
"""Methods of rows and querysets that write; `update` is one when it names fields or stands on a queryset."""

WITHOUT_EVENT = {
    "cases.actions.blocked_load.count": "a figure of what browsers refused, without a person",
    "cases.actions.case_task.create": "is called by actions that record what made the task necessary",
    "cases.actions.case_task.end_for": "is called by actions that record what made the task needless",
    "cases.actions.contact.end": "before a case: the contact's own row says who and when, and goes after its time",
    "cases.actions.contact.save": "typing is saved every second; becoming a case is the event",
    "cases.actions.contact.start": "before a case: the contact's own row says who and when, and goes after its time",
    "cases.actions.door.remember_language": "a choice of language by somebody who is watched is not kept for ever",
    "cases.actions.door_try.forgive": "counters of tries; the try that was right is its own event",
    "cases.actions.limit.remove_old": "counters whose time is over",
    "cases.actions.message.mark_seen": "the look at the page is the event",
    "cases.actions.handover_request.end": "is called where a case gets another owner or a request is taken back",
    "cases.actions.quiet.choose": "when somebody wants no mail is nobody's record; a mail that waits has its event",
    "cases.actions.report.save_step": "typing is saved while it is typed; sending the report is the event",
    "cases.actions.rest.begin": "a person's break is nobody's record; each look that it ends is an event",
    "cases.actions.rest.end": "a person's break is nobody's record",
    "cases.actions.sign_in.forgive": "counters of tries; the try that was right is its own event",
    "cases.actions.stamp.keep": "the reply is judged in the next breath, and that is the event",
    "evidence.actions.acquisition.begin": "is called by sealing an exhibit, which is the event",
    "evidence.actions.upload.add_part": "a part of a file; what becomes of the file is the event",
    "evidence.actions.upload.claim": "a lease on a whole file; what becomes of it is the event",
    "evidence.actions.upload.done": "is called after an exhibit was sealed, which is the event",
    "evidence.actions.upload.forget_file": "a stored file that was refused before, which is the event",
    "evidence.actions.upload.give_back": "a lease given back",
    "evidence.actions.upload.receive": "one file of a sending; noting the sending is the event",
    "evidence.actions.upload.hand_in": "a whole file of a client; noting the sending is the event",
    "evidence.actions.upload.start": "nothing came yet; the exhibit, or why it is none, is the event",
    "evidence.actions.proof.keep": "is called where a bundle is sealed, which is the event",
    "evidence.actions.receipt.keep_document": "the paper of a receipt; that it was given is the event",
    "evidence.actions.share_task.tell": "is called by actions that record what a recipient did",
    "takedowns.actions.incoming_mail.choose": "a mail that lies nowhere yet; filing it is the event, with who chose",
    "takedowns.actions.incoming_mail.give_back": "a mail that lies nowhere yet; it waits again",
    "takedowns.actions.incoming_mail.keep": "a mail before anybody has read it; filing it is the event",
    "takedowns.actions.incoming_mail.not_read": "a mail that lies nowhere yet; it waits for a person",
    "takedowns.actions.incoming_mail.settled": "is called by filing a reply, which is the event",
    "takedowns.actions.incoming_mail.sort": "a mail that lies nowhere yet; filing it is the event",
    "takedowns.actions.incoming_mail.tried": "a counter of tries",
    "takedowns.actions.notice_sent.keep_ticket": "is called by actions that record what they keep it of",
    "evidence.actions.bundle.claim": "a worker's lease; sealing and failing are the events",
    "evidence.actions.bundle.renew": "keeps a worker's lease; sealing, failing and stopping are the events",
    "evidence.actions.bundle.stop_waiting": "is called when a case is locked for age or closed, which is the event",
    "evidence.actions.capture.go_on": "says how far a running capture is; asking and its end are the events",
    "evidence.actions.capture.stop_for_age": "is called by the age lock, which is the event",
    "evidence.actions.capture.stop_for_closing": "is called by closing a case, which is the event",
    "evidence.actions.closing.stop": "is called by closing a case, which is the event",
    "evidence.actions.probe.claim": "a worker's lease; what it makes is the event",
    "evidence.actions.probe.finish": "is called where the derivatives are written, which are the events",
    "evidence.actions.probe.plan": "puts exhibits into the worker's queue; what is made of them is the event",
    "evidence.actions.probe.put_off": "a worker's lease ends; nothing was made or tried",
    "evidence.actions.scrub.add_to_day": "adds numbers over all cases",
    "evidence.actions.scrub.claim": "a worker's lease; what it finds is the event",
    "evidence.actions.likeness.ask_again": "is called by reopening a case, which is the event",
    "evidence.actions.extra_time.remove_old": "minutes of days long over; that they were given is in the record",
    "evidence.actions.fingerprint.remove": "is called by retention, which records the class and the rule",
    "evidence.actions.removal.remove": "is called by retention and erasure, which record the class and the rule",
    "evidence.actions.viewing.keep_preview": "a rendition that goes with its look, whose begin and end are the events",
    "evidence.actions.viewing.note_served": "when a look's first byte left; its end tells what was shown",
    "evidence.actions.viewing.widen": "a step within a look; its end tells how far it went",
    "takedowns.actions.captured.note": "is called by keeping a capture, which is the event",
    "takedowns.actions.closing.go_on": "is called by reopening a case, which is the event",
    "takedowns.actions.closing.stop": "is called by closing a case, which is the event",
    "takedowns.actions.notice_clock.start": "is called by sending a notice, which is the event",
    "takedowns.actions.notice_clock.stop_waiting": "is called by recording an answer, which is the event",
    "takedowns.actions.notice_clock.stop_all": "is called when a case is locked for age or closed, which is the event",
    "takedowns.actions.reported_url.resume_after_age": "is called by lifting an age lock, which is the event",
    "takedowns.actions.url_check.claim": "a worker's lease; what a look found is its own row, its meaning the event",
    "takedowns.actions.url_check.put_back": "a worker's lease given back",
}
"""Actions that write rows and no event, each with its reason."""

Name = tuple[str, str]


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for app in APPS:
        for path in sorted((Path(settings.BASE_DIR) / app / "actions").glob("*.py")):
            yield f"{app}.actions.{path.stem}", ast.parse(path.read_text(encoding="utf-8"))


@cache
def _functions() -> dict[Name, ast.FunctionDef]:
    return {
        (module, node.name): node
        for module, tree in _modules()
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }


@cache
def _imports() -> dict[str, dict[str, Name | str]]:
    """Per module: what a name stands for, a function of another module of actions or such a module."""
    found: dict[str, dict[str, Name | str]] = {}
    for module, tree in _modules():
        names = found.setdefault(module, {})
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module and ".actions" in node.module:
                for one in node.names:
                    whole = f"{node.module}.{one.name}"
                    is_module = node.module.endswith(".actions")
                    names[one.asname or one.name] = whole if is_module else (node.module, one.name)
    return found


def _called(name: Name) -> Iterator[Name]:
    module, _function = name
    imports = _imports()[module]
    for node in ast.walk(_functions()[name]):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name):
            target = imports.get(node.func.id, (module, node.func.id))
            if isinstance(target, tuple) and target in _functions():
                yield target
        elif isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            whole = imports.get(node.func.value.id)
            if isinstance(whole, str) and (whole, node.func.attr) in _functions():
                yield (whole, node.func.attr)


def _reaches(name: Name, *, records: bool, seen: set[Name]) -> bool:
    """Whether a function records (or writes), itself or by what it calls."""
    if name in seen:
        return False
    seen.add(name)
    here = _records(name) if records else _writes(name)
    return here or any(_reaches(other, records=records, seen=seen) for other in _called(name))


def _records(name: Name) -> bool:
    calls = (node for node in ast.walk(_functions()[name]) if isinstance(node, ast.Call))
    return any(ast.unparse(call.func) in ("record", "ledger.record") for call in calls)


def _writes(name: Name) -> bool:
    for node in ast.walk(_functions()[name]):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if node.func.attr in WRITES:
            return True
        if node.func.attr == "update" and (node.keywords or "objects" in ast.unparse(node.func)):
            return True
    return False


def _silent_writers() -> list[str]:
    return sorted(
        f"{module}.{function}"
        for module, function in _functions()
        if not function.startswith("_")
        and _reaches((module, function), records=False, seen=set())
        and not _reaches((module, function), records=True, seen=set())
    )


def test_every_action_that_writes_rows_writes_an_event():
    assert [name for name in _silent_writers() if name not in WITHOUT_EVENT] == []


def test_every_exception_is_still_one_and_has_its_reason():
    assert set(WITHOUT_EVENT) <= set(_silent_writers()), "take away what is not needed any more"
    assert all(reason.strip() for reason in WITHOUT_EVENT.values())


OUT = ("archive_response", "file_response", "StreamingHttpResponse", "FileResponse", "Content-Disposition")
"""What a view uses that hands out a file."""

NOTHING_PERSONAL = {
    "cases.views.erasure.certificate_json": "the certificate names no person; that a case was erased is its own event",
    "cases.views.erasure.certificate_pdf": "the certificate names no person; that a case was erased is its own event",
}
"""Views that hand out a file without an event of it, each with its reason."""


def _views() -> Iterator[tuple[str, ast.Module]]:
    for app in APPS:
        for path in sorted((Path(settings.BASE_DIR) / app / "views").rglob("*.py")):
            name = ".".join(path.relative_to(settings.BASE_DIR).with_suffix("").parts)
            yield name, ast.parse(path.read_text(encoding="utf-8"))


def _hands_out(node: ast.FunctionDef, own: dict[str, ast.FunctionDef]) -> list[int]:
    """The lines on which a function makes a response that is a file, itself or by a function beside it."""
    lines = []
    for inner in ast.walk(node):
        text = inner.value if isinstance(inner, ast.Constant) else getattr(inner, "id", None)
        if text in OUT:
            lines.append(inner.lineno)
        elif isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name) and inner.func.id in own:
            beside = own[inner.func.id]
            if beside is not node and _hands_out(beside, {}):
                lines.append(inner.lineno)
    return lines


def _recording_calls(node: ast.FunctionDef, tree: ast.Module) -> list[int]:
    """The lines on which a function calls an action that records."""
    names: dict[str, str] = {}
    for one in ast.walk(tree):
        if isinstance(one, ast.ImportFrom) and one.module and one.module.endswith(".actions"):
            names.update({alias.asname or alias.name: f"{one.module}.{alias.name}" for alias in one.names})
    lines = []
    for call in ast.walk(node):
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and isinstance(call.func.value, ast.Name)
        ):
            action = (names.get(call.func.value.id, ""), call.func.attr)
            if action in _functions() and _reaches(action, records=True, seen=set()):
                lines.append(call.lineno)
    return lines


def _handing_out() -> Iterator[tuple[str, ast.FunctionDef, ast.Module, list[int]]]:
    for module, tree in _views():
        own = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        for name, node in own.items():
            lines = _hands_out(node, own)
            if lines and node.decorator_list:
                yield f"{module}.{name}", node, tree, lines


def test_the_views_that_hand_out_files_are_found():
    found = {name for name, *_rest in _handing_out()}
    assert {"evidence.views.bundle.download", "evidence.views.share.download", "cases.views.export.download"} <= found


@pytest.mark.parametrize(
    ("name", "node", "tree", "lines"), list(_handing_out()), ids=[name for name, *_rest in _handing_out()]
)
def test_a_view_that_hands_out_a_file_records_it_first(name, node, tree, lines):
    if name in NOTHING_PERSONAL:
        return
    recorded = _recording_calls(node, tree)
    assert recorded, f"{name} hands out a file and calls no action that records it"
    assert min(recorded) < min(lines), f"{name} hands out a file before its event"
