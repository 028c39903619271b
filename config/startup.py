"""What every serving process makes sure of before it serves."""

import sys

CANNOT_START = 3
"""What gunicorn takes for a worker that cannot be started at all: it does not try again."""


def refuse_to_serve() -> None:
    """End this process with one line when it lacks the keys of the data, or cannot use its list of leaked passwords."""
    import django
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.db import connection

    django.setup()
    from cases import breached
    from cases.key_sources import KeyMissing
    from cases.key_status import refuse_to_start
    from evidence.proofs import signing

    try:
        if settings.BREACHED_PASSWORDS is not None:
            breached.check(settings.BREACHED_PASSWORDS)
        refuse_to_start()
        signing.refuse_to_start()
    except (KeyMissing, ImproperlyConfigured) as refusal:
        # Celery turns the other standard error into a log that is not written any more.
        print(f"Cannot start: {refusal}", file=sys.__stderr__, flush=True)
        sys.exit(CANNOT_START)
    finally:
        # The children that are forked from here open connections of their own.
        connection.close()
