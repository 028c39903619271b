"""The one module that knows SMTP: compose a plain-text message, hand it over, say whether a no is for good."""

import smtplib
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from django.conf import settings


class RefusedForGood(Exception):
    """The receiving server said no and will say it again."""


class TryLater(Exception):
    """The server could not be reached or asked us to come back."""


def compose(
    *,
    sender: str,
    to: str,
    subject: str,
    text: str,
    message_id: str,
    at: datetime,
    reply_to: str = "",
) -> EmailMessage:
    """Return a plain-text message: no pictures, no tracking, no list headers, no name of this software.

    Raises ValueError for a line break in a header, which is how a message is forged.
    """
    for header in (sender, to, subject, message_id, reply_to):
        if "\n" in header or "\r" in header:
            raise ValueError("A header cannot hold a line break.")
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    if reply_to:
        message["Reply-To"] = reply_to
    message.set_content(text, cte="quoted-printable")
    return message


def deliver(message: EmailMessage) -> None:
    """Hand a message to the organisation's mail server; return only after it said yes.

    Raises RefusedForGood for a permanent no (5xx), TryLater for anything that may pass.
    """
    try:
        with smtplib.SMTP(
            settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=float(settings.EMAIL_TIMEOUT or 20)
        ) as server:
            if settings.EMAIL_USE_TLS:
                server.starttls()
            if settings.EMAIL_HOST_USER:
                server.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused as refusal:
        code = min((code for code, _ in refusal.recipients.values()), default=550)
        raise (RefusedForGood if code >= 500 else TryLater)(f"{code} at the recipient") from refusal
    except smtplib.SMTPResponseException as refusal:
        raise (RefusedForGood if refusal.smtp_code >= 500 else TryLater)(str(refusal.smtp_code)) from refusal
    except (OSError, smtplib.SMTPException) as error:
        raise TryLater(type(error).__name__) from error
