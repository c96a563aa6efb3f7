"""What gives a licence its time, entry by entry: dates that were told, terms that were bought, renewals that add to them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from connector.domain.calendar.periods import end_of_support, extend, parse_period


@dataclass(frozen=True)
class SupportEntry:
    """One thing that gives time: an end date, a term bought at `at`, or `follows` = while the subscription is paid.

    ref: the order line (`order/line`), or the order, that paid for it; given back, it takes the entry away. renews: it adds to
    what ran then (R2), also where it is a grant of the licence.
    """

    at: datetime
    until: datetime | None = None
    period: str | None = None
    follows: bool = False
    zone: str | None = None
    ref: str | None = None
    renews: bool = False


def run_to(entries: Iterable[SupportEntry], grants: Collection[str], zone: str = "UTC") -> datetime | None:
    """The exclusive end (UTC) that entries lead to, in their order; None where none of them has one.

    A term of its own counts from its purchase (R1), bought besides or as a renewal it adds to the end (R2). grants: the refs of
    the licence's own purchases.
    """
    until: datetime | None = None
    for entry in entries:
        if entry.until is not None:
            until = entry.until
        elif entry.period is not None:
            until = _longer(until, entry, entry.ref in grants and not entry.renews, entry.zone or zone)
    return until


def _longer(until: datetime | None, entry: SupportEntry, own: bool, zone: str) -> datetime:
    assert entry.period is not None
    period = parse_period(entry.period)
    if until is None or own:
        end = end_of_support(entry.at, period, zone)
        return max(end, until) if until else end
    return extend(until, entry.at, period, zone)
