"""`python -m bench.simulating`: how long deciding 100,000 stored decisions again takes, under another policy and their own.

The aim is under a minute. The store is an SQLite file in a folder that goes away; the decisions are copies of three.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

from sqlalchemy import insert, select

import wsgi
from connector import settings
from connector.domain.licensing.events import Granted, Key, Person
from connector.domain.policy.requests import Request
from connector.licences.ledger import Ledger
from connector.requests.support_requests import open_request
from connector.runtime import Runtime
from connector.storage import ids, migrations
from connector.storage.database import reading, transaction
from connector.storage.tables import decisions, vendors
from connector.vendors.policies import simulation, versions
from connector.vendors.vendor import named

COUNT = 100_000
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
KEY, ADA = Key("AAAA-BBBB-CCCC-0001"), Person("7", "ada@example.com", "Ada")


def main(count: int = COUNT) -> None:
    """Print seconds and decisions a second of both."""
    for name, spent in seconds(count).items():
        print(f"{name}: {count} decisions in {spent:.1f} s, {count / spent:.0f} a second")


def seconds(count: int) -> dict[str, float]:
    """How long each of both takes for so many decisions."""
    with tempfile.TemporaryDirectory() as folder:
        runtime = _stocked(Path(folder), count)
        with reading(runtime.engine) as tx:
            vendor = named(tx, runtime, "acme")
            other = versions.load(runtime, "hourly-services")
            span = NOW - timedelta(days=90), NOW + timedelta(days=1)
            begin = perf_counter()
            flips = simulation.simulate(tx, vendor.id, other, *span)
            between = perf_counter()
            same = simulation.replay(tx, runtime, vendor.id, *span)
            end = perf_counter()
        assert (flips.decided, same.decided, same.different, same.unkept) == (count, count, (), ())
        return {"simulate": between - begin, "replay": end - between}


def _stocked(folder: Path, count: int) -> Runtime:
    url = f"sqlite:///{folder}/bench.db"
    migrations.upgrade(url)
    runtime = replace(wsgi.make_runtime(replace(settings.load(), database_url=url)), clock=lambda: NOW)
    with transaction(runtime.engine) as tx:
        row = {"id": ids.new_id("ven", NOW), "slug": "acme", "policy": "whmcs-modules", "settings": json.dumps({})}
        tx.execute(insert(vendors).values(**row, created_at=NOW))
        Ledger(tx, named(tx, runtime, "acme"), runtime.keyring, NOW, "bench").apply(Granted(KEY, "forms", NOW, ADA))
    for number, kind in enumerate(("how_to_feature", "custom_dev", "bug")):
        with transaction(runtime.engine) as tx:
            vendor = named(tx, runtime, "acme")
            request = Request(f"r{number}", key=KEY, request_kind=kind, requester=ADA)
            open_request(tx, runtime, vendor, "bench", request, NOW)
    with transaction(runtime.engine) as tx:
        made = [dict(row) for row in tx.execute(select(decisions)).mappings()]
        for page in _copies(made, count - len(made)):
            tx.execute(insert(decisions), page)
    return runtime


def _copies(made: list[dict[str, Any]], count: int) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, count, 5000):
        numbers = range(start, min(start + 5000, count))
        rows = [made[number % len(made)] | {"id": ids.new_id("dec", NOW)} for number in numbers]
        yield rows


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT)
