"""A browser of few words: cookies, forms as they stand on the page, and every field that takes text filled in."""

import http.client
import itertools
import re
import secrets
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from selectolax.lexbor import LexborHTMLParser as HTMLParser

from tests.factories.crawl import FoundForm, addresses_of, forms_of

_numbers = itertools.count(1)
FIXED = {"date": "2026-12-24", "time": "10:00", "datetime-local": "2026-12-24T10:00", "number": "1", "range": "1"}


@dataclass
class Canaries:
    """Every text that was typed, by what it was typed for."""

    made: dict[str, str] = field(default_factory=dict)

    def new(self, what: str) -> str:
        """Return a text that stands nowhere else."""
        text = f"zq{secrets.token_hex(5)}n{next(_numbers)}z"
        self.made[text] = what
        return text


@dataclass
class Answer:
    """What came back."""

    status: int
    location: str
    body: bytes


@dataclass
class Visitor:
    """One person's browser at one host of a running stack."""

    port: int
    host: str
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: bytes = b"", kind: str = "") -> Answer:
        """Send one request over a real connection."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Host": self.host, "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if kind:
            headers |= {"Content-Type": kind, "Origin": f"http://{self.host}"}
        line.request(method, path, body, headers)
        response = line.getresponse()
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                cookie, _, content = value.partition(";")[0].partition("=")
                self.cookies[cookie] = content
        given = Answer(response.status, response.getheader("Location") or "", response.read())
        line.close()
        return given

    def get(self, path: str) -> Answer:
        """Open a page, and go where it leads."""
        given = self.ask("GET", path)
        for _turn in range(5):
            there = urlsplit(given.location)
            if given.status not in (301, 302, 303) or (there.netloc and there.netloc != self.host):
                break
            given = self.ask("GET", there._replace(scheme="", netloc="").geturl())
        return given

    def press(
        self, page: str, *, to: str = "", files: dict[str, tuple[str, bytes]] | None = None, **typed: str
    ) -> Answer:
        """Send a form with the tokens of the page that shows it."""
        fields = {**tokens_of(self.get(page).body), **typed}
        if files is not None:
            return self.ask("POST", to or page, _multipart(fields, files), "multipart/form-data; boundary=edge")
        return self.ask("POST", to or page, urlencode(fields, doseq=True).encode(), "application/x-www-form-urlencoded")

    def fill(self, page: str, form: FoundForm, canaries: Canaries, *, links: str) -> Answer:
        """Send one form of a page with a canary in every field that takes text."""
        body = self.get(page).body
        kinds = kinds_of(body)
        fields: dict[str, object] = {name: [str(one) for one in some] for name, some in form.values.items()}
        for name in form.typed:
            fields[name] = value_for(name, kinds.get(name, "text"), canaries.new(f"{form.path} {name}"), links)
        whole = {**fields, **tokens_of(body)}
        return self.ask("POST", form.path, urlencode(whole, doseq=True).encode(), "application/x-www-form-urlencoded")


def value_for(name: str, kind: str, text: str, links: str) -> str:
    """Return what somebody would type into a field of a kind."""
    if name == "links":
        return f"{links}/v/{text}"
    if kind == "email" or "email" in name or name == "recipient":
        return f"{text}@mail.example"
    return FIXED.get(kind, f"https://posted.example/{text}" if kind == "url" else text)


def tokens_of(page: bytes) -> dict[str, str]:
    """Return the tokens that a page's forms carry."""
    found = {}
    for name in ("csrfmiddlewaretoken", "form_token"):
        for node in HTMLParser(page).css(f"input[name={name}]"):
            found[name] = node.attributes.get("value") or ""
    return found


def kinds_of(page: bytes) -> dict[str, str]:
    """Return the type of every input by name."""
    return {
        node.attributes["name"] or "": node.attributes.get("type") or "text"
        for node in HTMLParser(page).css("input[name]")
    }


def pages_from(visitor: Visitor, starts: list[str], *, wanted: str, most: int = 60) -> list[str]:
    """Return the pages that links lead to, from some pages on."""
    seen: dict[str, None] = {}
    waiting = list(starts)
    while waiting and len(seen) < most:
        page = waiting.pop(0)
        given = visitor.ask("GET", page) if page not in seen else None
        if given is None or given.status != 200 or b"<html" not in given.body[:2000]:
            continue
        seen[page] = None
        waiting += [there for there in addresses_of(given.body, page) if re.match(wanted, there)]
    return list(seen)


def posting_forms(visitor: Visitor, page: str) -> list[FoundForm]:
    """Return the forms of a page that send something."""
    found = forms_of(visitor.get(page).body, page)
    return [form for form in found if form.method == "post" and form.typed and not form.is_multipart]


def _multipart(fields: dict[str, str], files: dict[str, tuple[str, bytes]]) -> bytes:
    out = b""
    for name, value in fields.items():
        out += f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    for name, (file, content) in files.items():
        head = f'--edge\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n'
        out += f"{head}Content-Type: image/png\r\n\r\n".encode() + content + b"\r\n"
    return out + b"--edge--\r\n"
