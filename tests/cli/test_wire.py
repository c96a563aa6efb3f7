"""trigger, sign, verify: speaking as a host, to try an endpoint out."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.hosts import HOSTS
from tests.cli.shell import Shell
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
