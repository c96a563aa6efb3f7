"""One vendor at a running server, and the hosts that post to it; their signatures are made here, by their documents."""

from __future__ import annotations

import base64
import hmac
import itertools
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import requests
from sqlalchemy import Select, func, insert, select, update

from connector.storage import codec, ids, tables
from connector.storage.database import reading, transaction
from connector.vendors import credentials
from connector.vendors.vendor import named
from tests.cli.shell import Shell
from tests.http.serving import Server

ADA = {"id": "7", "email": "ada@example.com", "name": "Ada"}
SITE = "shop.example.com"

_numbers = itertools.count(1)
_threads = threading.local()


def session() -> requests.Session:
    """A connection that this thread keeps, as hosts with many deliveries do."""
    if not hasattr(_threads, "session"):
        _threads.session = requests.Session()
    found: requests.Session = _threads.session
    return found


class Shop:
    """A vendor of its own at a running server."""

    def __init__(self, server: Server, policy: str = "whmcs-modules") -> None:
        self.server = server
        self.shell = Shell(server.runtime)
        self.slug = f"shop-{next(_numbers)}"
        self.id = ids.new_id("ven", self.now)
        row = {"id": self.id, "slug": self.slug, "policy": policy, "settings": "{}", "created_at": self.now}
        with transaction(server.runtime.engine) as tx:
            tx.execute(insert(tables.vendors).values(**row))

    @property
    def now(self) -> datetime:
        return self.server.runtime.clock()

    def ago(self, **span: float) -> str:
        """An instant that long ago, as hosts write it."""
        return codec.rfc3339((self.now - timedelta(**span)).replace(microsecond=0))

    def hook(self, host: str = "standard", secret: str | None = None, *settings: str) -> Hook:
        """An endpoint for this host; `secret` puts a recorded one in the place of the one we made."""
        words = [word for setting in settings for word in ("--set", setting)]
        made = self.shell.json("endpoint", "add", "--vendor", self.slug, "--host", host, *words)
        if secret is not None:
            sealed = self.server.runtime.keyring.seal_secrets([secret])
            mine = tables.endpoints.c.id == made["endpoint"]
            with transaction(self.server.runtime.engine) as tx:
                tx.execute(update(tables.endpoints).where(mine).values(secrets=sealed))
        return Hook(self, made["endpoint"], host, secret or made["secret"])

    def product(self, slug: str, *words: str) -> None:
        self.shell.run("product", "add", slug, "--vendor", self.slug, *words)

    def token(self, *scopes: str) -> str:
        """A bearer token of this vendor; every scope where none is named."""
        with transaction(self.server.runtime.engine) as tx:
            vendor = named(tx, self.server.runtime, self.slug)
            return credentials.create_token(
                tx, self.server.runtime, vendor, scopes or credentials.SCOPES, "test", self.now
            )[1]

    def licences(self) -> list[dict[str, Any]]:
        """Every licence as `connector license list` shows it."""
        found: list[dict[str, Any]] = self.shell.json("license", "list", "--vendor", self.slug)
        return found

    def rows(self) -> dict[str, int]:
        """How many rows of each kind this vendor has: what was stored, and what took effect."""
        with reading(self.server.runtime.engine) as tx:
            return {name: tx.execute(statement).scalar_one() for name, statement in self._counts().items()}

    def _counts(self) -> dict[str, Select[Any]]:
        own = ("licences", "sites", "accounts", "requests", "decisions", "tickets", "products")
        counts = {}
        for name in own:
            table = tables.metadata.tables[name]
            counts[name] = select(func.count()).select_from(table).where(table.c.vendor_id == self.id)
        endpoints = select(tables.endpoints.c.id).where(tables.endpoints.c.vendor_id == self.id)
        subjects = [select(each.c.id).where(each.c.vendor_id == self.id) for each in (tables.licences, tables.accounts)]
        counts["deliveries"] = (
            select(func.count())
            .select_from(tables.deliveries)
            .where(tables.deliveries.c.endpoint_id.in_(endpoints.scalar_subquery()))
        )
        filed = tables.events.c.subject_id.in_(subjects[0]) | tables.events.c.subject_id.in_(subjects[1])
        counts["events"] = select(func.count()).select_from(tables.events).where(filed)
        return counts


@dataclass(frozen=True)
class Hook:
    """One endpoint of a shop, with the secret its host signs by."""

    shop: Shop
    id: str
    host: str
    secret: str

    @property
    def path(self) -> str:
        return f"/hooks/{self.id}"

    @property
    def url(self) -> str:
        return self.shop.server.url + self.path

    def signed(self, body: bytes, message_id: str | None = None, at: datetime | None = None) -> dict[str, str]:
        """The headers with which the host sends this body."""
        if self.host == "woocommerce":
            return {"Content-Type": "application/json", "X-WC-Webhook-Signature": _mac(self.secret.encode(), body)}
        return signed_standard(self.secret, body, message_id or f"msg_{next(_numbers)}", at or self.shop.now)

    def post(self, body: bytes, headers: Mapping[str, str] | None = None) -> requests.Response:
        """Post these bytes, signed where no headers are given."""
        sent = self.signed(body) if headers is None else headers
        return session().post(self.url, data=body, headers=dict(sent), timeout=60, allow_redirects=False)

    def tell(self, kind: str, data: Mapping[str, Any], message_id: str | None = None, **envelope: Any) -> Any:
        """Post one event of the standard format, which must be taken; the reply."""
        body = event(kind, data, **envelope)
        answer = self.post(body, self.signed(body, message_id))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def grant(self, key: str, **terms: Any) -> Any:
        """A licence of the product `forms` for Ada, supported for a year from now."""
        usual = {"license_key": key, "product": "forms", "customer": ADA, "purchase": "one_time"}
        return self.tell("license.granted", usual | {"purchased_at": self.shop.ago(days=1)} | terms)

    def ask(self, request_id: str, message_id: str | None = None, **wanted: Any) -> Any:
        """A support request of Ada's that every policy covers."""
        return self.tell("support.requested", question(request_id, **wanted), message_id)


def event(kind: str, data: Mapping[str, Any], **envelope: Any) -> bytes:
    """A body of the standard format."""
    return json.dumps({"type": kind, "data": data} | envelope).encode()


def question(request_id: str, /, **wanted: Any) -> dict[str, Any]:
    """The data of a support request that every policy covers; None takes a member away."""
    usual = {
        "request_id": request_id,
        "product": "forms",
        "kind": "how_to_feature",
        "subject": "How do I export a form?",
        "message": "I cannot find the button.",
        "channel": "ticket",
        "requester": ADA | {"verified": True},
    }
    return {name: value for name, value in (usual | wanted).items() if value is not None}


def signed_standard(secret: str, body: bytes, message_id: str, at: datetime) -> dict[str, str]:
    """The headers of Standard Webhooks 1.0.0 for this body."""
    seconds = int(at.timestamp())
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": f"v1,{_mac(key, f'{message_id}.{seconds}.'.encode() + body)}",
    }


def _mac(key: bytes, message: bytes) -> str:
    return base64.b64encode(hmac.digest(key, message, "sha256")).decode()
