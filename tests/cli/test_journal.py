"""One line in the log for each delivery, decision and change of the ledger; no key, no secret, no person in any of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from connector.storage import journal
from connector.storage.database import transaction
from tests.cli.shell import Shell
from tests.cli.test_queue import Host

KEY = "ZQ7K-W3CA-NARY-0001"
ADA = {"id": "cust-Zq7kW3", "email": "ada.canary@example.com", "name": "Ada Canary"}
CANARIES = ("zq7k", "canary", "secret words")


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    monkeypatch.setattr(journal, "_open", True)
    with capture_logs() as found:
        yield found


@pytest.fixture
def host(acme: Shell) -> Host:
    return Host(acme)


def tell(host: Host, kind: str, data: dict[str, Any], message_id: str) -> Any:
    return host.tell(json.dumps({"type": kind, "data": data}).encode(), message_id)


def grant(host: Host, message_id: str = "msg_1") -> Any:
    return tell(host, "license.granted", {"license_key": KEY, "product": "forms", "customer": ADA}, message_id)


def ask(host: Host, **more: Any) -> Any:
    words = {"subject": "secret words", "message": f"secret words of {ADA['email']}, {KEY}", "kind": "how_to_feature"}
    data = {"request_id": "Zq7kW3-1", "license_key": KEY, "requester": ADA, "site": "https://canary.example.com"}
    return tell(host, "support.requested", data | words | more, "msg_ask")


def named(lines: list[Any], what: str) -> list[Any]:
    return [each for each in lines if each["event"] == what]


def test_a_delivery_and_what_it_changed_are_a_line_each(host: Host, lines: list[Any]) -> None:
    told = grant(host)
    [delivery] = named(lines, "delivery.taken")
    assert (delivery["delivery"], delivery["result"], delivery["vendor"]) == (told["delivery"], "applied", "acme")
    assert (delivery["host"], delivery["news"]) == ("standard", "license.granted")
    [change] = named(lines, "ledger.changed")
    assert (change["news"], change["by"]) == ("license.granted", told["delivery"])
    assert change["subject"] == told["changes"][0]["license"]


def test_a_decision_is_a_line_with_its_reasons(host: Host, lines: list[Any]) -> None:
    grant(host)
    told = ask(host)
    [line] = named(lines, "decision.made")
    assert (line["decision"], line["outcome"]) == (told["decision"]["id"], told["decision"]["outcome"])
    assert line["reasons"] == [each["code"] for each in told["decision"]["reasons"]]
    assert line["policy"].startswith("whmcs-modules@")


def test_a_duplicate_and_a_delivery_in_quarantine_are_told_and_change_nothing(host: Host, lines: list[Any]) -> None:
    grant(host)
    lines.clear()
    grant(host)
    host.tell(b'{"type":"license.granted","data":{"license_key":"ZQ7K-canary"}}', "msg_2")
    assert [each["result"] for each in named(lines, "delivery.taken")] == ["duplicate", "quarantined"]
    assert named(lines, "ledger.changed") == []


def test_what_is_rolled_back_is_not_told(host: Host, acme: Shell, lines: list[Any]) -> None:
    told = grant(host)
    lines.clear()
    acme.run("deliveries", "replay", told["delivery"], "--dry-run")
    with acme.runtime.engine.connect() as tx:
        frame = tx.begin()
        journal.say(tx, "never.was")
        frame.rollback()
    with transaction(acme.runtime.engine) as tx:
        inner = tx.begin_nested()
        journal.say(tx, "never.was.either")
        inner.rollback()
        journal.say(tx, "was")
    assert [each["event"] for each in lines] == ["was"]


def test_no_line_holds_a_key_a_secret_or_a_person(host: Host, acme: Shell, lines: list[Any]) -> None:
    """In both forms that logs have, also where a host's own words are strange."""
    grant(host)
    ask(host)
    ask(host, request_id="r2", kind="ada.canary@example.com", product="zq7k", channel="canary")
    tell(host, "customer.updated", {"customer": ADA}, "msg_c")
    tell(host, "ada.canary@example.com", {}, "msg_d")
    tell(host, "order.paid", {"order_id": "zq7k", "customer": ADA, "items": [{"product": "canary"}]}, "msg_e")
    host.tell(f"canary {KEY}".encode(), "msg_f")
    acme.run("license", "transfer", KEY, "--to", "bo.canary@example.com", "--why", "secret words")
    assert len(lines) > 10
    for render in (structlog.processors.JSONRenderer(), structlog.dev.ConsoleRenderer(colors=False)):
        for line in lines:
            text = str(render(None, "info", dict(line))).casefold()
            assert not [word for word in (*CANARIES, host.secret.casefold()) if word in text], text


def test_commands_write_no_lines_among_their_answers(acme: Shell) -> None:
    assert (
        "ledger.changed"
        not in acme.run("license", "issue", "--vendor", "acme", "--product", "forms", "--email", "a@example.com").stderr
    )
