"""The sandbox: what is inside has no network, no keys, no disk, bounds on everything, and dies with who started it."""

import os
import resource
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
from django.conf import settings

from evidence import sandbox
from evidence.sandbox import INSIDE, MEGABYTE, Ended, Outcome, Source, run
from evidence.sandbox_filter import filter_program
from evidence.sandbox_tools import FRAME

PYTHON = [sys.executable, "-I", "-c"]
ROOM = 512 * MEGABYTE
GIVE_UP = 60  # seconds, for a sandbox that does not do its part; no pass mark


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    monkeypatch.setattr(sandbox, "_known", None)


def inside(code: str, **words) -> Outcome:
    """Run a few lines of Python in the sandbox."""
    return run([*PYTHON, code], **{"memory": ROOM, **words})


def inside_without_filter(code: str, monkeypatch) -> Outcome:
    """Run them with every call to the kernel let through: what holds then holds by the walls alone."""
    allow_all = bytes.fromhex("06000000") + (0x7FFF0000).to_bytes(4, "little")
    monkeypatch.setattr(sandbox, "filter_program", lambda *, forks: allow_all)
    return inside(code)


def test_a_program_runs_and_what_it_writes_comes_back():
    done = run(["/usr/bin/printf", "hello"])
    assert (done.ended, done.out, done.code) == (Ended.WELL, b"hello", 0)


def test_its_environment_holds_nothing_of_ours(monkeypatch):
    monkeypatch.setenv("DATABASE_PASSWORD", "hidden")
    names = {line.partition(b"=")[0] for line in run(["/usr/bin/env"]).out.splitlines()}
    assert names == {b"PATH", b"HOME", b"LC_ALL", b"OPENBLAS_NUM_THREADS", b"PWD"}


def test_it_is_nobody_and_alone():
    told = inside("import os; print(os.getuid(), os.getgid(), sorted(p for p in os.listdir('/proc') if p.isdigit()))")
    assert told.out == b"65534 65534 ['1', '2']\n"


@pytest.mark.parametrize("has_filter", [True, False])
def test_it_reaches_no_network_not_even_this_machine(has_filter, monkeypatch):
    heard = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        port = listener.getsockname()[1]
        code = f"import socket; socket.create_connection(('127.0.0.1', {port}), timeout=2)"
        done = inside(code) if has_filter else inside_without_filter(code, monkeypatch)
        with suppress(TimeoutError):
            heard.append(listener.accept())
    assert done.ended == Ended.FAILED
    assert ("PermissionError" if has_filter else "ConnectionRefusedError") in done.err
    assert heard == []


def test_it_has_no_network_device_but_its_own_loop():
    told = run(["/usr/bin/cat", "/proc/net/dev"]).out.decode().splitlines()[2:]
    assert [line.split(":")[0].strip() for line in told] == ["lo"]


def test_it_sees_no_key_no_setting_and_no_stored_file():
    settings.STAGING_DIR.mkdir(parents=True, exist_ok=True)
    hidden = [
        os.environ["RECOURSE_KEY_FILE"],
        os.environ["SECRET_KEY_FILE"],
        str(settings.STAGING_DIR.parent),
        str(settings.BASE_DIR / "config" / "env.py"),
        str(settings.BASE_DIR / "evidence" / "sandbox.py"),
        str(settings.BASE_DIR / "manage.py"),
        "/etc/passwd",
        "/etc/shadow",
        "/home",
        "/var",
        "/run",
        "/sys",
    ]
    assert all(Path(path).exists() for path in hidden), "each is there, outside"
    told = inside(f"import os; print([path for path in {hidden!r} if os.path.exists(path)])")
    assert told.out == b"[]\n"


def test_nothing_but_our_decoders_is_in_the_folder_of_our_code():
    told = inside(f"import os; print(sorted(os.listdir('{INSIDE}')), os.listdir('{INSIDE}/evidence'))")
    assert told.out == b"['evidence'] ['sandbox_tools']\n"


@pytest.mark.parametrize(
    "place",
    ["/x", "/usr/x", "/dev/shm/x", "/dev/x", f"{INSIDE}/evidence/sandbox_tools/x", f"{sys.prefix}/x", "/proc/x"],
)
def test_it_writes_nowhere_but_into_its_scratch_folder(place):
    assert inside(f"open({place!r}, 'w')").ended == Ended.FAILED
    assert not Path(place).exists()


def test_its_scratch_folder_is_small_its_own_and_gone_afterwards():
    fill = "f = open('/tmp/x', 'wb'); f.write(bytes(8 << 20)); f.flush()"
    assert inside(fill, scratch=64 * MEGABYTE).ended == Ended.WELL
    assert inside(fill, scratch=4 * MEGABYTE).ended in (Ended.FAILED, Ended.KILLED)
    many = "[open(f'/tmp/{n}', 'wb').write(bytes(1 << 20)) for n in range(40)]"
    assert inside(many, scratch=8 * MEGABYTE).ended == Ended.FAILED, "many small files are bounded too"
    assert inside("import os; print(os.path.exists('/tmp/x'), os.path.exists('/tmp/0'))").out == b"False False\n"


def test_the_given_file_is_read_but_cannot_be_changed():
    told = run(["/usr/bin/cat", "{file}"], source=Source.of(b"evidence"))
    assert told.out == b"evidence"
    for code in ("os.write(os.open(p, os.O_RDWR), b'x')", "os.truncate(p, 2)", "os.truncate(p, 99)"):
        done = run(
            [*PYTHON, f"import os, sys; p = sys.argv[1]; {code}", "{file}"], source=Source.of(b"evidence"), memory=ROOM
        )
        assert done.ended == Ended.FAILED, code


def test_a_file_lies_in_memory_and_never_on_a_disk():
    told = run(
        [*PYTHON, "import os, sys; print(os.readlink(sys.argv[1]))", "{file}"], source=Source.of(b"x"), memory=ROOM
    )
    assert told.out.startswith(b"/memfd:source")


def test_memory_is_bounded():
    done = inside("x = bytes(900 << 20)", memory=256 * MEGABYTE)
    assert done.ended == Ended.FAILED
    assert "MemoryError" in done.err


def test_time_on_the_wall_is_bounded():
    began = time.monotonic()
    done = run(["/usr/bin/sleep", "60"], seconds=1)
    assert done.ended == Ended.TIMED_OUT
    assert time.monotonic() - began < 20


def test_time_of_the_processor_is_bounded():
    limits = inside("import resource; print(resource.getrlimit(resource.RLIMIT_CPU))", seconds=3)
    assert limits.out == b"(4, 4)\n"


def test_output_is_bounded_and_none_of_a_flood_is_kept():
    done = run(["/usr/bin/yes"], seconds=20, output_limit=MEGABYTE)
    assert (done.ended, done.out) == (Ended.TOO_MUCH_OUTPUT, b"")


def test_of_the_error_stream_only_the_end_is_kept():
    done = inside("import sys; sys.stderr.write('x' * 10_000_000 + 'end')")
    assert done.ended == Ended.WELL
    assert len(done.err) <= sandbox.KEPT_ERROR
    assert done.err.endswith("end")


def test_files_processes_and_core_dumps_are_bounded():
    names = ("NOFILE", "FSIZE", "CORE", "NPROC")
    told = inside(f"import resource as r; print([r.getrlimit(getattr(r, 'RLIMIT_' + n))[1] for n in {names!r}])")
    assert told.out == f"[64, {sandbox.SCRATCH_BYTES}, 0, 16]\n".encode()
    assert inside("[open('/dev/null') for _ in range(100)]").ended == Ended.FAILED


@pytest.mark.parametrize(
    "call", ["os.fork()", "subprocess.run(['/usr/bin/true'])", "multiprocessing.Process(target=print).start()"]
)
def test_a_reader_starts_no_other_program(call):
    assert inside(f"import multiprocessing, os, subprocess; {call}").ended == Ended.FAILED


def test_threads_are_allowed_and_programs_where_somebody_asked_for_them():
    code = "import threading; t = threading.Thread(target=print, args=['done']); t.start(); t.join()"
    assert inside(code).out == b"done\n"
    assert inside("import subprocess; subprocess.run(['/usr/bin/true'], check=True)", forks=True).ended == Ended.WELL


NUMBERS = {
    "x86_64": (101, 165, 272, 321, 323, 425, 319, 250),
    "aarch64": (117, 40, 97, 280, 282, 425, 279, 219),
}
"""ptrace, mount, unshare, bpf, userfaultfd, io_uring_setup, memfd_create, keyctl; on another machine is no sandbox."""


@pytest.mark.parametrize("number", NUMBERS[os.uname().machine])
def test_risky_calls_to_the_kernel_are_refused(number):
    told = inside(
        f"import ctypes; c = ctypes.CDLL(None, use_errno=True); print(c.syscall({number}, 0, 0, 0), ctypes.get_errno())"
    )
    assert told.out == b"-1 1\n"


def test_the_filter_fits_what_the_kernel_takes():
    for forks in (True, False):
        program = filter_program(forks=forks)
        assert len(program) % 8 == 0
        assert len(program) // 8 < 4096


def test_nothing_inside_outlives_a_run():
    marker = "sleep 987.25"
    assert len(_pids(marker)) == 0
    run(["/bin/sh", "-c", f"{marker} & {marker} & wait"], seconds=1, forks=True)
    assert len(_pids(marker)) == 0


def test_what_runs_inside_dies_with_the_process_that_started_it():
    marker = "sleep 986.75"
    code = (
        "import django; django.setup(); from evidence import sandbox; "
        f"sandbox.run(['/bin/sh', '-c', '{marker} & {marker} & wait'], seconds=60, forks=True)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=settings.BASE_DIR)
    try:
        with _watched(marker, count=2) as watched:
            parent.kill()
            _all_end(watched)
    finally:
        parent.kill()
        parent.wait()
    assert len(_pids(marker)) == 0


def test_an_interrupted_caller_leaves_nothing_behind(monkeypatch):
    marker = "/usr/bin/sleep 985.25"

    with ExitStack() as kept:
        watched: list[int] = []

        def interrupted(*args, **words):
            watched.extend(kept.enter_context(_watched(marker, count=1)))
            raise KeyboardInterrupt

        assert sandbox.unavailable() == ""
        monkeypatch.setattr(sandbox, "_collect", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run(["/usr/bin/sleep", "985.25"], seconds=60)
        assert watched
        _all_end(watched)


def test_of_a_large_file_the_two_ends_are_given_and_it_says_so(monkeypatch):
    monkeypatch.setattr(sandbox, "WHOLE_BYTES", 3 * MEGABYTE)
    monkeypatch.setattr(sandbox, "HEAD_BYTES", MEGABYTE)
    monkeypatch.setattr(sandbox, "TAIL_BYTES", MEGABYTE)
    asked = []

    def read(start, stop):
        asked.append((start, stop))
        yield bytes([start % 251 + 1]) * (stop - start)

    size = 900 * MEGABYTE
    code = (
        "import os, sys; f = open(sys.argv[1], 'rb'); "
        "print(os.fstat(f.fileno()).st_size, f.read(1), f.seek(400 << 20) and f.read(2), f.seek(-1, 2) and f.read(1))"
    )
    done = run([*PYTHON, code, "{file}"], source=Source(size, read), memory=ROOM)
    assert asked == [(0, MEGABYTE), (size - MEGABYTE, size)]
    assert done.whole is False
    assert done.out.split()[0] == str(size).encode()
    assert b"b'\\x00\\x00'" in done.out
    assert run(["/usr/bin/true"], source=Source.of(b"small")).whole is True


def test_a_large_file_takes_no_more_memory_than_its_ends(monkeypatch):
    monkeypatch.setattr(sandbox, "WHOLE_BYTES", MEGABYTE)
    monkeypatch.setattr(sandbox, "HEAD_BYTES", MEGABYTE)
    monkeypatch.setattr(sandbox, "TAIL_BYTES", MEGABYTE)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    source = Source(100 << 30, lambda start, stop: (bytes(65536) for _ in range((stop - start) // 65536)))
    assert run(["/usr/bin/true"], source=source).ended == Ended.WELL
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024


@pytest.mark.parametrize("given", [b"short", b"much too long for it"])
def test_a_source_that_does_not_keep_to_its_length_is_an_error(given):
    with pytest.raises(ValueError, match="bytes than it has"):
        run(["/usr/bin/true"], source=Source(10, lambda start, stop: [given]))


@pytest.mark.parametrize("program", ["none", "/nowhere/bwrap", "/usr/bin/false"])
def test_without_a_sandbox_nothing_runs_at_all(program, settings, monkeypatch):
    settings.SANDBOX = program
    monkeypatch.setattr(sandbox, "_known", None)
    assert sandbox.unavailable()
    with pytest.raises(sandbox.Unavailable):
        run(["/usr/bin/true"])


def test_a_missing_sandbox_is_asked_for_again_later(settings, monkeypatch):
    right, settings.SANDBOX = settings.SANDBOX, "none"
    assert sandbox.unavailable()
    settings.SANDBOX = right
    assert sandbox.unavailable(), "not at once: each try starts a process"
    monkeypatch.setattr(sandbox, "TRY_AGAIN_SECONDS", 0.0)
    assert sandbox.unavailable() == ""


def test_it_works_for_a_user_without_any_rights():
    # Root becomes somebody else for this; whoever is not root is that user already.
    user = os.getuid() or 65534
    become = {} if os.getuid() else {"user": user, "group": user, "extra_groups": []}
    with sandbox._sealed(filter_program(forks=False)) as rules:
        command = sandbox._command(
            ["/usr/bin/id", "-u"], seconds=5, memory=ROOM, scratch=MEGABYTE, forks=False, rules=rules
        )
        # The interpreter of a development machine may lie where only root reads.
        for path in {sys.prefix, sys.base_prefix, str(sandbox.TOOLS)}:
            while path in command:
                at = command.index(path)
                del command[at - 1 : at + 2]
        done = subprocess.run(command, pass_fds=[rules], env={}, capture_output=True, **become)
    assert (done.stdout, done.stderr) == (b"%d\n" % user, b"")


def test_pieces_of_an_answer_are_cut_where_they_were_framed():
    framed = FRAME.pack(3) + b"one" + FRAME.pack(0) + FRAME.pack(5) + b"three"
    assert Outcome(0, framed, "", Ended.WELL).parts() == [b"one", b"", b"three"]
    for wrong in (framed[:-1], framed + b"\0\0", FRAME.pack(2**31) + b"x"):
        with pytest.raises(ValueError, match="pieces"):
            Outcome(0, wrong, "", Ended.WELL).parts()


def test_words_of_a_document_are_in_no_log_and_no_text_of_an_outcome(caplog):
    done = inside("import sys; print('secret words'); sys.stderr.write('secret words'); sys.exit(7)")
    assert "secret" not in repr(done)
    assert "secret" not in caplog.text


def test_a_refusal_is_a_code_of_ours_and_never_a_word_of_the_file():
    said = {
        "refused: too_many_pixels\n": "too_many_pixels",
        "refused: secret words of a file\n": "",
        "refused: damaged\nand more": "",
        "refused: Amira": "",
        "": "",
    }
    assert {err: Outcome(3, b"", err, Ended.FAILED).refusal for err in said} == said
    assert Outcome(1, b"", "refused: damaged", Ended.FAILED).refusal == ""


def test_many_at_once_do_not_disturb_each_other():
    found: list[bytes] = []
    threads = [
        threading.Thread(
            target=lambda n=n: found.append(run(["/usr/bin/cat", "{file}"], source=Source.of(b"%d" % n)).out)
        )
        for n in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [b"%d" % n for n in range(6)]


def _pids(marker: str) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.read_bytes().replace(b"\0", b" ").strip().decode("ascii", "replace") == marker:
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


@contextmanager
def _watched(marker: str, *, count: int) -> Iterator[list[int]]:
    """Wait until so many processes with these words run, and hold a handle on each that tells when it ends."""
    # Nothing but the list of processes tells that a program appeared in another tree, so it is read over and over.
    stop = time.monotonic() + GIVE_UP
    while len(found := _pids(marker)) != count:
        assert time.monotonic() < stop, f"{len(found)} of {count} came up"
        os.sched_yield()
    with ExitStack() as open_ones:
        yield [open_ones.enter_context(os.fdopen(os.pidfd_open(pid))).fileno() for pid in found]


def _all_end(handles: list[int]) -> None:
    """Wait for the end of each process; the kernel tells."""
    for handle in handles:
        assert select.select([handle], [], [], GIVE_UP)[0], "it outlived who started it"
