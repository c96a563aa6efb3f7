"""Where the database holds something on a person: every table but those of the vendor's own set-up, column by column.

Nothing has to be declared for a new table: texts are read as JSON or as words, sealed bytes are opened. Each row belongs to a
vendor by its own column, or by the row that it points to.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, LargeBinary, Table, Text, or_, select

from connector.domain.licensing.pseudonyms import Eraser, silenced
from connector.requests.customers import Identity
from connector.storage import codec, tables_policy
from connector.storage import tables_mail as _tables_mail  # noqa: F401 - all tables share one metadata
from connector.storage import tables_notify as _tables_notify
from connector.storage.keyring import Keyring, Unsealable
from connector.storage.tables import accounts, deliveries, endpoints, licences, metadata, requests, tickets

SET_UP = frozenset(
    {
        *("vendors", "endpoints", "products", "sinks", "tokens", "signing_keys", "faces", "face_secrets", "releases"),
        *(_tables_notify.notify_endpoints.name, _tables_notify.connect_codes.name, _tables_notify.licence_alarms.name),
        *(tables_policy.policies.name, tables_policy.policy_versions.name),
        *(tables_policy.tallies.name, tables_policy.tally_marks.name, tables_policy.clock_events.name),
    }
)
"""What the vendor set up, and counts: no customer stands in them."""

LEDGER = frozenset({"events", "licences", "accounts", "sites", "links"})
"""Where a text is never free words: a name there could as well be the name of a product."""

_PARENTS: Mapping[str, Table] = {"ticket_id": tickets, "endpoint_id": endpoints, "license_id": licences}
_KEYS = frozenset({"key_hash", "key_sealed", "handle"})
_BATCH = 500


@dataclass(frozen=True)
class Held:
    """A row that holds something on a person. own: of a request that the person made; new: columns without the person."""

    table: Table
    row: Any
    own: bool
    new: dict[str, Any]

    @property
    def where(self) -> ColumnElement[bool]:
        found: ColumnElement[bool] | None = None
        for column in self.table.primary_key.columns:
            same = column == self.row._mapping[column.name]
            found = same if found is None else found & same
        assert found is not None
        return found


class Holdings:
    """Everything that one vendor's rows hold on a person."""

    def __init__(self, tx: Connection, keyring: Keyring, vendor_id: str, person: Identity, pseudonym: str) -> None:
        self.tx = tx
        self.keyring = keyring
        self.vendor_id = vendor_id
        self.eraser = Eraser(pseudonym, person.ids, person.emails, person.names)
        self.links = person.links
        full_names = (name for name in person.names if " " in name.strip())
        self._needles = [*person.emails, *(json.dumps(each) for each in person.ids), *full_names]
        asked = [each.row.id for each in self._of(requests, frozenset(), frozenset())]
        self.requests = frozenset(asked)
        mine = select(tickets.c.id).where(tickets.c.vendor_id == vendor_id, tickets.c.request_id.in_(asked))
        self.tickets = frozenset(tx.execute(mine).scalars())

    def __iter__(self) -> Iterator[Held]:
        for table in metadata.sorted_tables:
            if table.name not in SET_UP and table.name != "links":
                yield from self._of(table, self.requests, self.tickets)

    def _of(self, table: Table, asked: frozenset[str], made: frozenset[str]) -> Iterator[Held]:
        mine = select(table).where(belongs(table, self.vendor_id))
        rows = self.tx.execute(mine, execution_options={"yield_per": _BATCH})
        for row in rows:
            values = row._mapping
            own = values.get("request_id") in asked or values.get("ticket_id") in made
            own = own or (table.name == "requests" and row.id in asked) or (table.name == "tickets" and row.id in made)
            new = self._without(table, values, own)
            if new or own:
                yield Held(table, row, own, new)

    def _without(self, table: Table, values: Any, own: bool) -> dict[str, Any]:
        new: dict[str, Any] = {}
        about = own or any(self._mentioned(text) for text in self._texts(table, values))
        for column in table.columns:
            value = values[column.name]
            if value is None or column.name in _KEYS:
                continue
            if isinstance(column.type, LargeBinary):
                changed: Any = self._sealed(table, value, own)
            elif isinstance(column.type, Text):
                changed = self._text(table, value, own) if about else value
            else:
                continue
            if changed != value:
                new[column.name] = changed
        return new

    def _texts(self, table: Table, values: Any) -> Iterator[str]:
        named = (values[column.name] for column in table.columns if isinstance(column.type, Text))
        yield from (value for value in named if value)

    def _text(self, table: Table, text: str, own: bool) -> str:
        words = table.name not in LEDGER
        try:
            value = json.loads(text)
        except ValueError:
            return self.eraser.text(text, words=words)
        if not isinstance(value, dict | list):
            return self.eraser.text(text, words=words)
        new = self.eraser.value(value, words=words)
        if own and table.name == "requests" and isinstance(new, dict):
            new.pop("attachments", None)
        return text if new == value else codec.canonical(new)

    def _sealed(self, table: Table, sealed: bytes, own: bool) -> bytes:
        """Sealed again without the person; a delivery's body, which is of use only whole, is taken away."""
        try:
            plain = self.keyring.unseal(sealed) if sealed else b""
        except Unsealable:
            return sealed
        text = plain.decode("utf-8", errors="replace")
        loose = table.name == deliveries.name
        if not plain or (not own and not self._mentioned(text, loose)):
            return sealed
        try:
            value = json.loads(text)
        except ValueError:
            value = None
        if table.name == deliveries.name:
            return sealed if value is not None and self.eraser.value(value, words=False) == value else b""
        if not isinstance(value, dict):
            return self.keyring.seal(b"") if own else self.keyring.seal(self.eraser.text(text, words=True).encode())
        new = self.eraser.value(value, words=True)
        new = silenced(new) if own else new
        return sealed if new == value else self.keyring.seal(json.dumps(new).encode())

    def _mentioned(self, text: str, loose: bool = False) -> bool:
        """May the person be in it? loose: hosts may write ids as numbers."""
        folded = text.casefold()
        return any(needle.casefold() in folded for needle in self._needles) or (
            loose and any(each.casefold() in folded for each in self.eraser.ids)
        )


def belongs(table: Table, vendor_id: str) -> ColumnElement[bool]:
    """The rows of a vendor. Raises LookupError for a table that says nowhere whose it is."""
    if "vendor_id" in table.c:
        return table.c.vendor_id == vendor_id
    if "subject_id" in table.c:
        return or_(*(table.c.subject_id.in_(_ids(each, vendor_id)) for each in (licences, accounts)))
    for name, parent in _PARENTS.items():
        if name in table.c:
            return table.c[name].in_(_ids(parent, vendor_id))
    raise LookupError(f"{table.name}: whose rows are these? Give it a vendor_id, or name its parent in holdings")


def _ids(parent: Table, vendor_id: str) -> Any:
    return select(parent.c.id).where(parent.c.vendor_id == vendor_id)


def shown(keyring: Keyring, held: Held) -> dict[str, Any]:
    """A row as it is handed out: sealed texts in the clear, JSON as such, no key and no seal."""
    told: dict[str, Any] = {}
    for name, value in held.row._mapping.items():
        if name not in _KEYS:
            told[name] = _plain(keyring, value)
    return told


def _plain(keyring: Keyring, value: Any) -> Any:
    if isinstance(value, datetime):
        return codec.rfc3339(value)
    if isinstance(value, bytes | memoryview):
        try:
            value = keyring.unseal(bytes(value)).decode("utf-8", errors="replace") if value else ""
        except Unsealable:
            return None
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
