"""What is kept of a delivery besides its effect: which secret signed it, and what to do when the database fails or work waits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import OperationalError

from adapters.hosts import HOSTS
from connector.domain.licensing.events import Granted, Key, Person
from connector.requests.deliveries import Endpoint, take_effect
from connector.storage.database import reading, transaction
from connector.storage.tables import deliveries, endpoints
from connector.vendors.vendor import named
from tests.http.shops import signed_standard
from tests.support.stores import NOW, Store
from webhooks import intake

KEY = Key("AAAA-BBBB-CCCC-0001")
NEW, OLD = ("whsec_" + letter * 32 for letter in ("bmV3", "b2xk"))
ASKED = (
    b'{"type": "support.requested", "data": {"request_id": "r1", "license_key": "AAAA-BBBB-CCCC-0001", "subject": "How?",'
    b' "message": "Please.", "kind": "how_to_feature", "product": "forms", "requester": {"id": "7", "email": "ada@example.com",'
    b' "verified": true}}}'
)


@pytest.fixture
def endpoint(store: Store) -> Endpoint:
    store.tell([Granted(KEY, "forms", NOW, Person("7", "ada@example.com", "Ada"))])
    with transaction(store.runtime.engine) as tx:
        vendor = named(tx, store.runtime, "acme")
        sealed = store.keyring.seal_secrets([NEW, OLD])
        row = {
            "id": "ep_1",
            "vendor_id": vendor.id,
            "host": "standard",
            "secrets": sealed,
            "settings": "{}",
            "created_at": NOW,
        }
        tx.execute(insert(endpoints).values(row))
    return Endpoint("ep_1", vendor, HOSTS["standard"], (NEW, OLD), {})


def taken(store: Store, endpoint: Endpoint, secret: str = NEW, message_id: str = "msg_1") -> dict[str, Any]:
    headers = {name.lower(): value for name, value in signed_standard(secret, ASKED, message_id, NOW).items()}
    return intake.receive(replace(store.runtime, clock=lambda: NOW), endpoint, headers, ASKED)


@pytest.mark.parametrize(("secret", "index"), [(NEW, 0), (OLD, 1)], ids=["newest", "the one before"])
def test_the_secret_that_signed_is_written_down(store: Store, endpoint: Endpoint, secret: str, index: int) -> None:
    """So that whoever rotates secrets sees when the old one is used no more."""
    delivery = taken(store, endpoint, secret)["delivery"]
    with reading(store.runtime.engine) as tx:
        row = tx.execute(select(deliveries).where(deliveries.c.id == delivery)).one()
    assert row.secret_index == index


def test_a_fault_of_the_database_is_no_quarantine_since_the_host_will_try_again(
    store: Store, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise OperationalError("", {}, OSError("the disk is full"))

    monkeypatch.setattr("webhooks.intake.take_effect", fails)
    with pytest.raises(OperationalError):
        taken(store, endpoint)
    monkeypatch.undo()
    with reading(store.runtime.engine) as tx:
        assert tx.execute(select(deliveries.c.id)).all() == []
    assert taken(store, endpoint)["result"] == "decided"


def test_a_fault_of_ours_keeps_the_delivery_in_quarantine(
    store: Store, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("webhooks.intake.take_effect", fails)
    assert taken(store, endpoint)["result"] == "quarantined"


def test_work_that_waits_wakes_a_worker_at_once_and_nothing_else_does(
    store: Store, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[list[str]] = []
    whole = take_effect
    store.runtime = replace(store.runtime, wake=lambda rows: woken.append(list(rows)))
    taken(store, endpoint)
    assert woken == [], "the built-in queue has nobody to forward to"
    monkeypatch.setattr("webhooks.intake.take_effect", lambda *words: replace(whole(*words), outbox_ids=("out_1",)))
    taken(store, endpoint, message_id="msg_2")
    assert woken == [["out_1"]]
    taken(store, endpoint, message_id="msg_2")
    assert woken == [["out_1"]], "a duplicate leaves nothing to do"
