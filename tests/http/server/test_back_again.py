"""PostgreSQL was started again: the first call of each kind is answered, on connections of before."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
import requests
from sqlalchemy.engine import make_url

from tests.http.serving import Server
from tests.http.shops import Shop
from tests.http.webhooks.test_duplicates import at_once

KEY = "AAAA-BBBB-CCCC-0001"
pytestmark = pytest.mark.postgres


def end_all_sessions(server: Server) -> None:
    """What the server's end does to those who are connected."""
    server.runtime.engine.dispose()
    url = make_url(server.database_url)
    plain = url.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        gone = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s"
        connection.execute(gone, [url.database]).fetchall()


def test_no_call_after_a_restart_is_answered_503(own_postgresql: Server) -> None:
    shop = Shop(own_postgresql)
    shop.product("forms", "--sites", "3")
    hook, url, token = shop.hook(), own_postgresql.url, shop.token()
    hook.grant(KEY)
    asked = {"license_key": KEY, "product": "forms", "site": "shop.example.com"}
    bearer = {"Authorization": f"Bearer {token}"}
    calls: list[Callable[[], int]] = [
        lambda: requests.post(f"{url}/v1/licenses/validate", json=asked, timeout=30).status_code,
        lambda: requests.post(f"{url}/v1/licenses/activate", json=asked, timeout=30).status_code,
        lambda: requests.get(f"{url}/v1/eligibility?license_key={KEY}", headers=bearer, timeout=30).status_code,
        lambda: requests.get(f"{url}/readyz", timeout=30).status_code,
        lambda: 200 if hook.tell("ping", {})["result"] == "ignored" else 500,
    ]
    for call in calls:
        at_once(lambda _: requests.get(f"{url}/readyz", timeout=30), range(16))  # fills the pools of all workers
        end_all_sessions(own_postgresql)
        assert [call() for _ in range(4)] == [200] * 4
