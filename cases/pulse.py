"""When each sweep last ran: what the health page shows and an outside monitor may ask for."""

from datetime import datetime
from typing import cast

import redis
from django.conf import settings
from django.utils import timezone

KEY = "recourse:pulse"


def _client() -> "redis.Redis":
    url = settings.REDIS_URL
    if url.startswith("redis+socket://"):
        path, _, query = url.removeprefix("redis+socket://").partition("?")
        number = query.partition("virtual_host=")[2] or "0"
        return redis.Redis(unix_socket_path=path, db=int(number), socket_timeout=2)
    return redis.Redis.from_url(url, socket_timeout=2)


def beat(part: str) -> None:
    """Remember that a sweep has finished now; a queue that is away is no reason to fail the sweep."""
    try:
        _client().hset(KEY, part, timezone.now().isoformat())
    except redis.RedisError:
        return


def last_beats() -> dict[str, datetime]:
    """Return when each sweep last finished; empty when the queue is away."""
    try:
        found = _client().hgetall(KEY)
    except redis.RedisError:
        return {}
    pairs = cast("dict[bytes, bytes]", found)
    return {name.decode(): datetime.fromisoformat(text.decode()) for name, text in pairs.items()}
