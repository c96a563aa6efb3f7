"""Writers on SQLite wait for each other in order; who reads or writes on PostgreSQL waits for nobody here."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread

import pytest
from sqlalchemy import select, text, update

from connector.storage.database import Turns, reading, transaction
from connector.storage.tables import vendors
from tests.support.stores import Store

LONG = 20.0


def test_turns_are_taken_in_the_order_of_arrival() -> None:
    turns, order, arrived = Turns(), [], [Event() for _ in range(5)]

    def wait_in_line(number: int) -> None:
        arrived[number].set()
        with turns.turn():
            order.append(number)

    with turns.turn():
        threads = [Thread(target=wait_in_line, args=(number,)) for number in range(5)]
        for number, thread in enumerate(threads):
            thread.start()
            assert arrived[number].wait(LONG)
            while turns.waiting <= number:
                pass
    for thread in threads:
        thread.join(LONG)
    assert order == [0, 1, 2, 3, 4]


def test_a_turn_that_failed_is_handed_on() -> None:
    turns = Turns()
    with pytest.raises(RuntimeError), turns.turn():
        raise RuntimeError
    with turns.turn():
        assert turns.waiting == 0


def test_who_reads_does_not_wait_for_who_writes(store: Store) -> None:
    engine = store.runtime.engine
    with transaction(engine) as tx:
        tx.execute(update(vendors).values(slug="renamed"))
        with reading(engine) as other:
            assert other.execute(select(vendors.c.slug)).scalar_one() == store.slug


@pytest.mark.postgres
def test_reading_on_postgresql_leaves_no_transaction_open(stores: Callable[[str], Store]) -> None:
    state = text("SELECT state FROM pg_stat_activity WHERE pid = :pid")
    engine = stores("postgresql").runtime.engine
    with reading(engine) as tx:
        pid = tx.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with reading(engine) as other:
            assert other.execute(state, {"pid": pid}).scalar_one() == "idle"
