"""Importing a file of licences: some hundreds of rows a transaction, so that stopping at any point loses and doubles nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from connector.domain.licensing.events import Granted, LicenceEvent, Person
from connector.domain.licensing.licence import Licence
from connector.licences.importing import cells, news
from connector.licences.importing.bulk import NewLicences
from connector.licences.importing.entries import BadRow, Entry, Reader, masked
from connector.licences.importing.gaps import Gaps
from connector.licences.importing.rows import Fault, Row
from connector.licences.ledger import Ledger
from connector.runtime import Runtime
from connector.storage import audit, codec, ids
from connector.storage.database import retrying, transaction
from connector.storage.tables import events, licences
from connector.vendors.notify_endpoints import watch_licences
from connector.vendors.vendor import Vendor, named

BATCH = 500
_COLUMNS = (licences.c.id, licences.c.key_hash, licences.c.state, licences.c.same_as)
_TRIES = 4


@dataclass
class Tally:
    """What became of the rows read so far. new, changed, same: licences; again: a dry run met the key further up."""

    rows: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    again: int = 0
    faulty: int = 0

    def add(self, other: Tally) -> None:
        for name in vars(self):
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass
class Import:
    """One import into a vendor's ledger. dry: everything is tried and taken back; on_fault hears of each bad row."""

    runtime: Runtime
    slug: str
    reader: Reader
    now: datetime
    dry: bool = False
    on_fault: Callable[[Fault], None] = lambda fault: None
    tally: Tally = field(default_factory=Tally)
    gaps: Gaps = field(default_factory=Gaps)

    def __post_init__(self) -> None:
        self.source = ids.new_id("imp", self.now)
        self.met: dict[int, int] = {}

    def run(self, rows: Iterable[Row | Fault]) -> Iterator[Tally]:
        """Import batch after batch; after each, what became of the rows so far, which by then are safe."""
        for batch in _batches(rows):
            done = self._tried(batch)
            for fault in done.faults:
                self.on_fault(fault)
            self.tally.add(done.tally)
            self.gaps.add(done.gaps)
            yield self.tally

    def record(self, actor: str, file: str) -> None:
        """Write down who imported what, where anything was written."""
        if self.dry or not self.tally.new + self.tally.changed:
            return
        with transaction(self.runtime.engine) as tx:
            vendor = named(tx, self.runtime, self.slug)
            told = vars(self.tally) | {"file": file, "peer": self.reader.peer}
            audit.record(tx, vendor.id, self.source, "license.imported", actor=actor, now=self.now, **told)
            if vendor.listening:
                watch_licences(tx, vendor.id, self.now)

    def _tried(self, batch: list[Row | Fault]) -> _Batch:
        """The batch in a transaction of its own; again where somebody else made one of its licences meanwhile."""
        for _ in range(_TRIES - 1):
            try:
                return retrying(lambda: self._once(batch))
            except IntegrityError:
                continue
        return retrying(lambda: self._once(batch))

    def _once(self, batch: list[Row | Fault]) -> _Batch:
        with transaction(self.runtime.engine) as tx:
            vendor = named(tx, self.runtime, self.slug)
            found = _Batch(self, tx, vendor)
            found.take(batch)
            if self.dry:
                tx.rollback()
        if self.dry:
            self.met |= {_short(key_hash): _mark(entry) for key_hash, entry in found.fresh.items()}
        return found


@dataclass(frozen=True)
class _Held:
    """A licence there is; read only where somebody asks."""

    id: str
    state: str

    @cached_property
    def licence(self) -> Licence:
        return codec.loads(self.state, Licence)


class _Batch:
    """Some rows inside their transaction."""

    def __init__(self, flow: Import, tx: Connection, vendor: Vendor) -> None:
        self.flow = flow
        self.tx = tx
        self.tally = Tally()
        self.gaps = Gaps()
        self.faults: list[Fault] = []
        self.fresh: dict[str, Entry] = {}
        self._ledger = NewLicences(tx, vendor, flow.runtime.keyring, flow.now, flow.source)

    def take(self, batch: list[Row | Fault]) -> None:
        entries = [entry for each in batch if (entry := self._entry(each))]
        hashes = [self.flow.runtime.keyring.key_hash(entry.key) for entry in entries]
        known = self._held(set(hashes))
        later: list[tuple[Entry, str]] = []
        met: dict[str, Entry] = {}
        for entry, key_hash in zip(entries, hashes, strict=True):
            first = self.fresh.get(key_hash) or met.get(key_hash)
            if first is not None and _are_two(_holder(first), _holder(entry)):
                self._blame(entry, f"line {first.line} has this key for another person")
            elif _short(key_hash) in self.flow.met:
                self._again(entry, self.flow.met[_short(key_hash)])
            elif key_hash in known or key_hash in self.fresh:
                later.append((entry, key_hash))
                met.setdefault(key_hash, entry)
            else:
                self.fresh[key_hash] = entry
                self.tally.new += 1
                self._ledger.add(entry.key, news.for_new(entry, self._ledger.catalogue.named(entry.product)))
        self._ledger.write()
        self._tell(later, known | self._held({key_hash for _, key_hash in later} - set(known)))

    def _again(self, entry: Entry, mark: int) -> None:
        """A dry run met the key in an earlier batch."""
        if _differ(mark, _mark(entry)):
            self._blame(entry, "a line further up has this key for another person")
        else:
            self.tally.again += 1

    def _blame(self, entry: Entry, what: str) -> None:
        """A key that the file gives to two people is one that somebody broke, or a list that was put together wrong."""
        cure = f"see whose it is; {cells.EXPORT_AGAIN}"
        self.faults.append(Fault(entry.line, "key", what, cure, masked(entry.key)))
        self.tally.faulty += 1

    def _entry(self, each: Row | Fault) -> Entry | None:
        self.tally.rows += 1
        try:
            if isinstance(each, Row):
                entry = self.flow.reader.read(each, self._ledger.catalogue)
                self.gaps.see(entry, self._ledger.vendor)
                return entry
            self.faults.append(each)
        except BadRow as bad:
            self.faults += bad.faults
        self.tally.faulty += 1
        return None

    def _tell(self, later: list[tuple[Entry, str]], known: dict[str, _Held]) -> None:
        """What the ledger has to be told one by one: the news of keys that have a row."""
        filed = _filed(self.tx, {known[key_hash].id for _, key_hash in later})
        mine = _granted_by(self.tx, self.flow.source, {known[key_hash].id for _, key_hash in later})
        for entry, key_hash in later:
            held = known[key_hash]
            if held.id in mine and _are_two(held.licence.holder, _holder(entry)):
                self._blame(entry, "a line further up has this key for another person")
                continue
            told = self._news(entry, held, filed)
            ledger = Ledger(self.tx, self._ledger.vendor, self._ledger.keyring, self.flow.now, self.flow.source)
            for event in told:
                ledger.apply(event)
            if told:
                known |= self._held({key_hash})
            if not told or (_seen(known[key_hash].licence) == _seen(held.licence) and not ledger.changes()):
                self.tally.same += 1
            elif held.licence.known:
                self.tally.changed += 1
            else:
                self.tally.new += 1

    def _news(self, entry: Entry, held: _Held, filed: Collection[tuple[str, str]]) -> list[LicenceEvent]:
        first = news.for_new(entry, self._ledger.catalogue.named(entry.product))
        if all((held.id, codec.digest_of(event)) in filed for event in first):
            return []
        return news.for_known(entry, held.licence) if held.licence.known else first

    def _held(self, hashes: Collection[str]) -> dict[str, _Held]:
        """The licences of these keys, by the key's hash; a further key of a licence leads to that licence."""
        mine = (licences.c.vendor_id == self._ledger.vendor.id) & licences.c.key_hash.in_(hashes)
        rows = self.tx.execute(select(*_COLUMNS).where(mine)).all() if hashes else []
        firsts = {row.same_as for row in rows if row.same_as}
        first = {}
        if firsts:
            first = {row.id: row for row in self.tx.execute(select(*_COLUMNS).where(licences.c.id.in_(firsts)))}
        found = {row.key_hash: first[row.same_as] if row.same_as else row for row in rows}
        return {key_hash: _Held(row.id, row.state) for key_hash, row in found.items()}


def _batches(rows: Iterable[Row | Fault]) -> Iterator[list[Row | Fault]]:
    batch: list[Row | Fault] = []
    for row in rows:
        batch.append(row)
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _filed(tx: Connection, subjects: Collection[str]) -> set[tuple[str, str]]:
    """The news these licences have had."""
    wanted = select(events.c.subject_id, events.c.digest).where(events.c.subject_id.in_(subjects))
    return {(row.subject_id, row.digest) for row in tx.execute(wanted)} if subjects else set()


def _granted_by(tx: Connection, source: str, subjects: Collection[str]) -> set[str]:
    """Those of these licences that this import has granted."""
    mine = events.c.subject_id.in_(subjects) & (events.c.delivery_id == source) & (events.c.kind == Granted.kind)
    return set(tx.execute(select(events.c.subject_id).where(mine)).scalars()) if subjects else set()


def _holder(entry: Entry) -> Person | None:
    found: Person | None = entry.terms.get("holder")
    return found


def _are_two(one: Person | None, other: Person | None) -> bool:
    """Are these certainly two people? Where both have an id of the shop, that decides, else their addresses."""
    if one is None or other is None:
        return False
    if one.id and other.id:
        return one.id != other.id
    return bool(one.email and other.email) and one.email != other.email


def _mark(entry: Entry) -> int:
    """Enough of a holder to tell two apart in little memory: half for the shop's id, half for the address; 0 = not named."""
    holder = _holder(entry)
    return (_half(holder.id) << _HALF | _half(holder.email)) if holder else 0


def _half(name: str | None) -> int:
    return (
        int.from_bytes(hashlib.blake2b(name.encode("utf-8", "replace"), digest_size=4).digest()) & _LOW if name else 0
    )


def _differ(one: int, other: int) -> bool:
    """`_are_two`, told from their marks."""
    ids, mails = (one >> _HALF, other >> _HALF), (one & _LOW, other & _LOW)
    return ids[0] != ids[1] if all(ids) else all(mails) and mails[0] != mails[1]


_HALF = 28
_LOW = (1 << _HALF) - 1


def _seen(licence: Licence) -> tuple[object, ...]:
    """What can be seen of a licence besides what the ledger watches."""
    return licence.known, licence.order_ids, licence.claims


def _short(key_hash: str) -> int:
    """Enough of a hash to tell a million keys apart in little memory."""
    return int(key_hash[:16], 16)
