"""Which calls to the kernel are refused inside the sandbox: a classic BPF program, as seccomp(2) takes it.

A program that reads a picture needs memory, threads and its file. It needs no other process, no socket and no part of
the kernel that has a history of holes. Numbers are those of the kernel's tables for x86-64 and for the generic table
that aarch64 uses (arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h).
"""

import platform
import struct
from typing import Final

ERRNO: Final = 0x0005_0000
ALLOW: Final = 0x7FFF_0000
KILL: Final = 0x8000_0000
EPERM, ENOSYS = 1, 38
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
AT_NUMBER, AT_ARCHITECTURE, AT_FIRST_ARGUMENT = 0, 4, 16
CLONE_THREAD: Final = 0x0001_0000
X32: Final = 0x4000_0000

_REFUSED: Final = {
    # name: number on x86-64, number on aarch64
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "unshare": (272, 97),
    "setns": (308, 268),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsmount": (432, 432),
    "mount_setattr": (442, 442),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264),
    "kexec_load": (246, 104),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "quotactl": (179, 60),
    "swapon": (167, 224),
    "reboot": (169, 142),
    "syslog": (103, 116),
    "personality": (135, 92),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (180, 180),
}
_SOCKETS: Final = {
    "socket": (41, 198),
    "connect": (42, 203),
    "bind": (49, 200),
    "listen": (50, 201),
    "accept": (43, 202),
    "accept4": (288, 242),
    "sendmmsg": (307, 269),
}
_CLONE, _CLONE3 = (56, 220), (435, 435)
_FORKS: Final = (57, 58)
"""fork and vfork exist on x86-64 only."""
_ARCHITECTURES: Final = {"x86_64": (0, 0xC000_003E), "aarch64": (1, 0xC000_00B7)}


def filter_program(*, forks: bool) -> bytes:
    """Return the filter for this machine's architecture; `forks` lets a program start others beside its threads.

    Raises ValueError on an architecture whose numbers are not known.
    """
    machine = platform.machine()
    if machine not in _ARCHITECTURES:
        raise ValueError(f"No filter is known for {machine}.")
    column, architecture = _ARCHITECTURES[machine]
    lines = [
        _line(LOAD, AT_ARCHITECTURE),
        _line(EQUAL, architecture, then=1),
        _line(RETURN, KILL),
        _line(LOAD, AT_NUMBER),
        # The second table of numbers that an x86-64 kernel may have would walk past every rule below.
        _line(AT_LEAST, X32, otherwise=1),
        _line(RETURN, ERRNO | ENOSYS),
    ]
    refused = [numbers[column] for numbers in (_REFUSED | _SOCKETS).values()]
    if column == 0 and not forks:
        refused += _FORKS
    for number in sorted(set(refused)):
        lines += [_line(EQUAL, number, otherwise=1), _line(RETURN, ERRNO | EPERM)]
    if not forks:
        # What clone3 asks for lies in memory, out of a filter's sight; without it the C library takes clone.
        lines += [_line(EQUAL, _CLONE3[column], otherwise=1), _line(RETURN, ERRNO | ENOSYS)]
        lines += [
            _line(EQUAL, _CLONE[column], otherwise=3),
            _line(LOAD, AT_FIRST_ARGUMENT),
            _line(ANY_BIT, CLONE_THREAD, then=1),
            _line(RETURN, ERRNO | EPERM),
        ]
    lines.append(_line(RETURN, ALLOW))
    return b"".join(lines)


def _line(code: int, value: int, *, then: int = 0, otherwise: int = 0) -> bytes:
    return struct.pack("=HBBI", code, then, otherwise, value)
