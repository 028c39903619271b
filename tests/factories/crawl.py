"""Forms of a page as a hostile sender sees them: every field found, every value replaced, bytes sent as they are."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_from_bytes, urljoin, urlsplit

from django.db import transaction
from django.test import Client
from selectolax.lexbor import LexborHTMLParser as HTMLParser
from selectolax.lexbor import LexborNode as Node

from cases.http import TOKEN_FIELD, new_form_token

TEXT_TYPES = frozenset({"text", "search", "email", "url", "tel", "password", ""})
OURS = frozenset({"csrfmiddlewaretoken", TOKEN_FIELD})
Value = str | bytes


@dataclass
class FoundForm:
    """One form of a page: where it goes, what it holds, and which of its fields are typed, chosen or carried."""

    path: str
    method: str
    is_multipart: bool
    values: dict[str, list[Value]] = field(default_factory=dict)
    typed: list[str] = field(default_factory=list)
    chosen: list[str] = field(default_factory=list)
    carried: list[str] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def changed(self, names: list[str], value: Value) -> dict[str, list[Value]]:
        """Return the values with some of them replaced."""
        return {**self.values, **{name: [value] for name in names}}


def forms_of(html: bytes, page: str) -> list[FoundForm]:
    """Read every form of a page."""
    return [_read(node, page) for node in HTMLParser(html).css("form")]


def _read(node: Node, page: str) -> FoundForm:
    told = node.attributes
    found = FoundForm(
        path=urljoin(page, told.get("action") or page),
        method=(told.get("method") or "get").lower(),
        is_multipart=told.get("enctype") == "multipart/form-data",
    )
    for part in node.css("input, textarea, select, button"):
        _take(part, found)
    return found


def _take(part: Node, found: FoundForm) -> None:
    told, name = part.attributes, part.attributes.get("name")
    if not name or name in OURS:
        return
    kind = "" if part.tag != "input" else (told.get("type") or "text")
    if part.tag == "textarea":
        found.values[name] = [part.text()]
        found.typed.append(name)
    elif part.tag == "select":
        options = [option.attributes.get("value") or "" for option in part.css("option")]
        found.values[name] = [next((value for value in options if value), "")]
        found.chosen.append(name)
    elif part.tag == "button":
        found.buttons.append((name, told.get("value") or ""))
        found.values.setdefault(name, [told.get("value") or ""])
    elif kind in ("radio", "checkbox"):
        found.values.setdefault(name, [told.get("value") or "on"])
        found.chosen.append(name)
    elif kind == "hidden":
        found.values[name] = [told.get("value") or ""]
        found.carried.append(name)
    elif kind != "file":
        found.values[name] = [told.get("value") or ""]
        found.typed.append(name)


def addresses_of(html: bytes, page: str) -> Iterator[str]:
    """Return where the links of a page lead on the same host."""
    for node in HTMLParser(html).css("a[href]"):
        there = urlsplit(urljoin(page, node.attributes.get("href") or ""))
        if not there.scheme and not there.netloc and there.path.startswith("/"):
            yield there._replace(fragment="").geturl()


def _raw(value: Value) -> bytes:
    return value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")


def encoded(values: Mapping[str, list[Value]]) -> str:
    """Encode values as a browser does, but with any bytes."""
    pairs = [
        (quote_from_bytes(_raw(name)), quote_from_bytes(_raw(one))) for name, some in values.items() for one in some
    ]
    return "&".join(f"{name}={value}" for name, value in pairs)


def _multipart(values: Mapping[str, list[Value]]) -> bytes:
    out = b""
    for name, some in values.items():
        for one in some:
            head = f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
            out += head + _raw(one) + b"\r\n"
    return out + b"--edge--\r\n"


def send(client: Client, form: FoundForm, values: Mapping[str, list[Value]]) -> Any:
    """Send a form with a fresh token."""
    if form.method != "post":
        return client.get(f"{form.path.split('?')[0]}?{encoded(values)}")
    whole = {TOKEN_FIELD: [new_form_token()], **values}
    if form.is_multipart:
        return client.post(form.path, _multipart(whole), content_type="multipart/form-data; boundary=edge")
    return client.post(form.path, encoded(whole), content_type="application/x-www-form-urlencoded")


class _Undo(Exception):
    pass


class Undone:
    """Runs requests and takes back what they wrote, here and in the cookies, so that each finds the same case."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._cookies = {name: cookie.value for name, cookie in client.cookies.items()}

    def __enter__(self) -> None:
        self._atomic = transaction.atomic()
        self._atomic.__enter__()

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self._client.cookies.clear()
        self._client.cookies.load(self._cookies)
        # A failure of its own goes on; otherwise the block ends as if it had failed.
        if error is not None:
            self._atomic.__exit__(kind, error, trace)
        else:
            self._atomic.__exit__(_Undo, _Undo(), None)


def typed_values(html: bytes) -> dict[str, str]:
    """Return what stands in the typed fields of a page, by name."""
    shown = {}
    for node in HTMLParser(html).css("input[name], textarea[name]"):
        shown[str(node.attributes["name"])] = (
            node.text() if node.tag == "textarea" else node.attributes.get("value") or ""
        )
    return shown
