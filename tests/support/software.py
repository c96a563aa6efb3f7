"""A vendor whose software speaks every protocol, over the app in this process, with a clock that a test turns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import event, insert

from adapters.protocols import PROTOCOLS
from connector.domain.licensing.events import Granted, Key, Person
from connector.storage import ids, tables
from connector.storage.database import transaction
from connector.vendors.vendor import named
from tests.support.stores import NOW, Store
from wsgi import create_app

KEY = Key("AAAA-BBBB-CCCC-0001")
ADA = Person("7", "ada@example.com", "Ada")


class Shop:
    """A vendor whose software speaks every protocol, with a clock that goes on by a second with each call."""

    def __init__(self, store: Store, **limits: Any) -> None:
        self.store = store
        self.now = NOW
        settings = replace(store.runtime.settings, **limits)
        protocols: Any = PROTOCOLS
        store.runtime = replace(store.runtime, clock=lambda: self.now, protocols=protocols, settings=settings, memo={})
        self.client: Any = create_app(store.runtime).test_client()

    def sell(self, key: str = KEY, limit: int | None = 1, product: str = "forms", **terms: Any) -> None:
        self.store.tell([Granted(Key(key), product, NOW - timedelta(days=1), ADA, site_limit=limit, **terms)])

    def native(self, act: str, key: str = KEY, **body: Any) -> Any:
        self.now += timedelta(seconds=1)
        return self.client.post(f"/v1/licenses/{act}", json={"license_key": key} | body)

    def code(self, act: str, key: str = KEY, **body: Any) -> str:
        answer = self.native(act, key, **body)
        assert answer.status_code == 200, answer.text
        return str(answer.json["code"])

    def edd(self, action: str, key: str = KEY, **args: Any) -> Any:
        self.now += timedelta(seconds=1)
        given = {"edd_action": action, "license": key, "item_name": "forms"} | args
        return self.client.post("/compat/acme/", data=given)

    def secret(
        self, protocol: str, scope: str, secret: str, consumer: str | None = None, product: str | None = None
    ) -> None:
        with transaction(self.store.runtime.engine) as tx:
            row = {
                "id": ids.new_id("fsc", NOW),
                "vendor_id": named(tx, self.store.runtime, "acme").id,
                "face": protocol,
            }
            sealed = self.store.keyring.seal(secret.encode())
            more = {"scope": scope, "consumer": consumer, "product": product, "sealed": sealed, "created_at": NOW}
            tx.execute(insert(tables.face_secrets).values(**row, **more))

    def statements(self, call: Callable[[], Any]) -> list[str]:
        """What is said to the database meanwhile."""
        said: list[str] = []
        listen = (self.store.runtime.engine, "before_cursor_execute", lambda *told: said.append(told[2]))
        event.listen(*listen)
        call()
        event.remove(*listen)
        return said
