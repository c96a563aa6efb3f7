"""An export without addresses (LMFWC) or without order numbers (EDD): what is missing comes with the shop's webhook."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.http.shops import Shop, session

KEY = "LMF-0001-0001-0001"


@pytest.fixture
def store(shop: Shop, tmp_path: Path) -> Shop:
    shop.product("forms", "--product-id", "501", "--purchase", "one_time")
    row = {"id": 1, "orderId": 9001, "productId": 501, "userId": 7, "licenseKey": KEY, "status": 3}
    file = tmp_path / "licenses.json"
    file.write_text(json.dumps([row | {"createdAt": "2026-10-01 10:00:00"}]))
    told = shop.shell.json("license", "import", str(file), "--vendor", shop.slug, "--from", "lmfwc")
    assert [note.partition(":")[0] for note in told["notes"]] == ["1 row without an e-mail address"]
    return shop


def known(shop: Shop, word: str) -> bool:
    """Does this word lead the support desk to the imported licence?"""
    query: dict[str, Any] = {"email": word} if "@" in word else {"order": word}
    headers = {"Authorization": f"Bearer {shop.token('eligibility:read')}"}
    told = session().get(f"{shop.server.url}/v1/eligibility", params=query, headers=headers, timeout=30).json()
    return told["license"] is not None and told["license"]["id"] == shop.licences()[-1]["id"]


def test_the_shops_first_news_of_the_order_brings_its_buyer_and_its_number(store: Shop) -> None:
    assert not known(store, "jane@buyer.example")
    hook = store.hook("woocommerce")
    words = (
        "id=9001",
        "number=A-77",
        "line_items.0.product_id=501",
        "customer_id=7",
        "billing.email=jane@buyer.example",
    )
    sets = [word for pair in words for word in ("--set", pair)]
    store.shell.run("trigger", "woocommerce", "order.completed", "--endpoint", hook.id, *sets)
    assert [licence["key"] for licence in store.licences()] == [f"…{KEY[-4:]}"], "one purchase, one licence"
    for word in ("jane@buyer.example", "9001", "A-77"):
        assert known(store, word), word
