"""The Redis client of everything that asks Redis: it never waits long."""

from __future__ import annotations

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry


def connect(redis_url: str) -> Redis:
    """A Redis client that never waits long: 0.5 s time-outs, no silent second try (a lost reply would enqueue twice)."""
    return Redis.from_url(
        redis_url, socket_timeout=0.5, socket_connect_timeout=0.5, retry=Retry(NoBackoff(), 0), health_check_interval=0
    )
