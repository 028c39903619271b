"""What the sandbox starts: finds the decoder by name, calls it, and turns its refusal into an exit code."""

import importlib
import json
import os
import re
import sys


def run() -> int:
    """Run one decoder: its name, its arguments as JSON, the path of the file."""
    sys.path.insert(0, "/opt/inside")
    tools = importlib.import_module("evidence.sandbox_tools")
    name, arguments, path = sys.argv[1:]
    if not re.fullmatch(r"[a-z_]{1,40}", name):
        return 2
    module = importlib.import_module(f"evidence.sandbox_tools.{name}")
    with os.fdopen(os.dup(1), "wb") as out:
        # What a library prints is not an answer.
        os.dup2(2, 1)
        try:
            module.main(json.loads(arguments), path, out)
        except tools.Refused as refusal:
            sys.stderr.write(f"refused: {refusal}\n")
            return int(tools.REFUSED_CODE)
        except MemoryError:
            sys.stderr.write("refused: out_of_memory\n")
            return int(tools.REFUSED_CODE)
    return 0


if __name__ == "__main__":
    code = run()
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads and finalisers of libraries have nothing left to say.
    os._exit(code)
