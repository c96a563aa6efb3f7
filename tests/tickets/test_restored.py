"""A database that was put back from a copy: what was sent since the copy was made is found, and not sent again (F17)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Table, delete, insert, select

from connector.storage.database import transaction
from connector.storage.tables import metadata, outbox, tickets
from tests.support.stores import Store
from tests.tickets.test_forwarding import Shop

CHANGED = ("tickets", "outbox", "clock_events", "tallies", "ticket_acts")
"""What sending a ticket changes."""


@pytest.fixture
def shop(store: Store) -> Shop:
    return Shop(store)


@contextmanager
def put_back(shop: Shop) -> Iterator[None]:
    """Afterwards the database is as it was before, as if its file had been put back by hand."""
    tables: list[Table] = [table for table in metadata.sorted_tables if table.name in CHANGED]
    with transaction(shop.runtime.engine) as tx:
        kept = [(table, [dict(row._mapping) for row in tx.execute(select(table))]) for table in tables]
    yield
    with transaction(shop.runtime.engine) as tx:
        for table in reversed(tables):
            tx.execute(delete(table))
        for table, rows in kept:
            if rows:
                tx.execute(insert(table), rows)


def started_now(shop: Shop) -> None:
    """The programs were started again after the file was put back, as they must be."""
    shop.clock.forward(seconds=1)
    shop.runtime = replace(shop.runtime, started=shop.clock.now)


def test_a_ticket_that_waited_in_the_copy_is_not_made_a_second_time(shop: Shop) -> None:
    shop.ask()
    with put_back(shop):
        shop.drain()
        assert shop.ticket().remote_id is not None
    assert (shop.ticket().remote_id, shop.row().attempts) == (None, 0), "the copy knows nothing of it"
    started_now(shop)
    shop.drain()
    assert len(shop.shelf.tickets) == shop.shelf.calls.count("create") == 1
    assert (shop.ticket().state, shop.ticket().remote_id) == ("forwarded", "1")


def test_it_is_the_same_where_nothing_was_started_again(shop: Shop) -> None:
    """As when a server's database is put back under a running program: by the age of what waits."""
    shop.ask()
    with put_back(shop):
        shop.drain()
    shop.clock.forward(minutes=1)
    shop.drain()
    assert shop.shelf.calls.count("create") == 1


def test_a_ticket_that_was_not_sent_since_the_copy_is_sent(shop: Shop) -> None:
    shop.ask()
    started_now(shop)
    shop.drain()
    assert len(shop.shelf.tickets) == 1


def test_a_fresh_ticket_costs_no_look(shop: Shop) -> None:
    shop.ask()
    shop.drain()
    assert shop.shelf.calls[0] == "create"


def test_a_row_from_a_clock_that_ran_ahead_is_looked_up(shop: Shop) -> None:
    """Its age tells nothing."""
    shop.ask()
    with transaction(shop.runtime.engine) as tx:
        tx.execute(outbox.update().values(created_at=shop.clock.now + timedelta(days=1)))
        assert tx.execute(select(tickets.c.remote_id)).scalar_one() is None
    shop.drain()
    assert shop.shelf.calls[0] == "find"
