"""Several management commands in one process: `python -m config.runtime.several "migrate -v0" "load_reference"`.

Starting Django costs more than most of these commands.
"""

import shlex
import sys
from importlib import import_module

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import OperationalError


def main(lines: list[str]) -> int:
    """Run each line as a command; stop at the first that refuses, print its reason and return 1."""
    line = "settings"
    try:
        django.setup()
        import_module("config.celery")  # a command that rings uses this app
        for line in lines:
            name, *arguments = shlex.split(line)
            call_command(name, *arguments)
    except (CommandError, ImproperlyConfigured, OperationalError) as refusal:
        print(f"{line.split()[0]}: {refusal}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
