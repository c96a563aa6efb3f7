"""New licences written many at a time, to the same rows that the ledger would write one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, insert

from connector.domain.licensing import licence as licence_rules
from connector.domain.licensing.events import Key
from connector.domain.licensing.licence import Licence
from connector.domain.licensing.links import licence_links
from connector.licences.ledger import Ledger
from connector.licences.subjects import position_of, site_row
from connector.storage import codec, ids
from connector.storage.database import insert_all_once
from connector.storage.keyring import last4
from connector.storage.tables import events, licences, links, sites


class NewLicences(Ledger):
    """The ledger for keys without a row. `add` folds a licence's first news in memory, `write` saves what was added."""

    _rows: dict[str, list[dict[str, Any]]]

    def add(self, key: Key, news: Sequence[Any]) -> None:
        """Everything told of one key, each event with its `as_of`; the key must have no row and be added once."""
        license_id = ids.new_id("lic", self.now)
        told: dict[str, Any] = {}
        for event in news:
            digest = codec.digest_of(event)
            if digest not in told:
                told[digest] = self._with_terms(event)
        state = licence_rules.fold(told.items())
        self._licence(license_id, key, state, told, len(news) - 1)
        self._events(license_id, told)
        self._places(license_id, state)
        self._of(links).extend(
            {"vendor_id": self.vendor.id, "link": link, "target": license_id} for link in sorted(licence_links(state))
        )

    def write(self) -> None:
        """Save what was added since the last time; raises IntegrityError where a key got a row meanwhile."""
        for table in (licences, sites, events):
            if rows := self._of(table):
                self.tx.execute(insert(table), rows)
        if rows := self._of(links):
            insert_all_once(self.tx, links, rows)
        self._rows = {}

    def _of(self, table: Table) -> list[dict[str, Any]]:
        if not hasattr(self, "_rows"):
            self._rows = {}
        return self._rows.setdefault(table.name, [])

    def _licence(self, license_id: str, key: Key, state: Licence, told: dict[str, Any], visits: int) -> None:
        position = max(position_of(licence_rules.order_key(digest, event)) for digest, event in told.items())
        row = {
            "id": license_id,
            "vendor_id": self.vendor.id,
            "key_hash": self.keyring.key_hash(key),
            "key_last4": last4(key),
            "key_sealed": self.keyring.seal_key(key),
            "state": codec.dumps(state),
            "product": state.product,
            "position": position,
            "version": visits,
            "created_at": self.now,
        }
        self._of(licences).append(row)

    def _events(self, license_id: str, told: dict[str, Any]) -> None:
        for digest, event in told.items():
            row = {
                "subject_id": license_id,
                "digest": digest,
                "kind": event.kind,
                "state": codec.dumps(event),
                "by_arrival": False,
                "delivery_id": self.source,
                "as_of": event.as_of,
                "received_at": self.now,
            }
            self._of(events).append(row)

    def _places(self, license_id: str, state: Licence) -> None:
        for claim in state.claims:
            self._of(sites).append(site_row(self.keyring, self.vendor.id, license_id, claim))
