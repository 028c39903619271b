"""What kind of browser somebody uses, as coarsely as helps them to know it again."""

from django.utils.translation import gettext as _

BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)
"""First match wins: Chromium names itself Safari too, and Android says Linux."""


def device_of(user_agent: str) -> list[str]:
    """Return browser and system by name, each empty when it is not one of the common ones. No version is kept."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    return [browser, system]


def device_words(device: list[str]) -> str:
    """Return how a device is called on a page."""
    browser, system = (*device, "", "")[:2]
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("A browser we do not know")
