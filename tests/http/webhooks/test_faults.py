"""Faults of our own: the delivery is kept, the host is told 200, and the log says what is to be mended, without payloads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

import wsgi
from connector.licences.ledger import Ledger
from connector.ports import Delivery
from tests.http.shops import ADA, Hook, event

KEY = "AAAA-BBBB-CCCC-0001"
GRANT = event("license.granted", {"license_key": KEY, "product": "forms", "customer": ADA})


def stumbling_parse(delivery: Delivery) -> Any:
    raise LookupError("a reader of ours that stumbles")


def client_of(hook: Hook, **host: Any) -> FlaskClient:
    """The app in this process, with another reader in the place of the standard host's."""
    runtime = hook.shop.server.runtime
    standard = replace(runtime.hosts["standard"], **host)
    return wsgi.create_app(replace(runtime, hosts={"standard": standard}, memo={})).test_client()


def test_a_reader_that_stumbles_leaves_the_delivery_to_be_replayed(hook: Hook) -> None:
    told = client_of(hook, parse=stumbling_parse).post(hook.path, data=GRANT, headers=hook.signed(GRANT))
    assert (told.status_code, told.json and told.json["result"]) == (200, "quarantined")
    assert "LookupError in our own code" in told.text
    [reply] = hook.shop.shell.json("deliveries", "replay", told.json["delivery"] if told.json else "")
    assert reply["result"] == "applied"


@pytest.mark.parametrize("reader", ["event_name", "delivery_key"])
def test_a_name_that_cannot_be_read_costs_no_delivery(hook: Hook, reader: str) -> None:
    told = client_of(hook, **{reader: stumbling_parse}).post(hook.path, data=GRANT, headers=hook.signed(GRANT))
    assert (told.status_code, told.json and told.json["result"]) == (200, "applied")
    assert hook.shop.rows()["deliveries"] == 1


def test_a_ledger_that_stumbles_rolls_back_and_keeps_the_delivery(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Ledger, "changes", stumble)
    told = client_of(hook).post(hook.path, data=GRANT, headers=hook.signed(GRANT))
    assert (told.status_code, told.json and told.json["result"]) == (200, "quarantined")
    assert (hook.shop.rows()["licences"], hook.shop.rows()["deliveries"]) == (0, 1)


def test_errors_of_the_database_do_not_show_what_was_to_be_stored(hook: Hook) -> None:
    """Logs hold no payloads: SQLAlchemy would print every parameter of a statement that failed."""
    with pytest.raises(Exception, match="nowhere") as caught, hook.shop.server.runtime.engine.connect() as tx:
        tx.execute(text("INSERT INTO nowhere VALUES (:secret)"), {"secret": "canary"})
    assert "canary" not in str(caught.value)
