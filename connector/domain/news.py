"""Everything that one delivery of a host can say: news for the ledger, words of people, and news without effect."""

from __future__ import annotations

from dataclasses import dataclass

from connector.domain.licensing.events import LedgerEvent
from connector.domain.policy.requests import EstimateAnswered, Message, Request


@dataclass(frozen=True)
class Ignored:
    """Authentic news without effect here; `why` is told to the sender and shown in the delivery list."""

    why: str


@dataclass(frozen=True)
class Alert:
    """Authentic news that the store admin must see: no ledger change (e.g. a host's signed error object)."""

    why: str


News = LedgerEvent | Request | Message | EstimateAnswered | Ignored | Alert
