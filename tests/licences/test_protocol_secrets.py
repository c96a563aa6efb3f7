"""Secrets that shipped software carries: they open what their scope says, to their product, while they live."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.exc import OperationalError

from connector.licences.rate_limits import gate_of
from connector.storage import tables
from connector.storage.database import transaction
from tests.support.software import KEY, Shop
from tests.support.stores import Store

# A question in each protocol that asks for a secret: path, and whether its answer tells of the licence.
ASKED: dict[str, str] = {
    "slm": "/compat/acme/?slm_action=slm_check&secret_key={secret}&license_key={key}",
    "lmfwc": "/compat/acme/wp-json/lmfwc/v2/licenses/{key}?consumer_key=ck_1&consumer_secret={secret}",
    "dlm": "/compat/acme/wp-json/dlm/v1/licenses/{key}?consumer_key=ck_1&consumer_secret={secret}",
}
LISTED = {"lmfwc": "/compat/acme/wp-json/lmfwc/v2/licenses", "dlm": "/compat/acme/wp-json/dlm/v1/licenses"}
PAIR = "?consumer_key=ck_1&consumer_secret={secret}"


@pytest.fixture
def shop(store: Store) -> Shop:
    shop = Shop(store)
    shop.sell()
    for protocol in ASKED:
        shop.secret(protocol, "verify", f"cs_{protocol}", None if protocol == "slm" else "ck_1")
    return shop


def told(shop: Shop, protocol: str, secret: str | None = None, path: str | None = None, key: str = KEY) -> bool:
    """Whether the call was answered with the licence, and not refused."""
    shop.now += timedelta(seconds=1)
    wanted = (path or ASKED[protocol]).format(secret=secret or f"cs_{protocol}", key=key)
    return key in shop.client.get(wanted).get_data(as_text=True)


def revoke(shop: Shop, protocol: str) -> None:
    ended = update(tables.face_secrets).where(tables.face_secrets.c.face == protocol).values(revoked_at=shop.now)
    with transaction(shop.store.runtime.engine) as tx:
        tx.execute(ended)


@pytest.mark.parametrize("protocol", ASKED)
def test_a_revoked_secret_opens_nothing_more(shop: Shop, protocol: str) -> None:
    assert told(shop, protocol)
    revoke(shop, protocol)
    assert not told(shop, protocol)
    assert all(told(shop, other) for other in ASKED if other != protocol)


@pytest.mark.parametrize("protocol", ASKED)
def test_another_secret_or_that_of_another_protocol_opens_nothing(shop: Shop, protocol: str) -> None:
    assert not told(shop, protocol, "cs_wrong")
    assert not any(told(shop, protocol, f"cs_{other}") for other in ASKED if other != protocol)


@pytest.mark.parametrize("protocol", LISTED)
def test_a_secret_that_verifies_does_not_list(shop: Shop, protocol: str) -> None:
    assert not told(shop, protocol, path=LISTED[protocol] + PAIR)
    shop.secret(protocol, "manage", "cs_manage", "ck_1")
    assert told(shop, protocol, "cs_manage", path=LISTED[protocol] + PAIR)
    assert told(shop, protocol, "cs_manage")
    revoke(shop, protocol)
    assert not told(shop, protocol, "cs_manage", path=LISTED[protocol] + PAIR)


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From now on the database cannot be reached."""

    def connect(*_: Any, **__: Any) -> None:
        raise OperationalError("", {}, OSError("the database is away"))

    return lambda: monkeypatch.setattr(Engine, "connect", connect)


@pytest.mark.parametrize("protocol", ASKED)
def test_in_an_outage_the_last_answer_is_only_for_whoever_had_the_secret(
    shop: Shop, protocol: str, away: Callable[[], None]
) -> None:
    assert told(shop, protocol)
    away()
    assert told(shop, protocol)
    assert not told(shop, protocol, "cs_wrong")


def test_the_answer_asked_for_longest_ago_is_forgotten_first(shop: Shop, away: Callable[[], None]) -> None:
    gate_of(shop.store.runtime).memory.room = 2
    keys = [f"AAAA-BBBB-CCCC-000{number}" for number in (2, 3, 4)]
    for key in keys:
        shop.sell(key)
    assert all(told(shop, "slm", key=key) for key in (keys[0], keys[1], keys[0], keys[2]))
    away()
    assert [told(shop, "slm", key=key) for key in keys] == [True, False, True]


def test_a_secret_of_one_product_opens_no_other(shop: Shop) -> None:
    shop.secret("slm", "verify", "cs_other", product="other")
    assert not told(shop, "slm", "cs_other")
    shop.secret("slm", "verify", "cs_forms", product="forms")
    assert told(shop, "slm", "cs_forms")
