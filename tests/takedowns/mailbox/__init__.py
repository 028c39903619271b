"""A mailbox of more than 500 mails as a helpline gets them, each with its label; made anew in every run."""

from collections.abc import Sequence

from tests.takedowns.mailbox import answers, returns
from tests.takedowns.mailbox.parts import Asked, Labelled

ALL = (
    *(answers.replies, answers.pages, answers.receipts, answers.away, answers.carried, answers.others),
    *(answers.structured, returns.returns, returns.broken),
)


def mailbox(all_asked: Sequence[Asked]) -> list[Labelled]:
    """Return every mail of the box, as answers to these notices in turn."""
    return [labelled for part in ALL for labelled in part(all_asked)]
