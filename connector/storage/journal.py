"""One line in the log for each delivery, decision and change of the ledger, written when its transaction has committed.

A line names things by our ids and by words of ours: never a key, a secret, an address, a name or anything a host or a
customer typed. What is rolled back is not told.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, event

from connector.observe import Log

_LINES = "journal"
_MARKS = "journal_marks"

log = Log()
_open = False


def start() -> None:
    """Write lines from now on: in a serving process and in workers; a command tells what it did by itself."""
    global _open
    _open = True


def say(tx: Connection, what: str, **words: Any) -> None:
    """Have a line written once this transaction has committed; words without a value are left out."""
    if _open:
        tx.info.setdefault(_LINES, []).append((what, {name: word for name, word in words.items() if word is not None}))


def attach(engine: Engine) -> None:
    """Write, or forget, at the end of each transaction of this engine."""
    event.listen(engine, "commit", _committed)
    event.listen(engine, "rollback", _forget)
    event.listen(engine, "savepoint", _mark)
    event.listen(engine, "rollback_savepoint", _back_to_mark)


def _committed(connection: Connection) -> None:
    for what, words in connection.info.pop(_LINES, ()):
        log.info(what, **words)
    connection.info.pop(_MARKS, None)


def _forget(connection: Connection) -> None:
    if connection.invalidated:
        return  # a session that was cut took its lines along, and asking for them would hide what cut it
    connection.info.pop(_LINES, None)
    connection.info.pop(_MARKS, None)


def _mark(connection: Connection, name: str) -> None:
    connection.info.setdefault(_MARKS, {})[name] = len(connection.info.get(_LINES, ()))


def _back_to_mark(connection: Connection, name: str, _: Any) -> None:
    del connection.info.get(_LINES, [])[connection.info.get(_MARKS, {}).get(name, 0) :]
