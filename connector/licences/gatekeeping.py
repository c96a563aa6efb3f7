"""Who may ask how often, and the last answers given: what licence software gets when it asks too often or a part is away."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from datetime import datetime
from ipaddress import IPv6Address, IPv6Network, ip_address
from threading import Lock
from typing import Protocol

import structlog

from connector.domain.licensing.questions import Answer
from connector.licences.limits import Buckets
from connector.licences.shared_limits import SharedBuckets, SharedStore
from connector.runtime import Runtime
from connector.tickets.wakers import connect

log = structlog.get_logger()

ROOM = 10_000
"""Last answers kept in each process."""
SHOWN = 20
"""Places of a licence that a kept answer names, besides the one asked about."""
NETWORK = 64
"""Bits of an IPv6 address that are one customer's: whoever has one has all that begin alike."""


@dataclass
class Memory:
    """The last answer to each question, the least lately used forgotten."""

    room: int = ROOM
    _kept: OrderedDict[Hashable, Answer] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def keep(self, question: Hashable, answer: Answer) -> None:
        small = _small(answer)
        with self._lock:
            self._kept[question] = small
            self._kept.move_to_end(question)
            if len(self._kept) > self.room:
                self._kept.popitem(last=False)

    def recall(self, question: Hashable) -> Answer | None:
        with self._lock:
            return self._kept.get(question)


def _small(answer: Answer) -> Answer:
    """The answer without most places of its licence: ten thousand sites of one licence ask for ten thousand answers."""
    shown = [each for each in (answer.activation, *answer.activations[:SHOWN]) if each is not None]
    sites = {each.site for each in shown}
    licence, stands = answer.licence, answer.verdict.standing
    if licence is not None:
        claims = tuple(claim for claim in licence.claims if claim.site in sites)
        licence = replace(licence, claims=claims, freed=licence.freed[:1], left=(), moves=licence.moves[-1:])
    if stands is not None:
        stands = replace(stands, seated=(), exempt=stands.exempt[:SHOWN], over_limit=())
    activations = tuple(each for each in answer.activations if each.site in sites)
    verdict = replace(answer.verdict, standing=stands)
    return replace(answer, verdict=verdict, licence=licence, activations=activations)


class Limit(Protocol):
    """How often a name may ask (`limits.Buckets`, `shared_limits.SharedBuckets`)."""

    def take(self, name: str, now: datetime, *, only_ask: bool = False) -> float: ...


@dataclass(frozen=True)
class Gate:
    """The limits: by key, by address, and by address for keys that nobody has; and the last answers of this process."""

    keys: Limit
    addresses: Limit
    misses: Limit
    memory: Memory = field(default_factory=Memory)

    def wait(self, key_hash: str, address: str, now: datetime) -> float:
        """Seconds to wait before asking about this key from this address; 0.0 = go on."""
        by_key = self.keys.take(key_hash, now) if key_hash else 0.0
        if by_key or not _is_far(address):
            return by_key
        asker = _network(address)
        return self.addresses.take(asker, now) or self.misses.take(asker, now, only_ask=True)

    def missed(self, address: str, now: datetime) -> None:
        """Somebody asked about a key that nobody has; whoever does it all the time is told no more."""
        if _is_far(address) and self.misses.take(_network(address), now):
            log.warning("licence.probing", address=address)


def gate_of(runtime: Runtime) -> Gate:
    """The gate of this process."""
    gate: Gate | None = runtime.memo.get("gate")
    if gate is None:
        gate = runtime.memo.setdefault("gate", _made(runtime))
    return gate


def _made(runtime: Runtime) -> Gate:
    """Limits in the memory of this process; where Redis is set, one limit for all processes."""
    settings = runtime.settings
    keys, addresses, misses = map(Buckets, (settings.rate_key, settings.rate_address, settings.rate_misses))
    if not settings.redis_url:
        return Gate(keys, addresses, misses)
    store, mask = SharedStore.of(connect(settings.redis_url)), runtime.keyring.masked
    return Gate(
        SharedBuckets(store, "key", mask, keys),
        SharedBuckets(store, "address", mask, addresses),
        SharedBuckets(store, "misses", mask, misses),
    )


def _is_far(address: str) -> bool:
    """Loopback and private addresses are our own machines, or a proxy nobody told us of: it stands for everybody."""
    try:
        return ip_address(address.partition("%")[0]).is_global
    except ValueError:
        return False


def _network(address: str) -> str:
    """Whose address it is: of IPv6 the network, since nobody is given less."""
    found = ip_address(address.partition("%")[0])
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Network((found, NETWORK), strict=False))
