"""While another session holds SQLite's file, or the licences' rows in PostgreSQL, licence software is answered in its dialect,
soon, and with nothing that it takes for a verdict. The wait is shortened here, and nobody looks at the clock."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import requests
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from connector.runtime import Runtime
from connector.storage import database
from connector.storage.database import PREPARED, make_engine, transaction
from tests.http.protocols.test_protocols_together import GETS, PROTOCOLS, grant
from tests.http.shops import Shop, event
from tests.support.fixtures import migrated
from tests.support.stores import settings_for
from wsgi import create_app, make_runtime

KEY = "AAAA-LOCK-0001-0001"
SITE = "shop.example.com"


@dataclass(frozen=True)
class InProcess:
    """What a `Shop` needs of a server, in this process."""

    runtime: Runtime
    url: str = "http://localhost"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def kind_of_database(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def shop(fresh_database_url: Any, kind_of_database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setattr(database, "ROW_PATIENCE", 0.05)
    url = fresh_database_url(kind_of_database, prepare=migrated)
    runtime = replace(make_runtime(settings_for(url)), engine=make_engine(url, patience=0.05))
    shop = Shop(InProcess(runtime))  # type: ignore[arg-type]
    shop.product("forms", "--product-id", "501", "--sites", "2", "--exempt-sites", "0", "--allow-conflict", "ip")
    for name in ("slm", "lmfwc", "dlm"):
        consumer = ["--consumer", "ck_1", "--product", "forms"] if name != "slm" else []
        words = ["face", "secret", "add", name, "--vendor", shop.slug, "--scope", "verify", *consumer]
        shop.shell.run(*words, "--secret-file", "-", given="a shipped secret\n")
    grant(shop, KEY, sites=2)
    yield shop
    runtime.engine.dispose()


@pytest.fixture
def client(shop: Shop) -> FlaskClient:
    return create_app(shop.server.runtime).test_client()


@contextmanager
def a_foreign_writer(shop: Shop) -> Iterator[None]:
    """Another process's lock on the file, or on every licence."""
    if shop.server.runtime.engine.dialect.name == "postgresql":
        url = shop.server.runtime.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(url) as session:
            session.execute("SELECT id FROM licences FOR UPDATE")
            yield
            session.rollback()
        return
    with closing(sqlite3.connect(shop.server.runtime.engine.url.database or "", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def send(client: FlaskClient, shop: Shop, name: str, site: str = SITE) -> TestResponse:
    """The activation that this protocol's software sends."""
    protocol = PROTOCOLS[name]
    url = shop.server.url + protocol.path.format(shop=shop.slug, key=KEY)
    sent = requests.Request("GET" if name in GETS else "POST", url, **protocol.call(KEY, site)).prepare()
    target = urlsplit(str(sent.url))
    return client.open(
        f"{target.path}?{target.query}", method=sent.method, data=sent.body, headers=list(sent.headers.items())
    )


def told(reply: TestResponse) -> Any:
    """The reply as JSON, None where it is none."""
    try:
        return json.loads(reply.get_data(as_text=True))
    except ValueError:
        return None


NO_VERDICT: dict[str, Callable[[TestResponse], bool]] = {
    "native": lambda reply: reply.status_code == 503 and told(reply)["code"] == "unavailable",
    "edd": lambda reply: reply.status_code == 200 and "license" not in told(reply),
    "wcam": lambda reply: reply.status_code == 200 and not {"data", "code"} & set(told(reply)),
    "software_addon": lambda reply: (
        reply.status_code == 200 and not {"activated", "success", "reset"} & set(told(reply))
    ),
    "slm": lambda reply: reply.status_code == 200 and "error_code" not in told(reply),
    "whmcs": lambda reply: (reply.status_code, reply.data) == (429, b""),
    "lemonsqueezy": lambda reply: reply.status_code == 429 and set(told(reply)) == {"error"},
    "lmfwc": lambda reply: reply.status_code == 429 and told(reply)["data"] == {"status": 500},
    "dlm": lambda reply: reply.status_code == 429 and told(reply) is None,
}
"""By protocol: does the reply say nothing that its clients store or act upon (docs/protocols)?"""


@pytest.mark.parametrize("name", PROTOCOLS)
def test_an_activation_is_answered_without_a_verdict_and_taken_afterwards(
    shop: Shop, client: FlaskClient, name: str
) -> None:
    with a_foreign_writer(shop):
        assert NO_VERDICT[name](send(client, shop, name)), send(client, shop, name).get_data()
    assert "no-store" in send(client, shop, name).headers["Cache-Control"]
    assert PROTOCOLS[name].is_active(_as_requests(send(client, shop, name)))


@pytest.mark.parametrize("name", [name for name in PROTOCOLS if name not in ("native", "whmcs")])
def test_a_site_that_is_active_keeps_its_answer(shop: Shop, client: FlaskClient, name: str) -> None:
    assert PROTOCOLS[name].is_active(_as_requests(send(client, shop, name)))
    with a_foreign_writer(shop):
        assert PROTOCOLS[name].is_active(_as_requests(send(client, shop, name)))
        assert NO_VERDICT[name](send(client, shop, name, "second.example.com"))


def _as_requests(reply: TestResponse) -> Any:
    """The reply with the names that `requests` has for its parts."""
    found = requests.Response()
    found.status_code = reply.status_code
    found._content = reply.get_data()
    found.headers.update(dict(reply.headers.items()))
    return found


def test_a_delivery_is_asked_for_again_and_taken_afterwards(shop: Shop, client: FlaskClient) -> None:
    hook = shop.hook()
    body = event("license.status_changed", {"license_key": KEY, "status": "revoked"})
    with a_foreign_writer(shop):
        asked = client.post(hook.path, data=body, headers=hook.signed(body))
        assert (asked.status_code, asked.headers["Retry-After"].isdecimal()) == (503, True)
        assert shop.rows()["deliveries"] == 0
    taken = client.post(hook.path, data=body, headers=hook.signed(body))
    assert (taken.status_code, taken.json and taken.json["result"]) == (200, "applied")


@pytest.mark.parametrize("kind_of_database", [pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_behind_a_pool_each_transaction_bounds_its_own_wait(shop: Shop) -> None:
    """A session that was handed out for the last transaction says nothing about the next."""
    url = shop.server.runtime.engine.url
    engine = make_engine(url.update_query_dict({PREPARED: "off"}).render_as_string(hide_password=False), patience=0.05)
    with a_foreign_writer(shop), pytest.raises(OperationalError, match="lock timeout"), transaction(engine) as tx:
        tx.exec_driver_sql("UPDATE licences SET version = version")
    engine.dispose()
