"""Decoders of hostile bytes. They run inside evidence.sandbox only, know no Django and import nothing else of ours.

Each module has `main(arguments, path, out)`: what is asked for, where the file lies, where the answer goes.
"""

import struct
from typing import BinaryIO, Final

REFUSED_CODE: Final = 3
"""Exit code of a decoder that looked and says no: the reason is a word of ours on the error stream."""
NO_ARGUMENT: Final = "-"
FRAME: Final = struct.Struct(">I")
"""Length in front of each piece of an answer that has several."""


class Refused(Exception):
    """The file is not taken: its code, such as "too_many_pixels". Never a word of the file."""


def write_part(out: BinaryIO, data: bytes) -> None:
    """Write one piece of an answer that has several (evidence.sandbox.Outcome.parts)."""
    out.write(FRAME.pack(len(data)))
    out.write(data)
