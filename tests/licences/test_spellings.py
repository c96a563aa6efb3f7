"""One key, one mailbox, one order in every spelling, through the database; what an older version filed is found as well."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from alembic import command
from sqlalchemy import delete, insert, select, text, update

from connector.domain.licensing.catalogue import Product
from connector.domain.licensing.events import Granted, Key, OrderLine, OrderSeen, Person
from connector.domain.licensing.links import order_link, person_links
from connector.licences import lookup
from connector.storage import migrations
from connector.storage.database import transaction
from connector.storage.tables import licences, links
from connector.vendors.vendor import named
from tests.requests.test_requests import ask, codes
from tests.support.stores import NOW, Store

KEY = Key("ABCD-EFGH-1234")
ANA = Person("7", "ana@exämple.es")
LONG = NOW + timedelta(days=900)


@pytest.mark.parametrize(
    "spelling", ["“abcd-efgh-1234”", "License key: ABCD-EFGH-1234", "ABCD–EFGH\u00a0–1234\u200b", "ABCD-EFGH- 1234."]
)
def test_a_key_told_again_in_another_spelling_is_the_same_licence(store: Store, spelling: str) -> None:
    store.tell([Granted(KEY, "forms", NOW, ANA, support_until=LONG)])
    store.tell([Granted(Key(spelling), "forms", NOW + timedelta(hours=1), ANA, support_until=LONG, plan="pro")])
    assert store.standing(KEY).plan == "pro"
    assert len(store.ledger()["licences"]) == 1


@pytest.mark.parametrize("email", ["ana@xn--exmple-cua.es", "ANA@EXÄMPLE.ES", "ana@exa\u0308mple.es"])
def test_the_holder_is_known_by_every_spelling_of_the_mailbox(store: Store, email: str) -> None:
    store.tell([Granted(KEY, "forms", NOW, ANA, support_until=LONG)])
    told = ask(store, key=None, requester=Person(None, email.lower()))
    assert told.decision["outcome"] == "accept"
    stranger = ask(store, request_id="r2", key=None, requester=Person(None, "ana@example.es"))
    assert stranger.decision["outcome"] != "accept"


@pytest.mark.parametrize("number", ["#WC-1001", "wc-1001", "Order WC–1001", "\u00a0WC-1001\u200b"])
def test_an_order_is_found_by_its_number_in_every_spelling(store: Store, number: str) -> None:
    line = OrderLine("1", ("slug:forms",), total="79.00", keys=(KEY,))
    paid = OrderSeen("12", "paid", NOW, "WC-1001", ANA, (line,), total="79.00", paid_at=NOW, fulfilled=True)
    store.tell([Granted(KEY, "forms", NOW, ANA, order_id="12", support_until=LONG), paid])
    told = ask(store, key=None, order_id=number, requester=ANA)
    assert told.decision["outcome"] == "accept"


@pytest.mark.parametrize("word", ["Acme Forms", "ACME-FORMS", "acme-forms", "AF-1"])
def test_a_product_is_known_by_its_name_as_people_write_it(store: Store, word: str) -> None:
    store.add_product(Product("acme-forms", name="Acme Forms", refs=("sku:AF-1",)))
    store.tell([Granted(KEY, "acme-forms", NOW, ANA, support_until=LONG)])
    assert ask(store, key=KEY, requester=ANA, product=word).decision["outcome"] == "accept"
    store.add_product(Product("acme-tables", name="Acme Tables"))
    other = ask(store, request_id="r2", key=KEY, requester=ANA, product="Acme Tables")
    assert codes(other) == ["product_not_owned"]
    unknown = ask(store, request_id="r3", key=KEY, requester=ANA, product="Acme Forms and Tables")
    assert codes(unknown) == ["product_unclear"]


def test_the_name_of_an_extension_tells_the_component(stores: Any) -> None:
    store = stores("sqlite", "jetpack-crm")
    store.add_product(Product("woo-connect", name="Woo Connect", component="extension"))
    free = {"key": None, "requester": Person(None, "free@example.com"), "product": None, "request_kind": "bug"}
    assert "licence_required" in codes(ask(store, component="Woo Connect", **free))
    assert "component_required" in codes(ask(store, request_id="r2", component="the sidebar", **free))


def test_what_an_older_version_filed_is_found_by_todays_spelling(store: Store) -> None:
    """Up to 0004 a key was hashed as it came, and addresses and order numbers were links as they were told."""
    jose = Person(None, "jose\u0301@exa\u0301mple.es")
    for key in (Key("AB CD-12 34"), Key("ABCD-1235")):
        store.tell([Granted(key, "forms", NOW, jose, order_id="WC-9", support_until=LONG)])
    _as_filed_before(store, ["AB CD-12 34", "ABCD-1235"])
    engine, url = store.runtime.engine, store.runtime.settings.database_url
    command.downgrade(migrations.config(url), "0005")
    with engine.begin() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '0004'"))
    with pytest.raises(RuntimeError, match="connector migrate"):
        migrations.upgrade(url)
    migrations.upgrade(url, store.keyring)
    assert store.standing("abcd-1234").product == "forms"
    with transaction(engine) as tx:
        vendor = named(tx, store.runtime, store.slug)
        for link in (order_link("#wc-9"), *person_links([], ["josé@xn--exmple-qta.es"])):
            assert len(lookup.by_links(tx, vendor.id, {link})) == 2


def _as_filed_before(store: Store, keys: list[str]) -> None:
    with transaction(store.runtime.engine) as tx:
        ids = list(tx.execute(select(licences.c.id).order_by(licences.c.id)).scalars())
        for license_id, key in zip(ids, keys, strict=True):
            before = hashlib.blake2b(key.casefold().encode(), key=store.keyring.pepper, digest_size=16).hexdigest()
            sealed = store.keyring.seal(key.encode())
            tx.execute(update(licences).where(licences.c.id == license_id).values(key_hash=before, key_sealed=sealed))
        vendor_id = named(tx, store.runtime, store.slug).id
        tx.execute(delete(links).where(links.c.link.startswith("email:") | links.c.link.startswith("order:")))
        for license_id in ids:
            for link in ("email:jose\u0301@exa\u0301mple.es", "order:WC-9"):
                tx.execute(insert(links).values(vendor_id=vendor_id, link=link, target=license_id))
