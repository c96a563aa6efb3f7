"""What keeps data whole: pragmas, locks taken at once, writers in turn, conflicts tried again, cut connections read again."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import event, insert, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from connector.storage import database
from connector.storage.database import reading, reading_again, retrying, transaction
from connector.storage.tables import endpoints
from tests.support.stores import NOW, Store

LONG = 20.0


@pytest.fixture
def lite(stores: Callable[[str], Store]) -> Store:
    return stores("sqlite")


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("synchronous", 2), ("foreign_keys", 1), ("journal_mode", "wal")],
    ids=["a power cut loses nothing that was answered", "rows hang together", "readers and a writer do not wait"],
)
def test_every_connection_has_the_pragmas_we_rely_on(lite: Store, pragma: str, value: Any) -> None:
    with reading(lite.runtime.engine) as one, reading(lite.runtime.engine) as other:
        assert [tx.execute(text(f"PRAGMA {pragma}")).scalar_one() for tx in (one, other)] == [value, value]


def test_a_row_of_a_vendor_that_does_not_exist_is_refused(store: Store) -> None:
    row = {"id": "ep_x", "vendor_id": "vnd_none", "host": "standard", "secrets": "", "created_at": NOW}
    needed = {column.name: "" for column in endpoints.c if not column.nullable and column.default is None}
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"), transaction(store.runtime.engine) as tx:
        tx.execute(insert(endpoints).values({name: row.get(name, value) for name, value in {**needed, **row}.items()}))


def begun(store: Store, opened: Callable[[Any], Any]) -> list[str]:
    """The statements that begin what `opened` opens."""
    said: list[str] = []
    listen = (store.runtime.engine, "before_cursor_execute", lambda *told: said.append(told[2]))
    event.listen(*listen)
    with opened(store.runtime.engine) as tx:
        tx.execute(text("SELECT 1"))
    event.remove(*listen)
    return [each for each in said if each.startswith("BEGIN")]


def test_a_writer_takes_the_lock_before_it_reads_and_a_reader_never(lite: Store) -> None:
    """A transaction that reads first and then cannot write has decided on what is no longer so."""
    assert begun(lite, transaction) == ["BEGIN IMMEDIATE"]
    assert begun(lite, reading) == ["BEGIN"]


def test_writers_on_sqlite_wait_for_their_turn_and_not_in_the_database(lite: Store) -> None:
    engine, done = lite.runtime.engine, Event()

    def write() -> None:
        with transaction(engine):
            done.set()

    with transaction(engine):
        thread = Thread(target=write)
        thread.start()
        while not database._TURNS[engine].waiting and thread.is_alive():
            pass
        assert not done.is_set()
    thread.join(LONG)
    assert done.is_set()


class Conflict(Exception):
    """What psycopg raises for a conflict: an error with a state."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__("told by a test")
        self.sqlstate = sqlstate


SERIALIZATION, DEADLOCK = Conflict("40001"), Conflict("40P01")


class Work:
    """A transaction that fails as often as there are faults, and then works."""

    def __init__(self, *faults: Exception) -> None:
        self.faults, self.runs = list(faults), 0

    def __call__(self) -> str:
        self.runs += 1
        if self.faults:
            raise self.faults.pop(0)
        return "done"


def failed(orig: Exception, cut: bool = False) -> OperationalError:
    return OperationalError("", {}, orig, connection_invalidated=cut)


@pytest.mark.parametrize("orig", [SERIALIZATION, DEADLOCK], ids=["conflict", "deadlock"])
def test_what_a_conflict_broke_is_done_again_as_a_whole(orig: Exception) -> None:
    work = Work(*[failed(orig)] * 3)
    assert retrying(work) == "done"
    assert work.runs == 4


def test_a_conflict_that_does_not_end_is_told() -> None:
    work = Work(*[failed(SERIALIZATION)] * 9)
    with pytest.raises(OperationalError):
        retrying(work)
    assert work.runs == 4


def test_what_is_no_conflict_is_not_done_again() -> None:
    work = Work(failed(Conflict("57P01")))
    with pytest.raises(OperationalError):
        retrying(work)
    assert work.runs == 1


def test_a_reading_whose_connection_was_cut_is_done_once_more() -> None:
    once = Work(failed(Exception("closed"), cut=True))
    assert (reading_again(once), once.runs) == ("done", 2)
    twice = Work(*[failed(Exception("closed"), cut=True)] * 2)
    with pytest.raises(DBAPIError):
        reading_again(twice)
    assert twice.runs == 2


def test_a_reading_that_failed_otherwise_is_not_done_again() -> None:
    work = Work(failed(Exception("syntax")))
    with pytest.raises(DBAPIError):
        reading_again(work)
    assert work.runs == 1


@pytest.mark.postgres
@pytest.mark.parametrize("within", [transaction, reading])
def test_a_session_that_is_cut_in_between_is_told_as_the_database_being_away(
    stores: Callable[[str], Store], within: Callable[[Any], Any]
) -> None:
    """So that it is a 503 and not a fault of ours; the next one is answered."""
    engine = stores("postgresql").runtime.engine
    with pytest.raises(OperationalError) as told, within(engine) as tx:
        tx.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert told.value.connection_invalidated
    with within(engine) as tx:
        assert tx.execute(text("SELECT 1")).scalar() == 1
