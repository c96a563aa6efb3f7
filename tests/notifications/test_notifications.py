"""A vendor's own program is told of each key that we make: signed, once for each endpoint, whatever comes twice or breaks."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from alembic import command
from rq import Queue, SimpleWorker
from sqlalchemy import inspect

from connector.domain.licensing.events import OrderLine
from connector.notifications import worker as notify_worker
from connector.serving import workers
from connector.storage import migrations, work_queue
from connector.storage.database import reading, transaction
from connector.storage.redis_client import connect
from connector.storage.tables_notify import notifications as table
from connector.tickets import forwarding
from connector.tickets.wakers import QUEUE
from connector.vendors import notifications, notify_endpoints
from tests.notifications.telling import Shop
from tests.servers import free_port
from tests.support.offices import KEY
from tests.tickets.test_key_mails import AGAIN, LINE, PAID, PENDING


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
    for pause, wait in zip(pauses, work_queue.WAITS, strict=False):
        assert 0.8 * wait <= pause <= 1.2 * wait
    assert len(shop.receiver.ids) == len(work_queue.WAITS) + 1, "and no redirect was followed"
    assert len(set(shop.receiver.ids)) == 1
    assert str(answer) in shop.rows()[0].error
    shop.receiver.answers = []
    with transaction(shop.runtime.engine) as tx:
        [again] = notifications.again(tx, shop.endpoint, shop.now)
    assert (again, shop.send()) == (shop.rows()[0].id, 0), "the place is paused by then"
    notify_worker.work(shop.runtime, again, asked=True)
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


def test_endpoints_of_before_are_told_what_they_were_told(shop: Shop) -> None:
    url = shop.runtime.engine.url.render_as_string(hide_password=False)
    shop.deliver(PAID)
    shop.runtime.engine.dispose()
    command.downgrade(migrations.config(url), "0008")
    shop.runtime.engine.dispose()
    migrations.upgrade(url, shop.runtime.keyring)
    with reading(shop.runtime.engine) as tx:
        [place] = notify_endpoints.told(tx, None)
    assert (place["events"], place["personal_data"], place["waiting"]) == (["license.issued"], True, 1)
    [told] = shop.told()
    assert told["data"]["customer"]["email"] == "ada@example.com"


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
