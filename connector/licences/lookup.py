"""Reading the ledger: from a key, an order, a person or a site to licences and how they stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, or_, select, update

from connector.domain.licensing.accounts import Account, Order
from connector.domain.licensing.catalogue import Catalogue
from connector.domain.licensing.licence import Licence
from connector.domain.licensing.links import licence_links, links_of, order_link, person_links
from connector.domain.licensing.standing import Accounts, Standing, standing
from connector.storage import codec
from connector.storage.tables import accounts, licences, links, sites, vendors
from connector.vendors.vendor import COLUMNS as VENDOR_COLUMNS


@dataclass(frozen=True)
class Found:
    """A licence row: its id, the last four of its key, its history folded."""

    id: str
    last4: str
    licence: Licence


_COLUMNS = (licences.c.id, licences.c.key_last4, licences.c.state)
_KEY = (*_COLUMNS, licences.c.vendor_id, licences.c.same_as, licences.c.retires_at)
_BY_KEY = select(*_KEY).where(licences.c.vendor_id == bindparam("v"), licences.c.key_hash == bindparam("k"))
_BY_KEY_ALONE = (
    select(*_COLUMNS, licences.c.same_as, licences.c.retires_at, *VENDOR_COLUMNS)
    .join(vendors, vendors.c.id == licences.c.vendor_id)
    .where(licences.c.key_hash == bindparam("k"))
    .order_by(licences.c.id)
)
_BY_HANDLE = (
    select(licences.c.id, licences.c.key_last4, licences.c.state, sites.c.site, sites.c.handle)
    .join(sites, sites.c.license_id == licences.c.id)
    .where(
        sites.c.vendor_id == bindparam("v"), or_(sites.c.handle == bindparam("h"), sites.c.install == bindparam("h"))
    )
)
_TOKEN = re.compile(r"[0-9a-fA-F-]{32,128}")
_BY_ID = select(*_COLUMNS, licences.c.same_as).where(
    licences.c.vendor_id == bindparam("v"), licences.c.id == bindparam("i")
)
_IS_LINKED = (
    select(links.c.target).where(links.c.vendor_id == bindparam("v"), links.c.link == bindparam("link")).limit(1)
)


def by_key(tx: Connection, vendor_id: str, key_hash: str, now: datetime | None = None) -> Found | None:
    """The licence with this key, if it was ever granted (a key only mentioned by other news is not known yet).

    now: refuse a key that was replaced and has retired by then; None where it is about the licence and not the key.
    """
    rows = tx.execute(_BY_KEY, {"v": vendor_id, "k": key_hash})
    return next((held.found for held in _held(tx, rows, now)), None)


@dataclass(frozen=True)
class Held:
    """A licence found by its key, and the row it was found in: with the vendor's columns where the key alone was known."""

    row: Any
    found: Found


def by_key_alone(tx: Connection, key_hash: str, now: datetime | None = None) -> list[Held]:
    """Granted licences with this key, whoever the vendor is: for software that knows nothing but its key."""
    return _held(tx, tx.execute(_BY_KEY_ALONE, {"k": key_hash}), now)


def _held(tx: Connection, rows: Iterable[Any], now: datetime | None) -> list[Held]:
    held = []
    for row in list(rows):
        if now is not None and row.retires_at is not None and row.retires_at <= now:
            continue
        found = _found(row) if row.same_as is None else by_id(tx, row.vendor_id, row.same_as)
        if found is not None and found.licence.known:
            held.append(Held(row, replace(found, last4=row.key_last4)))
    return held


def by_handle(tx: Connection, vendor_id: str, handle: str) -> tuple[Found, str] | None:
    """The licence and the activation of an activation id: ours, or the one it had at the stock server it was
    imported from (where that is one place's only). It must read as a token: what people call their machines can be guessed."""
    sought = handle if _TOKEN.fullmatch(handle) else ""
    rows = tx.execute(_BY_HANDLE, {"v": vendor_id, "h": sought}).all()
    row = rows[0] if len(rows) == 1 else next((each for each in rows if each.handle == sought), None)
    return (_found(row), row.site) if row else None


def by_id(tx: Connection, vendor_id: str, license_id: str) -> Found | None:
    row = tx.execute(_BY_ID, {"v": vendor_id, "i": license_id}).first()
    if row is not None and row.same_as is not None:  # it turned out to be one with another
        row = tx.execute(_BY_ID, {"v": vendor_id, "i": row.same_as}).first()
    return _found(row) if row else None


def by_links(tx: Connection, vendor_id: str, wanted: Iterable[str]) -> list[Found]:
    """Licences that carry any of these links, in a stable order."""
    if not (wanted := sorted(set(wanted))):
        return []
    rows = tx.execute(_licences_linked(_room(wanted)), _links_named(vendor_id, wanted))
    return sorted(_known(_found(row) for row in {row.id: row for row in rows}.values()), key=lambda found: found.id)


def of_orders(tx: Connection, vendor_id: str, orders: Iterable[Order]) -> list[Found]:
    """The licences that these orders bought, renewed or name, in a stable order."""
    orders = list(orders)
    wanted = {order_link(order.order_id) for order in orders}
    wanted |= {f"subscription:{order.subscription_id}" for order in orders if order.subscription_id}
    named = {license_id for order in orders for line in order.lines for license_id in line.license_ids}
    found = {each.id: each for each in by_links(tx, vendor_id, wanted)}
    for license_id in sorted(named - set(found)):
        if (each := by_id(tx, vendor_id, license_id)) and each.licence.known:
            found[each.id] = each
    return [found[license_id] for license_id in sorted(found)]


def by_order(tx: Connection, vendor_id: str, name: str) -> list[Found]:
    """The licences of an order, by any of the numbers that people quote, whether or not its order was ever told of."""
    link = order_link(name)
    orders = accounts_by(tx, vendor_id, {link}).orders
    found = of_orders(tx, vendor_id, [order for order in orders if link in map(order_link, order.known_as)])
    return found + [each for each in by_links(tx, vendor_id, {link}) if each not in found]


def orders_naming(tx: Connection, vendor_id: str, key_hash: str) -> tuple[Order, ...]:
    """The orders that told of a key, also before it was ever granted."""
    row = tx.execute(_BY_KEY, {"v": vendor_id, "k": key_hash}).first()
    return accounts_by(tx, vendor_id, {f"license:{row.same_as or row.id}"}).orders if row else ()


def is_linked(tx: Connection, vendor_id: str, link: str) -> bool:
    """Does anything carry this link?"""
    return tx.execute(_IS_LINKED, {"v": vendor_id, "link": link}).first() is not None


def by_site(tx: Connection, vendor_id: str, site: str) -> list[Found]:
    """Licences whose software runs on this site (canonical spelling)."""
    rows = tx.execute(
        select(*_COLUMNS)
        .join(sites, sites.c.license_id == licences.c.id)
        .where(sites.c.vendor_id == vendor_id, sites.c.at == site)
    )
    return sorted(_known(map(_found, rows)), key=lambda found: found.id)


def accounts_by(tx: Connection, vendor_id: str, wanted: Iterable[str]) -> Accounts:
    """Every order, subscription, invoice and customer that carries a link, following a customer's other names."""
    wanted = set(wanted)
    for _ in range(4):  # a person merged more often than that is looked up by each name
        found = _accounts(tx, vendor_id, wanted) if wanted else []
        result = Accounts.of(found)
        more = {link for customer in result.customers for link in person_links(customer.ids, customer.emails)}
        if more <= wanted:
            return result
        wanted |= more
    return result


def accounts_of(tx: Connection, vendor_id: str, found: Found) -> Accounts:
    """The accounts of one licence: its orders and subscription, and everything of its holder."""
    return accounts_by(tx, vendor_id, {*licence_links(found.licence, owner=False), f"license:{found.id}"})


def standing_of(
    tx: Connection, vendor_id: str, found: Found, catalogue: Catalogue, now: datetime, accounts: Accounts | None = None
) -> Standing:
    """How the licence stands at `now`."""
    mine = accounts_of(tx, vendor_id, found) if accounts is None else accounts
    return standing(found.id, found.licence, mine, catalogue, now, sole=_sole(tx, vendor_id, found, mine, catalogue))


def siblings_of(tx: Connection, vendor_id: str, found: Found) -> list[Found]:
    """The holder's other licences of the same product."""
    holder = found.licence.holder
    if holder is None:
        return []
    others = by_links(tx, vendor_id, links_of(holder))
    return [
        other
        for other in others
        if other.id != found.id and other.licence.product == found.licence.product and other.licence.holder == holder
    ]


def _sole(tx: Connection, vendor_id: str, found: Found, mine: Accounts, catalogue: Catalogue) -> bool:
    # Only where support was bought in an order of its own does it matter whether there is another licence to extend.
    bought = any(
        order.order_id not in found.licence.order_ids
        and (product := catalogue.match(line.refs)) is not None
        and product.extends is not None
        for order in mine.orders
        for line in order.lines
    )
    return not bought or not siblings_of(tx, vendor_id, found)


def _accounts(tx: Connection, vendor_id: str, wanted: set[str]) -> list[Account]:
    names = sorted(wanted)
    rows = tx.execute(_accounts_linked(_room(names)), _links_named(vendor_id, names))
    found = {(row.kind, row.ref): row.state for row in rows}
    return [codec.loads(found[kind, ref], codec.ACCOUNTS[kind]) for kind, ref in sorted(found)]


@cache
def _licences_linked(room: int) -> Any:
    return select(*_COLUMNS).join(links, links.c.target == licences.c.id).where(*_linked(room))


@cache
def _accounts_linked(room: int) -> Any:
    columns = (accounts.c.kind, accounts.c.ref, accounts.c.state)
    return select(*columns).join(links, links.c.target == accounts.c.id).where(*_linked(room))


def _linked(room: int) -> tuple[ColumnElement[bool], ...]:
    names: list[Any] = [bindparam(f"link{place}") for place in range(room)]
    return links.c.vendor_id == bindparam("v"), links.c.link.in_(names)


def _room(wanted: Sequence[str]) -> int:
    """How many links a statement has room for: a few sizes, so that there are few statements."""
    return max(4, 1 << (len(wanted) - 1).bit_length())


def _links_named(vendor_id: str, wanted: Sequence[str]) -> dict[str, str]:
    """The parameters of a statement with room to spare: the last link fills it."""
    padded = [*wanted, *[wanted[-1]] * (_room(wanted) - len(wanted))]
    return {"v": vendor_id} | {f"link{place}": link for place, link in enumerate(padded)}


def _found(row: object) -> Found:
    return Found(row.id, row.key_last4, codec.loads(row.state, Licence))  # type: ignore[attr-defined]


def _known(found: Iterable[Found]) -> list[Found]:
    return [each for each in found if each.licence.known]


def sealed_key(tx: Connection, license_id: str) -> bytes:
    """The licence's key, sealed."""
    return bytes(tx.execute(select(licences.c.key_sealed).where(licences.c.id == license_id)).scalar_one())


_LOCK = update(licences).where(licences.c.id == bindparam("i")).values(version=licences.c.version + 1)


def lock(tx: Connection, license_id: str) -> None:
    """Take the licence's row until the transaction ends."""
    tx.execute(_LOCK, {"i": license_id})
