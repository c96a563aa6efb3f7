"""Token buckets in memory: how often a key or an address may ask, for each process alone; with Redis see `shared_limits`."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from threading import Lock


class Buckets:
    """One bucket for each name, as full as a minute's worth; the names asked about least lately are forgotten."""

    def __init__(self, per_minute: int, room: int = 50_000) -> None:
        self.per_minute = per_minute
        self.room = room
        self._full: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def take(self, name: str, now: datetime, *, only_ask: bool = False) -> float:
        """Take a token out; 0.0, or the seconds until there is one (then nothing is taken). No limit = 0 a minute."""
        if not self.per_minute:
            return 0.0
        at, rate = now.timestamp(), self.per_minute / 60
        with self._lock:
            left, since = self._full.pop(name, (float(self.per_minute), at))
            left = min(float(self.per_minute), left + max(0.0, at - since) * rate)
            wait = 0.0 if left >= 1.0 else (1.0 - left) / rate
            self._full[name] = (left if wait or only_ask else left - 1.0, at)
            if len(self._full) > self.room:
                self._full.popitem(last=False)
        return wait
