"""Limits that all processes share, by the library `limits` in Redis; while Redis is away each process limits by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from limits import RateLimitItemPerMinute
from limits.storage import RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from redis import Redis
from redis.exceptions import RedisError

from connector.licences.token_buckets import Buckets
from connector.observe import Log

log = Log()

REST = timedelta(seconds=10)
"""How long Redis is left alone after it did not answer: one call in that time waits for its time-out, the others do not."""
LEAST = 1.0
MOST = 60.0
"""Seconds that a refused caller is told to wait, at least and at most."""


@dataclass
class SharedStore:
    """The counters of all limits in one Redis. back: when it is asked again, None where it answered."""

    limiter: SlidingWindowCounterRateLimiter
    back: datetime | None = None

    @classmethod
    def of(cls, redis: Redis) -> SharedStore:
        """Nothing is asked yet, so that a Redis that is away stops nothing."""
        storage = RedisStorage("redis://", connection_pool=redis.connection_pool, key_prefix="connector-limits")
        return cls(SlidingWindowCounterRateLimiter(storage))


@dataclass(frozen=True)
class SharedBuckets:
    """The limit of one kind of name, for all processes: so many in any minute. The word keeps kinds apart, `mask` names from
    whoever looks into Redis; spare: the limit of this process alone."""

    store: SharedStore
    word: str
    mask: Callable[[str], str]
    spare: Buckets

    def take(self, name: str, now: datetime, *, only_ask: bool = False) -> float:
        """As `Buckets.take`: 0.0, or the seconds until there is room. Never raises and never waits for a Redis that is away."""
        if not self.spare.per_minute:
            return 0.0
        if self.store.back is not None and now < self.store.back:
            return self.spare.take(name, now, only_ask=only_ask)
        try:
            wait = self._shared(self.mask(f"{self.word}:{name}"), now, only_ask)
            self.store.back = None
            return wait
        except (RedisError, OSError) as fault:
            self.store.back = now + REST
            log.warning("limits.redis_away", error=type(fault).__name__, rest_seconds=REST.total_seconds())
            return self.spare.take(name, now, only_ask=only_ask)

    def _shared(self, name: str, now: datetime, only_ask: bool) -> float:
        item, limiter = RateLimitItemPerMinute(self.spare.per_minute), self.store.limiter
        if limiter.test(item, name) if only_ask else limiter.hit(item, name):
            return 0.0
        wait = limiter.get_window_stats(item, name).reset_time - now.timestamp()
        return min(max(wait, LEAST), MOST)
