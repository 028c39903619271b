"""When each sweep last ran and each worker was last alive: what the health page and pages that wait show.

Three hashes in Redis. A sweep tells that it has finished; a worker's own process, which does no work itself, tells
which queues it empties, so that a busy worker is not taken for a dead one; a worker may tell what it cannot do.
"""

import time
from datetime import datetime, timedelta
from typing import cast

import redis
from django.conf import settings
from django.utils import timezone

KEY = "recourse:pulse"
ALIVE_KEY = "recourse:alive"
TOLD_KEY = "recourse:told"
QUICK, SLOW, CAPTURE = "celery", "slow", "capture"
"""The queues, as config.runtime.workers names them."""
BEAT = "beat"
SAID_EVERY = 10.0
"""Seconds between two signs of life; a worker's heart beats more often."""
QUIET_AFTER = timedelta(seconds=60)
"""A worker that gave no sign for so long has ended, or cannot reach the queue."""
_said: dict[tuple[str, ...], float] = {}


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
    return _times(KEY)


def say_alive(*parts: str) -> None:
    """Remember that whoever empties these queues (or rings: BEAT) lives; once in SAID_EVERY seconds, never failing."""
    if time.monotonic() - _said.get(parts, -SAID_EVERY) < SAID_EVERY:
        return
    _said[parts] = time.monotonic()
    now = timezone.now().isoformat()
    try:
        _client().hset(ALIVE_KEY, mapping=dict.fromkeys(parts, now))
    except redis.RedisError:
        return


def last_alive() -> dict[str, datetime]:
    """Return when somebody who empties a queue last gave a sign, by queue; empty when Redis is away."""
    return _times(ALIVE_KEY)


def is_quiet(queue: str, *, now: datetime) -> bool:
    """Whether nobody empties a queue now, as far as we know: what waits in it goes on later, and pages say so."""
    at = last_alive().get(queue)
    return at is None or now - at > QUIET_AFTER


def tell(what: str, said: str) -> None:
    """Let a worker say of its own machine what other machines cannot know; an empty text means that all is well."""
    try:
        _client().hset(TOLD_KEY, what, said)
    except redis.RedisError:
        return


def told(what: str) -> str | None:
    """Return what a worker said last, or None when none has said anything."""
    try:
        found = _client().hget(TOLD_KEY, what)
    except redis.RedisError:
        return None
    return cast("bytes", found).decode() if found is not None else None


def _times(key: str) -> dict[str, datetime]:
    try:
        found = _client().hgetall(key)
    except redis.RedisError:
        return {}
    pairs = cast("dict[bytes, bytes]", found)
    return {name.decode(): datetime.fromisoformat(text.decode()) for name, text in pairs.items()}
