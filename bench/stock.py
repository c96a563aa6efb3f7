"""Stores with many licences: a vendor, an endpoint, a token, and licences loaded straight into the tables.

Every licence has three sites, one event (its grant) and the links of its order and its holder.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select, update

from bench.loading import load
from bench.moulds import PRODUCT, SITES, VENDOR, moulds, rows_of
from connector.domain.licensing.catalogue import Product
from connector.runtime import Runtime
from connector.storage import codec, ids, migrations
from connector.storage.database import reading, transaction
from connector.storage.tables import events, licences, products, sinks, sites, vendors
from connector.vendors.credentials import create_token
from connector.vendors.endpoints import create_endpoint
from connector.vendors.vendor import named
from tests.support.stores import settings_for
from wsgi import make_runtime

SECRET_KEY = "a secret key for measuring, long enough to be taken"
POLICY = "whmcs-modules"


@dataclass(frozen=True)
class Store:
    """A loaded database and how to reach it from outside."""

    url: str
    size: int
    endpoint: str
    secret: str
    token: str

    @property
    def environment(self) -> dict[str, str]:
        return {"CONNECTOR_DATABASE_URL": self.url, "CONNECTOR_SECRET_KEY": SECRET_KEY, "CONNECTOR_LOG_FORMAT": "json"}

    @property
    def kind(self) -> str:
        return "SQLite" if self.url.startswith("sqlite") else "PostgreSQL"


def runtime_of(url: str) -> Runtime:
    """A runtime on a database, in this process."""
    return make_runtime(settings_for(url, secret_key=SECRET_KEY, threads=2))


def stock(url: str, size: int, described: Path) -> Store:
    """The store of this size at `url`; loaded unless `described` says that it was."""
    if described.exists():
        return Store(**json.loads(described.read_text()))
    migrations.upgrade(url)
    app = runtime_of(url)
    store = _open_shop(app, url, size)
    forms = moulds(app)
    numbers = (f"{number:07}" for number in range(size))
    load(url, (row for number in numbers for row in rows_of(forms, app.keyring, number)))
    _check(app, size)
    app.engine.dispose()
    described.write_text(json.dumps(asdict(store)))
    return store


def _open_shop(app: Runtime, url: str, size: int) -> Store:
    """A vendor with one product, an endpoint, a token, and a helpdesk that is paused until it is called for."""
    now = app.clock()
    with transaction(app.engine) as tx:
        vendor = {"id": ids.new_id("ven", now), "slug": VENDOR, "policy": POLICY, "settings": "{}", "created_at": now}
        tx.execute(insert(vendors), vendor)
        product = Product(PRODUCT, site_limit=len(SITES) + 2)
        row = {"id": ids.new_id("prd", now), "vendor_id": vendor["id"], "slug": PRODUCT}
        tx.execute(insert(products), row | {"state": codec.dumps(product)})
        tx.execute(
            insert(sinks),
            {
                "id": ids.new_id("snk", now),
                "vendor_id": vendor["id"],
                "helpdesk": "rt",
                "settings": "{}",
                "paused_at": now,
                "swept_at": now,
            },
        )
        endpoint, secret = create_endpoint(tx, app, str(vendor["id"]), app.hosts["standard"], {}, app.clock())
        _, token = create_token(tx, app, named(tx, app, VENDOR), ("eligibility:read",), "bench", now)
    return Store(url, size, endpoint, secret, token)


def set_sink(url: str, settings: Mapping[str, Any] | None, secret: str = "") -> None:
    """Point the vendor's helpdesk somewhere and let it run, or pause it (None)."""
    app = runtime_of(url)
    values: dict[str, Any] = {"paused_at": app.clock()}
    if settings is not None:
        values = {"paused_at": None, "settings": json.dumps(settings), "secret": app.keyring.seal(secret.encode())}
    with transaction(app.engine) as tx:
        tx.execute(update(sinks).values(**values))
    app.engine.dispose()


def _check(app: Runtime, size: int) -> None:
    """What was loaded is what the ledger finds."""
    with reading(app.engine) as tx:
        counts = [
            tx.execute(select(func.count()).select_from(table)).scalar_one() for table in (licences, sites, events)
        ]
    if counts != [size, len(SITES) * size, size]:
        raise RuntimeError(f"loading went wrong: {counts}")


if __name__ == "__main__":
    stock(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
