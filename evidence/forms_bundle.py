"""What people type about a bundle: for whom, what for, what goes inside, what is hidden."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from cases.forms import CleanedForm, PlainText
from cases.languages import is_reviewed
from cases.models import Party
from evidence.findings.links import ToldLink
from evidence.models import Bundle, Exhibit, Reader, Release
from evidence.packet.profiles import PROFILES, SECTION_WORDS, profile_of
from evidence.packet.redaction import Hidden, HiddenKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What may be chosen: files that can go inside, originals that a second person released, what can be hidden."""

    files: Sequence[Exhibit] = ()
    exhibits: Sequence[Exhibit] = ()
    releases: Sequence[Release] = ()
    parties: Sequence[Party] = ()
    links: Sequence[ToldLink] = ()
    standing: Sequence[Bundle] = field(default=())


class BundleForm(CleanedForm):
    """One bundle as it is asked for. What is offered depends on the case; what is in it on the kind of reader."""

    missing = {
        "recipient": _("Say who will receive it, like “Berger & Partner, solicitors”."),
        "purpose": _("Say what it is for, like “Civil claim”."),
    }

    reader = forms.ChoiceField(label=_("Who receives it"), choices=Reader.choices, widget=forms.RadioSelect)
    recipient = PlainText(label=_("Name of the firm, the station or the court"), help_text=_("Printed on the cover."))
    purpose = PlainText(label=_("What it is for"), help_text=_("Printed on the cover."))
    language = forms.ChoiceField(label=_("Language of the packet"), required=False)
    supplements = forms.ChoiceField(
        label=_("Goes on from"),
        help_text=_("A supplement tells what is new. Page and running numbers go on."),
        required=False,
    )
    included = forms.MultipleChoiceField(
        label=_("Files that go inside"),
        help_text=_(
            "Pictures and videos never go in. They are described, with their hashes. Mails of platforms are ticked: "
            "they go beside our notices."
        ),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    originals = forms.MultipleChoiceField(
        label=_("Sealed originals that a second person released"),
        help_text=_("They go in encrypted. The passphrase is told by telephone."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    without = forms.MultipleChoiceField(label=_("Leave out"), required=False, widget=forms.CheckboxSelectMultiple)
    hidden_parties = forms.MultipleChoiceField(
        label=_("People to hide"),
        help_text=_("Name, account, address and number of each are replaced by “Person A” everywhere."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    hidden_exhibits = forms.MultipleChoiceField(
        label=_("Exhibits to hide"), required=False, widget=forms.CheckboxSelectMultiple
    )
    hidden_links = forms.MultipleChoiceField(
        label=_("Links to hide"), required=False, widget=forms.CheckboxSelectMultiple
    )
    hidden_words = PlainText(
        label=_("Names or handles to hide"),
        help_text=_("One on each line. Behind a | you can give a reason of its own."),
        required=False,
        several_lines=True,
        max_length=2000,
    )
    why = PlainText(
        label=_("Why these are hidden"),
        help_text=_("It is printed in the packet and stands in the record. Do not name anybody here."),
        required=False,
    )

    def __init__(self, *args: Any, offered: Offered, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"reader": Reader.LAWYER, "language": "en"})
        super().__init__(*args, **kwargs)
        self._offered = offered
        self.fields["reader"].hints = {one.value: PROFILES[one].line for one in Reader}  # type: ignore[attr-defined]
        known = dict(settings.LANGUAGES)
        # A packet is read by courts: a language whose words nobody has reviewed is not offered.
        self._choices("language", [(code, known[code]) for code in known if is_reviewed(code)])
        self._choices("included", [(str(row.pk), f"{row.label} · {row.description}") for row in offered.files])
        self._choices(
            "originals", [(str(row.pk), f"{row.exhibit.label} · {row.recipient}") for row in offered.releases]
        )
        self._choices(
            "hidden_exhibits", [(str(row.pk), f"{row.label} · {row.description}") for row in offered.exhibits]
        )
        self._choices("hidden_parties", [(str(row.pk), _named(row)) for row in offered.parties])
        self._choices("hidden_links", [(str(row.id), f"{row.label} · {row.address[:90]}") for row in offered.links])
        self._choices(
            "supplements", [("", _("It stands alone")), *((str(row.pk), row.reference) for row in offered.standing)]
        )
        self._choices("without", [(name, SECTION_WORDS[name]) for name in ("timeline", "links", "notices")])

    def _choices(self, name: str, choices: list[tuple[str, Any]]) -> None:
        found = self.fields[name]
        assert isinstance(found, forms.ChoiceField)
        found.choices = choices

    def clean(self) -> dict[str, Any]:
        """Ask for a reason where something is hidden, and for nothing that this kind of reader never gets."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        if any(not one.why for one in self.hidden()):
            self.add_error("why", _("Say why, like “Not a party to the case”."))
        reader = found.get("reader")
        if reader and found.get("originals") and not profile_of(Reader(reader)).takes_originals:
            self.add_error("originals", _("This kind of reader never gets an original."))
        chosen = {str(row.pk): row.reader for row in self._offered.releases}
        if reader and any(chosen.get(one) != reader for one in found.get("originals", ())):
            self.add_error("originals", _("This original was released for another kind of reader."))
        return found

    def hidden(self) -> list[Hidden]:
        """Return what is to be hidden, in the order of the form."""
        data, why = self.cleaned_data, str(self.cleaned_data.get("why") or "")
        found = []
        for party in self._offered.parties:
            if str(party.pk) in data.get("hidden_parties", ()):
                words = tuple(word for word in (party.name, party.account, party.email, party.phone) if word)
                found.append(Hidden(kind=HiddenKind.PARTY, alias="", why=why, thing=str(party.pk), words=words))
        for line in str(data.get("hidden_words") or "").split("\n"):
            word, _mark, own = (part.strip() for part in line.partition("|"))
            if word:
                found.append(Hidden(kind=HiddenKind.WORDS, alias="", why=own or why, words=(word,)))
        for exhibit in self._offered.exhibits:
            if str(exhibit.pk) in data.get("hidden_exhibits", ()):
                found.append(
                    Hidden(kind=HiddenKind.EXHIBIT, alias="", why=why, thing=str(exhibit.pk), words=(exhibit.label,))
                )
        for link in self._offered.links:
            if str(link.id) in data.get("hidden_links", ()):
                found.append(Hidden(kind=HiddenKind.LINK, alias="", why=why, thing=str(link.id), words=(link.address,)))
        return found

    def ids(self, name: str) -> list[UUID]:
        """Return the rows that were ticked."""
        return [UUID(text) for text in self.cleaned_data.get(name, ())]


def _named(party: Party) -> str:
    return f"{party.name or party.account or party.pk} · {party.get_role_display()}"
