#!/usr/bin/env python
"""Django's command line, with local settings unless the environment names others."""

import os
import sys


def main() -> None:
    """Run one management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    from django.core.management import execute_from_command_line

    import config.celery  # noqa: F401 — a command that rings uses this app

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
