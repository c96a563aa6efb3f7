"""Forwarding: one ticket at the helpdesk whatever happens on the way, and the operator told when a person is needed."""

from __future__ import annotations

import json
from dataclasses import replace
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import insert, select

from connector.domain.licensing.events import Granted
from connector.domain.policy.requests import Message, Request
from connector.ports import OutboundTicket, Undelivered
from connector.requests.support_requests import Answer, open_request
from connector.storage import ids, work_queue
from connector.storage.database import transaction
from connector.storage.tables import outbox, sinks, tickets
from connector.tickets import forwarding, handover, views
from connector.tickets.messages import add_message
from connector.tickets.outbox import put_unsent
from connector.vendors.vendor import named
from tests.support.desks import Shelf
from tests.support.offices import ADA, KEY, Clock
from tests.support.stores import NOW, Store


class Shop:
    """A store whose vendor forwards to a scripted helpdesk."""

    def __init__(self, store: Store) -> None:
        self.shelf, self.clock = Shelf(), Clock()
        self.store = store
        store.runtime = replace(store.runtime, helpdesks={"shelf": self.shelf.helpdesk()}, clock=self.clock)
        self.runtime = store.runtime
        with transaction(self.runtime.engine) as tx:
            vendor_id = named(tx, self.runtime, "acme").id
            secret = store.keyring.seal(b"sesame")
            row = {"id": ids.new_id("snk", NOW), "vendor_id": vendor_id, "helpdesk": "shelf", "secret": secret}
            tx.execute(insert(sinks).values(**row, settings="{}"))
        store.tell([Granted(KEY, "forms", NOW, ADA)])

    def ask(self, request_id: str = "r1") -> Answer:
        with transaction(self.runtime.engine) as tx:
            vendor = named(tx, self.runtime, "acme")
            said = f"My key is {KEY.lower()}."
            request = Request(
                request_id, key=KEY, request_kind="how_to_feature", subject=f"Hi {KEY}", message=said, requester=ADA
            )
            return open_request(tx, self.runtime, vendor, "ep_1", request, self.clock())

    def say(self, text: str) -> None:
        with transaction(self.runtime.engine) as tx:
            vendor = named(tx, self.runtime, "acme")
            add_message(tx, self.runtime, vendor, "ep_1", Message(request_id="r1", body=text), "dlv_1", self.clock())

    def drain(self) -> int:
        return forwarding.drain(self.runtime)

    def row(self) -> Any:
        return next(iter(self.rows()), None)

    def rows(self) -> list[Any]:
        with transaction(self.runtime.engine) as tx:
            return list(tx.execute(select(outbox).order_by(outbox.c.id)))

    def ticket(self) -> Any:
        with transaction(self.runtime.engine) as tx:
            return tx.execute(select(tickets)).one()

    def outbound(self) -> OutboundTicket:
        ticket = self.ticket()
        with transaction(self.runtime.engine) as tx:
            return handover.outbound(tx, self.runtime, ticket)

    def sink(self) -> Any:
        with transaction(self.runtime.engine) as tx:
            return tx.execute(select(sinks)).one()


@pytest.fixture
def shop(store: Store) -> Shop:
    return Shop(store)


def test_an_accepted_request_becomes_one_ticket_with_its_due_time(shop: Shop) -> None:
    answer = shop.ask()
    assert shop.drain() == 1
    [remote] = shop.shelf.tickets.values()
    assert answer.ticket is not None
    assert remote.reference == answer.ticket["number"]
    assert remote.due == shop.ticket().respond_by
    assert (shop.ticket().state, shop.ticket().remote_id) == ("forwarded", remote.id)
    assert shop.drain() == 0
    assert {"repair", "merge"}.isdisjoint(shop.shelf.calls), "a ticket as it should be is left alone"


def test_a_lost_reply_is_looked_up_before_anything_is_sent_again(shop: Shop) -> None:
    shop.shelf.faults["create"] = ["lost reply"]
    shop.ask()
    shop.drain()
    assert shop.row().state == "unknown"
    assert shop.drain() == 0, "quarantined until the helpdesk's own time-out has passed"
    shop.clock.forward(seconds=forwarding.QUARANTINE + 15)
    shop.drain()
    assert shop.shelf.calls.count("create") == 1
    assert len(shop.shelf.tickets) == 1
    assert shop.row().state == "done"


def test_what_never_arrived_is_sent_again(shop: Shop) -> None:
    shop.shelf.faults["create"] = [Undelivered("unknown", "timed out")]
    shop.ask()
    shop.drain()
    shop.clock.forward(minutes=2)
    shop.drain()
    assert [call for call in shop.shelf.calls if call in ("find", "create")] == ["create", "find", "create"]
    assert len(shop.shelf.tickets) == 1


def test_a_created_ticket_that_lost_its_reference_is_repaired(shop: Shop) -> None:
    shop.shelf.faults["create"] = ["drops"]
    shop.ask()
    shop.drain()
    [remote] = shop.shelf.tickets.values()
    assert (remote.reference, remote.due) == (shop.ticket().number, shop.ticket().respond_by)


def test_a_created_ticket_that_lost_its_due_time_alone_is_repaired(shop: Shop) -> None:
    shop.ask()
    shop.shelf.faults["create"] = ["lost reply"]
    shop.drain()
    [held] = shop.shelf.tickets.values()
    shop.shelf.tickets[held.id] = replace(held, due=None)
    shop.clock.forward(seconds=forwarding.QUARANTINE)
    shop.drain()
    assert shop.shelf.tickets[held.id].due == shop.ticket().respond_by is not None


def test_duplicates_at_the_helpdesk_are_merged_into_the_oldest(shop: Shop) -> None:
    shop.shelf.faults["create"] = ["lost reply"]
    shop.ask()
    shop.drain()
    [first] = shop.shelf.tickets.values()
    shop.shelf.tickets["9"] = replace(first, id="9")
    shop.clock.forward(minutes=2)
    shop.drain()
    assert list(shop.shelf.tickets) == [first.id]
    assert shop.ticket().remote_id == first.id


def test_a_wrong_token_pauses_the_sink_and_keeps_every_row(shop: Shop) -> None:
    shop.shelf.faults["create"] = [Undelivered("configuration", "401: the token is not valid")]
    shop.ask("r1")
    shop.ask("r2")
    shop.drain()
    assert shop.sink().paused_why == "401: the token is not valid"
    shop.clock.forward(days=1)
    assert shop.drain() == 0, "nothing is tried while the sink is paused"
    with transaction(shop.runtime.engine) as tx:
        assert len(views.retry(tx, None, shop.clock())) == 2
    shop.drain()
    assert len(shop.shelf.tickets) == 2
    assert shop.sink().paused_at is None


def test_a_clear_no_parks_the_ticket_for_a_person(shop: Shop) -> None:
    shop.shelf.faults["create"] = [Undelivered("rejected", "422: the requestor address is not valid")]
    shop.ask()
    shop.drain()
    assert (shop.row().state, shop.row().error) == ("parked", "422: the requestor address is not valid")
    assert shop.ticket().state == "parked"
    shop.clock.forward(days=2)
    assert shop.drain() == 0
    number = shop.ticket().number
    with transaction(shop.runtime.engine) as tx:
        views.retry(tx, number, shop.clock())
    shop.drain()
    assert shop.ticket().state == "forwarded"


def test_retry_after_makes_the_whole_sink_wait(shop: Shop) -> None:
    shop.shelf.faults["create"] = [Undelivered("busy", "429", retry_after=120)]
    shop.ask("r1")
    shop.ask("r2")
    shop.drain()
    assert shop.shelf.calls.count("create") == 1
    shop.clock.forward(seconds=119)
    assert shop.drain() == 0
    shop.clock.forward(seconds=2)
    assert shop.drain() == 2
    assert len(shop.shelf.tickets) == 2


def test_a_worker_that_died_in_the_call_leaves_its_row_to_the_next_lease(shop: Shop) -> None:
    shop.ask()
    row = forwarding._claim(shop.runtime, shop.row().id, shop.clock())
    shop.shelf.create(shop.outbound())
    assert row.state == "sending"
    assert shop.drain() == 0, "leased"
    shop.clock.forward(seconds=61)
    shop.drain()
    assert len(shop.shelf.tickets) == 1
    assert shop.row().state == "done"


def test_an_end_told_after_the_lease_was_lost_changes_nothing(shop: Shop) -> None:
    shop.ask()
    slow = forwarding._claim(shop.runtime, shop.row().id, shop.clock())
    shop.clock.forward(seconds=61)
    shop.drain()
    assert forwarding._write_failure(shop.runtime, slow, Undelivered("rejected", "too late")) == "lease lost"
    assert shop.row().state == "done"


def test_a_poisoned_row_ends_parked_after_its_tries_and_others_go_on(shop: Shop) -> None:
    shop.ask()
    shop.ask("r2")
    shop.shelf.faults["create"] = [ZeroDivisionError()]
    shop.drain()
    assert sorted(row.state for row in shop.rows()) == ["done", "unknown"], "the other went in the same round"
    shop.shelf.faults["create"] = [ZeroDivisionError()] * 50
    for _ in range(len(work_queue.WAITS) - 1):
        shop.clock.forward(days=2)
        shop.drain()
    assert "parked" not in [row.state for row in shop.rows()], "one try is left"
    shop.clock.forward(days=2)
    shop.drain()
    assert "parked" in [row.state for row in shop.rows()]
    assert shop.shelf.calls.count("create") == len(work_queue.WAITS) + 2


def test_one_row_is_claimed_by_one_of_many_workers(shop: Shop) -> None:
    for number in range(10):
        shop.ask(f"r{number}")
    threads = [Thread(target=shop.drain) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert shop.shelf.calls.count("create") == 10
    assert len(shop.shelf.tickets) == 10


def test_further_messages_follow_their_ticket_once(shop: Shop) -> None:
    shop.ask()
    shop.say("And another thing")
    shop.shelf.faults["reply"] = [Undelivered("unknown", "timed out")]
    for _ in range(3):  # the message may come up first and wait for its ticket; then its reply is lost; then it is told
        shop.drain()
        shop.clock.forward(minutes=5)
    [(remote_id, text)] = shop.shelf.replies
    assert remote_id == shop.ticket().remote_id
    assert text.startswith("And another thing")


def test_orphans_are_swept_hourly_into_the_ticket_we_know(shop: Shop) -> None:
    shop.ask()
    shop.drain()
    known = shop.shelf.tickets[shop.ticket().remote_id]
    shop.shelf.tickets["77"] = replace(known, id="77", reference=None)
    shop.drain()
    assert "77" in shop.shelf.tickets, "not yet an hour"
    shop.clock.forward(hours=1, seconds=1)
    shop.drain()
    assert "77" not in shop.shelf.tickets


def test_the_ticket_we_know_is_repaired_and_never_merged_into_itself(shop: Shop) -> None:
    shop.ask()
    shop.drain()
    known = shop.shelf.tickets[shop.ticket().remote_id]
    shop.shelf.tickets[known.id] = replace(known, reference=None)
    shop.clock.forward(hours=1, seconds=1)
    shop.drain()
    assert shop.shelf.tickets == {known.id: known}
    assert "merge" not in shop.shelf.calls


def test_a_paused_helpdesk_is_not_swept(shop: Shop) -> None:
    shop.ask()
    shop.shelf.faults["create"] = [Undelivered("configuration", "wrong token")]
    shop.drain()
    swept = shop.shelf.calls.count("orphans")
    for _ in range(3):
        shop.clock.forward(hours=1, seconds=1)
        shop.drain()
    assert shop.shelf.calls.count("orphans") == swept


def test_no_key_and_no_secret_leaves_or_is_kept_in_the_clear(shop: Shop) -> None:
    shop.ask()
    outbound = shop.outbound()
    with transaction(shop.runtime.engine) as tx:
        assert KEY not in (outbound.body + outbound.subject + outbound.internal).upper()
        assert "[licence key …0001]" in outbound.body
        for table in (outbox, sinks, tickets):
            assert "sesame" not in json.dumps([list(map(str, row)) for row in tx.execute(select(table))])


def test_what_was_said_while_on_hold_follows_the_released_ticket(shop: Shop) -> None:
    shop.ask("r1")
    with transaction(shop.runtime.engine) as tx:
        tx.execute(outbox.delete())
        tx.execute(tickets.update().values(state="held"))
    shop.say("By the way")
    assert shop.drain() == 0
    assert shop.ask("r1").repeated is False
    for _ in range(2):
        shop.drain()
        shop.clock.forward(minutes=1)
    assert [text.splitlines()[0] for _, text in shop.shelf.replies] == ["By the way"]


def test_a_message_delivered_or_replayed_twice_is_kept_once(shop: Shop) -> None:
    shop.ask("r1")
    shop.say("Once")
    shop.say("Once")
    with transaction(shop.runtime.engine) as tx:
        assert len(tx.execute(select(outbox).where(outbox.c.note_id.is_not(None))).all()) == 1


def test_a_message_waits_for_its_ticket_however_long_that_takes(shop: Shop) -> None:
    shop.shelf.faults["create"] = [Undelivered("unknown", "timed out")] * 6
    shop.ask()
    shop.say("And another thing")
    for _ in range(2 * len(work_queue.WAITS)):
        shop.drain()
        shop.clock.forward(seconds=30)
    assert shop.shelf.replies == []
    for _ in range(6):
        shop.clock.forward(hours=1)
        shop.drain()
    assert [text.splitlines()[0] for _, text in shop.shelf.replies] == ["And another thing"]


def test_a_message_that_was_parked_leaves_its_ticket_forwarded_when_tried_again(shop: Shop) -> None:
    shop.ask()
    shop.drain()
    shop.say("And another thing")
    shop.shelf.faults["reply"] = [Undelivered("rejected", "422: too long")]
    shop.drain()
    assert shop.ticket().state == "parked"
    with transaction(shop.runtime.engine) as tx:
        views.retry(tx, None, shop.clock())
    shop.drain()
    assert len(shop.shelf.replies) == 1
    assert shop.ticket().state == "forwarded"


def test_a_row_that_a_worker_holds_is_not_put_back(shop: Shop) -> None:
    shop.ask()
    held = forwarding._claim(shop.runtime, shop.row().id, shop.clock())
    with transaction(shop.runtime.engine) as tx:
        assert views.retry(tx, None, shop.clock()) == []
    assert (shop.row().state, shop.row().leased_until) == ("sending", held.leased_until)


def test_a_helpdesk_that_is_no_longer_installed_pauses_its_sink_and_says_so(shop: Shop) -> None:
    shop.ask()
    forwarding.drain(replace(shop.runtime, helpdesks={}))
    assert shop.sink().paused_why == "no helpdesk called 'shelf' is installed here"
    with transaction(shop.runtime.engine) as tx:
        views.retry(tx, None, shop.clock())
    shop.drain()
    assert len(shop.shelf.tickets) == 1


def test_a_message_on_a_ticket_from_before_the_helpdesk_stays_with_us(shop: Shop) -> None:
    shop.ask()
    with transaction(shop.runtime.engine) as tx:
        tx.execute(outbox.delete())
    shop.say("And another thing")
    assert shop.row() is None


def test_tickets_from_before_there_was_a_helpdesk_go_there_once_it_is_set(shop: Shop) -> None:
    shop.ask("r1")
    with transaction(shop.runtime.engine) as tx:
        tx.execute(outbox.delete())  # as if the ticket had been accepted before
        vendor_id = named(tx, shop.runtime, "acme").id
        assert put_unsent(tx, vendor_id, shop.clock()) == 1
        assert put_unsent(tx, vendor_id, shop.clock()) == 0
    shop.drain()
    assert len(shop.shelf.tickets) == 1
