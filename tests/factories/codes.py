"""The codes that an authenticator app shows."""

import time

import pytest
from allauth.mfa.totp.internal import auth

STEP = 30


def code_of(seed: str, *, steps: int = 0) -> str:
    """Return the code that an authenticator app shows now, or so many half minutes later."""
    (now,) = auth.yield_hotp_counters_from_time()
    code: str = auth.format_hotp_value(auth.hotp_value(seed, now + steps))
    return code


def begin_with_fresh_digits(patch: pytest.MonkeyPatch) -> None:
    """Let half minutes be counted from now: digits that a test reads do not change before it has typed them."""
    began = time.time()
    patch.setattr(
        auth, "yield_hotp_counters_from_time", lambda: [int(began) // STEP + int((time.time() - began) // STEP)]
    )
