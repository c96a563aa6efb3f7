"""A vendor who has a program of his own told."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from adapters.outgoing.posting import post
from connector.domain.licensing.events import LedgerEvent
from connector.notifications import worker as notify_worker
from connector.requests.deliveries import Endpoint, take_effect
from connector.runtime import utc_now
from connector.storage import ids
from connector.storage.database import reading, transaction
from connector.storage.tables_notify import notifications as table
from connector.storage.tables_notify import notify_endpoints as places
from connector.vendors import notify_endpoints
from connector.vendors.vendor import named
from tests.notifications.examples import hold
from tests.servers.receiver import Receiver
from tests.support.offices import Office
from tests.support.stores import Store
from tests.tickets.test_key_mails import FORMS
from webhooks import signatures


class Shop(Office):
    """A vendor who has one of his programs told."""

    def __init__(self, store: Store, receiver: Receiver) -> None:
        super().__init__(store, utc_now().replace(microsecond=0))  # signatures are proved against the hour it is
        self.runtime = store.runtime = replace(self.runtime, sign=signatures.sign, post=post)
        store.add_product(FORMS)
        self.receiver = receiver
        self.endpoint, self.secret = self.add(receiver.url)

    def add(
        self,
        url: str,
        allow_private: bool = True,
        events: tuple[str, ...] = ("license.issued",),
        personal_data: bool = True,
        contact: str | None = None,
    ) -> tuple[str, str]:
        with transaction(self.runtime.engine) as tx:
            vendor_id = named(tx, self.runtime, "acme").id
            return notify_endpoints.add(
                tx,
                self.runtime.keyring,
                vendor_id,
                notify_endpoints.checked(url, allow_private),
                self.now,
                events=events,
                personal_data=personal_data,
                allow_private=allow_private,
                contact=contact,
            )

    def deliver(self, *news: LedgerEvent) -> dict[str, Any]:
        with transaction(self.runtime.engine) as tx:
            host: Any = None
            end = Endpoint("ep_1", named(tx, self.runtime, "acme"), host, (), {})
            delivery = ids.new_id("dlv", self.now)
            return take_effect(tx, self.runtime, end, delivery, news, self.now, self.now).reply

    def send(self) -> int:
        return notify_worker.drain(self.runtime)

    def rows(self) -> list[Any]:
        with reading(self.runtime.engine) as tx:
            return list(tx.execute(select(table).order_by(table.c.created_at, table.c.id)))

    def states(self) -> list[str]:
        return [row.state for row in self.rows()]

    def next_due(self) -> datetime:
        due: datetime = max(row.due_at for row in self.rows())
        return due

    def hear_all(self, personal_data: bool = False, contact: str | None = None) -> None:
        """From now on the receiver hears everything, in the place of keys alone."""
        with transaction(self.runtime.engine) as tx:
            notify_endpoints.end(tx, self.endpoint, notify_endpoints.REMOVED, self.now)
        self.endpoint, self.secret = self.add(
            self.receiver.url, events=(), personal_data=personal_data, contact=contact
        )

    def place(self) -> Any:
        """The row of the place that is told."""
        with reading(self.runtime.engine) as tx:
            return tx.execute(select(places).where(places.c.id == self.endpoint)).one()

    def told(self) -> list[dict[str, Any]]:
        """All that the receiver got by now, each proved; what waits is sent first."""
        self.send()
        found = self.receiver.verified(self.secret)
        for each in found:
            hold(each)
        return found
