"""Stored decisions: facts, policy and instant are enough to come to the same decision again, byte for byte."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from connector.domain.licensing.events import Granted, Key, OrderLine, OrderSeen, Person
from connector.domain.policy.decide import decide
from connector.domain.policy.facts import Decision, Facts
from connector.domain.policy.requests import Request
from connector.requests.support_requests import open_request
from connector.storage import codec
from connector.storage.database import transaction
from connector.storage.tables import decisions
from connector.vendors.vendor import named
from tests.support.stores import NOW, Store

KEY = Key("AAAA-BBBB-CCCC-0001")
ADA = Person("7", "ada@example.com", "Ada Ünsal")
KINDS = ("bug", "how_to_feature", "server_admin", "payment_pending", "no such kind", None)
CHANNELS = ("ticket", "chat", "email", "phone", "social")


@pytest.mark.parametrize("policy", ["whmcs-modules", "crmjetty", "hourly-services"])
def test_met_04_a_stored_decision_is_replayed_to_the_same_bytes(stores: Callable[..., Store], policy: str) -> None:
    store = stores("sqlite", policy, {})
    line = OrderLine("1", ("slug:forms",), total="79.00", keys=(KEY,))
    store.tell(
        [
            Granted(
                KEY, "forms", NOW - timedelta(days=300), ADA, sites=("a.example.com",), site_limit=3, order_id="12"
            ),
            OrderSeen("12", "paid", NOW, customer=ADA, lines=(line,), paid_at=NOW - timedelta(microseconds=7)),
        ]
    )
    asked = [
        Request(
            f"{kind} {channel}",
            key=KEY,
            request_kind=kind,
            channel=channel,
            severity="urgent",
            site="b.example.com",
            requester=ADA,
            environment={"php": "8.1", "b": "ü", "a": ""},
            redactions=("password", "token"),
        )
        for kind in KINDS
        for channel in CHANNELS
    ]
    for number, request in enumerate(asked):
        with transaction(store.runtime.engine) as tx:
            vendor = named(tx, store.runtime, store.slug)
            open_request(tx, store.runtime, vendor, "ep_1", request, NOW + timedelta(microseconds=number))
    with transaction(store.runtime.engine) as tx:
        rows = tx.execute(select(decisions)).all()
    assert len({row.outcome for row in rows}) > 1
    for row in rows:
        again = decide(codec.loads(row.facts, Facts), vendor.policy, row.decided_at)
        assert (codec.dumps(again), again.policy) == (row.decision, row.policy)
        assert codec.loads(row.decision, Decision) == again
