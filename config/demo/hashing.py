"""How passwords, PINs and second secrets that are set in the demo are kept: they open nothing anywhere else."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class DemoHasher(PBKDF2PasswordHasher):
    """PBKDF2 under a name that only the demo's settings know.

    The demo's passwords are printed for everybody. Once its data is opened without the demo, no hasher of this name
    is there, so none of them lets anybody in.
    """

    algorithm = "demo_pbkdf2_sha256"
    iterations = 20_000
