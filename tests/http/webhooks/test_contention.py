"""Many deliveries about the same people, orders and licences at once: each is taken, and none waits for another in a circle."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import text

from tests.http.shops import Hook, event
from tests.http.webhooks.test_duplicates import at_once

PEOPLE = [{"id": str(number), "email": f"p{number}@example.com"} for number in range(6)]
KEYS = [f"KEY-{number}-AAAA-BBBB" for number in range(4)]


def news(hook: Hook, number: int, chance: random.Random) -> bytes:
    """Something that touches two people, two licences or two products never seen before, in any order."""
    one, other = chance.sample(PEOPLE, 2)
    items = [
        {"product": f"slug-{chance.randrange(5)}", "quantity": 1, "amount": "1.00", "license_key": key}
        for key in chance.sample(KEYS, 2)
    ]
    told: list[tuple[str, dict[str, Any]]] = [
        ("customer.merged", {"from": one, "to": other}),
        ("customer.updated", {"customer": one | {"email": other["email"]}}),
        ("order.paid", {"order_id": str(number % 7), "customer": one, "items": items}),
        ("subscription.started", {"subscription_id": str(number % 3), "license_key": KEYS[number % 4]}),
        ("license.granted", {"license_key": KEYS[number % 4], "product": f"slug-{chance.randrange(9)}"}),
    ]
    kind, data = chance.choice(told)
    return event(kind, data, occurred_at=hook.shop.ago(seconds=number))


def deadlocks(hook: Hook) -> int:
    """How many circles PostgreSQL had to break so far; SQLite has one writer and none."""
    if hook.shop.server.sqlite:
        return 0
    with hook.shop.server.runtime.engine.connect() as tx:
        found = tx.execute(text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))
        return int(found.scalar_one())


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_news_that_crosses_is_taken_without_a_deadlock(hook: Hook, seed: int) -> None:
    """Licences, products and accounts are taken in one order, whatever the order in which a body names them."""
    before = deadlocks(hook)
    chance = random.Random(seed)
    answers = at_once(hook.post, [news(hook, number, chance) for number in range(120)])
    assert Counter(answer.status_code for answer in answers) == {200: 120}
    assert {answer.json()["result"] for answer in answers} == {"applied"}
    assert deadlocks(hook) == before
