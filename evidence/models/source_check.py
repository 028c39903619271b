"""A search for the source of material that may be a fake: a fixed list of questions, each answered by a person."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.sealed import SealedValue
from evidence.models.finding import Finding, FindingManager, Noun


class CheckAnswer(models.TextChoices):
    """An answer; "not done" is one of them, and the first."""

    NOT_DONE = "not_done", _("Not done")
    YES = "yes", _("Yes")
    NO = "no", _("No")


class CheckItem(models.TextChoices):
    """The questions, in order."""

    ORIGINAL = "original", _("Was the original found?")
    FACE = "face", _("Is it known where the face comes from?")
    METADATA = "metadata", _("Does the data in the file speak of a program that makes or changes pictures?")
    INCONSISTENT = "inconsistent", _("Did a person see things that do not fit together?")
    REVERSE = "reverse", _("Was the same picture found elsewhere by a reverse search?")
    EARLIEST = "earliest", _("Is the earliest appearance known?")


class SourceCheck(Finding):
    """One search, about one exhibit, one link, or the material of a case.

    `answers` maps an item to {"answer": …, "notes": …}; `exhibit` is what was looked at, `other` the original.
    """

    NOUN: ClassVar[str] = Noun.SOURCE_CHECK.value

    answers: SealedValue[dict[str, Any]] = SealedValue({})

    objects: ClassVar[FindingManager] = FindingManager(Noun.SOURCE_CHECK)

    class Meta:
        proxy = True

    def rows(self) -> list[tuple[CheckItem, CheckAnswer, str]]:
        """Return every question with its answer and its notes."""
        found = []
        for item in CheckItem:
            given = self.answers.get(item.value, {})
            answer = given.get("answer", "")
            known = CheckAnswer(answer) if answer in CheckAnswer.values else CheckAnswer.NOT_DONE
            found.append((item, known, str(given.get("notes", ""))))
        return found
