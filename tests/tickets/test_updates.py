"""What the customer hears once his request is taken, and what a missed time means (HRS-05, HRS-23, NOT-01, NOT-02, A29)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from connector.domain.clocks.ticket_states import WORKING
from connector.storage.database import reading, transaction
from connector.storage.tables import accounts, events, licences
from connector.tickets import agent_acts, forwarding, schedule, updates
from tests.support.watches import MONDAY, Watch


def heard(watch: Watch, number: str) -> list[str]:
    with reading(watch.runtime.engine) as tx:
        return [each["words"] for each in updates.heard(tx, watch.runtime, watch.ticket(number).id)]


def tell(watch: Watch, number: str, about: str, words: str) -> str | None:
    with transaction(watch.runtime.engine) as tx:
        return updates.tell(tx, watch.runtime, number, about, words, watch.now)


def ledger(watch: Watch) -> list[Any]:
    with reading(watch.runtime.engine) as tx:
        counts = [tx.execute(select(func.count()).select_from(each)).scalar() for each in (accounts, events, licences)]
        return [*counts, *tx.execute(select(accounts.c.state)).scalars()]


def test_hrs_05_a_breach_is_an_event_for_the_vendor_and_no_penalty(watch: Watch) -> None:
    """HRS-05: it is an aim; nothing is refunded or extended, and nothing of it is sent to the customer."""
    watch.forwards()
    number = watch.outage()
    forwarding.drain(watch.runtime)
    before = ledger(watch)
    watch.clock.forward(minutes=15)
    watch.fire()
    forwarding.drain(watch.runtime)
    assert watch.fired()[0] == "first_response breach"
    assert any("was not given" in text for text in watch.shelf.notes.values())
    assert (ledger(watch), watch.shelf.replies, heard(watch, number)) == (before, [], [])


def test_not_01_each_change_of_state_is_told_once(watch: Watch) -> None:
    number = watch.outage()
    for kind in ("answered", "waiting", "resumed", "held", "released", "resolved", "reopened"):
        watch.clock.forward(minutes=1)
        watch.do(number, kind)
    watch.write(number)
    watch.do(number, "severity", "low")
    assert heard(watch, number) == [
        "We wrote to you.",
        "We wait for your answer.",
        "It was taken up again.",
        "It is on hold.",
        "It was taken up again.",
        "It is solved.",
        "It was opened again.",
        "You wrote to us.",
    ]


@pytest.mark.parametrize("about", ["delay", "workaround"])
def test_not_02_delays_and_workarounds_reach_the_customer_once(watch: Watch, about: str) -> None:
    """NOT-02, A29: the helpdesk mails it; what we keep is the same words once."""
    watch.forwards()
    number = watch.outage()
    forwarding.drain(watch.runtime)
    row = tell(watch, number, about, "Our host is down; use the other form meanwhile.")
    assert row is not None
    for _ in range(2):
        forwarding.drain(watch.runtime)
    assert [text.partition("\n")[0] for _, text in watch.shelf.replies] == [
        "Our host is down; use the other form meanwhile."
    ]
    assert heard(watch, number) == ["Our host is down; use the other form meanwhile."]


def test_hrs_23_a_delay_is_marked_and_the_next_update_counts_from_it_while_the_due_date_stays(watch: Watch) -> None:
    number = watch.outage()
    watch.clock.forward(minutes=50)
    before = watch.ticket().resolve_by
    tell(watch, number, "delay", "A third party has to act.")
    assert watch.ticket().resolve_by == before
    assert watch.planned()["update breach"] == MONDAY + timedelta(minutes=110)
    with reading(watch.runtime.engine) as tx:
        assert [act.detail for act in schedule.acts_of(tx, watch.ticket().id)] == ["delay"]


def test_crd_01_what_an_agent_tells_carries_no_password_either(watch: Watch) -> None:
    number = watch.outage()
    tell(watch, number, "progress", "Your new password: Zq7kW3hunter2!")
    assert "Zq7kW3" not in heard(watch, number)[0]


def test_nothing_is_told_about_what_is_solved(watch: Watch) -> None:
    number = watch.outage()
    watch.do(number, "resolved")
    with pytest.raises(agent_acts.NotNow):
        tell(watch, number, "progress", "One more thing.")
    assert heard(watch, number) == ["It is solved."]


def test_a_customer_reads_every_state_of_work_in_words() -> None:
    assert updates.STATES.keys() == set(WORKING)
    assert not [words for words in updates.STATES.values() if "_" in words]
