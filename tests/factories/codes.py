"""The codes that an authenticator app shows."""

import time

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value


def code_of(seed: str, *, steps: int = 0) -> str:
    """Return the code that an authenticator app shows now, or so many half minutes later."""
    code: str = format_hotp_value(hotp_value(seed, int(time.time()) // 30 + steps))
    return code
