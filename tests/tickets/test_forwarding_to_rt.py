"""The whole way into a real Request Tracker: one ticket for one request, by the embedded loop and by RQ workers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import insert, select

from adapters.helpdesks import HELPDESKS
from connector.domain.licensing.events import Granted, Key, Person
from connector.domain.policy.requests import Message, Request
from connector.ports import Undelivered
from connector.requests.support_requests import open_request
from connector.storage import ids
from connector.storage.database import transaction
from connector.storage.redis_client import connect
from connector.storage.tables import outbox, sinks, tickets
from connector.tickets import forwarding
from connector.tickets.messages import add_message
from connector.tickets.wakers import ring
from connector.vendors.vendor import named
from tests.support.stores import NOW, Store, settings_for

KEY = Key("AAAA-BBBB-CCCC-0001")
ADA = Person("7", "ada@example.com", "Ada")


class Queue:
    """A store that forwards to the running Request Tracker, and what stands in its queue."""

    def __init__(self, store: Store, rt: Any) -> None:
        self.store, self.rt = store, rt
        store.runtime = replace(store.runtime, helpdesks=HELPDESKS)
        self.say_where(rt.token)
        store.tell([Granted(KEY, "forms", NOW, ADA)])

    def say_where(self, token: str, **more: Any) -> None:
        settings = {"url": self.rt.url, "queue": self.rt.queue, "allow_private": True, "quarantine": 0} | more
        with transaction(self.store.runtime.engine) as tx:
            vendor_id = named(tx, self.store.runtime, "acme").id
            tx.execute(sinks.delete())
            row = {"id": ids.new_id("snk", NOW), "vendor_id": vendor_id, "helpdesk": "rt"}
            sealed = self.store.keyring.seal(token.encode())
            tx.execute(insert(sinks).values(**row, settings=json.dumps(settings), secret=sealed))

    def lose_answers(self, call: str) -> list[Any]:
        """From now on Request Tracker does what this call says, and nobody hears of it; the answers that were lost."""
        lost: list[Any] = []

        class Deaf:
            def __init__(self, desk: Any) -> None:
                self._desk = desk

            def __getattr__(self, name: str) -> Any:
                return self._lose if name == call else getattr(self._desk, name)

            def _lose(self, *words: Any) -> None:
                lost.append(getattr(self._desk, call)(*words))
                raise Undelivered("unknown", "the connection was lost before an answer came")

        rt = HELPDESKS["rt"]
        deaf = replace(rt, connect=lambda settings: Deaf(rt.connect(settings)))
        self.store.runtime = replace(self.store.runtime, helpdesks={"rt": deaf})
        return lost

    def ask(self, count: int = 1) -> list[str]:
        rows = []
        for number in range(count):
            with transaction(self.store.runtime.engine) as tx:
                vendor = named(tx, self.store.runtime, "acme")
                request = Request(
                    f"r{number}",
                    key=KEY,
                    request_kind="how_to_feature",
                    subject="How?",
                    message="Please.",
                    requester=ADA,
                )
                answer = open_request(tx, self.store.runtime, vendor, "ep_1", request, self.store.runtime.clock())
                assert answer.outbox_id is not None
                rows.append(answer.outbox_id)
        return rows

    def ours(self) -> dict[str, str]:
        with transaction(self.store.runtime.engine) as tx:
            return {row.number: row.remote_id for row in tx.execute(select(tickets))}

    def theirs(self) -> dict[str, list[str]]:
        """Ticket numbers of ours to ids in Request Tracker."""
        found: dict[str, list[str]] = {}
        answer = self._get("/tickets", query="id > 0", fields="Subject", per_page=100)
        for item in answer["items"]:
            found.setdefault(item["Subject"][1:13], []).append(str(item["id"]))
        return found

    def read(self, remote_id: str) -> Any:
        return self._get(f"/ticket/{remote_id}")

    def history(self, remote_id: str) -> int:
        answer = self._get("/transactions", query=f"ObjectId = {remote_id} AND Type = 'Correspond'", per_page=100)
        return len(answer["items"])

    def _get(self, path: str, **params: Any) -> Any:
        headers = {"Authorization": f"token {self.rt.token}"}
        answer = requests.get(f"{self.rt.url}/REST/2.0{path}", params=params, headers=headers, timeout=30)
        assert answer.ok, answer.text
        return answer.json()


@pytest.fixture
def queue(store: Store, rt: Any) -> Queue:
    rt.reset()
    return Queue(store, rt)


def test_an_accepted_request_stands_in_rt_with_reference_and_due_time(queue: Queue) -> None:
    queue.ask()
    forwarding.drain(queue.store.runtime)
    [(number, remote_id)] = queue.ours().items()
    assert queue.theirs() == {number: [remote_id]}
    remote = queue.read(remote_id)
    with transaction(queue.store.runtime.engine) as tx:
        respond_by = tx.execute(select(tickets.c.respond_by)).scalar_one()
    assert remote["Due"] == respond_by.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert {"name": "Connector Reference", "values": [number]}.items() <= remote["CustomFields"][0].items()


def test_when_the_answer_is_lost_the_ticket_is_found_and_not_made_again(queue: Queue) -> None:
    lost = queue.lose_answers("create")
    queue.ask(3)
    forwarding.drain(queue.store.runtime)
    assert len(lost) == 3
    assert sorted(len(each) for each in queue.theirs().values()) == [1, 1, 1], "they are all there"
    with transaction(queue.store.runtime.engine) as tx:
        tx.execute(outbox.update().values(due_at=NOW))
    for _ in range(3):
        forwarding.drain(queue.store.runtime)
    assert queue.theirs() == {number: [remote_id] for number, remote_id in queue.ours().items()}
    assert len(queue.ours()) == 3


def test_a_wrong_token_pauses_and_nothing_is_lost(queue: Queue) -> None:
    queue.say_where("1-99-0123456789abcdef0123456789abcdef")
    queue.ask()
    forwarding.drain(queue.store.runtime)
    with transaction(queue.store.runtime.engine) as tx:
        assert tx.execute(select(sinks.c.paused_why)).scalar_one()
    queue.say_where(queue.rt.token)
    forwarding.drain(queue.store.runtime)
    assert len(queue.theirs()) == 1


def test_a_further_message_is_added_once(queue: Queue) -> None:
    queue.ask()
    forwarding.drain(queue.store.runtime)
    with transaction(queue.store.runtime.engine) as tx:
        vendor = named(tx, queue.store.runtime, "acme")
        row = add_message(tx, queue.store.runtime, vendor, "ep_1", Message(request_id="r0", body="More"), "dlv_1", NOW)
    forwarding.drain(queue.store.runtime)
    with transaction(queue.store.runtime.engine) as tx:
        tx.execute(outbox.update().where(outbox.c.id == row).values(state="unknown", due_at=NOW))
    forwarding.drain(queue.store.runtime)
    [remote_id] = queue.ours().values()
    assert queue.history(remote_id) == 1


@pytest.fixture
def crew(queue: Queue, redis_url: str, tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """A function that starts `connector worker` on the queue's database and a real Valkey."""
    started: list[subprocess.Popen[bytes]] = []
    made = settings_for(queue.store.runtime.settings.database_url)
    environ = os.environ | {
        "CONNECTOR_HOME": str(tmp_path),
        "CONNECTOR_DATABASE_URL": made.database_url,
        "CONNECTOR_SECRET_KEY": made.secret_key,
        "CONNECTOR_REDIS_URL": redis_url,
    }

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "wsgi", "worker", "--processes", "2"]
        started.append(subprocess.Popen(command, env=environ, start_new_session=True))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _until(done: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if done():
            return
        try:
            process.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
        pytest.fail("`connector worker` ended by itself")
    pytest.fail("the tickets were not forwarded in a minute")


def test_rq_workers_forward_each_ticket_once_even_when_rung_twice(
    queue: Queue, redis_url: str, crew: Callable[[], subprocess.Popen[bytes]]
) -> None:
    rows = queue.ask(6)
    redis = connect(redis_url)
    ring(redis, rows)
    ring(redis, rows[:3])
    process = crew()
    _until(lambda: all(queue.ours().values()), process)
    assert queue.theirs() == {number: [remote_id] for number, remote_id in queue.ours().items()}
    process.terminate()
    assert process.wait(60) == 0


def test_redis_flushed_or_never_rung_costs_a_sweep_and_no_ticket(
    queue: Queue, redis_url: str, crew: Callable[[], subprocess.Popen[bytes]]
) -> None:
    rows = queue.ask(3)
    redis = connect(redis_url)
    ring(redis, rows)
    redis.flushdb()
    process = crew()
    _until(lambda: all(queue.ours().values()), process)
    assert sorted(queue.theirs()) == sorted(queue.ours())
