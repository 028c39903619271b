"""Countries a client can choose, with their names: those for which help services are known, and their neighbours."""

from collections.abc import Iterator

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

COUNTRIES: dict[str, str | Promise] = {
    "AE": _("United Arab Emirates"),
    "AR": _("Argentina"),
    "AT": _("Austria"),
    "AU": _("Australia"),
    "BE": _("Belgium"),
    "BO": _("Bolivia"),
    "BR": _("Brazil"),
    "CA": _("Canada"),
    "CH": _("Switzerland"),
    "CL": _("Chile"),
    "CO": _("Colombia"),
    "CR": _("Costa Rica"),
    "DE": _("Germany"),
    "DK": _("Denmark"),
    "DZ": _("Algeria"),
    "EC": _("Ecuador"),
    "EG": _("Egypt"),
    "ES": _("Spain"),
    "FI": _("Finland"),
    "FR": _("France"),
    "GB": _("United Kingdom"),
    "GR": _("Greece"),
    "GT": _("Guatemala"),
    "HN": _("Honduras"),
    "IE": _("Ireland"),
    "IN": _("India"),
    "IQ": _("Iraq"),
    "IT": _("Italy"),
    "JO": _("Jordan"),
    "JP": _("Japan"),
    "KE": _("Kenya"),
    "KR": _("South Korea"),
    "KW": _("Kuwait"),
    "LB": _("Lebanon"),
    "LY": _("Libya"),
    "MA": _("Morocco"),
    "MX": _("Mexico"),
    "NG": _("Nigeria"),
    "NI": _("Nicaragua"),
    "NL": _("Netherlands"),
    "NO": _("Norway"),
    "NZ": _("New Zealand"),
    "PA": _("Panama"),
    "PE": _("Peru"),
    "PH": _("Philippines"),
    "PK": _("Pakistan"),
    "PL": _("Poland"),
    "PS": _("Palestine"),
    "PT": _("Portugal"),
    "PY": _("Paraguay"),
    "QA": _("Qatar"),
    "RO": _("Romania"),
    "SA": _("Saudi Arabia"),
    "SD": _("Sudan"),
    "SE": _("Sweden"),
    "SG": _("Singapore"),
    "SV": _("El Salvador"),
    "SY": _("Syria"),
    "TN": _("Tunisia"),
    "TR": _("Turkey"),
    "UA": _("Ukraine"),
    "US": _("United States"),
    "UY": _("Uruguay"),
    "VE": _("Venezuela"),
    "YE": _("Yemen"),
    "ZA": _("South Africa"),
}
"""ISO 3166 code to name. A country that is missing here is answered with "another country": no service is lost."""

_DIAL = (
    "AE971 AR54 AT43 AU61 BE32 BO591 BR55 CA1 CH41 CL56 CO57 CR506 DE49 DK45 DZ213 EC593 EG20 ES34 FI358 "
    "FR33 GB44 GR30 GT502 HN504 IE353 IN91 IQ964 IT39 JO962 JP81 KE254 KR82 KW965 LB961 LY218 MA212 MX52 "
    "NG234 NI505 NL31 NO47 NZ64 PA507 PE51 PH63 PK92 PL48 PS970 PT351 PY595 QA974 RO40 SA966 SD249 SE46 "
    "SG65 SV503 SY963 TN216 TR90 UA380 US1 UY598 VE58 YE967 ZA27"
)
DIAL: dict[str, str] = {pair[:2]: pair[2:] for pair in _DIAL.split()}
"""ISO 3166 code to country calling code (ITU-T E.164): it makes one form of a number that was said without it."""
KEEPS_ZERO = frozenset({"IT"})
"""Countries where the 0 before a number stays when it is dialled from abroad."""

ZONES: dict[str, str | Promise] = {
    "Pacific/Auckland": _("Auckland"),
    "Australia/Sydney": _("Sydney"),
    "Asia/Tokyo": _("Tokyo, Seoul"),
    "Asia/Singapore": _("Singapore, Manila"),
    "Asia/Kolkata": _("India"),
    "Asia/Karachi": _("Karachi"),
    "Asia/Dubai": _("Dubai"),
    "Asia/Riyadh": _("Riyadh, Baghdad, Nairobi"),
    "Europe/Istanbul": _("Istanbul"),
    "Asia/Beirut": _("Beirut"),
    "Asia/Amman": _("Amman, Damascus"),
    "Africa/Cairo": _("Cairo"),
    "Europe/Kyiv": _("Kyiv, Bucharest, Athens, Helsinki"),
    "Africa/Johannesburg": _("Johannesburg, Tripoli, Khartoum"),
    "Europe/Berlin": _("Berlin, Paris, Madrid, Rome, Stockholm"),
    "Africa/Tunis": _("Tunis, Algiers, Lagos"),
    "Africa/Casablanca": _("Casablanca"),
    "Europe/London": _("London, Dublin, Lisbon"),
    "UTC": _("World time (UTC)"),
    "America/Sao_Paulo": _("São Paulo, Buenos Aires, Montevideo"),
    "America/Santiago": _("Santiago"),
    "America/Caracas": _("Caracas, La Paz"),
    "America/New_York": _("New York, Toronto"),
    "America/Bogota": _("Bogotá, Lima, Panama"),
    "America/Chicago": _("Chicago"),
    "America/Mexico_City": _("Mexico City, Central America"),
    "America/Denver": _("Denver"),
    "America/Los_Angeles": _("Los Angeles, Vancouver"),
}
"""Time zones by towns people know; enough to keep a message inside somebody's hours."""


def choices() -> Iterator[tuple[str, str]]:
    """Give the countries as choices, by name in the present language."""
    yield from sorted(((code, str(name)) for code, name in COUNTRIES.items()), key=lambda item: item[1])


def name_of(code: str) -> str:
    """Return a country's name in the present language, or an empty text."""
    return str(COUNTRIES.get(code, ""))
