"""A vendor's own program is told of each key that we make: signed, once for each endpoint, whatever comes twice or breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import permutations
from typing import Any

import pytest
from alembic import command
from rq import Queue, SimpleWorker
from sqlalchemy import inspect, select

from adapters.outgoing.posting import post
from connector.domain.licensing.events import LedgerEvent, OrderLine
from connector.notifications import worker as notify_worker
from connector.requests.deliveries import Endpoint, take_effect
from connector.runtime import utc_now
from connector.serving import workers
from connector.storage import ids, migrations, work_queue
from connector.storage.database import reading, transaction
from connector.storage.redis_client import connect
from connector.storage.tables_notify import notifications as table
from connector.tickets import forwarding
from connector.tickets.wakers import QUEUE
from connector.vendors import notifications, notify_endpoints
from connector.vendors.vendor import named
from tests.servers import free_port
from tests.servers.receiver import Receiver, receiving
from tests.support.offices import KEY, Office
from tests.support.stores import Store
from tests.tickets.test_key_mails import AGAIN, FORMS, LINE, PAID, PENDING
from webhooks import signatures


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


class Shop(Office):
    """A vendor who has one of his programs told."""

    def __init__(self, store: Store, receiver: Receiver) -> None:
        super().__init__(store, utc_now().replace(microsecond=0))  # signatures are proved against the hour it is
        self.runtime = store.runtime = replace(self.runtime, sign=signatures.sign, post=post)
        store.add_product(FORMS)
        self.receiver = receiver
        self.endpoint, self.secret = self.add(receiver.url)

    def add(self, url: str, allow_private: bool = True) -> tuple[str, str]:
        with transaction(self.runtime.engine) as tx:
            vendor_id = named(tx, self.runtime, "acme").id
            return notify_endpoints.add(
                tx,
                self.runtime.keyring,
                vendor_id,
                notify_endpoints.checked(url, allow_private),
                self.now,
                events=("license.issued",),
                personal_data=True,
                allow_private=allow_private,
            )

    def deliver(self, *news: LedgerEvent) -> dict[str, Any]:
        with transaction(self.runtime.engine) as tx:
            host: Any = None
            end = Endpoint("ep_1", named(tx, self.runtime, "acme"), host, (), {})
            delivery = ids.new_id("dlv", self.now)
            return take_effect(tx, self.runtime, end, delivery, news, self.now, self.now).reply

    def send(self) -> int:
        return notify_worker.drain(self.runtime)

    def rows(self) -> list[Any]:
        with reading(self.runtime.engine) as tx:
            return list(tx.execute(select(table).order_by(table.c.created_at, table.c.id)))

    def states(self) -> list[str]:
        return [row.state for row in self.rows()]

    def next_due(self) -> datetime:
        due: datetime = max(row.due_at for row in self.rows())
        return due


@pytest.fixture
def shop(stores: Callable[..., Store], kind_of_database: str, receiver: Receiver) -> Shop:
    return Shop(stores(kind_of_database), receiver)


def test_the_shop_is_told_the_key_with_its_order_signed_by_standard_webhooks(shop: Shop) -> None:
    reply = shop.deliver(PAID)
    shop.send()
    [told] = shop.receiver.verified(shop.secret)
    data = told["data"]
    assert (told["type"], data["order_id"], data["product"]) == ("license.issued", "12", "acme-forms")
    assert data["customer"] == {"id": "7", "email": "ada@example.com", "name": "Ada"}
    assert (data["license"], data["last_four"]) == (reply["issued"][0]["license"], reply["issued"][0]["last4"])
    assert data["license_key"].endswith(data["last_four"])
    assert shop.store.standing(data["license_key"], shop.now).product == "acme-forms"
    assert data["license_key"] not in str(shop.rows()) + str(reply)
    assert shop.receiver.came[0][0]["content-type"] == "application/json"


@pytest.mark.parametrize("told", list(permutations([PENDING, PAID, PAID, AGAIN])))
def test_whatever_comes_twice_or_out_of_order_is_told_once(shop: Shop, told: tuple[Any, ...]) -> None:
    for news in told:
        shop.deliver(news)
        shop.send()
    assert (len(shop.receiver.came), shop.states()) == (1, ["done"])


def test_each_endpoint_is_told_each_key_once(shop: Shop) -> None:
    shop.add(shop.receiver.url)
    shop.deliver(replace(PAID, lines=(replace(LINE, quantity=2),)))
    shop.send()
    assert (len(shop.receiver.ids), len(set(shop.receiver.ids))) == (4, 2)


def test_keys_of_the_shop_are_not_told_back(shop: Shop) -> None:
    shop.deliver(replace(PAID, lines=(OrderLine("1", ("sku:FORMS",), keys=(KEY,)),)))
    assert shop.rows() == []


def test_who_is_killed_between_sending_and_writing_it_down_sends_the_same_id_again(shop: Shop) -> None:
    shop.deliver(PAID)
    [row] = shop.rows()
    with transaction(shop.runtime.engine) as tx:
        claimed = work_queue.claim(tx, table, row.id, shop.now)
    notify_worker._send(shop.runtime, claimed)  # and here it dies
    shop.clock.forward(seconds=work_queue.LEASE.total_seconds() + 1)
    shop.send()
    assert (len(shop.receiver.ids), len(set(shop.receiver.ids)), shop.states()) == (2, 1, ["done"])
    assert shop.receiver.came[0][1] == shop.receiver.came[1][1]


@pytest.mark.parametrize("answer", [302, 400, 404, 429, 500])
def test_no_word_of_thanks_means_later_again_ever_less_often_and_then_a_person(shop: Shop, answer: int) -> None:
    shop.receiver.answers = [answer] * 20
    shop.deliver(PAID)
    pauses = []
    while shop.states() != ["parked"]:
        begin = shop.now
        shop.send()
        pauses.append((shop.next_due() - begin).total_seconds())
        shop.clock.now = max(shop.next_due(), shop.now)
    for pause, wait in zip(pauses, notify_worker.WAITS, strict=False):
        assert 0.8 * wait <= pause <= 1.2 * wait
    assert len(shop.receiver.ids) == len(notify_worker.WAITS) + 1, "and no redirect was followed"
    assert len(set(shop.receiver.ids)) == 1
    assert str(answer) in shop.rows()[0].error
    shop.receiver.answers = []
    with transaction(shop.runtime.engine) as tx:
        assert notifications.again(tx, shop.endpoint, shop.now) == [shop.rows()[0].id]
    shop.send()
    assert (shop.states(), len(set(shop.receiver.ids))) == (["done"], 1)


def test_410_ends_the_endpoint(shop: Shop) -> None:
    shop.receiver.answers = [410]
    shop.deliver(PAID)
    shop.send()
    shop.deliver(replace(PAID, order_id="13"))
    assert shop.states() == ["parked"], "the next key is not told there"
    with reading(shop.runtime.engine) as tx:
        [told] = notify_endpoints.told(tx, None)
    assert "410" in told["ended_why"]


def test_an_address_of_the_own_network_is_refused_unless_it_is_allowed(shop: Shop) -> None:
    with transaction(shop.runtime.engine) as tx:
        notify_endpoints.end(tx, shop.endpoint, notify_endpoints.REMOVED, shop.now)
    shop.add(shop.receiver.url.replace("http:", "https:"), allow_private=False)
    shop.deliver(PAID)
    shop.send()
    [row] = shop.rows()
    assert (row.state, shop.receiver.came) == ("queued", [])
    assert "not on the public internet" in row.error


@pytest.mark.parametrize(
    "url", ["", "shop.example.com", "ftp://shop.example.com", "http://shop.example.com", "https://a:b@shop.example.com"]
)
def test_what_is_no_address_to_send_keys_to_is_refused(shop: Shop, url: str) -> None:
    with pytest.raises(notify_endpoints.BadUrl):
        shop.add(url, allow_private=False)


def test_a_receiver_that_is_away_loses_nothing(shop: Shop) -> None:
    shop.add(f"http://127.0.0.1:{free_port()}/hooks")
    shop.deliver(PAID)
    shop.send()
    assert sorted(shop.states()) == ["done", "queued"]


def test_older_databases_get_the_tables(shop: Shop) -> None:
    url = shop.runtime.engine.url.render_as_string(hide_password=False)
    shop.runtime.engine.dispose()
    command.downgrade(migrations.config(url), "0007")
    assert not inspect(shop.runtime.engine).has_table("notifications")
    shop.runtime.engine.dispose()
    migrations.upgrade(url, shop.runtime.keyring)
    shop.deliver(PAID)
    assert shop.rows() == []


def test_rq_jobs_tell_a_key_once_however_often_they_are_rung(shop: Shop, redis_url: str) -> None:
    shop.deliver(PAID)
    settings = replace(shop.runtime.settings, redis_url=redis_url)
    shop.runtime = replace(shop.runtime, settings=settings)
    forwarding.use(shop.runtime)
    redis = connect(redis_url)
    for _ in range(2):
        workers.Sweep(shop.runtime).look()
        jobs = Queue(QUEUE, connection=redis, serializer="json")
        SimpleWorker([jobs], connection=redis, serializer="json").work(burst=True)
    assert (len(shop.receiver.came), shop.states()) == (1, ["done"])
