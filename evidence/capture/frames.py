"""How the shut-in programs hand over what they have: a JSON head, then the bytes that it lists. Standard library only.

Message: length of the head (8 bytes, big-endian), the head as UTF-8 JSON, then each blob of head["blobs"] in order,
as long as its "size" says.
"""

import json
import struct
from collections.abc import Callable, Mapping
from typing import Any

LENGTH = struct.Struct(">Q")
MOST_HEAD = 32 * 1024 * 1024


class Broken(Exception):
    """What came is not a whole message."""


def pack(head: Mapping[str, Any], blobs: Mapping[str, bytes]) -> list[bytes]:
    """Return the pieces of one message."""
    listed = [{"name": name, "size": len(data)} for name, data in blobs.items()]
    text = json.dumps({**head, "blobs": listed}, ensure_ascii=True).encode("ascii")
    return [LENGTH.pack(len(text)), text, *blobs.values()]


def unpack(read: Callable[[int], bytes], *, limit: int) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Read one message through `read(n)`, which gives exactly n bytes or fewer at the end. Raises Broken.

    At most `limit` bytes of blobs are taken.
    """
    (length,) = LENGTH.unpack(_exactly(read, LENGTH.size))
    if length > MOST_HEAD:
        raise Broken("the head is too long")
    try:
        head = json.loads(_exactly(read, length))
        listed = [(str(blob["name"]), int(blob["size"])) for blob in head.pop("blobs")]
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise Broken(type(problem).__name__) from problem
    if any(size < 0 for _, size in listed) or sum(size for _, size in listed) > limit:
        raise Broken("too many bytes")
    return head, {name: _exactly(read, size) for name, size in listed}


def _exactly(read: Callable[[int], bytes], size: int) -> bytes:
    data = read(size)
    if len(data) != size:
        raise Broken("it ends early")
    return data
