"""Importing: many at once is the same as one by one; twice is once; older files never overwrite newer news."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Table, select, text
from sqlalchemy.exc import IntegrityError

from connector.domain.licensing.catalogue import Product
from connector.domain.licensing.events import (
    Granted,
    Key,
    OrderLine,
    OrderSeen,
    Person,
    SiteActivated,
    SiteDeactivated,
    StatusChanged,
)
from connector.domain.licensing.questions import Question
from connector.licences import key_rotation
from connector.licences.importing import flow as importing
from connector.licences.importing import news
from connector.licences.importing.bulk import NewLicences
from connector.licences.importing.entries import Entry, Reader
from connector.licences.importing.flow import Import
from connector.licences.importing.rows import Fault, Row, Source
from connector.licences.ledger import Ledger
from connector.licences.verification import ask
from connector.storage.database import transaction
from connector.storage.tables import events, licences, links, products, sites
from connector.vendors.vendor import named
from tests.support.stores import NOW, Store

FORMS = Product("acme-forms", name="Acme Forms", refs=("edd:501",), site_limit=5, plan="pro")
K1, K2 = "AAAA-BBBB-CCCC-0001", "AAAA-BBBB-CCCC-0002"


def at(days: int) -> Any:
    return NOW - timedelta(days=100 - days)


def row(key: str = K1, **more: Any) -> Row:
    cells = {"licensekey": key, "product": "acme-forms", "email": "ada@example.com", "purchasedat": "2026-08-20"}
    return Row(2, cells | more)


def importer(store: Store, *, dry: bool = False, as_of: Any = None, maps: Any = None, **more: Any) -> Import:
    reader = Reader.of("standard", "UTC", maps or {}, None, as_of=as_of or at(50), now=NOW, **more)
    return Import(store.runtime, store.slug, reader, NOW, dry)


def run(store: Store, rows: Iterable[Row | Fault], **more: Any) -> dict[str, int]:
    """Import the rows; what became of them, zeros left out."""
    flow = importer(store, **more)
    for _ in flow.run(rows):
        pass
    return {name: count for name, count in vars(flow.tally).items() if count and name != "rows"}


@pytest.fixture
def shop(store: Store) -> Store:
    store.add_product(FORMS)
    return store


# --- many at once is the same as one by one ---

TABLES = (licences, sites, events, links, products)
days = st.integers(0, 99).map(at)
maybe_days = st.none() | days


@st.composite
def entries(draw: Any) -> list[Entry]:
    """Licences as rows tell them, with all that a row may hold."""
    found = []
    for number in range(draw(st.integers(1, 4))):
        key, as_of = Key(f"AAAA-BBBB-CCCC-{number:04}"), draw(days)
        names = draw(st.lists(st.sampled_from(("a.example.com", "b.example.com", "dev.example.com/x")), unique=True))
        places = [
            SiteActivated(key, name, draw(maybe_days) or as_of, label=draw(st.none() | st.just("desk")))
            for name in names
        ]
        places += (
            [SiteActivated(key, "install:7", as_of, at="c.example.com", install=None)] if draw(st.booleans()) else []
        )
        person = Person(draw(st.none() | st.just("7")), draw(st.sampled_from((None, "ada@example.com"))), "Ada")
        options: dict[str, Any] = {
            "holder": st.just(person if person.id or person.email else None),
            "site_limit": st.none() | st.integers(0, 3),
            "expires_at": maybe_days,
            "updates_until": days,
            "purchased_at": days,
            "plan": st.just("basic"),
            "purchase": st.sampled_from(("one_time", "recurring")),
            "order_id": st.just("12"),
            "subscription_id": st.just("s1"),
        }
        terms = {name: draw(option) for name, option in options.items() if draw(st.booleans())}
        found.append(
            Entry(
                *(2, key, draw(st.sampled_from(("acme-forms", "never-seen"))), as_of, False, terms, tuple(places)),
                renewed_at=draw(maybe_days),
                support_until=draw(maybe_days),
                status=draw(st.sampled_from((None, "active", "suspended", "expired", "refunded"))),
            )
        )
    return found


def told(store: Store, told_by: Any) -> dict[str, list[Any]]:
    """Every row of every table after somebody told an empty ledger something; ids by the key they stand for."""
    with transaction(store.runtime.engine) as tx:
        for table in ("sites", "links", "events", "licences", "products"):
            tx.execute(text(f"DELETE FROM {table}"))
    store.add_product(FORMS)
    with transaction(store.runtime.engine) as tx:
        told_by(tx, named(tx, store.runtime, store.slug))
    with transaction(store.runtime.engine) as tx:
        names = {one.id: one.key_hash for one in tx.execute(select(licences.c.id, licences.c.key_hash))}
        return {table.name: sorted(map(repr, _plain(store, tx, table, names))) for table in TABLES}


def _plain(store: Store, tx: Connection, table: Table, names: dict[str, str]) -> Iterable[Any]:
    for found in tx.execute(select(table)).mappings():
        plain = {name: names.get(value, value) if isinstance(value, str) else value for name, value in found.items()}
        if table is licences:
            plain["key_sealed"] = store.keyring.unseal(found["key_sealed"])
        if table is sites:
            plain["handle"] = found["handle"] == store.keyring.handle(found["license_id"], found["site"])
        if table is products:
            plain.pop("id")
        yield plain


@pytest.mark.slow
@given(found=entries())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_written_at_once_or_told_one_by_one_the_tables_are_equal(store: Store, found: list[Entry]) -> None:
    def at_once(tx: Connection, vendor: Any) -> None:
        ledger = NewLicences(tx, vendor, store.keyring, NOW, "imp_1")
        for entry in found:
            ledger.add(entry.key, news.for_new(entry, vendor.catalogue.named(entry.product)))
        ledger.write()

    def one_by_one(tx: Connection, vendor: Any) -> None:
        for entry in found:
            for event in news.for_new(entry, vendor.catalogue.named(entry.product)):
                Ledger(tx, named(tx, store.runtime, store.slug), store.keyring, NOW, "imp_1").apply(event)

    assert told(store, at_once) == told(store, one_by_one)


# --- twice is once ---


def everything(store: Store) -> dict[str, list[Any]]:
    with transaction(store.runtime.engine) as tx:
        return {table.name: sorted(map(repr, tx.execute(select(table)))) for table in TABLES}


def test_the_same_file_again_adds_nothing(shop: Store) -> None:
    rows = [row(K1, sites="one.example.com, two.example.com", status="suspended"), row(K2)]
    assert run(shop, rows) == {"new": 2}
    before = everything(shop)
    assert run(shop, rows) == {"same": 2}
    assert run(shop, rows, as_of=at(60)) == {"same": 2}  # the same file, touched
    assert everything(shop) == before


def test_the_same_file_again_gives_no_second_support_period(shop: Store) -> None:
    """R1, R2: a purchase told again is no second purchase, whatever else the newer file says."""
    run(shop, [row()])
    first = shop.standing(K1).support_until
    assert run(shop, [row(sitelimit="9")], as_of=at(60)) == {"changed": 1}
    assert run(shop, [row(sitelimit="9", updatedat="2026-11-01")]) == {"same": 1}
    assert (shop.standing(K1).site_limit, shop.standing(K1).support_until) == (9, first)


def test_a_row_without_date_of_purchase_is_dated_once(shop: Store) -> None:
    run(shop, [row(purchasedat="")])
    first = shop.standing(K1).support_until
    run(shop, [row(purchasedat="", sitelimit="9")], as_of=at(60))
    assert shop.standing(K1).support_until == first
    assert shop.standing(K1).purchased_at == at(50)


def test_a_key_told_by_a_host_keeps_its_support_when_a_file_tells_of_it_too(shop: Store) -> None:
    shop.tell([Granted(Key(K1), "acme-forms", at(3), Person("7", "ada@example.com"), site_limit=1, purchased_at=at(2))])
    before = shop.standing(K1)
    assert run(shop, [row(sitelimit="2", sites="one.example.com")]) == {"changed": 1}
    after = shop.standing(K1)
    assert (after.support_until, after.purchased_at) == (before.support_until, before.purchased_at)
    assert (after.site_limit, after.seated) == (2, ("one.example.com",))
    assert run(shop, [row(sitelimit="2", sites="one.example.com")]) == {"same": 1}


def test_stopped_in_the_middle_it_goes_on_from_there(shop: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    rows = [row(f"AAAA-BBBB-CCCC-{number:04}") for number in range(7)]

    def until_stopped() -> Iterable[Row]:
        yield from rows[:5]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(shop, until_stopped())
    assert run(shop, rows) == {"same": 4, "new": 3}
    assert run(shop, rows) == {"same": 7}


def test_a_key_that_somebody_grants_meanwhile_is_told_to_him(shop: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two that make the same licence at the same time: the database refuses one, and the batch is done again."""
    write = NewLicences.write
    calls: list[int] = []

    def refused_once(self: NewLicences) -> None:
        calls.append(1)
        if len(calls) == 1:
            raise IntegrityError("", {}, Exception())
        write(self)

    monkeypatch.setattr(NewLicences, "write", refused_once)
    assert run(shop, [row(K1), row(K2)]) == {"new": 2}
    assert len(calls) == 2


def test_a_key_on_several_rows_is_one_licence_with_all_its_sites(shop: Store) -> None:
    rows = [row(sites="one.example.com"), row(sites="two.example.com"), row(K2)]
    assert run(shop, rows) == {"new": 2, "changed": 1}
    assert run(shop, rows) == {"same": 3}
    assert shop.standing(K1).seated == ("one.example.com", "two.example.com")


def test_a_key_in_another_letter_case_is_the_same_key(shop: Store) -> None:
    assert run(shop, [row(K1), row(f" {K1.lower()} ")]) == {"new": 1, "same": 1}


# --- order of news ---


def test_older_files_never_overwrite_newer_news(shop: Store) -> None:
    run(shop, [row(status="active", sitelimit="3")], as_of=at(50))
    shop.tell([StatusChanged(Key(K1), "revoked", at(90)), SiteDeactivated(Key(K1), "one.example.com", at(90))])
    assert run(shop, [row(status="active", sitelimit="3", sites="one.example.com")], as_of=at(70)) == {"same": 1}
    stands = shop.standing(K1)
    assert (stands.status, stands.seated) == ("revoked", ())
    assert run(shop, [row(status="active", sitelimit="3")], as_of=at(95)) == {"changed": 1}
    assert shop.standing(K1).status == "active"


@pytest.mark.parametrize("own", [{}, {"updatedat": "2026-11-01"}])
def test_a_file_told_again_with_a_column_mapped_anew_corrects_the_first_time(shop: Store, own: dict[str, str]) -> None:
    for limit in ("7", "1", "4", "2", "9"):
        assert run(shop, [row(seats=limit, **own)], maps={"site_limit": ["seats"]}).keys() <= {"new", "changed"}
        assert run(shop, [row(seats=limit, **own)], maps={"site_limit": ["seats"]}) == {"same": 1}
        assert shop.standing(K1).site_limit == int(limit)


def test_a_rows_own_date_goes_before_the_files(shop: Store) -> None:
    run(shop, [row(sitelimit="3", updatedat="2026-11-01")], as_of=at(50))
    assert run(shop, [row(sitelimit="1", updatedat="2026-10-01")], as_of=at(99)) == {"same": 1}
    assert run(shop, [row(sitelimit="2", updatedat="2026-11-02")], as_of=at(50)) == {"changed": 1}
    assert shop.standing(K1).site_limit == 2


def test_what_a_file_does_not_speak_of_stays(shop: Store) -> None:
    run(shop, [row(sitelimit="3", expiresat="2027-01-01", status="suspended")])
    bare = Row(2, {"licensekey": K1, "product": "acme-forms", "sites": "one.example.com"})
    assert run(shop, [bare], as_of=at(60)) == {"changed": 1}
    stands = shop.standing(K1)
    assert (stands.status, stands.site_limit, str(stands.expires_at)[:10]) == ("suspended", 3, "2027-01-02")


def test_elg_06_the_holder_stays_whoever_a_file_names(shop: Store) -> None:
    run(shop, [row()])
    assert run(shop, [row(email="bob@example.com", updatedat="2026-11-01")]) == {"same": 1}
    assert shop.standing(K1).holder == Person(None, "ada@example.com")


def test_a_key_only_mentioned_so_far_becomes_a_licence(shop: Store) -> None:
    shop.tell([StatusChanged(Key(K1), "suspended", at(90))])
    assert run(shop, [row()]) == {"new": 1}
    assert shop.standing(K1).status == "suspended"


def test_an_imported_licence_ends_with_the_refund_of_its_order(shop: Store) -> None:
    run(shop, [row(orderid="12")])
    line = OrderLine("1", ("sku:NONE",), total="9.00")
    shop.tell([OrderSeen("12", "refunded", at(80), lines=(line,), total="9.00", currency="USD", paid_at=at(2))])
    assert shop.standing(K1).status == "refunded"


def test_a_rotated_key_leads_to_its_licence(shop: Store) -> None:
    run(shop, [row()])
    with transaction(shop.runtime.engine) as tx:
        vendor = named(tx, shop.runtime, shop.slug)
        license_id = tx.execute(select(licences.c.id)).scalar_one()
        later = NOW + timedelta(days=30)
        key_rotation.rotate(tx, shop.keyring, vendor.id, license_id, Key(K2), later, NOW)
    assert run(shop, [row(K2, sitelimit="9")], as_of=at(60)) == {"changed": 1}
    assert shop.standing(K1).site_limit == 9


# --- faults and dry runs ---


def test_good_rows_load_and_bad_ones_are_told_with_their_key_masked(shop: Store) -> None:
    faults: list[Fault] = []
    flow = importer(shop)
    flow.on_fault = faults.append
    rows: list[Row | Fault] = [
        row(K1),
        row(K2, expiresat="soon", email="nobody"),
        row("abc"),
        Fault(9, "", "this is not JSON", "mend it"),
    ]
    assert [vars(tally)["new"] for tally in flow.run(rows)] == [1]
    assert (flow.tally.new, flow.tally.faulty) == (1, 3)
    assert [(fault.column, fault.key) for fault in faults] == [
        ("expiresat", "…0002"),
        ("email", "…0002"),
        ("licensekey", ""),
        ("", ""),
    ]


def test_a_dry_run_says_what_a_run_does_and_writes_nothing(shop: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    run(shop, [row(K1)])
    rows = [row(K1), row(K1, sitelimit="9"), row(K2, product="new-here"), row("abc")]
    before = everything(shop)
    dry = run(shop, rows, dry=True)
    assert everything(shop) == before
    assert dry == run(shop, rows) == {"new": 1, "same": 1, "changed": 1, "faulty": 1}


def test_a_dry_run_counts_a_new_key_once(shop: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 1)
    assert run(shop, [row(K1), row(K1, sites="one.example.com")], dry=True) == {"new": 1, "again": 1}


def test_a_product_is_registered_only_where_a_slug_names_it(shop: Store) -> None:
    assert run(shop, [row(product="Acme Forms"), row(K2, product="Unheard Of")]) == {"new": 1, "faulty": 1}
    assert run(shop, [row(K2, product="Unheard Of")], product="unheard") == {"new": 1}
    assert run(shop, [row("AAAA-BBBB-CCCC-0003", product="gallery")]) == {"new": 1}
    with transaction(shop.runtime.engine) as tx:
        goods = named(tx, shop.runtime, shop.slug).catalogue
    assert [product.slug for product in goods.products] == ["acme-forms", "gallery", "unheard"]


def test_a_file_of_the_disk_goes_all_the_way(shop: Store, tmp_path: Path) -> None:
    path = tmp_path / "keys.csv"
    lines = [f"AAAA-BBBB-CCCC-{number:04};acme-forms;c{number}@example.com" for number in range(1200)]
    path.write_text("\n".join(["Licence Key;Product;E-mail", *lines]), encoding="utf-8")
    assert run(shop, Source(path)) == {"new": 1200}
    assert run(shop, Source(path)) == {"same": 1200}


def test_software_with_an_imported_key_goes_on_where_it_was(shop: Store) -> None:
    """ELG-09: the site that had its seat there has it here, in any spelling, and another one is counted from there on."""
    run(shop, [row(sitelimit="1", sites="https://www.one.example.com/")])
    with transaction(shop.runtime.engine) as tx:
        codes = [
            ask(tx, shop.runtime, Question(act, key=Key(K1), product=("edd:501",), site=site), NOW).verdict.code
            for act, site in (
                ("validate", "http://one.example.com"),
                ("activate", "https://one.example.com:8080/wp-admin/"),
                ("activate", "two.example.com"),
                ("deactivate", "one.example.com"),
                ("activate", "two.example.com"),
            )
        ]
    assert codes == ["VALID", "VALID", "SITE_LIMIT_REACHED", "SITE_NOT_ACTIVATED", "VALID"]
