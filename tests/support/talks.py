"""An office under 004's policy in which people, machines and strangers write on tickets."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

from connector.domain.licensing.events import Granted, Person
from connector.domain.policy.requests import Message
from connector.storage.database import reading, transaction
from connector.tickets.messages import add_message
from connector.tickets.open_tickets import by_time_to_due
from connector.tickets.views import list_tickets, ticket_told
from connector.vendors.vendor import named
from tests.support.offices import ADA, KEY
from tests.support.stores import NOW
from tests.support.watches import Watch

EVE = Person("9", "eve@example.com", "Eve")
_deliveries = itertools.count(1)


class Talk(Watch):
    """Ada holds the licence; `say` is a message of anybody's."""

    def grant(self, **terms: Any) -> None:
        self.store.tell([Granted(KEY, "forms", NOW, ADA, support_until=NOW + timedelta(days=900), **terms)])

    def bug(self, request_id: str = "r1", **changes: Any) -> str:
        asked = {"request_kind": "bug", "requester": ADA} | changes
        return self.number(self.ask(request_id, **asked).ticket)

    def say(self, number: str, author: Person | None = ADA, body: str = "And?", mark: str | None = None) -> str | None:
        with transaction(self.runtime.engine) as tx:
            message = Message(ticket=number, body=body, author=author, automatic=mark)
            delivery = f"dlv_talk{next(_deliveries)}"
            return add_message(tx, self.runtime, named(tx, self.runtime, "acme"), "ep_1", message, delivery, self.now)

    def shown(self, number: str) -> dict[str, Any]:
        with reading(self.runtime.engine) as tx:
            told = ticket_told(tx, self.runtime, number)
        assert told is not None
        return told

    def working(self, number: str) -> str:
        return str(self.shown(number)["working_state"])

    def said(self, number: str) -> list[tuple[str, str]]:
        """What was written on the ticket: the kind of note, and its words."""
        return [(note["kind"], note["body"]) for note in self.shown(number)["notes"] if note["kind"] != "clock"]

    def listed(self, **filters: Any) -> list[str]:
        with reading(self.runtime.engine) as tx:
            return [row["number"] for row in list_tickets(tx, self.runtime, **filters)]

    def open(self) -> dict[str, str]:
        """Every ticket of the open list, and how the nearest of its promises stands."""
        with reading(self.runtime.engine) as tx:
            rows = by_time_to_due(tx, self.runtime, None, self.now, limit=1000)
        return {row["ticket"]: row["state"] for row in reversed(rows)}
