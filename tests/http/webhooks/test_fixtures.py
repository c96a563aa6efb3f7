"""The project's own fixtures and the signature vectors, through the whole connector: taken, and free of order."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

import wsgi
from adapters.hosts import HOSTS
from tests.http.shops import Hook, Shop, session
from tests.paths import FIXTURES, SHARED
from tests.servers import missing

BODIES = FIXTURES / "hosts"
VECTORS = SHARED / "data" / "payloads" / "signature-vectors.json"
LATE = ("ticket.message", "estimate.answered")
"""What is about a request and cannot come before it."""


def bodies(host: str) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in sorted((BODIES / host).glob("*.json"))}


def told(hook: Hook, names: Sequence[str]) -> dict[str, str]:
    """Post the fixtures of these names; the result of each."""
    every = bodies(hook.host)
    replies = {name: hook.post(every[name]) for name in names}
    assert {reply.status_code for reply in replies.values()} == {200}
    return {name: reply.json()["result"] for name, reply in replies.items()}


def ledger(shop: Shop) -> list[dict[str, Any]]:
    """The licences without the ids of this shop."""
    kept = [{name: value for name, value in each.items() if name not in ("id", "key")} for each in shop.licences()]
    return sorted(kept, key=json.dumps)


@pytest.mark.parametrize("host", sorted(HOSTS))
def test_every_fixture_is_taken(shop: Shop, host: str) -> None:
    hook = shop.hook(host)
    names = sorted(bodies(host), key=lambda name: name in LATE)
    assert len(names) > 20
    quarantined = {name for name, result in told(hook, names).items() if result == "quarantined"}
    assert quarantined <= set(LATE)


@pytest.mark.parametrize("host", sorted(HOSTS))
def test_fixtures_backwards_and_twice_give_the_same_licences(shops: Callable[..., Shop], host: str) -> None:
    names = [name for name in bodies(host) if not name.startswith((*LATE, "support.requested"))]
    ledgers = []
    for order in (names, names[::-1], [*names, *names]):
        shop = shops()
        _stock(shop, bodies("woocommerce"))
        told(shop.hook(host), order)
        ledgers.append(ledger(shop))
    assert ledgers[0]
    assert ledgers == [ledgers[0]] * 3


def _stock(shop: Shop, orders: dict[str, bytes]) -> None:
    """Every SKU of the fixtures is a product that issues keys."""
    lines = [line for body in orders.values() for line in _lines(json.loads(body))]
    for sku in sorted({line["sku"] for line in lines if line.get("sku")}):
        shop.product(f"sku-{sku.lower()}", "--sku", sku, "--issue-keys")


def _lines(body: Any) -> list[dict[str, Any]]:
    return body.get("line_items") or [] if isinstance(body, dict) else []


# --- signatures made elsewhere ---


def vector(host: str) -> dict[str, Any]:
    if not VECTORS.is_file():
        missing("The folder of signature vectors (../shared/data)", "It stands beside the repository.")
    return next(each for each in json.loads(VECTORS.read_text()) if each["host"] == host)


def test_the_vector_of_woocommerce_is_authentic(shop: Shop) -> None:
    made = vector("woocommerce")
    hook = shop.hook("woocommerce", made["secret"])
    headers = {"Content-Type": "application/json", made["header"]: made["value"]}
    answers = [session().post(hook.url, data=body, headers=headers) for body in (made["body"], made["body"] + " ")]
    assert [answer.status_code for answer in answers] == [200, 401]


def test_the_vector_of_standard_webhooks_is_authentic_in_its_own_minute(shop: Shop) -> None:
    """It was signed in 2023, so the app is given the clock of that day; a running server calls it stale."""
    made = vector("standard-webhooks")
    hook = shop.hook("standard", made["secret"])
    headers = {"Content-Type": "application/json", made["header"]: made["value"], **made["extra"]}
    then = datetime.fromtimestamp(int(made["extra"]["webhook-timestamp"]), UTC)
    app = wsgi.create_app(replace(shop.server.runtime, clock=lambda: then))
    assert hook.post(made["body"].encode(), headers).status_code == 401
    assert app.test_client().post(hook.path, data=made["body"], headers=headers).status_code == 200
