"""What agents do in odd orders and at odd times: the ticket and its clocks always say the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from connector.tickets import agent_acts
from tests.support.stores import Store
from tests.support.watches import MONDAY, NEW_YORK, Watch, watch_of

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


def test_met_01_what_is_solved_keeps_the_dues_it_was_solved_by_and_promises_no_update(quick: Watch) -> None:
    number = quick.outage()
    quick.do(number, "answered")
    promised = quick.ticket()
    assert promised.update_by is not None
    quick.clock.forward(minutes=30)
    quick.do(number, "resolved")
    solved = quick.ticket()
    assert (solved.respond_by, solved.resolve_by) == (promised.respond_by, promised.resolve_by)
    assert solved.respond_by == MONDAY + timedelta(minutes=15)
    assert solved.resolve_by == MONDAY + timedelta(hours=4)
    assert solved.update_by is None


@pytest.mark.parametrize("minutes", [-1, 31], ids=["before the ticket was made", "in the future"])
def test_acts_are_of_the_ticket_s_own_time_until_now(quick: Watch, minutes: int) -> None:
    number = quick.outage()
    quick.clock.forward(minutes=30)
    before = quick.planned()
    with pytest.raises(agent_acts.NotNow, match="in the future"):
        quick.do(number, "answered", at=MONDAY + timedelta(minutes=minutes))
    assert quick.planned() == before
    quick.do(number, "answered", at=MONDAY)
