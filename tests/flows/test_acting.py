"""What agents do in odd orders and at odd times: the ticket and its clocks always say the same."""

from __future__ import annotations

from datetime import timedelta

from tests.flows.watches import Watch

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
