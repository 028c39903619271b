"""What people type into papers in draft: one form for each paper. A name typed here stands on that paper alone."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import CleanedForm, PlainText
from evidence.findings.finding_form import zone_choices
from evidence.findings.wording import too_sure
from evidence.models import Paper

NAMED = _("Typed for this paper only. It stands nowhere else in a packet.")
NOTHING_EXPLICIT = _("Nothing explicit. It is printed.")


def _many(label: Any, hint: Any = "", *, limit: int = 3000) -> PlainText:
    return PlainText(label=label, required=False, several_lines=True, max_length=limit, help_text=hint)


class PaperForm(CleanedForm):
    """A paper in draft."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    @property
    def typed(self) -> dict[str, str]:
        """Return what was typed, as texts."""
        return self.texts(name for name in self.fields if name != "version")


class SignerForm(PaperForm):
    """Who is to sign a certificate, and what they know themselves."""

    name = PlainText(label=_("Name of who will sign"), required=False, max_length=120, help_text=NAMED)
    role = PlainText(label=_("Occupation and role"), required=False, max_length=200)
    since = PlainText(label=_("Has used the system since"), required=False, max_length=60)
    training = _many(_("Training"), _("What they learned about it, where and when."), limit=1500)


class CertificateAForm(SignerForm):
    """A record that our system made."""

    clock = PlainText(label=_("How far the clock was off, and how that is known"), required=False, max_length=200)
    working = _many(
        _("How the system was working"), _("What they know themselves. Describe, do not judge."), limit=1500
    )
    accurate = _many(
        _("Why they hold the result to be accurate"), _("What they did themselves. Describe, do not judge."), limit=1500
    )


class CertificateBForm(SignerForm):
    """A copy that equals its original."""

    device = _many(_("Device or medium the files came from"), limit=600)
    custodian = PlainText(label=_("Who had it"), required=False, max_length=200, help_text=NAMED)
    source_hash = PlainText(label=_("SHA-256 taken on the device, if any"), required=False, max_length=200)
    clock = PlainText(label=_("How far the clock was off, and how that is known"), required=False, max_length=200)


class ProducerForm(SignerForm):
    """A witness who produces exhibits."""

    obtained = _many(_("How they obtained it"), _("In their own words, from the beginning."))


class SummaryForm(PaperForm):
    """The first page for the police."""

    zone = forms.ChoiceField(label=_("Local times are those of"))
    who = _many(_("Who was harmed"), _("Only as the client agreed to be named to the police."), limit=600)
    others = _many(_("Who may have done it"), _("As somebody states it, and who states it."), limit=600)
    what = _many(_("What happened"), NOTHING_EXPLICIT, limit=900)
    accounts = _many(_("Accounts"), _("One on each line. Those of the entries are added by themselves."), limit=1200)
    harm = _many(_("Harm"), NOTHING_EXPLICIT, limit=600)
    asked = _many(_("What is asked"), _("Such as keeping data, finding an account, protection."), limit=600)

    def __init__(self, *args: Any, zone: str = "UTC", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["zone"]
        assert isinstance(field, forms.ChoiceField)
        self.initial.setdefault("zone", zone)
        field.choices = zone_choices(str(self.initial["zone"]))


class WordingForm(PaperForm):
    """Wording about a fake that letters and packets use."""

    text = _many(
        _("Wording"), _("Each sentence says who says so. We never say ourselves that something is fake or real.")
    )

    def clean_text(self) -> str:
        """Refuse sentences that claim more than anybody here can know."""
        text = str(self.cleaned_data["text"])
        if found := too_sure(text):
            raise forms.ValidationError(
                _("This sentence claims more than we can know. Say who says so: “%(sentence)s”"),
                params={"sentence": found[0][:200]},
            )
        return text


class ClientStatementForm(PaperForm):
    """The client's statement in their own language, its translation, and who translated it."""

    text = _many(
        _("Statement in the client’s own language"),
        _("In their words. They correct it and sign it by hand."),
        limit=20_000,
    )
    translation = _many(_("Translation"), limit=20_000)
    into = PlainText(label=_("Language of the translation"), required=False, max_length=60)
    translator = PlainText(label=_("Name of the translator"), required=False, max_length=120, help_text=NAMED)
    qualification = PlainText(label=_("Qualification of the translator"), required=False, max_length=200)


class HarmReleaseForm(PaperForm):
    """Whether the client agreed that lawyer and court receive the list of harm."""

    agreed = forms.ChoiceField(
        label=_("May a lawyer and a court have this list?"),
        choices=[("yes", _("Yes, the client agreed")), ("no", _("No"))],
        widget=forms.RadioSelect,
    )
    how = PlainText(label=_("How they said so, and when"), max_length=200)
    missing = {"how": _("Write how they said so, and when.")}


PAPER_FORMS: dict[Paper, type[PaperForm]] = {
    Paper.WORDING: WordingForm,
    Paper.SUMMARY: SummaryForm,
    Paper.CERTIFICATE_A: CertificateAForm,
    Paper.CERTIFICATE_B: CertificateBForm,
    Paper.CERTIFICATE_C: ProducerForm,
    Paper.PRODUCER: ProducerForm,
    Paper.CLIENT: ClientStatementForm,
    Paper.HARM_RELEASE: HarmReleaseForm,
}
"""The form of each paper. The translator's certificate is part of the client's statement."""
