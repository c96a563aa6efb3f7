"""Plain dates in the standard format: the vendor's day, and what ends on it ends with it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.hosts.standard import HOST
from connector.ports import Delivery, Unreadable

ENDS = datetime(2026, 10, 1, 18, 30, tzinfo=UTC)
BEGINS = datetime(2026, 9, 30, 18, 30, tzinfo=UTC)
KEY = {"license_key": "ACME-0001", "product": "forms"}


def told(type_: str, **data: Any) -> Any:
    body = json.dumps({"type": type_, "occurred_at": "2026-10-01", "data": data}).encode()
    [news] = HOST.parse(Delivery({}, body, zone="Asia/Kolkata"))
    return news


@pytest.mark.parametrize(
    ("type_", "member", "field", "more"),
    [
        ("license.granted", "expires_at", "expires_at", KEY),
        ("license.granted", "support_until", "support_until", KEY),
        ("license.granted", "updates_until", "updates_until", KEY),
        ("license.renewed", "expires_at", "expires_at", KEY),
        ("license.renewed", "support_until", "support_until", KEY),
        ("license.renewed", "updates_until", "updates_until", KEY),
        ("support.extended", "support_until", "support_until", KEY),
        ("invoice.issued", "due_at", "due_at", {"invoice_id": "i1"}),
        *[
            ("subscription.cancelled", name, "paid_until", {"subscription_id": "s1"})
            for name in ("expires_at", "paid_until", "ends_at", "current_period_end")
        ],
    ],
)
def test_what_ends_on_a_day_ends_with_the_vendors_day(
    type_: str, member: str, field: str, more: dict[str, str]
) -> None:
    news = told(type_, **more, **{member: "2026-10-01"})
    assert getattr(news, field) == ENDS
    assert news.as_of == BEGINS


@pytest.mark.parametrize(
    ("type_", "member", "field", "more"),
    [
        ("license.granted", "purchased_at", "purchased_at", KEY),
        ("order.paid", "paid_at", "paid_at", {"order_id": "1"}),
        ("order.paid", "purchased_at", "paid_at", {"order_id": "1"}),
    ],
)
def test_what_begins_on_a_day_begins_with_it(type_: str, member: str, field: str, more: dict[str, str]) -> None:
    assert getattr(told(type_, **more, **{member: "2026-10-01"}), field) == BEGINS


@pytest.mark.parametrize("day", ["2026-02-30", "0001-01-01", "2026-13-01"])
def test_days_that_cannot_be_meant_are_faults_with_their_place(day: str) -> None:
    with pytest.raises(Unreadable) as fault:
        told("license.granted", **KEY, support_until=day)
    assert fault.value.pointer == "/data/support_until"
