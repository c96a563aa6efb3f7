"""A key that we make for a paid order reaches its buyer by mail: once for ever, whatever comes twice, late or out of order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, inspect, select, update

from connector.domain.licensing.catalogue import Product
from connector.domain.licensing.events import Key, LedgerEvent, OrderLine, OrderSeen, Person
from connector.domain.policy.mail import KEY_PLACE
from connector.licences.key_rotation import key_in_use
from connector.licences.ledger import Ledger
from connector.operations.retention import run
from connector.requests.deliveries import Endpoint, take_effect
from connector.storage import ids, migrations, work_queue
from connector.storage.database import reading, transaction
from connector.storage.tables import licences
from connector.storage.tables_mail import mails as mail_table
from connector.tickets import mail_worker, mails, smtp
from connector.vendors.vendor import named
from tests.support.offices import ADA, KEY
from tests.support.posts import SENDER, Post
from tests.support.watches import MONDAY

FORMS = Product("acme-forms", "Acme Forms", ("sku:FORMS",), site_limit=3, support_term="12 months", issues_keys=True)
LINE = OrderLine("1", ("sku:FORMS",), total="99.00")
PAID = OrderSeen("12", "paid", MONDAY, customer=ADA, lines=(LINE,), total="99.00", paid_at=MONDAY, fulfilled=True)
PENDING = replace(PAID, state="pending", as_of=MONDAY - timedelta(hours=1), paid_at=None, fulfilled=False)
AGAIN = replace(PAID, as_of=MONDAY + timedelta(minutes=1), number="A-12")
REFUNDED = replace(PAID, state="refunded", as_of=MONDAY + timedelta(hours=1))


@pytest.fixture
def shop(post: Post) -> Post:
    post.store.add_product(FORMS)
    return post


def deliver(shop: Post, *news: LedgerEvent) -> dict[str, Any]:
    """One delivery with this news; its reply."""
    with transaction(shop.runtime.engine) as tx:
        return deliver_in(tx, shop, *news)


def deliver_in(tx: Connection, shop: Post, *news: LedgerEvent) -> dict[str, Any]:
    host: Any = None
    end = Endpoint("ep_1", named(tx, shop.runtime, "acme"), host, (), {})
    return take_effect(tx, shop.runtime, end, ids.new_id("dlv", shop.now), news, shop.now, shop.now).reply


def key_of(shop: Post) -> str:
    with reading(shop.runtime.engine) as tx:
        [found] = tx.execute(select(licences.c.id)).scalars()
        return str(key_in_use(tx, shop.runtime.keyring, found))


def set_product(shop: Post, **changes: Any) -> None:
    shop.store.add_product(replace(FORMS, slug="acme-more", name=None, refs=("sku:MORE",), **changes))


# --- what reaches the buyer ---


def test_the_buyer_is_mailed_his_key_with_what_it_is_for(shop: Post) -> None:
    reply = deliver(shop, PAID)
    assert "notes" not in reply
    shop.send()
    [mail] = shop.server.taken
    key = key_of(shop)
    assert (mail["To"], mail["Subject"]) == ("ada@example.com", "Your licence key for Acme Forms")
    assert SENDER in mail["From"]
    assert mail["References"] is None
    text = shop.server.text()
    for said in (f"    {key}\n", "Sites it may be used on: 3", "until 15 June 2027.", "Questions?"):
        assert said in text, text


def test_a_product_without_a_name_is_called_by_its_words_and_without_a_limit_by_none(shop: Post) -> None:
    set_product(shop, site_limit=None)
    deliver(shop, replace(PAID, lines=(replace(LINE, refs=("sku:MORE",)),)))
    shop.send()
    assert shop.server.taken[0]["Subject"] == "Your licence key for Acme More"
    assert "any number of sites" in shop.server.text()


# --- once for ever ---


@pytest.mark.parametrize("told", list(permutations([PENDING, PAID, PAID, AGAIN])))
def test_whatever_comes_twice_or_out_of_order_is_one_mail(shop: Post, told: tuple[OrderSeen, ...]) -> None:
    for news in told:
        deliver(shop, news)
        shop.send()
    assert (len(shop.server.taken), shop.changes(), shop.states()) == (1, ["issued"], ["done"])


def test_each_unit_of_a_line_is_a_key_and_a_mail_of_its_own(shop: Post) -> None:
    deliver(shop, replace(PAID, lines=(replace(LINE, quantity=3),)))
    shop.send()
    assert (len(shop.server.inbox), len({mail.get_content() for mail in shop.server.taken})) == (3, 3)


def test_who_is_killed_between_sending_and_writing_it_down_sends_the_same_mail_again(shop: Post) -> None:
    deliver(shop, PAID)
    [row] = shop.rows()
    with transaction(shop.runtime.engine) as tx:
        claimed = work_queue.claim(tx, mail_table, row.id, shop.now)
    smtp.send(shop.runtime.settings, mail_worker.message(shop.runtime, claimed))  # and here it dies
    shop.clock.forward(seconds=work_queue.LEASE.total_seconds() + 1)
    shop.send()
    assert (len(shop.server.taken), len(shop.server.inbox), shop.states()) == (2, 1, ["done"])
    assert shop.server.text(0) == shop.server.text(1)


def test_an_order_told_again_after_a_restore_is_the_same_mail(shop: Post) -> None:
    with shop.runtime.engine.connect() as tx:  # what this writes is lost
        lost = deliver_in(tx, shop, PAID)
        [before] = tx.execute(select(mail_table)).all()
        tx.rollback()
    shop.clock.forward(hours=1)
    again = deliver(shop, PAID)
    assert lost["issued"][0]["license"] != again["issued"][0]["license"]
    assert [row.message_id for row in shop.rows()] == [before.message_id]


# --- who gets none ---


def test_keys_of_the_shop_and_renewals_are_not_mailed(shop: Post) -> None:
    deliver(shop, replace(PAID, lines=(replace(LINE, keys=(KEY,)),)))
    assert shop.rows() == []


def test_an_order_that_was_imported_is_not_mailed(shop: Post) -> None:
    with transaction(shop.runtime.engine) as tx:
        Ledger(tx, named(tx, shop.runtime, "acme"), shop.runtime.keyring, shop.now, None).apply(PAID)
    deliver(shop, PAID)
    assert shop.rows() == []


@pytest.mark.parametrize(
    "email", [None, "", "nobody", "a@example.com, b@example.com", "a@example.com\nBcc: b@example.com"]
)
def test_a_buyer_without_an_address_is_said_in_the_reply(shop: Post, email: str | None) -> None:
    reply = deliver(shop, replace(PAID, customer=Person("7", email, "Ada")))
    [note] = reply["notes"]
    assert "not mailed" in note
    assert f"license show {reply['issued'][0]['license']} --reveal" in note
    assert key_of(shop) not in str(reply)
    assert shop.rows() == []


def test_an_order_that_was_refunded_before_it_was_heard_of_is_not_mailed(shop: Post) -> None:
    deliver(shop, REFUNDED)
    deliver(shop, PAID)
    assert shop.rows() == []


def test_a_vendor_turns_it_off_for_a_product(shop: Post) -> None:
    set_product(shop, mails_keys=False)
    reply = deliver(shop, replace(PAID, lines=(replace(LINE, refs=("sku:MORE",)),)))
    assert (len(reply["issued"]), "notes" in reply, shop.rows()) == (1, False, [])


def test_without_a_mail_server_nothing_is_written(shop: Post) -> None:
    shop.set(smtp_host=None)
    assert "notes" not in deliver(shop, PAID)
    assert shop.rows() == []


# --- the key stays where it is ---


def test_the_row_never_holds_the_key_and_no_list_shows_it(shop: Post) -> None:
    reply = deliver(shop, PAID)
    [row] = shop.rows()
    sealed = shop.runtime.keyring.unseal(row.sealed).decode()
    key = Key(key_of(shop))
    assert KEY_PLACE in sealed
    with reading(shop.runtime.engine) as tx:
        listed = mails.listed(tx, shop.runtime, None, 10)
    assert (listed[0]["license"], listed[0]["ticket"]) == (reply["issued"][0]["license"], None)
    for shown in (sealed, str(listed), str(reply), str(row)):
        assert str.__str__(key) not in shown


def test_a_parked_one_goes_by_its_licence_once_more(shop: Post) -> None:
    licence = deliver(shop, PAID)["issued"][0]["license"]
    shop.server.faults["RCPT"] = ["550 no such mailbox"]
    shop.send()
    assert shop.states() == ["parked"]
    with transaction(shop.runtime.engine) as tx:
        assert mails.retry(tx, "lic_of_another", shop.now) == []
        assert len(mails.retry(tx, licence, shop.now)) == 1
    shop.send()
    assert (len(shop.server.taken), shop.states()) == (1, ["done"])


def test_what_it_says_goes_when_words_were_kept_long_enough(shop: Post) -> None:
    shop.runtime = replace(shop.runtime, settings=replace(shop.runtime.settings, keep_texts=30))
    deliver(shop, PAID)
    shop.clock.forward(days=31)

    def gone() -> int:
        return sum(each["rows"] for each in run(shop.runtime, shop.now, dry_run=False) if each["table"] == "mails")

    assert gone() == 0, "it is still on its way"
    shop.send()
    assert (gone(), gone()) == (1, 0)
    assert "ada@" not in shop.runtime.keyring.unseal(shop.rows()[0].sealed).decode()
    with transaction(shop.runtime.engine) as tx:
        tx.execute(update(mail_table).values(state="queued"))
    shop.send()
    assert (shop.states(), len(shop.server.taken)) == (["parked"], 1)
    assert "address is gone" in shop.rows()[0].error


def test_older_databases_keep_their_mails(shop: Post) -> None:
    shop.outage()
    deliver(shop, PAID)
    url = shop.runtime.engine.url.render_as_string(hide_password=False)
    shop.runtime.engine.dispose()
    command.downgrade(migrations.config(url), "0005")
    assert "license_id" not in {each["name"] for each in inspect(shop.runtime.engine).get_columns("mails")}
    shop.runtime.engine.dispose()
    migrations.upgrade(url, shop.runtime.keyring)
    assert shop.changes() == ["accepted"]
    deliver(shop, AGAIN)
    assert shop.changes() == ["accepted"], "the key was made before"
