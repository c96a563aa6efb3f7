"""A vendor's support office on a clock that the test moves, with a helpdesk in memory where one is wanted."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Self

from sqlalchemy import insert, select

from connector.domain.licensing.events import Key, Person
from connector.domain.policy.requests import Request
from connector.requests.support_requests import Answer, open_request
from connector.storage import ids
from connector.storage.database import reading, transaction
from connector.storage.tables import sinks, tickets
from connector.vendors.vendor import named
from tests.support.desks import Shelf
from tests.support.stores import NOW, Store

KEY = Key("AAAA-BBBB-CCCC-0001")
ADA = Person("7", "ada@example.com", "Ada")
ASKED = Request("r1", key=KEY, request_kind="how_to_feature", subject="Hi", message="How?", requester=ADA)


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> datetime:
        self.now += timedelta(**span)
        return self.now


class Office:
    """The vendor `acme` of a store; `shelf` is its helpdesk once `forwards` was called."""

    def __init__(self, store: Store, now: datetime = NOW) -> None:
        self.clock, self.shelf = Clock(now), Shelf()
        store.runtime = replace(store.runtime, helpdesks={"shelf": self.shelf.helpdesk()}, clock=self.clock)
        self.runtime = store.runtime
        self.store = store

    @property
    def now(self) -> datetime:
        return self.clock.now

    def forwards(self, **settings: str) -> None:
        with transaction(self.runtime.engine) as tx:
            vendor_id = named(tx, self.runtime, "acme").id
            row = {"id": ids.new_id("snk", NOW), "vendor_id": vendor_id, "helpdesk": "shelf"}
            row["settings"] = json.dumps(settings)
            tx.execute(insert(sinks).values(**row, secret=self.runtime.keyring.seal(b"sesame")))

    def ask(self, request_id: str = "r1", **changes: Any) -> Answer:
        with transaction(self.runtime.engine) as tx:
            vendor = named(tx, self.runtime, "acme")
            request = replace(ASKED, request_id=request_id, **changes)
            return open_request(tx, self.runtime, vendor, "ep_1", request, self.now)

    def ticket(self, number: str | None = None) -> Any:
        with reading(self.runtime.engine) as tx:
            found = select(tickets) if number is None else select(tickets).where(tickets.c.number == number)
            return tx.execute(found).one()

    def again(self) -> Self:
        """The same office after a restart: another process would have nothing in memory."""
        self.runtime = self.store.runtime = replace(self.runtime, memo={})
        return self
