"""Domain values to JSON text and back (cattrs); money stays text, times are RFC 3339 in UTC, keys never leave their field."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar

from cattrs import Converter

from connector.domain.licensing import accounts, events
from connector.domain.licensing.events import Key

T = TypeVar("T")

EVENTS: dict[str, type[Any]] = {
    kind.kind: kind
    for kind in (
        events.Granted,
        events.Renewed,
        events.StatusChanged,
        events.OwnerChanged,
        events.SiteActivated,
        events.SiteDeactivated,
        events.SupportExtended,
        events.SiteMoved,
        events.LicenceReissued,
        events.SitesFreed,
        events.HolderTransferred,
        events.DelegateChanged,
        events.OrderSeen,
        events.SubscriptionSeen,
        events.InvoiceSeen,
        events.CustomerSeen,
        events.CustomerMerged,
    )
}
ACCOUNTS: dict[str, type[Any]] = {
    "order": accounts.Order,
    "subscription": accounts.Subscription,
    "invoice": accounts.Invoice,
    "customer": accounts.Customer,
}

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
_converter = Converter(omit_if_default=True, forbid_extra_keys=False)


def rfc3339(instant: datetime) -> str:
    """`2026-11-21T10:00:00Z`, with a fraction only where there is one."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


_converter.register_unstructure_hook(datetime, rfc3339)
_converter.register_structure_hook(datetime, lambda text, _: datetime.fromisoformat(text))
_converter.register_structure_hook(Key, lambda text, _: Key(text))
_converter.register_structure_hook_func(lambda kind: kind is object, lambda value, _: value)
_converter.register_unstructure_hook(Key, lambda key: "")


def dumps(value: Any) -> str:
    """Canonical JSON text of a domain value: sorted keys, defaults left out, no licence key."""
    return _ENCODER.encode(_converter.unstructure(value))


def canonical(value: Any) -> str:
    """JSON text as states are kept: sorted keys, no spaces."""
    return _ENCODER.encode(value)


def plain(value: Any) -> Any:
    """A domain value as dicts, lists and text, for replies."""
    return _converter.unstructure(value)


def loads(text: str, kind: type[T]) -> T:
    """The domain value that `dumps` wrote; domain values are frozen, so the same text may give the same value again."""
    found: T = (_loaded if len(text) <= SMALL else _loaded_big)(text, kind)  # type: ignore[arg-type]
    return found


SMALL = 8192
"""Characters of a state of which many are kept; of bigger ones (a licence with hundreds of sites) only a few."""


def _load(text: str, kind: Any) -> Any:
    return _converter.structure(json.loads(text), kind)


_loaded = lru_cache(maxsize=2048)(_load)
_loaded_big = lru_cache(maxsize=16)(_load)


def load_event(kind: str, text: str) -> Any:
    """A stored event; its key is gone, the row's subject stands for it."""
    return _converter.structure({"key": "", **json.loads(text)}, EVENTS[kind])


def digest_of(event: Any) -> str:
    """What makes two tellings the same news: kind and content, without the key and without where it was filed."""
    return hashlib.blake2b(f"{event.kind}\x00{dumps(event)}".encode(), digest_size=16).hexdigest()
