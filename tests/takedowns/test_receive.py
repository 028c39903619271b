"""`manage.py receive`: what a mail is and where it belongs, as text and as JSON; a dry run keeps nothing."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from cases.access import acting_as
from takedowns.mail_filing import MAILBOX
from takedowns.models import IncomingMail, Reply
from tests.takedowns.mailbox.parts import mail
from tests.takedowns.test_mail_filing import answer, sent

pytestmark = pytest.mark.usefixtures("as_worker")


def received(*arguments: str) -> str:
    out = StringIO()
    call_command("receive", *arguments, stdout=out)
    return out.getvalue()


def test_a_dry_run_tells_kind_case_notice_and_reason_and_keeps_nothing(tmp_path):
    notice = sent()
    (tmp_path / "a.eml").write_bytes(answer(notice))
    (tmp_path / "b.eml").write_bytes(mail({"From": "x@elsewhere.example", "Subject": "hello"}, "hello"))
    (tmp_path / "c.eml").write_bytes(b"\x89PNG")
    told = json.loads(received(*(str(tmp_path / name) for name in ("a.eml", "b.eml", "c.eml")), "--dry-run", "--json"))
    assert [(one["kind"], one["case"], one["notice"]) for one in told] == [
        ("reply", notice.case.reference, str(notice.pk)),
        ("reply", None, None),
        (None, None, None),
    ]
    assert "reply address" in told[0]["why"][1]
    with acting_as(MAILBOX):
        assert not IncomingMail.objects.exists()


def test_without_dry_run_a_mail_goes_the_whole_way_once(tmp_path):
    notice = sent()
    path = tmp_path / "a.eml"
    path.write_bytes(answer(notice))
    assert notice.case.reference in received(str(path))
    assert json.loads(received(str(path), "--json"))[0]["state"] == "known"
    with acting_as(MAILBOX):
        assert Reply.objects.get().notice_id == notice.pk


def test_a_file_that_is_not_there_ends_the_command(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        received(str(tmp_path / "none.eml"))
