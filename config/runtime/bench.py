"""`bin/bench NAME`: a benchmark of benchmarks/ on a stack of its own, with the durability that people's data gets."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from config.runtime.bind import DEFAULT, Bind
from config.runtime.children import Refused, tied
from config.runtime.stack import BASE, Stack

FOLDER = BASE / "benchmarks"


def bench(name: str, arguments: list[str]) -> int:
    """Run one benchmark; real data is never touched. Raises Refused for a name that is none."""
    names = sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))
    if name not in names:
        raise Refused(f"There is no benchmark {name!r}. There are: {', '.join(names) or 'none yet'}.")
    (BASE / "var").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=BASE / "var") as folder:
        environ = {key: value for key, value in os.environ.items() if not key.startswith(("DATABASE_", "REDIS_"))}
        stack = Stack(Path(folder), environ | {"RECOURSE_DATA": folder})
        try:
            stack.start(Bind.parse(DEFAULT).hosts())
            stack.prepare()
            command = [sys.executable, "-m", f"benchmarks.{name}", *arguments]
            environment = {**environ, **stack.environment, "RECOURSE_ROLE": os.environ.get("RECOURSE_ROLE", "worker")}
            return subprocess.run(command, env=environment, cwd=BASE, preexec_fn=tied(), check=False).returncode
        finally:
            stack.stop()


def main(arguments: list[str]) -> int:
    """Run; a refusal is one line and code 1."""
    try:
        return bench(arguments[0] if arguments else "", arguments[1:])
    except Refused as refusal:
        print(refusal, file=sys.stderr, flush=True)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
