"""How often a key or an address may ask about licences, and who is slowed down for asking about keys that nobody has."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Protocol

from connector.licences.last_answers import Memory
from connector.licences.shared_limits import SharedBuckets, SharedStore
from connector.licences.token_buckets import Buckets
from connector.observe import Log
from connector.runtime import Runtime
from connector.storage.redis_client import connect

log = Log()

NETWORK = 64
"""Bits of an IPv6 address that are one customer's: whoever has one has all that begin alike."""


class Limit(Protocol):
    """How often a name may ask (`token_buckets.Buckets`, `shared_limits.SharedBuckets`)."""

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
