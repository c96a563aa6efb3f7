"""A shop with stand-ins of shop plugins, connected to a running connector; what it sends is held to the format's description."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from sqlalchemy import select

from adapters.hosts import standard
from connector.formats.standard import described
from connector.ports import Delivery
from connector.storage.database import reading
from connector.storage.tables import deliveries, endpoints
from tests.http.serving import Server
from tests.http.shops import Shop
from tests.servers.wordpress import SLUG, WordPress
from tests.wordpress.connected import ConnectedShop

STAND_INS = Path(__file__).with_name("standins")


@dataclass
class SellingShop(ConnectedShop):
    """Beside what a connected shop does: what it told, and what of that stands at the connector."""

    def php(self, code: str, *arguments: Any) -> Any:
        """What this PHP returns, in a request of its own."""
        return self.wordpress.run(code, list(arguments))

    def told(self) -> list[dict[str, Any]]:
        """Every body that arrived, oldest first; each fits the description of the format, and its parser takes it."""
        with reading(self.vendor.server.runtime.engine) as tx:
            own = select(endpoints.c.id).where(endpoints.c.vendor_id == self.vendor.id).scalar_subquery()
            rows = tx.execute(
                select(deliveries).where(deliveries.c.endpoint_id.in_(own)).order_by(deliveries.c.id)
            ).all()
        bodies = [self.vendor.server.runtime.keyring.unseal(row.body) for row in rows]
        for row, body in zip(rows, bodies, strict=True):
            assert row.result in ("applied", "duplicate", "ignored"), (row.result, row.error, body)
            standard.parse(Delivery({}, body))
            faults = list(_EVENT.iter_errors(json.loads(body)))
            assert faults == [], (faults, body)
        return [json.loads(body) for body in bodies]

    def tell(self) -> list[dict[str, Any]]:
        """Send what waits; the bodies that came of it, of which none may fail."""
        before = len(self.told())
        self.send()
        left = [row for row in self.rows() if row["state"] != "sent"]
        assert left == [], left
        return self.told()[before:]

    def licence(self, key: str) -> dict[str, Any]:
        """The licence of a key as `connector license show` has it."""
        found: dict[str, Any] = self.vendor.shell.json("license", "show", key, "--vendor", self.vendor.slug)
        return found

    def sites(self, key: str) -> list[str]:
        """The sites that a licence is on, at the connector."""
        rows = self.vendor.shell.json("license", "sites", key, "--vendor", self.vendor.slug)
        return sorted(row["site"] for row in rows)

    def statuses(self) -> dict[str, str]:
        """Last four of each licence, and how it stands."""
        return {each["key"][-4:]: each["status"] for each in self.vendor.licences()}


def selling(wordpress: WordPress, server: Server, *slugs: str) -> SellingShop:
    """A connected shop with the stand-ins of these plugins active."""
    for slug in slugs:
        wordpress.install(STAND_INS / slug, slug)
        wordpress.activate(slug)
    wordpress.activate(SLUG)
    vendor = Shop(server)
    hook = vendor.hook()
    made = SellingShop(wordpress, f"{server.url}{hook.path}", hook.secret, vendor)
    made.connect()
    return made


_EVENT = Draft202012Validator(
    {"$ref": "#/components/schemas/StandardEvent", "components": {"schemas": described.SCHEMAS}}
)
