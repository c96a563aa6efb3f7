"""An office under 004's policy, on a Monday at ten, in which clocks fire."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from connector.domain.clocks.ticket_states import state_of
from connector.domain.licensing.events import Person
from connector.domain.policy.requests import Message
from connector.storage.database import reading, transaction
from connector.storage.tables_policy import clock_events
from connector.tickets import agent_acts, promises, schedule
from connector.tickets.messages import add_message
from connector.tickets.views import ticket_told
from connector.vendors.vendor import named
from tests.support.offices import Office
from tests.support.stores import Store

MONDAY = datetime(2026, 6, 15, 14, tzinfo=UTC)
"""Ten o'clock in New York, in the middle of an open day."""
NEW_YORK = {"calendar.timezone": "America/New_York"}

_messages = itertools.count(1)


class Watch(Office):
    """An office with what its clocks have planned and fired, by name."""

    def outage(self, request_id: str = "r1") -> str:
        return self.number(self.ask(request_id, request_kind="outage").ticket)

    def number(self, ticket: Any) -> str:
        assert ticket is not None
        return str(ticket["number"])

    def do(self, number: str, kind: str, word: str = "", at: datetime | None = None) -> str:
        with transaction(self.runtime.engine) as tx:
            return agent_acts.act(tx, self.runtime, number, kind, self.now, at, word)

    def write(self, number: str, author: Person | None = None, mark: str | None = None) -> None:
        with transaction(self.runtime.engine) as tx:
            vendor = named(tx, self.runtime, "acme")
            message = Message(ticket=number, body="And?", author=author, automatic=mark)
            add_message(tx, self.runtime, vendor, "ep_1", message, f"dlv_{next(_messages)}", self.now)

    def fire(self) -> int:
        return promises.fire_due(self.runtime)

    def fired(self) -> list[str]:
        """What has fired so far, in order: `first_response breach`."""
        with reading(self.runtime.engine) as tx:
            rows = tx.execute(
                select(clock_events)
                .where(clock_events.c.fired_at.is_not(None))
                .order_by(clock_events.c.fired_at, clock_events.c.due_at, clock_events.c.kind)
            )
            return [f"{row.clock} {row.kind}" for row in rows]

    def planned(self) -> dict[str, datetime]:
        with reading(self.runtime.engine) as tx:
            rows = tx.execute(select(clock_events).where(clock_events.c.state == "planned"))
            return {f"{row.clock} {row.kind}": row.due_at for row in rows}

    def state(self, number: str) -> str:
        with reading(self.runtime.engine) as tx:
            return state_of(schedule.marks_of(schedule.acts_of(tx, self.ticket(number).id)))

    def notes(self, number: str) -> list[str]:
        with reading(self.runtime.engine) as tx:
            told = ticket_told(tx, self.runtime, number)
        assert told is not None
        return [note["body"] for note in told["notes"] if note["kind"] == "clock"]


def watch_of(store: Store) -> Watch:
    return Watch(store, MONDAY)
