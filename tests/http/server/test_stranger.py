"""A stranger's path, by nothing but the command line and HTTP: from an empty folder to a ticket in the queue."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from tests.cli.shell import Shell
from tests.conftest import FreshDatabaseUrl
from tests.http.serving import Server
from tests.http.shops import Hook
from tests.servers.databases import Kind

ORDER: dict[str, Any] = {
    "id": 1001,
    "number": "1001",
    "status": "completed",
    "currency": "EUR",
    "total": "128.00",
    "customer_id": 7,
    "billing": {"first_name": "Ada", "last_name": "Example", "email": "ada@example.com"},
    "date_modified_gmt": "2026-11-20T09:00:00",
    "date_paid_gmt": "2026-11-20T09:00:00",
    "date_completed_gmt": "2026-11-20T09:00:00",
    "line_items": [
        {"id": 1, "product_id": 10, "sku": "ACME-FORMS", "quantity": 1, "total": "128.00", "total_tax": "0"}
    ],
    "refunds": [],
    "meta_data": [],
}
REQUEST: dict[str, Any] = {
    "request_id": "form-1",
    "order_id": "1001",
    "product": "acme-forms",
    "kind": "how_to_feature",
    "subject": "How do I export a form?",
    "message": "I cannot find the button.",
    "requester": {"email": "ada@example.com", "verified": True},
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_from_an_empty_folder_to_a_ticket_and_not_a_second_one(
    kind: Kind, fresh_database_url: FreshDatabaseUrl, tmp_path: Path
) -> None:
    server = Server(tmp_path, fresh_database_url(kind))

    def connector(*words: str) -> Any:
        ended = server.command(*words, "--format", "json")
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)

    try:
        _walk(server, connector, 2 if kind == "sqlite" else 1)
    finally:
        server.close()


def _walk(server: Server, connector: Callable[..., Any], unmade: int) -> None:
    """unmade: how `serve` ends where no file is there at all (2), or a database that is behind (1)."""
    refused = server.command("serve")
    assert (refused.returncode, "connector migrate" in refused.stderr) == (unmade, True)
    assert server.command("migrate").returncode == 0
    assert connector("vendor", "add", "acme", "--policy", "whmcs-modules")["vendor"] == "acme"
    standard = connector("endpoint", "add", "--vendor", "acme", "--host", "standard")
    woocommerce = connector("endpoint", "add", "--vendor", "acme", "--host", "woocommerce")
    for made in (standard, woocommerce):
        assert made.keys() == {"endpoint", "url", "secret"}
        assert made["url"] == f"{server.url}/hooks/{made['endpoint']}"
    assert standard["secret"].startswith("whsec_")
    assert all(letter.isalnum() or letter in "-_" for letter in woocommerce["secret"])
    term = ["--purchase", "one_time", "--support-term", "12 years", "--issue-keys"]
    connector("product", "add", "acme-forms", "--vendor", "acme", "--sku", "ACME-FORMS", "--sites", "3", *term)
    server.start()

    shop: Any = SimpleNamespace(server=server, now=server.runtime.clock())
    bought = _post(Hook(shop, woocommerce["endpoint"], "woocommerce", woocommerce["secret"]), ORDER)
    assert bought["result"] == "applied"
    assert [each["product"] for each in connector("license", "list", "--vendor", "acme")] == ["acme-forms"]

    asking = Hook(shop, standard["endpoint"], "standard", standard["secret"])
    request = {"type": "support.requested", "occurred_at": "2026-11-21T10:00:00Z", "data": REQUEST}
    first, second = _post(asking, request), _post(asking, request)
    assert (first["result"], first["decision"]["outcome"], first["ticket"]["state"]) == ("decided", "accept", "queued")
    assert second["result"] == "duplicate"
    assert (second["decision"], second["ticket"]) == (first["decision"], first["ticket"])

    connector = Shell(server.runtime).json  # the same commands, without the half second of starting Python
    number = first["ticket"]["number"]
    assert [each["number"] for each in connector("tickets", "list", "--vendor", "acme")] == [number]
    assert connector("tickets", "show", number)["message"] == REQUEST["message"]
    token = connector("token", "create", "--vendor", "acme")["token"]
    bearer = {"Authorization": f"Bearer {token}"}
    listed = requests.get(f"{server.url}/v1/tickets", headers=bearer, timeout=30).json()
    assert [each["number"] for each in listed["items"]] == [number]
    assert requests.get(first["ticket"]["status_url"], timeout=30).status_code == 200
    assert connector("check", "#1001")["decision"]["outcome"] == "accept"
    assert {part["state"] for part in connector("doctor")} == {"note", "ok"}


def _post(hook: Hook, body: dict[str, Any]) -> Any:
    answer = hook.post(json.dumps(body).encode())
    assert answer.status_code == 200, answer.text
    return answer.json()
