"""What agents do in odd orders and at odd times: the ticket and its clocks always say the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from tests.flows.stores import Store
from tests.flows.watches import NEW_YORK, Watch, watch_of

HOUR = timedelta(hours=1)


def test_tier_05_a_priority_told_late_does_not_undo_a_newer_one(quick: Watch) -> None:
    """TIER-03, TIER-05: the ticket has the priority its clocks count by, whatever was written down last."""
    number = quick.outage()
    quick.clock.forward(hours=2)
    quick.do(number, "severity", "high")
    quick.clock.forward(minutes=5)
    quick.do(number, "severity", "low", at=quick.now - HOUR)
    ticket = quick.ticket(number)
    assert (ticket.priority, ticket.rank) == ("high", 75)


def test_tier_05_the_pack_says_which_clocks_escalate(stores: Callable[..., Store]) -> None:
    """TIER-05, TIER-07: here only a solution that is late moves the ticket on, by one tier."""
    watch = watch_of(stores("sqlite", "tiered-sla", NEW_YORK | {"clocks.escalates": ["resolution"]}))
    number = watch.number(watch.ask("r1", request_kind="bug").ticket)
    watch.clock.forward(hours=6)
    watch.fire()
    assert watch.fired() == ["first_response breach"]
    assert watch.ticket(number).tier == 2
    watch.clock.forward(days=2)
    watch.fire()
    assert watch.fired()[1:] == ["resolution breach", "resolution escalate"]
    assert watch.ticket(number).tier == 3
