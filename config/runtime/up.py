"""`bin/start`: everything in one foreground process. Ctrl-C stops all of it, in order."""

import argparse
import contextlib
import http.client
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from types import FrameType
from urllib.parse import urlsplit

from cases.key_sources import SETTINGS as KEY_SETTINGS
from config.runtime import workers
from config.runtime.bind import DEFAULT, Bind
from config.runtime.children import Child, Refused, start, until
from config.runtime.held import Held, State
from config.runtime.stack import BASE, Stack, data_folder

SECONDS_TO_ANSWER = 60
MOST_REDIRECTS = 5
# A person who tries the demo sees within a minute what takes hours in earnest.
DEMO_PACE = {
    "RECOURSE_CHECK_GAP": "15",
    "RECOURSE_CHECK_EVERY": "60",
    "RECOURSE_SWEEP_SECONDS": "5",
    "RECOURSE_CAPTURE_GAP": "5",
}


class StopAsked(BaseException):
    """Somebody asked us to stop; raised out of whatever the main thread is doing."""


class Run:
    """One run: the stack below, and the processes on top in the order in which they were started."""

    def __init__(self, stack: Stack, held: Held) -> None:
        self.stack = stack
        self.held = held
        self.top: list[Child] = []
        self.stopping = False

    @property
    def children(self) -> list[Child]:
        """Return every child, first to stop first."""
        return [*reversed(self.top), *self.stack.children]

    def on_signal(self, _number: int, _frame: FrameType | None) -> None:
        """Stop in order on the first signal; on a second one, at once."""
        if not self.stopping:
            self.stopping = True
            raise StopAsked
        for child in self.children:
            with contextlib.suppress(ProcessLookupError):
                child.process.send_signal(signal.SIGQUIT if child.name == "postgres" else signal.SIGKILL)

    def stop(self) -> None:
        """Stop everything: beat, slow worker, worker, web, demo site, queue, database."""
        self.stopping = True
        for child in reversed(self.top):
            child.end()
        self.stack.stop()

    def start_demo_site(self, port: int) -> None:
        """Start the small internet of the demo and let mail, re-checks and reference facts know of it."""
        command = [sys.executable, "-m", "config.demo.site", "--port", str(port)]
        command += ["--data", str(self.stack.data / "demo")]
        env = {name: value for name, value in self.stack.environment_for("web").items() if name not in KEY_SETTINGS}
        site = start("demo site", command, env=env, folder=BASE, pipe=True, patience=3)
        self.top.append(site)
        assert site.process.stdout is not None
        try:
            ready = json.loads(site.process.stdout.readline())
        except ValueError as error:
            raise Refused("The demo site did not start; --demo-port chooses another port.") from error
        made = {
            "EMAIL_URL": f"smtp://127.0.0.1:{ready['smtp_port']}",
            "RECOURSE_DEMO_SITE": str(ready["port"]),
            "RECOURSE_FETCH_LOOPBACK": ",".join(f"{host}:{ready['port']}" for host in ready["hosts"]),
            **DEMO_PACE,
        }
        if ready["stamps"] and not self.stack.environ.get("RECOURSE_TSA_URLS"):
            made |= {"RECOURSE_TSA_URLS": ready["stamps"], "RECOURSE_TSA_ROOTS": ready["stamp_roots"]}
        self.stack.environment |= {name: value for name, value in made.items() if not self.stack.environ.get(name)}
        say(f"The demo site is at http://{ready['control']}:{ready['port']}/")

    def serve(self, sockets: list[socket.socket]) -> None:
        """Start web, both workers and beat."""
        self.top.append(self._web(sockets))
        # Inside the user namespace of a container or a trial machine root is usual; Celery says so at each start.
        calm = ["-W", "ignore:You're running the worker with superuser privileges"]
        celery = [sys.executable, *calm, "-m", "celery", "-q", "-A", "config"]
        beat = [*celery, "beat", "-l", "warning", "-s", str(self.stack.data / "beat-schedule"), "--pidfile="]
        env = self.stack.environment_for("worker")
        # Jobs are kept in the database and claimed again: when we are killed, the worker drops what it holds at once.
        # A milder signal lets it wait, without end, for a queue that was killed with us.
        for plan in workers.PLANS:
            worker = [*celery, *plan.arguments()]
            self.top.append(start(plan.name, worker, env=env, folder=BASE, death=signal.SIGKILL, patience=10))
        self.top.append(start("beat", beat, env=env, folder=BASE, patience=5))

    def _web(self, sockets: list[socket.socket]) -> Child:
        handles = [opened.fileno() for opened in sockets]
        command = [sys.executable, "-m", "gunicorn", "config.wsgi", "-k", "gthread", "--threads", "8"]
        command += ["--log-level", "warning", "--graceful-timeout", "5", "--timeout", "120", "--no-control-socket"]
        for handle in handles:
            command += ["-b", f"fd://{handle}"]
        return start("web", command, env=self.stack.environment_for("web"), folder=BASE, keep=handles)

    def first_dead(self) -> Child | None:
        """Return a child that has ended although nobody asked it to."""
        return next((child for child in self.children if child.ended is not None), None)

    def wait_for_page(self, bind: Bind) -> None:
        """Return when `/` answers 200, redirects followed; raise Refused when it does not or a child ends first."""

        def answered() -> bool | None:
            self.raise_if_dead()
            return True if page_answers(bind) else None

        if until(answered, seconds=SECONDS_TO_ANSWER, every=0.05) is None:
            raise Refused(f"The pages did not answer within {SECONDS_TO_ANSWER} seconds.")

    def raise_if_dead(self) -> None:
        """Raise Refused, naming the child and how it ended, when one has ended; StopAsked when a stop was asked for.

        A signal that comes while a process is being forked is raised where Python drops it: this finds it again.
        """
        if self.stopping:
            raise StopAsked
        if child := self.first_dead():
            code = child.ended or 0
            how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
            raise Refused(f"The {child.name} process {how}. Stopping everything.")

    def command(self, role: str, line: str) -> None:
        """Run a management command beside the serving processes; when one of those died under it, name that one."""
        try:
            self.stack.run(role, line)
        except Refused:
            time.sleep(0.5)  # a killed child is seen a moment after what it cut off
            self.raise_if_dead()
            raise

    def watch(self) -> None:
        """Return never: raise Refused when a child ends, StopAsked when somebody asks."""
        while True:
            self.raise_if_dead()
            time.sleep(0.25)


def page_answers(bind: Bind) -> bool:
    """Return whether `/` of the staff host ends in a 200; always connects to the address we listen on."""
    address = {"0.0.0.0": "127.0.0.1", "::": "::1", "localhost": "127.0.0.1"}.get(bind.address, bind.address)
    path = "/"
    for _ in range(MOST_REDIRECTS):
        connection = http.client.HTTPConnection(address, bind.port, timeout=10)
        try:
            connection.request("GET", path, headers={"Host": bind.shown})
            answer = connection.getresponse()
            target = urlsplit(answer.getheader("Location", ""))
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        if answer.status not in {301, 302, 303, 307, 308}:
            return answer.status == 200
        path = (target.path or "/") + (f"?{target.query}" if target.query else "")
    return False


def say(line: str) -> None:
    """Print one line for the person at the keyboard."""
    print(line, flush=True)


@contextlib.contextmanager
def signals_to(run: Run) -> Iterator[None]:
    """Send every signal that asks to stop to the run."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, run.on_signal)
    yield


def up(bind: Bind, *, demo: bool, demo_port: int) -> int:
    """Run until stopped; return 0 after a stop that was asked for. Raises Refused for every other end."""
    data = data_folder(os.environ)
    with Held(data, "bin/start") as held:
        stack = Stack(data, dict(os.environ))
        run = Run(stack, held)
        with signals_to(run):
            try:
                bound, sockets = bind.listen()
                address = f"http://{bound.shown}/"
                stack.start(bound.hosts())
                say(f"Database and queue are up; data is in {data}")
                if demo:
                    run.start_demo_site(demo_port)
                held.tell(State("bin/start", address, stack.environment))
                say("Schema and reference facts were brought up to date" if stack.prepare() else "Schema is up to date")
                stack.need_keys()
                run.serve(sockets)
                run.wait_for_page(bound)
                if demo:
                    run.command("worker", "demo")
                say(f"Recourse is at {address}   (Ctrl-C stops it)")
                if not demo:
                    run.command("web", "first_admin_link")
                run.watch()
            except StopAsked:
                say("Stopping")
                return 0
            finally:
                run.stop()
    return 0


def main(arguments: list[str]) -> int:
    """Read the command line and run; a refusal is one line and code 1."""
    parser = argparse.ArgumentParser(prog="bin/start", description="Start Recourse; Ctrl-C stops it.")
    parser.add_argument("--bind", default=DEFAULT, metavar="ADDR:PORT", help=f"where to listen (default {DEFAULT})")
    parser.add_argument("--demo", action="store_true", help="add fictional cases and a small internet to act on")
    parser.add_argument("--demo-port", type=int, default=8100, help="first port of the demo site (default 8100)")
    options = parser.parse_args(arguments)
    try:
        return up(Bind.parse(options.bind), demo=options.demo, demo_port=options.demo_port)
    except Refused as refusal:
        print(refusal, file=sys.stderr, flush=True)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
