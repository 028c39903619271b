"""Who else can help, by country; for anyone shown under 18 the order of the route table. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from cases.clocks import EU_STATES
from cases.facts import CONFIDENCES, Entry, Source, entries

PLAYBOOK = Path(__file__).parent / "playbooks" / "helplines.toml"
KINDS = frozenset({"hotline", "helpline", "police", "regulator", "legal-aid", "crisis", "hash-matching"})
AUDIENCES = frozenset({"adults", "minors", "minors_over_14", "parents", "adults_for_images_taken_under_18"})
UNDER_18 = frozenset({"minors", "minors_over_14", "adults_for_images_taken_under_18"})

# First routes where anyone shown was under 18 when it was made, then the police; countries without a row get ANY_ROUTE.
ROUTES_UNDER_18: Mapping[str, tuple[str, ...]] = {
    "US": ("ncmec_cybertipline", "ncmec_take_it_down", "fbi_tips"),
    "GB": ("report_remove", "iwf", "childline_uk", "police_uk_101"),
    "IE": ("hotline_ie",),
    "CA": ("cybertip_ca", "needhelpnow_ca"),
    "AU": ("accce", "esafety"),
    "NZ": ("netsafe",),
    "FR": ("fr_3018", "fr_point_de_contact", "fr_pharos"),
    "DE": ("inhope",),
    "IT": ("it_telefono_azzurro", "it_garante", "it_polizia_postale"),
    "ES": ("es_aepd", "es_017"),
    "IN": ("in_meri_trustline", "in_cybercrime"),
    "KR": ("kr_1366", "kr_d4u"),
    "BR": ("br_safernet_denuncia", "br_disque_100"),
    "SG": ("sg_osc",),
    "PK": ("pk_drf",),
    "JP": ("jp_safe_line",),
    "ZA": ("za_fpb",),
    "PH": ("ph_pnp_acg",),
}
ANY_ROUTE = ("ncmec_take_it_down", "inhope")
# What comes first for an adult: people to talk to, then tools, then authorities.
KIND_ORDER = ("helpline", "hash-matching", "crisis", "hotline", "legal-aid", "regulator", "police")


@dataclass(frozen=True)
class HelplineFacts:
    """One service. `phone` is written as dialled inside the country and mostly fails from abroad."""

    key: str
    name: str
    countries: tuple[str, ...]
    kind: str
    who: tuple[str, ...]
    url: str
    phone: str
    email: str
    languages: tuple[str, ...]
    hours: str
    sources: tuple[Source, ...]
    confidence: str
    notes: str

    def serves(self, country: str) -> bool:
        """Whether it serves that ISO 3166 country."""
        return bool({country, "*"} & set(self.countries)) or ("EU" in self.countries and country in EU_STATES)

    def dialled_from(self, country: str) -> str:
        """The number if it can be dialled from that country, else an empty text: it is never rewritten by rule."""
        return self.phone if country in self.countries else ""


@lru_cache(maxsize=8)
def helplines(path: Path = PLAYBOOK) -> Mapping[str, HelplineFacts]:
    """The helplines by key, read and checked once. Raises BadFacts, naming the file, the entry and the key."""
    return MappingProxyType({facts.key: facts for facts in (_helpline(entry) for entry in entries(path, "helpline"))})


def for_country(country: str, under_18: bool) -> list[HelplineFacts]:
    """Who to show for an ISO 3166 country ("" = not known), best first.

    Under 18 (or not sure, which the caller treats alike) the route table leads, and only services that take images
    of minors follow; services for adults alone are left out.
    """
    known = helplines()
    serving = [line for line in known.values() if line.serves(country)]
    if not under_18:
        adults = [line for line in serving if "adults" in line.who]
        return sorted(adults, key=lambda line: ("*" in line.countries, KIND_ORDER.index(line.kind)))
    first = [known[key] for key in (*ROUTES_UNDER_18.get(country, ()), *ANY_ROUTE)]
    rest = [line for line in serving if UNDER_18 & set(line.who)]
    return list(dict.fromkeys([*first, *sorted(rest, key=lambda line: "*" in line.countries)]))


def _helpline(entry: Entry) -> HelplineFacts:
    facts = HelplineFacts(
        key=entry.text("key"),
        name=entry.text("name"),
        countries=entry.texts("countries"),
        kind=entry.text("kind", among=KINDS),
        who=entry.texts("who", among=AUDIENCES),
        url=entry.text("url"),
        phone=entry.text("phone"),
        email=entry.text("email"),
        languages=entry.texts("languages"),
        hours=entry.text("hours"),
        sources=entry.sources(),
        confidence=entry.text("confidence", among=CONFIDENCES),
        notes=entry.text("notes"),
    )
    entry.done()
    return facts
