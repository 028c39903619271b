"""What is known of platforms and laws, with sources: typed, checked, read once. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from cases.clocks import ClockFacts
from cases.facts import CONFIDENCES, BadFacts, Entry, Source, entries

PLAYBOOKS = Path(__file__).parent / "playbooks"
GENERIC = "generic_site"

# The vocabulary of what a notice may be asked to hold, shared by platforms and laws.
NOTICE_ELEMENTS = frozenset(
    [
        "content_urls",
        "search_result_urls",
        "location_detail",
        "platform_surface",
        "content_description",
        "uploader_account",
        "non_consent_statement",
        "good_faith_statement",
        "accuracy_statement",
        "perjury_statement",
        "signature",
        "full_legal_name",
        "depicted_person_name",
        "relation_to_depicted",
        "authorisation_proof",
        "contact_email",
        "contact_phone",
        "postal_address",
        "country",
        "legal_basis",
        "illegality_explanation",
        "copyright_work",
        "identifiability_evidence",
        "harm_statement",
        "synthetic_flag",
        "prior_report_reference",
        "consent_to_share_identity",
    ]
)
PLATFORM_KINDS = frozenset(
    ["social", "video", "adult", "search", "host", "cdn", "registrar", "messaging", "forum", "dating"]
)
MARKER_KINDS = frozenset({"text", "html", "html_regex", "html_absent", "http", "json"})
MARKER_MEANINGS = frozenset(["login", "age", "geo", "challenge", "blocked", "private", "expired", "parked", "unclear"])
MARKER_PLACES = frozenset({"title", "page"})
LAW_KINDS = frozenset({"platform-duty", "criminal", "civil", "data-protection", "copyright"})
LAW_STATUSES = frozenset(
    [
        "in_force",
        "pending",
        "to_be_transposed",
        "enacted_commencement_unverified",
        "decided_2026_05_18",
        "sources_conflict",
    ]
)
YES_NO_UNKNOWN = frozenset({"yes", "no", "unknown"})
YES_NO_UNCLEAR = frozenset({"yes", "no", "unclear"})
HASH_LISTS = frozenset({"yes", "reported", "no-evidence", "no"})
ROUTE_QUALITIES = frozenset({"official", "secondary", "thin"})
FICTIONAL = "fictional"
PLATFORM_CONFIDENCES = CONFIDENCES | {FICTIONAL}


@dataclass(frozen=True)
class Marker:
    """A sign on a page. `value` is for people; a machine uses `value` or `pattern` by kind, or the fields after it."""

    kind: str
    value: str
    confidence: str
    place: str = "page"
    means: str = "unclear"
    pattern: str = ""
    statuses: tuple[int, ...] = ()
    hosts: tuple[str, ...] = ()
    redirect_to: str = ""
    drops: str = ""

    @property
    def name(self) -> str:
        """A stable name by which the fetch child reports that it saw the marker."""
        return f"{self.kind}:{self.value}"

    @property
    def needs_source(self) -> bool:
        """Whether only the page source can show it."""
        return self.kind.startswith("html") or (self.kind == "json" and bool(self.pattern))


@dataclass(frozen=True)
class CanonicalRule:
    """One way to tell an item's identity from its address; the example pair is a test."""

    match: re.Pattern[str]
    canonical: str
    example_in: str
    example_out: str


@dataclass(frozen=True)
class PlatformFacts:
    """One service: how to ask it, what it asks for, and how its pages read."""

    key: str
    name: str
    domains: tuple[str, ...]
    kind: str
    report_urls: tuple[str, ...]
    report_in_app: str
    abuse_category: str
    abuse_email: str
    account_needed: str
    asks_for: tuple[str, ...]
    hash_stopncii: str
    hash_ncmec_take_it_down: str
    dmca_route: str
    appeal_route: str
    published_response: str
    published_response_hours: int
    languages: tuple[str, ...]
    ticket_format: str
    ticket_regex: str
    removed_markers: tuple[Marker, ...]
    not_removed_markers: tuple[Marker, ...]
    canonical_rules: tuple[CanonicalRule, ...]
    sources: tuple[Source, ...]
    confidence: str
    route_quality: str
    notes: str

    @property
    def is_generic(self) -> bool:
        """Whether this stands for every site that has no entry of its own."""
        return self.domains == ("*",)

    @property
    def source_markers(self) -> tuple[Marker, ...]:
        """The markers that must be looked for where the page source is."""
        return tuple(mark for mark in self.removed_markers + self.not_removed_markers if mark.needs_source)


@dataclass(frozen=True)
class LawFacts:
    """One legal lever: who may use it, what a notice must hold, and its clocks."""

    key: str
    name: str
    jurisdiction: str
    kind: str
    status: str
    in_force_since: str
    invoked_by: tuple[str, ...]
    targets: str
    notice_elements: tuple[str, ...]
    clocks: tuple[ClockFacts, ...]
    escalation: str
    applies_deepfakes: str
    applies_minors: str
    remedy: str
    sources: tuple[Source, ...]
    confidence: str
    notes: str

    @property
    def may_be_cited(self) -> bool:
        """Only law in force is named in a notice; the rest is background."""
        return self.status == "in_force"

    def clock(self, name: str) -> ClockFacts:
        """The clock of that name. Raises KeyError."""
        for clock in self.clocks:
            if clock.name == name:
                return clock
        raise KeyError(name)


class Platforms(Mapping[str, PlatformFacts]):
    """All platforms by key, and by host."""

    def __init__(self, facts: tuple[PlatformFacts, ...]) -> None:
        self._by_key = {platform.key: platform for platform in facts}
        self._by_domain = {domain: platform for platform in facts for domain in platform.domains if domain != "*"}
        self.generic = next(platform for platform in facts if platform.is_generic)

    def __getitem__(self, key: str) -> PlatformFacts:
        return self._by_key[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_key)

    def __len__(self) -> int:
        return len(self._by_key)

    def by_host(self, host: str) -> PlatformFacts | None:
        """The platform with the longest domain that ends the host on whole labels, or None."""
        labels = host.split(".")
        for start in range(len(labels) - 1):
            platform = self._by_domain.get(".".join(labels[start:]))
            if platform:
                return platform
        return None


@lru_cache(maxsize=8)
def platforms(path: Path = PLAYBOOKS / "platforms.toml") -> Platforms:
    """The platform facts, read and checked once. Raises BadFacts, naming the file, the entry and the key."""
    facts = read_platforms(path)
    if not any(platform.is_generic for platform in facts):
        raise BadFacts(f"{path.name}: key 'domains': no entry has the domain '*'")
    return Platforms(facts)


def read_platforms(path: Path) -> tuple[PlatformFacts, ...]:
    """The entries of one file of platform facts, such as a demo's own. Raises BadFacts as `platforms` does."""
    facts = tuple(_platform(entry) for entry in entries(path, "platform"))
    seen: dict[str, str] = {}
    for platform in facts:
        for domain in platform.domains:
            if domain in seen:
                raise BadFacts(f"{path.name}: key 'domains' names {domain!r} in {seen[domain]!r} and {platform.key!r}")
            seen[domain] = platform.key
    return facts


@lru_cache(maxsize=8)
def laws(path: Path = PLAYBOOKS / "laws.toml") -> Mapping[str, LawFacts]:
    """The laws by key, read and checked once. Raises BadFacts, naming the file, the entry and the key."""
    found = {}
    for entry in entries(path, "law"):
        law = _law(entry)
        found[law.key] = law
    return MappingProxyType(found)


def platform_of(values: Mapping[str, object]) -> PlatformFacts:
    """One platform from the plain values of its entry. Raises BadFacts, naming the entry and the key."""
    return _platform(Entry(f"platform {values.get('key')!r}", dict(values)))


def _platform(entry: Entry) -> PlatformFacts:
    facts = PlatformFacts(
        key=entry.text("key"),
        name=entry.text("name"),
        domains=entry.texts("domains"),
        kind=entry.text("kind", among=PLATFORM_KINDS),
        report_urls=entry.texts("report_urls"),
        report_in_app=entry.text("report_in_app"),
        abuse_category=entry.text("abuse_category"),
        abuse_email=entry.text("abuse_email") if entry.has("abuse_email") else "",
        account_needed=entry.text("account_needed", among=YES_NO_UNKNOWN),
        asks_for=entry.texts("asks_for", among=NOTICE_ELEMENTS),
        hash_stopncii=entry.text("hash_stopncii", among=HASH_LISTS),
        hash_ncmec_take_it_down=entry.text("hash_ncmec_take_it_down", among=HASH_LISTS),
        dmca_route=entry.text("dmca_route"),
        appeal_route=entry.text("appeal_route"),
        published_response=entry.text("published_response"),
        published_response_hours=entry.number("published_response_hours"),
        languages=entry.texts("languages"),
        ticket_format=entry.text("ticket_format"),
        ticket_regex=_pattern(entry, "ticket_regex").pattern,
        removed_markers=entry.rows("removed_markers", _marker),
        not_removed_markers=entry.rows("not_removed_markers", _marker),
        canonical_rules=entry.rows("canonical_rules", _canonical_rule),
        sources=entry.sources(),
        confidence=entry.text("confidence", among=PLATFORM_CONFIDENCES),
        route_quality=entry.text("route_quality", among=ROUTE_QUALITIES),
        notes=entry.text("notes"),
    )
    entry.done()
    return facts


def _marker(row: Entry) -> Marker:
    kind = row.text("kind", among=MARKER_KINDS)
    value = _pattern(row, "value").pattern if kind == "html_regex" else row.text("value")
    return Marker(
        kind=kind,
        value=value,
        confidence=row.text("confidence", among=PLATFORM_CONFIDENCES),
        place=row.text("place", among=MARKER_PLACES) if row.has("place") else "page",
        means=row.text("means", among=MARKER_MEANINGS) if row.has("means") else "unclear",
        pattern=_pattern(row, "pattern").pattern if row.has("pattern") else "",
        statuses=row.numbers("statuses") if row.has("statuses") else (),
        hosts=row.texts("hosts") if row.has("hosts") else (),
        redirect_to=row.text("redirect_to") if row.has("redirect_to") else "",
        drops=row.text("drops") if row.has("drops") else "",
    )


def _canonical_rule(row: Entry) -> CanonicalRule:
    return CanonicalRule(
        match=_pattern(row, "match"),
        canonical=row.text("canonical"),
        example_in=row.text("example_in"),
        example_out=row.text("example_out"),
    )


def _pattern(row: Entry, key: str) -> re.Pattern[str]:
    written = row.text(key)
    try:
        return re.compile(written)
    except re.error as problem:
        raise row.bad(key, f"is no regular expression: {problem}") from problem


def _law(entry: Entry) -> LawFacts:
    facts = LawFacts(
        key=entry.text("key"),
        name=entry.text("name"),
        jurisdiction=entry.text("jurisdiction"),
        kind=entry.text("kind", among=LAW_KINDS),
        status=entry.text("status", among=LAW_STATUSES),
        in_force_since=entry.text("in_force_since"),
        invoked_by=entry.texts("invoked_by"),
        targets=entry.text("targets"),
        notice_elements=entry.texts("notice_elements", among=NOTICE_ELEMENTS),
        clocks=entry.rows("clocks", _clock),
        escalation=entry.text("escalation"),
        applies_deepfakes=entry.text("applies_deepfakes", among=YES_NO_UNCLEAR),
        applies_minors=entry.text("applies_minors", among=YES_NO_UNCLEAR),
        remedy=entry.text("remedy"),
        sources=entry.sources(),
        confidence=entry.text("confidence", among=CONFIDENCES),
        notes=entry.text("notes"),
    )
    entry.done()
    return facts


def _clock(row: Entry) -> ClockFacts:
    return ClockFacts(
        name=row.text("name"),
        value=row.number("value"),
        unit=row.text("unit"),
        basis=row.text("basis", among=frozenset({"calendar", "business"})),
        starts=row.text("starts"),
    )
