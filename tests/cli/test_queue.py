"""deliveries and tickets: what came in, what it did, and putting it back to work."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert, select, update

import wsgi
from connector.storage import ids
from connector.storage.database import transaction
from connector.storage.tables import outbox as rows
from connector.storage.tables import sinks, tickets
from connector.tickets import outbox
from tests.cli.shell import Shell
from tests.http.shops import signed_standard

KEY = "AAAA-BBBB-CCCC-0001"
ADA = {"id": "7", "email": "ada@example.com", "name": "Ada"}


class Host:
    """The standard host of `acme`, posting to the app in this process."""

    def __init__(self, shell: Shell) -> None:
        made = shell.json("endpoint", "add", "--vendor", "acme", "--host", "standard")
        self.path, self.secret = f"/hooks/{made['endpoint']}", made["secret"]
        self.shell = shell
        self.client = wsgi.create_app(shell.runtime).test_client()

    def tell(self, body: bytes, message_id: str) -> Any:
        headers = signed_standard(self.secret, body, message_id, self.shell.runtime.clock())
        answer = self.client.post(self.path, data=body, headers=headers)
        assert answer.status_code == 200
        return answer.json


@pytest.fixture
def told(acme: Shell) -> dict[str, Any]:
    """One delivery of each result, by result."""
    host = Host(acme)
    grant = b'{"type":"license.granted","data":{"license_key":"%b","product":"forms"}}' % KEY.encode()
    ask = (
        b'{"type":"support.requested","data":{"request_id":"r1","license_key":"%b","kind":"how_to_feature",'
        b'"subject":"Help","message":"I cannot find it.","requester":{"email":"ada@example.com"}}}' % KEY.encode()
    )
    bodies = {"applied": grant, "decided": ask, "ignored": b'{"type":"ping"}', "quarantined": b"hello"}
    return {result: host.tell(body, f"msg_{result}") for result, body in bodies.items()}


# --- deliveries ---


def test_deliveries_are_listed_newest_first_with_result_and_error(acme: Shell, told: dict[str, Any]) -> None:
    listed = acme.json("deliveries", "list")
    assert [each["result"] for each in listed] == ["quarantined", "ignored", "decided", "applied"]
    assert [each["delivery"] for each in listed] == [told[each["result"]]["delivery"] for each in listed]
    assert [each["event"] for each in listed] == ["unreadable", "ping", "support.requested", "license.granted"]
    assert {each["vendor"] for each in listed} == {"acme"}
    assert listed[0]["error"]
    assert len(acme.json("deliveries", "list", "--limit", "1")) == 1


@pytest.mark.parametrize("result", ["applied", "decided", "ignored", "quarantined"])
def test_deliveries_are_found_by_their_result(acme: Shell, told: dict[str, Any], result: str) -> None:
    [only] = acme.json("deliveries", "list", "--vendor", "acme", "--result", result)
    assert only["delivery"] == told[result]["delivery"]


def test_a_delivery_is_shown_with_headers_and_reply_and_its_body_on_demand(acme: Shell, told: dict[str, Any]) -> None:
    delivery = told["applied"]["delivery"]
    shown = acme.json("deliveries", "show", delivery)
    assert shown["reply"] == told["applied"]
    assert shown["headers"]["webhook-id"] == "msg_applied"
    assert not [name for name in shown["headers"] if "signature" in name]
    assert "body" not in shown
    assert KEY in acme.json("deliveries", "show", delivery, "--body")["body"]


def test_unknown_deliveries_and_vendors(acme: Shell) -> None:
    assert "deliveries list" in acme.fails("deliveries", "show", "dlv_nowhere", exits=1)
    assert "deliveries list" in acme.fails("deliveries", "replay", "dlv_nowhere", exits=2)
    assert "vendor list" in acme.fails("deliveries", "list", "--vendor", "nobody", exits=2)
    assert "quarantined" in acme.fails("deliveries", "list", "--result", "lost", exits=2)
    for limit in ("-1", "0", "9" * 20, "many"):
        assert "--limit" in acme.fails("deliveries", "list", "--limit", limit, exits=2)


# --- tickets ---


def test_tickets_are_listed_and_shown(acme: Shell, told: dict[str, Any]) -> None:
    number = told["decided"]["ticket"]["number"]
    [listed] = acme.json("tickets", "list", "--vendor", "acme")
    assert (listed["number"], listed["state"], listed["remote_id"]) == (number, "queued", None)
    shown = acme.json("tickets", "show", number)
    assert (shown["subject"], shown["message"]) == ("Help", "I cannot find it.")
    assert shown["decision"] == told["decided"]["decision"]
    assert shown["forwarding"] == []
    assert acme.json("tickets", "list", "--state", "forwarded") == []


def test_unknown_tickets_and_vendors(acme: Shell) -> None:
    assert "tickets list" in acme.fails("tickets", "show", "SC-AAAA-AAAA", exits=1)
    assert "SC-AAAA-AAAA" in acme.fails("tickets", "retry", "SC-AAAA-AAAA", exits=1)
    assert "vendor list" in acme.fails("tickets", "list", "--vendor", "nobody", exits=2)
    assert "forwarded" in acme.fails("tickets", "list", "--state", "lost", exits=2)
    assert "--limit" in acme.fails("tickets", "list", "--limit", "-1", exits=2)
    assert acme.json("tickets", "retry") == []


def park(shell: Shell) -> None:
    """The ticket's helpdesk said no, and the helpdesk is paused."""
    now = shell.runtime.clock()
    with transaction(shell.runtime.engine) as tx:
        ticket = tx.execute(select(tickets)).one()
        settings = '{"url": "http://127.0.0.1:9", "queue": "Support", "reference_field": "Number"}'
        sealed = shell.runtime.keyring.seal(b"token")
        sink = {"id": ids.new_id("snk", now), "vendor_id": ticket.vendor_id, "helpdesk": "rt", "settings": settings}
        tx.execute(insert(sinks).values(**sink, secret=sealed, paused_at=now, paused_why="the token is not valid"))
        outbox.put(tx, ticket.vendor_id, ticket.id, now)
        tx.execute(update(rows).values(state="parked", error="no such queue", attempts=1))
        tx.execute(update(tickets).values(state="parked"))


def test_a_parked_ticket_is_shown_with_what_the_helpdesk_said(acme: Shell, told: dict[str, Any]) -> None:
    park(acme)
    result = acme.run("tickets", "list", "--state", "parked")
    assert told["decided"]["ticket"]["number"] in result.stdout
    assert "rt of acme is paused: the token is not valid" in result.stderr
    [send] = acme.json("tickets", "show", told["decided"]["ticket"]["number"])["forwarding"]
    assert (send["state"], send["error"], send["attempts"]) == ("parked", "no such queue", 1)


def test_retry_puts_a_parked_ticket_back_to_work_at_once(acme: Shell, told: dict[str, Any]) -> None:
    """The helpdesk of this test does not answer: what was tried before is looked for first, so the row stays open."""
    park(acme)
    [tried] = acme.json("tickets", "retry", told["decided"]["ticket"]["number"])
    assert tried["state"] in ("unknown", "queued")
    shown = acme.json("tickets", "show", told["decided"]["ticket"]["number"])
    assert shown["state"] == "queued"
    assert shown["forwarding"][0]["attempts"] == 2
