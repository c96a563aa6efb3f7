"""A store to test flows in: a migrated database, one vendor, and the ledger read back as plain values."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from connector.domain.licensing.accounts import Account
from connector.domain.licensing.catalogue import Product
from connector.domain.licensing.events import LedgerEvent
from connector.domain.licensing.licence import Licence
from connector.domain.licensing.records import Found
from connector.domain.licensing.standing import Standing
from connector.licences import lookup
from connector.licences.ledger import Ledger
from connector.runtime import Runtime
from connector.settings import Settings
from connector.storage import codec, ids
from connector.storage.database import transaction
from connector.storage.keyring import Keyring
from connector.storage.tables import accounts, licences, products, sites, vendors
from connector.vendors.vendor import named

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def settings_for(url: str, home: Path = Path("/nonexistent"), **more: Any) -> Settings:
    """Settings of a test installation."""
    values: dict[str, Any] = {
        "home": home,
        "environment": "development",
        "bind": "127.0.0.1:8080",
        "public_url": "http://127.0.0.1:8080",
        "database_url": url,
        "redis_url": None,
        "secret_key": "a secret key for tests, long enough to be taken",
        "log_format": "json",
        "trusted_proxies": 0,
        "metrics_token": None,
        "max_body": 1 << 20,
        "threads": 8,
        "workers": 1,
    }
    return Settings(**(values | more))


@dataclass
class Store:
    """One vendor on one database."""

    runtime: Runtime
    slug: str = "acme"

    @property
    def keyring(self) -> Keyring:
        return self.runtime.keyring

    def add_vendor(self, policy: str = "whmcs-modules", settings: dict[str, Any] | None = None) -> None:
        with transaction(self.runtime.engine) as tx:
            tx.execute(
                insert(vendors).values(
                    id=ids.new_id("ven", NOW),
                    slug=self.slug,
                    policy=policy,
                    settings=json.dumps(settings or {}),
                    created_at=NOW,
                )
            )

    def add_product(self, product: Product) -> None:
        with transaction(self.runtime.engine) as tx:
            vendor = named(tx, self.runtime, self.slug)
            row = {"id": ids.new_id("prd", NOW), "vendor_id": vendor.id, "slug": product.slug}
            tx.execute(insert(products).values(**row, state=codec.dumps(product)))

    def tell(self, events: Sequence[LedgerEvent], now: datetime = NOW, source: str | None = None) -> None:
        """Apply each event in a transaction of its own, as deliveries would."""
        for event in events:
            with transaction(self.runtime.engine) as tx:
                vendor = named(tx, self.runtime, self.slug)
                Ledger(tx, vendor, self.keyring, now, source or ids.new_id("dlv", now)).apply(event)

    def standing(self, key: str, now: datetime = NOW) -> Standing:
        with transaction(self.runtime.engine) as tx:
            vendor = named(tx, self.runtime, self.slug)
            found = lookup.by_key(tx, vendor.id, self.keyring.key_hash(key))
            assert found is not None, f"no licence {key}"
            return lookup.standing_of(tx, vendor.id, found, vendor.catalogue, now)

    def ledger(self, now: datetime = NOW) -> dict[str, Any]:
        """Everything the ledger holds, without ids and times of arrival: what two equal ledgers have equal."""
        with transaction(self.runtime.engine) as tx:
            vendor = named(tx, self.runtime, self.slug)
            goods = vendor.catalogue
            names = {row.id: row.key_hash for row in tx.execute(select(licences.c.id, licences.c.key_hash))}
            rows = tx.execute(select(licences.c.id, licences.c.key_last4, licences.c.state)).all()
            found = [Found(row.id, row.key_last4, codec.loads(row.state, Licence)) for row in rows]
            stands = {
                names[each.id]: _plain(lookup.standing_of(tx, vendor.id, each, goods, now), names)
                for each in found
                if each.licence.known
            }
            told: list[Account] = [
                codec.loads(row.state, codec.ACCOUNTS[row.kind])
                for row in tx.execute(select(accounts.c.kind, accounts.c.ref, accounts.c.state))
            ]
            seats = sorted((names[row.license_id], row.site, row.at, row.since) for row in tx.execute(select(sites)))
            return {
                "licences": {names[each.id]: _plain(each.licence, names) for each in found},
                "standings": stands,
                "accounts": sorted(json.dumps(_plain(each, names), sort_keys=True) for each in told),
                "sites": seats,
                "products": [product.slug for product in goods.products],
            }

    def close(self) -> None:
        with closing(self.runtime.engine.connect()):
            pass
        self.runtime.engine.dispose()


def _plain(value: Any, names: dict[str, str]) -> Any:
    text = codec.dumps(value)
    for license_id, key_hash in names.items():
        text = text.replace(license_id, key_hash)
    return json.loads(text)
