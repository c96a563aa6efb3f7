"""`make bench`: 10 k licences and 1 M on both databases; ARGS=--quick 10 k only, ARGS=--shapes servers of several shapes."""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from bench import commands, deciding, forwarding, inside, machine, rendering, rounds, serving, simulating, stock, tables
from bench.databases import PostgreSQL
from bench.rounds import Series
from bench.serving import Shape
from bench.stock import Store

SMALL, LARGE = 10_000, 1_000_000
SHAPES = {"SQLite": Shape(1, 16), "PostgreSQL": Shape(1, 8)}
OTHER_SHAPES = {
    "SQLite": (Shape(1, 16, pinned=False), Shape(2, 8, pinned=False)),
    "PostgreSQL": (Shape(1, 4), Shape(1, 16), Shape(1, 16, pinned=False), Shape(2, 8, pinned=False)),
}


@dataclass(frozen=True)
class Plan:
    """How much to measure."""

    sizes: tuple[int, ...]
    rounds: int
    seconds: float
    tickets: int
    simulated: int
    shapes: bool


def main(words: Sequence[str] | None = None) -> None:
    """Measure and print."""
    options = _options(words)
    sizes = (SMALL,) if options.quick else (SMALL, LARGE)
    count = options.rounds or (3 if options.quick else 5)
    simulated = simulating.COUNT // 10 if options.quick else simulating.COUNT
    plan = Plan(sizes, count, options.seconds, options.tickets, simulated, options.shapes)
    started = time.monotonic()
    _commands()
    _deciding()
    _simulating(plan)
    with _folder(options.keep) as folder:
        server = PostgreSQL(folder)
        try:
            stores = _stocked(server, folder, plan.sizes)
            _inside(stores)
            _over_http(stores, plan, folder)
            _forwarding([store for store in stores if store.size == SMALL], plan, folder)
        finally:
            server.stop()
    print(f"\n{time.monotonic() - started:.0f} s in all")


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="10 k licences only, three rounds")
    parser.add_argument("--shapes", action="store_true", help="servers of other shapes as well, at 10 k")
    parser.add_argument("--rounds", type=int, help="rounds of each measurement; default 5 (--quick: 3)")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of one turn; default %(default)s")
    parser.add_argument("--tickets", type=int, default=200, help="tickets to forward; default %(default)s")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the stores there, and use what is there")
    return parser.parse_args(words)


def _say(line: str) -> None:
    print(line, flush=True)


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """A folder on a real disk; others may look into it, because PostgreSQL runs as another user where we are root."""
    folder = keep.resolve() if keep else Path(tempfile.mkdtemp(prefix="connector-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def _stocked(server: PostgreSQL, folder: Path, sizes: tuple[int, ...]) -> list[Store]:
    """The stores of these sizes on both databases, loaded side by side."""
    before = time.monotonic()
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        waiting = [
            pool.submit(stock.stock, _database(server, folder, kind, size), size, _described(folder, kind, size))
            for size in sizes
            for kind in ("sqlite", "postgresql")
        ]
        stores = [each.result() for each in waiting]
    _say(f"loaded in {time.monotonic() - before:.0f} s: " + ", ".join(f"{s.kind} {s.size:,}" for s in stores))
    return sorted(stores, key=lambda store: (store.kind != "SQLite", store.size))


def _described(folder: Path, kind: str, size: int) -> Path:
    """Where it is written down that the store is whole."""
    return folder / f"{kind}-{size}.json"


def _database(server: PostgreSQL, folder: Path, kind: str, size: int) -> str:
    """The store's URL; without what an earlier run may have left half loaded."""
    whole = _described(folder, kind, size).exists()
    if kind == "postgresql":
        return server.database(f"s{size}", fresh=not whole)
    for file in [] if whole else folder.glob(f"{size}.sqlite3*"):
        file.unlink()
    return f"sqlite:///{folder}/{size}.sqlite3"


def _commands() -> None:
    spent = commands.seconds()
    rows = [(name, f"{each:.2f}", f"{each / spent[commands.YARDSTICK]:.1f}") for name, each in spent.items()]
    _say(tables.table("A command from start to end", ("what", "CPU s", "x SQLAlchemy"), rows))


def _deciding() -> None:
    head = ("one call", "us", "x empty call")
    found = {"Deciding, nothing but the pure core": deciding.costs(), "Protocols, beside the ledger": rendering.costs()}
    for name, costs in found.items():
        rows = [(work, f"{cost.micros:.1f}", f"{cost.calls:,.0f}") for work, cost in costs.items()]
        _say(tables.table(name, head, rows))


def _simulating(plan: Plan) -> None:
    spent = simulating.seconds(plan.simulated)
    rows = [(name, f"{each:.1f}", f"{plan.simulated / each:,.0f}") for name, each in spent.items()]
    _say(tables.table(f"Deciding {plan.simulated:,} stored decisions again", ("how", "s", "a second"), rows))


def _inside(stores: Sequence[Store]) -> None:
    rows = []
    mine = os.sched_getaffinity(0)
    os.sched_setaffinity(0, machine.cores()[0])
    for store in stores:
        for name, cost in inside.costs(store).items():
            cells = (f"{cost.micros:.0f}", f"{cost.hellos:.1f}", f"{cost.statements:.1f}")
            rows.append((store.kind, f"{store.size:,}", name, *cells))
    os.sched_setaffinity(0, mine)
    head = ("database", "licences", "one request", "CPU us", "x hello", "statements")
    _say(tables.table("In process, without a server", head, rows))


def _over_http(stores: Sequence[Store], plan: Plan, folder: Path) -> None:
    found: dict[tuple[str, int], dict[str, Series]] = {}
    memory = []
    for store in stores:
        found[store.kind, store.size], idle, loaded = _measured(store, SHAPES[store.kind], plan, folder)
        memory.append((store.kind, f"{store.size:,}", f"{idle:.0f}", f"{loaded:.0f}"))
    _say(tables.rates(found, SHAPES))
    if len(plan.sizes) > 1:
        _say(tables.growth(found, plan.sizes))
    head = ("database", "licences", "idle", "after load")
    _say(tables.table("Resident memory of a serving process, MiB", head, memory))
    if plan.shapes:
        _shapes(stores, plan, folder)


def _measured(store: Store, shape: Shape, plan: Plan, folder: Path) -> tuple[dict[str, Series], float, float]:
    with (
        serving.connector(store.environment, shape, folder) as server,
        serving.hello(shape, folder) as hello,
    ):
        idle = server.resident()
        series = rounds.measure(store, server, hello, plan.rounds, plan.seconds, _say)
        return series, idle, server.resident()


def _shapes(stores: Sequence[Store], plan: Plan, folder: Path) -> None:
    found = {}
    for store in (store for store in stores if store.size == SMALL):
        for shape in OTHER_SHAPES[store.kind]:
            found[f"{store.kind} {shape}"] = _measured(store, shape, plan, folder)[0]
    _say(tables.shapes(found))


def _forwarding(stores: Sequence[Store], plan: Plan, folder: Path) -> None:
    rows = []
    for store in stores:
        embedded = forwarding.forwarded(store, plan.tickets, folder, redis=False)
        rq = forwarding.forwarded(store, plan.tickets, folder, redis=True)
        rows.append((store.kind, f"{embedded:.0f}", f"{rq:.0f}"))
    head = ("database", "embedded worker", "2 RQ workers")
    _say(tables.table("Tickets forwarded a second, into a helpdesk that answers at once", head, rows))


if __name__ == "__main__":
    main()
