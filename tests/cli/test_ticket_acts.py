"""tickets answer, hold, resume ...; tickets open and history; metrics: what a terminal shows."""

from __future__ import annotations

import pytest

from connector.domain.licensing.events import Person
from connector.domain.policy.requests import Request
from connector.requests.support_requests import open_request
from connector.storage.database import transaction
from connector.vendors.vendor import named
from tests.cli.shell import Shell


@pytest.fixture
def number(shell: Shell) -> str:
    """The number of a critical ticket of the vendor `acme`."""
    setting = "calendar.timezone=Europe/London"
    shell.run("vendor", "add", "acme", "--policy", "tiered-sla", "--set", setting)
    with transaction(shell.runtime.engine) as tx:
        vendor = named(tx, shell.runtime, "acme")
        ada = Person("7", "ada@example.com", "Ada")
        request = Request("r1", request_kind="outage", subject="Down", message="All of it.", requester=ada)
        answer = open_request(tx, shell.runtime, vendor, "ep_1", request, shell.runtime.clock())
    assert answer.ticket is not None
    return str(answer.ticket["number"])


def test_a_ticket_goes_through_its_states(shell: Shell, number: str) -> None:
    states = [
        shell.json("tickets", word, number)["state"]
        for word in ("hold", "resume", "answer", "wait", "resume", "declined", "resume", "resolve", "reopen", "close")
    ]
    assert states == [
        *("held", "open", "open", "waiting", "open", "access_declined", "open", "solved", "open", "solved"),
    ]
    acts = [row["act"] for row in shell.json("tickets", "history", number)]
    assert acts == [
        *("held", "released", "answered", "waiting", "resumed", "access_declined", "resumed"),
        *("resolved", "reopened", "resolved"),
    ]


def test_what_makes_no_sense_is_refused_with_what_does(shell: Shell, number: str) -> None:
    assert "only goes while it is" in shell.fails("tickets", "resume", number, exits=1)
    assert "tickets list" in shell.fails("tickets", "hold", "SC-0000-0000", exits=1)
    assert "tickets list" in shell.fails("tickets", "history", "SC-0000-0000", exits=1)
    assert "RFC 3339" in shell.fails("tickets", "hold", number, "--at", "noon", exits=2)
    assert "future" in shell.fails("tickets", "hold", number, "--at", "2097-01-01T00:00:00Z", exits=1)
    assert "RFC 3339" in shell.fails("tickets", "hold", number, "--at", "", exits=2)
    assert "RFC 3339" in shell.fails("check", "ada@example.com", "--vendor", "acme", "--at", "", exits=2)
    for nothing in ("", "   "):
        assert "some words" in shell.fails("tickets", "tell", number, nothing, exits=1)
    assert shell.json("tickets", "history", number) == []
    assert "critical" in shell.fails("tickets", "priority", number, "urgent", exits=1)
    assert "last one" in shell.fails("tickets", "escalate", number, exits=1)


def test_met_01_open_shows_what_is_due_first(shell: Shell, number: str) -> None:
    rows = shell.json("tickets", "open", "--vendor", "acme")
    assert [row["clock"] for row in rows] == ["first_response", "update", "resolution"]
    assert {row["ticket"] for row in rows} == {number}
    shell.run("tickets", "priority", number, "low")
    assert [row["clock"] for row in shell.json("tickets", "open")] == ["first_response", "resolution"]


def test_met_02_and_03_reports(shell: Shell, number: str) -> None:
    shell.run("tickets", "answer", number)
    [first] = [row for row in shell.json("metrics", "report", "--vendor", "acme") if row["clock"] == "first_response"]
    assert (first["count"], first["met"], first["breached"]) == (1, 1, 0)
    empty = shell.json("metrics", "ratings", "--vendor", "acme")
    assert (empty["ratings"], empty["mean"]) == (0, None)
    assert shell.json("metrics", "ratings", "--vendor", "acme", "--words") == []


def test_lists_are_narrowed_by_what_people_know(shell: Shell, number: str) -> None:
    def numbers(*words: str) -> list[str]:
        return [row["number"] for row in shell.json("tickets", "list", *words)]

    assert (
        numbers("--state", "new") == numbers("--customer", "ada@example.com") == numbers("--customer", "7") == [number]
    )
    assert numbers("--due", "2099-01-01") == [number]
    assert numbers("--due", "overdue") == numbers("--state", "solved") == numbers("--customer", "bo@example.com") == []
    assert numbers("--product", "forms") == []
    assert "`overdue`" in shell.fails("tickets", "list", "--due", "noon", exits=2)
    shell.run("tickets", "answer", number)
    shell.run("tickets", "resolve", number)
    shell.run("tickets", "reopen", number)
    assert numbers("--state", "reopened") == [number]
    shown = shell.json("tickets", "show", number)
    assert (shown["working_state"], shown["subject"], shown["customer"]) == ("reopened", "Down", "ada@example.com")
    assert {"license", "order", "site", "environment", "attachments", "status_url"} <= shown.keys()


def test_somebody_is_let_in_and_a_look_is_noted(shell: Shell, number: str) -> None:
    shell.run("tickets", "participant", number, "Eve@Example.com")
    shell.run("tickets", "seen", number)
    acts = [(row["act"], row["detail"]) for row in shell.json("tickets", "history", number)]
    assert acts == [("participant", "eve@example.com"), ("seen", None)]
    assert "e-mail address" in shell.fails("tickets", "participant", number, "eve", exits=2)
