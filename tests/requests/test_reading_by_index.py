"""Every part of the statement that reads a customer's file goes by an index, on both databases."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import Connection, insert, text

from connector.requests.file_reader import FILE
from connector.storage.database import transaction
from connector.storage.tables import accounts, licence_acts, licences, links, requests, sites, tickets
from connector.vendors.vendor import named
from tests.support.stores import NOW, Store

MANY = 3000
STATE = json.dumps({"name": "x" * 600})
"""As long as licences, orders and requests are."""

WORDS = {
    "keys": ["hash-1"],
    "ids": ["lic_1", "lic_2"],
    "licences": ["customer:1", "email:1@example.com"],
    "accounts": ["customer:1", "order:1", "license:lic_1"],
    "sites": ["1.example.com"],
    "tickets": ["asked:customer:1"],
    "staff": ["per_1"],
    "contacts": ["contact:1@example.com"],
}


def fill(tx: Connection, vendor_id: str) -> None:
    """Rows enough for a database to prefer its indexes."""
    of = {"vendor_id": vendor_id}
    rows: dict[Any, list[dict[str, Any]]] = {each: [] for each in (licences, sites, accounts, links, requests, tickets)}
    rows[licence_acts] = []
    for n in map(str, range(MANY)):
        licence = {"id": f"lic_{n}", "key_hash": f"hash-{n}", "key_last4": "0000", "key_sealed": b"", "state": STATE}
        rows[licences].append(of | licence | {"created_at": NOW})
        site = {"license_id": f"lic_{n}", "site": f"{n}.example.com", "at": f"{n}.example.com", "handle": n}
        rows[sites].append(of | site | {"since": NOW})
        for kind in ("order", "customer"):
            rows[accounts].append(of | {"id": f"{kind[:3]}_{n}", "kind": kind, "ref": n, "state": STATE})
        for word in (f"customer:{n}", f"email:{n}@example.com", f"order:{n}"):
            for target in (f"lic_{n}", f"ord_{n}", f"cus_{n}"):
                rows[links].append(of | {"link": word, "target": target})
        asked = {"id": f"req_{n}", "source": "x", "ref": n, "asked": STATE, "texts": b"", "received_at": NOW}
        rows[requests].append(of | asked)
        rows[links].append(of | {"link": f"asked:customer:{n}", "target": f"req_{n}"})
        ticket = {"id": f"tkt_{n}", "number": n, "request_id": f"req_{n}", "decision_id": "", "state": "queued"}
        rows[tickets].append(of | ticket | {"created_at": NOW})
        act = {"id": f"act_{n}", "subject_id": f"per_{n}", "act": "requester.restricted", "actor": "x", "at": NOW}
        rows[licence_acts].append(of | act)
    for table, values in rows.items():
        tx.execute(insert(table), values)


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.postgres
def test_postgresql_reads_no_table_from_end_to_end(stores: Any, mode: str) -> None:
    """Neither with a plan for these very words nor with one for any: which of the two is taken is the server's choice."""
    store: Store = stores("postgresql")
    with transaction(store.runtime.engine) as tx:
        vendor = named(tx, store.runtime, store.slug)
        fill(tx, vendor.id)
        tx.execute(text("ANALYZE"))
        tx.execute(text(f"SET LOCAL plan_cache_mode = {mode}"))
        statement, parameters = FILE.statement("postgresql", tuple(WORDS)), {"v": vendor.id, **WORDS}
        compiled = statement.compile(dialect=tx.dialect)
        given = compiled.construct_params(parameters)
        places = {name: f"${number}" for number, name in enumerate(given, 1)}
        tx.exec_driver_sql(f"PREPARE the_file AS {compiled.string % places}")
        told = ", ".join(map(_literal, given.values()))
        plan = tx.exec_driver_sql(f"EXPLAIN EXECUTE the_file({told})".replace("%", "%%")).scalars().all()
    assert any("Index" in line for line in plan)
    assert not [line for line in plan if "Seq Scan" in line], "\n".join(plan)


def _literal(value: Any) -> str:
    if isinstance(value, list):
        return f"ARRAY[{', '.join(map(_literal, value))}]"
    return str(value) if isinstance(value, int) else f"'{value}'"


def test_sqlite_reads_no_table_from_end_to_end(stores: Any) -> None:
    """SQLite plans without looking at rows; it scans nothing but the words, the names found so far and the tickets found."""
    store: Store = stores("sqlite")
    with transaction(store.runtime.engine) as tx:
        compiled = FILE.statement("sqlite", tuple(WORDS)).compile(dialect=tx.dialect)
        given = compiled.construct_params({"v": "ven_1", **{name: json.dumps(words) for name, words in WORDS.items()}})
        values = tuple(given[name] for name in compiled.positiontup)
        plan = [row[3] for row in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled.string}", values)]
    scanned = [line for line in plan if line.startswith("SCAN") and "VIRTUAL TABLE" not in line]
    assert {line.split()[1] for line in scanned} <= {"names", "latest"}, "\n".join(plan)
    searched = [line for line in plan if line.startswith("SEARCH")]
    assert not [line for line in searched if "(vendor_id=?)" in line or "AUTOMATIC" in line], "\n".join(plan)
