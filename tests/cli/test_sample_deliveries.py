"""trigger, sign, verify: speaking as a host, to try an endpoint out."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.hosts import HOSTS
from connector.formats.standard.described import members
from tests.cli.shell import Shell
from tests.cli.test_licences import KEY, issue
from tests.cli.test_queue import Host
from tests.http.shops import signed_standard

pytest_plugins: tuple[str, ...] = ()


def endpoint(shell: Shell, host: str) -> str:
    return str(shell.json("endpoint", "add", "--vendor", "acme", "--host", host)["endpoint"])


@pytest.mark.parametrize(("host", "event"), [(name, each) for name, host in HOSTS.items() for each in host.samples])
def test_every_sample_can_be_printed_with_a_signature_that_fits(acme: Shell, host: str, event: str) -> None:
    made = endpoint(acme, host)
    printed = acme.json("trigger", host, event, "--endpoint", made, "--print")
    headers, body = acme.runtime.settings.home / "headers.json", acme.runtime.settings.home / "body.json"
    headers.write_text(json.dumps(printed["headers"]))
    body.write_text(printed["body"])
    words = ["--endpoint", made, "--headers", str(headers), str(body)]
    assert acme.json("verify", *words) == {"authentic": True, "secret": "newest"}
    body.write_text(printed["body"] + " ")
    assert "not authentic: mismatch" in acme.fails("verify", *words, exits=1)


def test_members_of_a_sample_can_be_set(acme: Shell) -> None:
    made = endpoint(acme, "standard")
    words = ["--set", "data.product=gallery", "--set", "data.site_limit=7", "--set", "data.customer.name=Bo"]
    printed = acme.json("trigger", "standard", "license.granted", "--endpoint", made, *words, "--print")
    data = json.loads(printed["body"])["data"]
    assert (data["product"], data["site_limit"], data["customer"]["name"]) == ("gallery", 7, "Bo")


@pytest.mark.parametrize(
    ("words", "exits", "told"),
    [
        (["standard", "ping", "--endpoint", "ep_nowhere"], 1, "endpoint list"),
        (["woocommerce", "ping", "--endpoint", "EP"], 2, "endpoint of standard"),
        (["standard", "license.painted", "--endpoint", "EP"], 2, "license.granted"),
        (["standard", "--endpoint", "EP"], 2, "license.granted"),
        (["standard", "ping", "--endpoint", "EP", "--set", "data"], 2, "name=value"),
        (["standard", "ping", "--endpoint", "EP", "--set", "type.x=1", "--print"], 2, "leads nowhere"),
        (["standard", "ping", "--endpoint", "EP"], 1, "connector serve"),
    ],
)
def test_a_wrong_call_says_the_cure(acme: Shell, words: list[str], exits: int, told: str) -> None:
    made = endpoint(acme, "standard")
    assert told in acme.fails("trigger", *[made if word == "EP" else word for word in words], exits=exits)


# --- a sample makes nothing up about what is there ---


@pytest.mark.parametrize("event", [event for event in HOSTS["standard"].samples if event != "ping"])
def test_every_member_of_the_format_can_be_set_and_no_other(acme: Shell, event: str) -> None:
    """What the format has is what the API's own description says, so that a new member needs nothing here."""
    made, sample = endpoint(acme, "standard"), HOSTS["standard"].sample
    now, more = acme.runtime.clock(), members(event)
    for path in sorted(more):
        if "#" not in path:
            sample(event, {path.replace("*", "php"): "x"}, now, None, more)
    for typo in ("data.licence_kye", "dta.license_key", "data.custmer.email", "occured_at"):
        said = acme.fails("trigger", "standard", event, "--endpoint", made, "--set", f"{typo}=x", "--print", exits=2)
        assert "no such member" in said


def test_the_described_members_are_paths(acme: Shell) -> None:
    assert {"data.license_key", "data.customer.email", "data.sites.#"} <= members("license.granted")
    assert {"data.items.#.product", "data.refunds.#.amount"} <= members("order.paid")
    assert {"data.environment.*", "data.requester.verified", "data.attachments.#.url"} <= members("support.requested")
    assert members("nothing") == set()


def sent(shell: Shell, made: str, event: str, *sets: str) -> Any:
    words = [word for each in sets for word in ("--set", each)]
    return json.loads(shell.json("trigger", "standard", event, "--endpoint", made, *words, "--print")["body"])["data"]


def test_an_event_about_a_known_licence_says_only_what_was_set_and_what_it_is_about(acme: Shell) -> None:
    made = endpoint(acme, "standard")
    issue(acme, "--order", "77", "--sites", "1", key=KEY)
    key = f"data.license_key={KEY}"
    assert sent(acme, made, "license.granted", key, "data.plan=pro") == {
        "license_key": KEY,
        "product": "forms",
        "plan": "pro",
    }
    assert sent(acme, made, "license.renewed", key).keys() == {"license_key", "expires_at", "support_until"}
    renewed = sent(acme, made, "license.renewed", key, "data.updates_until=2030-01-01T00:00:00Z")
    assert renewed.keys() == {"license_key", "updates_until"}
    asked = sent(acme, made, "support.requested", key)
    assert (asked["product"], asked["requester"]["email"], asked["site"]) == ("forms", "ada@example.com", None)
    assert not re.search(r"\bDEMO\b", json.dumps(asked))


def test_an_event_about_a_known_order_leaves_its_items_and_customer_alone(acme: Shell) -> None:
    made = endpoint(acme, "standard")
    host = Host(acme)
    bought = {
        "order_id": "1001",
        "customer": {"id": "9", "email": "di@example.com"},
        "total": "5.00",
        "currency": "EUR",
    }
    data = bought | {"items": [{"product": "forms", "amount": "5.00"}]}
    host.tell(json.dumps({"type": "order.paid", "data": data}).encode(), "msg_1")
    assert sent(acme, made, "order.refunded") == {"order_id": "1001"}
    assert sent(acme, made, "order.paid", "data.order_id=1002")["items"], "a new one is made up whole"


def test_who_names_another_person_means_another_person(acme: Shell) -> None:
    made = endpoint(acme, "standard")
    granted = sent(acme, made, "license.granted", "data.customer.email=bo@example.com")
    assert granted["customer"] == {"email": "bo@example.com"}
    asked = sent(acme, made, "support.requested", "data.requester.id=9")
    assert asked["requester"] == {"id": 9, "verified": True}


def test_a_snapshot_of_a_shop_is_not_put_over_an_order_that_is_known(acme: Shell) -> None:
    made = endpoint(acme, "woocommerce")
    host = Host(acme)
    bought = {
        "order_id": "1001",
        "customer": {"id": "9", "email": "di@example.com"},
        "total": "5.00",
        "currency": "EUR",
    }
    data = bought | {"items": [{"product": "forms", "amount": "5.00"}]}
    host.tell(json.dumps({"type": "order.paid", "data": data}).encode(), "msg_1")
    words = ["trigger", "woocommerce", "order.completed", "--endpoint", made, "--print"]
    said = acme.fails(*words, exits=2)
    assert "customer, items, total" in said
    acme.run(*words, "--set", "id=2002", "--set", "number=2002")
    assert "no such member" in acme.fails(*words, "--set", "line_itmes.0.sku=X", exits=2)


def test_headers_to_verify_must_be_json(acme: Shell, tmp_path: Path) -> None:
    made = endpoint(acme, "standard")
    file = tmp_path / "headers.json"
    for text in ("hello", "[1]", '"x"', "{"):
        file.write_text(text)
        assert (
            "--headers"
            in acme.run("verify", "--endpoint", made, "--headers", str(file), "-", given="x", exits=2).stderr
        )


def test_the_signature_is_that_of_standard_webhooks(acme: Shell) -> None:
    made = acme.json("endpoint", "add", "--vendor", "acme", "--host", "standard")
    headers = acme.json("sign", "--endpoint", made["endpoint"], "-", given='{"type":"ping"}')
    signed_at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    again = signed_standard(made["secret"], b'{"type":"ping"}', headers["webhook-id"], signed_at)
    assert {name: headers[name] for name in again if name.startswith("webhook-")} == {
        name: value for name, value in again.items() if name.startswith("webhook-")
    }
