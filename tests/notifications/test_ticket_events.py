"""Decisions and tickets: told once for each thing that happened, without the customer's words unless they were asked for."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from adapters.outgoing.posting import post
from connector.notifications import worker
from connector.storage.database import reading, transaction
from connector.storage.tables_notify import notifications as table
from connector.tickets import forwarding
from connector.vendors import notify_endpoints
from connector.vendors.vendor import named
from tests.notifications.examples import hold
from tests.servers.receiver import Receiver
from tests.support.offices import ADA
from tests.support.watches import Watch
from webhooks import signatures


@pytest.fixture
def told(quick: Watch, receiver: Receiver) -> Watch:
    """An office in which clocks fire, and a program of the vendor's that hears everything."""
    listen(quick, receiver, personal_data=False)
    return quick


def listen(watch: Watch, receiver: Receiver, personal_data: bool) -> str:
    watch.runtime = watch.store.runtime = replace(watch.runtime, sign=signatures.sign, post=post)
    with transaction(watch.runtime.engine) as tx:
        vendor_id = named(tx, watch.runtime, "acme").id
        return notify_endpoints.add(
            tx,
            watch.runtime.keyring,
            vendor_id,
            receiver.url,
            watch.now,
            personal_data=personal_data,
            allow_private=True,
        )[1]


def types(watch: Watch) -> Counter[str]:
    with reading(watch.runtime.engine) as tx:
        return Counter(tx.execute(select(table.c.type)).scalars())


def bodies(watch: Watch, receiver: Receiver) -> list[Any]:
    worker.drain(watch.runtime)
    came = [json.loads(body) for _, body in receiver.came]
    for each in came:
        hold(each)
    return came


def test_a_ticket_is_told_from_decision_to_end(told: Watch, receiver: Receiver) -> None:
    told.forwards()
    number = told.outage()
    forwarding.drain(told.runtime)
    told.do(number, "answered")
    told.write(number, ADA)
    told.do(number, "resolved")
    assert types(told) == {"decision.made": 1, "ticket.forwarded": 1, "ticket.updated": 2, "ticket.closed": 1}
    came = bodies(told, receiver)
    decision = next(each["data"] for each in came if each["type"] == "decision.made")
    assert (decision["request_id"], decision["outcome"], decision["ticket"]) == ("r1", "accept", number)
    assert all(each["data"]["ticket"] == number for each in came)
    assert {each["data"]["change"] for each in came if each["type"] == "ticket.updated"} == {"answered", "wrote"}
    assert next(each["data"]["helpdesk"] for each in came if each["type"] == "ticket.forwarded") == "shelf"
    said = str(came)
    assert "ada@example.com" not in said
    assert "Hi" not in said
    assert "status_url" not in said


def test_a_request_that_comes_again_is_told_no_more(told: Watch) -> None:
    for _ in range(3):
        told.outage()
    assert types(told) == {"decision.made": 1}


def test_a_refusal_is_told_with_its_codes_and_none_of_its_words(told: Watch, receiver: Receiver) -> None:
    told.ask(request_kind="custom_development")
    [came] = bodies(told, receiver)
    assert came["data"]["ticket"] is None
    assert came["data"]["outcome"] != "accept"
    assert all(code.isidentifier() for code in came["data"]["reasons"])


def test_a_broken_promise_is_told_once(told: Watch, receiver: Receiver) -> None:
    number = told.outage()
    told.clock.now += timedelta(minutes=16)
    for _ in range(3):
        told.fire()
    assert types(told)["ticket.breached"] == 1
    [came] = [each["data"] for each in bodies(told, receiver) if each["type"] == "ticket.breached"]
    assert (came["ticket"], came["clock"]) == (number, "first_response")


def test_who_asked_for_it_gets_name_subject_and_link(quick: Watch, receiver: Receiver) -> None:
    listen(quick, receiver, personal_data=True)
    number = quick.outage()
    [came] = bodies(quick, receiver)
    assert (came["data"]["subject"], came["data"]["customer"]["email"]) == ("Hi", "ada@example.com")
    assert "/t/" in came["data"]["status_url"]
    assert came["data"]["ticket"] == number
