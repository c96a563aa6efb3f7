"""Places that are told: two secrets while one is changed, rest when the receiver asks for it, and a pause when it keeps failing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from connector.notifications import worker
from connector.ports import Posted, Undelivered
from connector.storage.database import reading, transaction
from connector.storage.tables_mail import mails
from connector.tickets import mail_worker
from connector.vendors import notify_endpoints
from tests.notifications.telling import Shop
from tests.tickets.test_key_mails import PAID


def test_while_a_secret_is_changed_both_sign(shop: Shop) -> None:
    old = shop.secret
    with transaction(shop.runtime.engine) as tx:
        new = notify_endpoints.rotate(tx, shop.runtime.keyring, shop.endpoint, shop.now, timedelta(hours=1))
    assert new not in (None, old)
    shop.deliver(PAID)
    shop.send()
    assert [len(shop.receiver.verified(secret)) for secret in (old, str(new))] == [1, 1]
    shop.receiver.came.clear()
    shop.clock.forward(seconds=3601)
    shop.deliver(replace(PAID, order_id="13"))
    shop.send()
    [(headers, _)] = shop.receiver.came
    assert headers["webhook-signature"].count("v1,") == 1


@pytest.mark.parametrize(
    ("status", "asked", "rest"), [(429, "1800", 1800), (503, "900", 900), (429, "99999999", 86_400)]
)
def test_who_asks_for_time_gets_it_for_all_that_goes_there(shop: Shop, status: int, asked: str, rest: int) -> None:
    shop.receiver.answers, shop.receiver.headers = [status], {"retry-after": asked}
    shop.deliver(PAID)
    shop.send()
    shop.deliver(replace(PAID, order_id="13"))
    begin = shop.now
    shop.clock.forward(seconds=rest - 1)
    assert (shop.send(), len(shop.receiver.came)) == (0, 1)
    shop.clock.now = begin + timedelta(seconds=rest + 1)
    assert (shop.send(), shop.states()) == (2, ["done", "done"])


def test_a_page_with_200_is_an_answer_in_the_200s_and_so_taken(shop: Shop) -> None:
    shop.receiver.answers, shop.receiver.page = [200], b"<html>Not found, but nicely</html>"
    shop.deliver(PAID)
    shop.send()
    assert shop.states() == ["done"]


def test_who_takes_nothing_for_days_is_paused_and_nothing_that_happens_then_is_lost(shop: Shop) -> None:
    settings = replace(shop.runtime.settings, smtp_host="mail.example.com", smtp_sender="support@acme.example.com")
    shop.runtime = replace(shop.runtime, settings=settings)
    shop.hear_all(contact="ops@example.com")
    with transaction(shop.runtime.engine) as tx:
        notify_endpoints.end(tx, shop.endpoint, notify_endpoints.REMOVED, shop.now)
    shop.endpoint, shop.secret = shop.add(shop.receiver.url, contact="ops@example.com")
    shop.receiver.answers = [500] * 50
    shop.deliver(PAID)
    while shop.place().paused_at is None:
        shop.send()
        shop.clock.now = max(shop.next_due(), shop.now)
    assert shop.states() == ["parked"]
    shop.deliver(replace(PAID, order_id="13"))
    came = len(shop.receiver.came)
    assert (shop.send(), shop.states(), len(shop.receiver.came)) == (0, ["parked", "queued"], came)
    with reading(shop.runtime.engine) as tx:
        [mail] = tx.execute(select(mails).where(mails.c.change == "paused")).all()
    said = mail_worker.message(shop.runtime, mail)
    assert said["To"] == "ops@example.com"
    assert f"connector notify resume {shop.endpoint}" in said.get_content()
    assert "127.0.0.1" in said["Subject"]
    shop.receiver.answers = []
    with transaction(shop.runtime.engine) as tx:
        assert notify_endpoints.resume(tx, shop.endpoint, shop.now) == 2
    assert (shop.send(), shop.states(), shop.place().failing_since) == (2, ["done", "done"], None)


def test_one_that_is_refused_alone_pauses_nothing(shop: Shop) -> None:
    shop.deliver(PAID)
    [row] = shop.rows()
    shop.receiver.answers = [400]
    shop.send()
    while shop.states()[0] != "parked":
        shop.clock.now = max(next(each.due_at for each in shop.rows() if each.id == row.id), shop.now)
        shop.deliver(replace(PAID, order_id=str(len(shop.rows()) + 100)))
        shop.receiver.answers = [400]
        worker.work(shop.runtime, row.id, asked=True)
        shop.send()
    assert shop.place().paused_at is None


def test_nothing_goes_over_plain_http_unless_it_was_allowed(shop: Shop) -> None:
    with transaction(shop.runtime.engine) as tx:
        notify_endpoints.end(tx, shop.endpoint, notify_endpoints.REMOVED, shop.now)
        vendor_id = shop.place().vendor_id
        shop.endpoint, shop.secret = notify_endpoints.add(
            tx, shop.runtime.keyring, vendor_id, shop.receiver.url, shop.now
        )
    shop.deliver(PAID)
    shop.send()
    assert shop.receiver.came == []
    assert any("notify resume" in str(row.error) for row in shop.rows())
    with transaction(shop.runtime.engine) as tx:
        notify_endpoints.resume(tx, shop.endpoint, shop.now, allow_private=True)
    shop.send()
    assert set(shop.states()) == {"done"}


def test_a_receiver_that_hangs_is_tried_later(shop: Shop) -> None:
    calls = []

    def hangs(url: str, body: bytes, headers: object, allow_private: bool) -> Posted:
        calls.append(json.loads(body))
        raise Undelivered("unknown", "no whole answer within 10 seconds")

    shop.runtime = replace(shop.runtime, post=hangs)
    for number in range(13, 20):
        shop.deliver(replace(PAID, order_id=str(number)))
    shop.send()
    assert len(calls) == 1, "the others wait, they would hang as well"
