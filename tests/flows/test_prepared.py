# ruff: noqa: PT012 - what is tried is a transaction, and it fails at its end
"""Prepared statements go the short way and mean what they mean in SQLAlchemy: same values, same order, same errors."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import bindparam, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, StatementError

from connector.db import insert_all_once, insert_once, reading, transaction
from connector.prepared import prepared
from connector.tables import deliveries, licences, links, sites, vendors
from tests.flows.stores import NOW, Store

_VENDOR = prepared(select(vendors).where(vendors.c.slug == bindparam("slug")))
_ADD = prepared(insert(vendors))
_RENAME = prepared(update(vendors).where(vendors.c.id == bindparam("row")).values(slug=bindparam("to")))
_COUNT = prepared(select(func.count()).select_from(vendors))
_SITE = prepared(insert(sites))
_SITES = prepared(select(sites))
_SEALED = prepared(select(licences.c.key_sealed, licences.c.created_at, licences.c.product, licences.c.version))

BERLIN = timezone(timedelta(hours=1))


def vendor(id: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "slug": id, "policy": "p", "settings": "{}", "created_at": NOW} | more


def licence(vendor_id: str, **more: Any) -> dict[str, Any]:
    fixed = {"id": "lic_1", "vendor_id": vendor_id, "key_hash": "h", "key_last4": "…", "key_sealed": b"\x00\xff'\\"}
    return fixed | {"state": "{}", "position": "", "created_at": NOW} | more


def owner(store: Store) -> str:
    with reading(store.runtime.engine) as tx:
        return str(tx.execute(_VENDOR, {"slug": store.slug}).one().id)


def test_values_of_every_type_come_back_as_they_went_in(store: Store) -> None:
    then = datetime(2026, 3, 1, 0, 30, 0, 5, tzinfo=BERLIN)
    with transaction(store.runtime.engine) as tx:
        assert insert_once(tx, licences, licence(owner(store), created_at=then))
        tx.execute(
            _SITE,
            {"license_id": "lic_1", "site": "bücher.example.com/%s?", "vendor_id": "v", "seated": True, "since": then},
        )
    with reading(store.runtime.engine) as tx:
        found = tx.execute(_SEALED).one()
        site = tx.execute(_SITES).one()
    assert (bytes(found.key_sealed), found.product, found.version) == (b"\x00\xff'\\", None, 0)
    assert (found.created_at, found.created_at.tzinfo) == (then, UTC)
    assert (site.site, site.seated, site.since) == ("bücher.example.com/%s?", True, then)


def test_a_time_without_zone_is_refused(store: Store) -> None:
    with pytest.raises((ValueError, StatementError)), transaction(store.runtime.engine) as tx:
        tx.execute(_ADD, vendor("ven_1", created_at=datetime(2026, 3, 1)))  # noqa: DTZ001
        tx.execute(_COUNT)


@pytest.mark.postgres
def test_text_is_never_cut_at_a_nul(stores: Callable[[str], Store]) -> None:
    with pytest.raises(DBAPIError), transaction(stores("postgresql").runtime.engine) as tx:
        tx.execute(_ADD, vendor("ven_1", slug="a\x00b"))
        tx.execute(_COUNT)


def test_what_reads_sees_what_was_written_before(store: Store) -> None:
    with transaction(store.runtime.engine) as tx:
        tx.execute(_ADD, vendor("ven_1"))
        assert tx.execute(_COUNT).scalar_one() == 2
        tx.execute(_RENAME, {"row": "ven_1", "to": "renamed"})
        assert tx.execute(select(vendors.c.slug).where(vendors.c.id == "ven_1")).scalar_one() == "renamed"
        tx.execute(_RENAME, {"row": "ven_1", "to": "again"})
        assert tx.exec_driver_sql("SELECT slug FROM vendors WHERE id = 'ven_1'").scalar_one() == "again"


def test_writes_of_one_table_keep_their_order(store: Store) -> None:
    with transaction(store.runtime.engine) as tx:
        tx.execute(_ADD, vendor("ven_1"))
        for name in ("one", "two", "three"):
            tx.execute(_RENAME, {"row": "ven_1", "to": name})
    with reading(store.runtime.engine) as tx:
        assert tx.execute(_VENDOR, {"slug": "three"}).first() is not None


def test_writes_of_several_tables_travel_together_and_all_arrive(store: Store) -> None:
    vendor_id = owner(store)
    rows = [{"vendor_id": vendor_id, "link": f"order:{number}", "target": "lic_1"} for number in range(120)]
    with transaction(store.runtime.engine) as tx:
        insert_once(tx, licences, licence(vendor_id))
        tx.execute(_RENAME, {"row": vendor_id, "to": "renamed"})
        insert_all_once(tx, links, rows[:3])
        tx.execute(_SITE, {"license_id": "lic_1", "site": "s", "vendor_id": vendor_id, "seated": False, "since": NOW})
        insert_all_once(tx, links, rows)
    with reading(store.runtime.engine) as tx:
        assert tx.execute(select(func.count()).select_from(links)).scalar_one() == 120
        assert tx.execute(_SITES).one().seated is False
        assert tx.execute(_VENDOR, {"slug": "renamed"}).one().id == vendor_id


def test_a_write_that_cannot_be_takes_all_others_back(store: Store) -> None:
    vendor_id = owner(store)
    with pytest.raises(IntegrityError) as caught, transaction(store.runtime.engine) as tx:
        tx.execute(_RENAME, {"row": vendor_id, "to": "renamed"})
        tx.execute(_SITE, {"license_id": "none", "site": "s", "vendor_id": vendor_id, "seated": True, "since": NOW})
    assert "renamed" not in str(caught.value)
    assert owner(store) == vendor_id


def test_what_failed_half_way_is_not_written(store: Store) -> None:
    with pytest.raises(RuntimeError), transaction(store.runtime.engine) as tx:
        tx.execute(_ADD, vendor("ven_1"))
        raise RuntimeError
    with reading(store.runtime.engine) as tx:
        assert tx.execute(_COUNT).scalar_one() == 1


def test_a_savepoint_takes_back_only_what_came_after_it(store: Store) -> None:
    with transaction(store.runtime.engine) as tx:
        tx.execute(_ADD, vendor("ven_1"))
        inner = tx.begin_nested()
        tx.execute(_ADD, vendor("ven_2"))
        inner.rollback()
        tx.execute(_ADD, vendor("ven_3"))
    with reading(store.runtime.engine) as tx:
        assert tx.execute(select(vendors.c.id).where(vendors.c.id.like("ven\\__", escape="\\"))).scalars().all() == [
            "ven_1",
            "ven_3",
        ]


@pytest.mark.postgres
def test_a_lost_connection_is_said_so_and_not_used_again(stores: Callable[[str], Store]) -> None:
    engine = stores("postgresql").runtime.engine
    with pytest.raises(OperationalError), transaction(engine) as tx:
        mine = tx.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": mine})
        tx.execute(_COUNT)
    with transaction(engine) as tx:
        assert tx.execute(_COUNT).scalar_one() == 1


def test_a_delivery_is_new_once(store: Store) -> None:
    row = {"link": "order:1", "target": "lic_1", "vendor_id": owner(store)}
    with transaction(store.runtime.engine) as tx:
        assert insert_once(tx, links, row)
        assert not insert_once(tx, links, row)
        assert tx.execute(select(func.count()).select_from(deliveries)).scalar_one() == 0
