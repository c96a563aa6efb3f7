"""A product on sale at a running server, and licences of it, for the tests of licence protocols over HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import requests

from connector.domain.licensing.events import Granted, Key, Person, StatusChanged
from connector.licences.ledger import Ledger
from connector.storage import ids
from connector.storage.database import transaction
from connector.vendors.vendor import named
from tests.http.shops import Shop, session

ADA = Person("7", "ada@example.com", "Ada Example")
PERSONAL = ("ada@example.com", "Ada Example")


@dataclass(frozen=True)
class Sale:
    """A shop that sells `forms` (two sites) and what software of this protocol needs to know."""

    shop: Shop
    protocol: str
    seen: list[requests.Response] = field(default_factory=list)

    @classmethod
    def of(cls, shop: Shop, protocol: str) -> Sale:
        sale = cls(shop, protocol)
        shop.product("forms", "--name", "Acme Forms", "--sites", "2", "--face-id", f"{protocol}=501")
        shop.product("shop", "--name", "Acme Shop", "--face-id", f"{protocol}=502")
        shop.product(
            "suite", "--name", "Acme Suite", "--sites", "2", "--face-id", f"{protocol}=509", "--includes", "forms"
        )
        return sale

    @property
    def base(self) -> str:
        return f"{self.shop.server.url}/compat/{self.shop.slug}"

    def secret(self, scope: str, consumer: str, product: str | None = None) -> str:
        """A credential of the protocol; its secret half."""
        words = ("--product", product) if product else ()
        told = self.shop.shell.json(
            "face",
            "secret",
            "add",
            self.protocol,
            "--vendor",
            self.shop.slug,
            "--scope",
            scope,
            "--consumer",
            consumer,
            *words,
        )
        return str(told["secret"])

    def licence(self, product: str = "forms", **terms: Any) -> str:
        """A key of Ada's, bought a year ago; terms: of `Granted`."""
        now = self.shop.now
        key = Key(ids.random_key())
        usual: dict[str, Any] = {"site_limit": 2, "support_until": now + timedelta(days=30), "order_id": "9001"}
        bought = now - timedelta(days=365)
        self._tell(Granted(key=key, product=product, as_of=bought, purchased_at=bought, holder=ADA, **(usual | terms)))
        return str(key)

    def expire(self, key: str) -> datetime:
        """The licence ends now; when that was."""
        return self._status(key, "expired")

    def refund(self, key: str) -> datetime:
        return self._status(key, "refunded")

    def _status(self, key: str, status: str) -> datetime:
        now = self.shop.now
        self._tell(StatusChanged(key=Key(key), status=status, as_of=now))
        return now

    def _tell(self, event: Any) -> None:
        app, now = self.shop.server.runtime, self.shop.now
        with transaction(app.engine) as tx:
            vendor = named(tx, app, self.shop.slug)
            Ledger(tx, vendor, app.keyring, now, ids.new_id("tst", now)).apply(event)

    def send(self, method: str, path: str, **more: Any) -> requests.Response:
        """One call as a client sends it; every answer is kept, to be looked through for what must not be in it."""
        if isinstance(more.get("data"), bytes):  # a server that reads no such body hangs up after its answer
            more["headers"] = {**more.get("headers", {}), "Connection": "close"}
        answer = session().request(method, self.base + path, timeout=60, allow_redirects=False, **more)
        self.seen.append(answer)
        assert answer.status_code < 500, answer.text
        assert answer.headers["Cache-Control"] == "no-store, private"
        assert not any(word in answer.text for word in PERSONAL), answer.text
        return answer


SPELLINGS = (
    "https://größe.example.com",
    "https://www.größe.example.com/",
    "http://Größe.example.com:8080/wp-admin/",
    "https://xn--gre-6ka8i.example.com./",
)
"""One site."""

NASTY = (
    "",
    "0",
    "javascript:alert(1)",
    "//",
    "a." * 5000,
    "k" * 10_000,
    "a\x00b",
    "%00%ff",
    "рaypal.example.com",
    '{"license_key": []}',
    "' OR 1=1 --",
)
"""What no caller should send."""
