"""What a paid order grants: more time for a licence that is there, or a new one, with the shop's key or one of ours.

One purchase has one living licence: renewals, switches and resubscriptions of a subscription carry the licence that runs on the
customer's site, and an order whose licence was known before (from an import) grants no second one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from connector.domain.licensing.catalogue import Product
from connector.domain.licensing.events import Granted, Key, OrderLine, OrderSeen
from connector.licences import merging, purchases
from connector.licences.subjects import Subjects
from connector.storage import ids

MOST_UNITS = 100


def grant(ledger: Subjects, order: OrderSeen) -> None:
    """Grant what an order bought, once it is fulfilled and paid; what nothing came of is noted in the ledger's `notes`."""
    paid_at = order.paid_at or ((order.as_of or ledger.now) if order.state == "paid" else None)
    if not order.fulfilled or paid_at is None:
        return
    pool = purchases.of_order(ledger, order)
    for line in order.lines:
        product = ledger.catalogue.match(line.refs) or _sold_with_key(ledger, order, line)
        if product is None:
            _note(ledger, line)
        elif not product.extends:
            for key in _keys(ledger, order, line, product, pool):
                told = _granted(ledger, order, line.line_id, product, key, paid_at)
                ledger.file(replace(told, provisional=bool(line.keys) and _is_told_apart(line)))
            _join(ledger, order, line, product)
    purchases.settle(ledger, purchases.ids_of(ledger, order))


def _is_told_apart(line: OrderLine) -> bool:
    """The standard format grants keys by `license.granted`, which has the terms; until it comes, the order's word holds."""
    return any(ref.startswith("slug:") for ref in line.refs)


def _keys(ledger: Subjects, order: OrderSeen, line: OrderLine, product: Product, pool: purchases.Pool) -> Sequence[Key]:
    """The keys of a line: those on it, those of the licences it goes on with, and new ones for the units that are left."""
    if line.keys:
        return [key for key in line.keys if not _is_told_apart(line) or ledger.granted(key) is None]
    units = min(line.quantity, MOST_UNITS)
    _note_surplus(ledger, order, line, pool)
    held = [Key(ledger.unsealed(each)) for each in pool.held(order, line, product, units)]
    if not product.issues_keys:
        return held
    made = [_issue(ledger, product, order, line, unit) for unit in range(len(held), units)]
    ledger.issued += [key for key in made if ledger.granted(key) is None]
    return [*held, *made]


def _issue(ledger: Subjects, product: Product, order: OrderSeen, line: OrderLine, unit: int) -> Key:
    words = (ledger.vendor.id, order.order_id, line.line_id, str(unit))
    return Key(ids.key_from(ledger.keyring.issuing, *words, prefix=product.key_prefix))


def _join(ledger: Subjects, order: OrderSeen, line: OrderLine, product: Product) -> None:
    """A key of the shop that comes after one of ours was made is a further key of the same licence: one purchase, one licence."""
    if not product.issues_keys or _is_told_apart(line):
        return
    for unit, key in enumerate(line.keys[: min(line.quantity, MOST_UNITS)]):
        ours, theirs = ledger.granted(_issue(ledger, product, order, line, unit)), ledger.granted(key)
        if ours and theirs and ours.id != theirs.id:
            merging.merge(ledger, ours, theirs)


def _sold_with_key(ledger: Subjects, order: OrderSeen, line: OrderLine) -> Product | None:
    """A product nobody told us of, registered on first sight because the shop put a key on its line (and on no other)."""
    others = {key for other in order.lines if other.line_id != line.line_id for key in other.keys}
    words = [ref for ref in line.refs if not ref.startswith("slug:")]
    if not words or not line.keys or others & set(line.keys):
        return None
    slug = words[0].replace(":", "-").removeprefix("sku-").removeprefix("name-").lower()
    return ledger.first_sight(slug, line.refs)


def _note(ledger: Subjects, line: OrderLine) -> None:
    """Why nothing came of a line that has a key, or whose product is gone."""
    if not line.keys and any(not ref.startswith("name:") for ref in line.refs):
        return
    keys = ", ".join(f"…{key[-4:]}" for key in line.keys)
    what = f"the key {keys}" if keys else "no key"
    known = f"({', '.join(line.refs)})" if line.refs else "(its product is gone from the shop)"
    ledger.notes.append(
        f"line {line.line_id} {known} has {what} and is of no product known here: nothing was granted for it; "
        "`connector product add --sku ...` makes it known, then replay this delivery"
    )


def _note_surplus(ledger: Subjects, order: OrderSeen, line: OrderLine, pool: purchases.Pool) -> None:
    """A line whose quantity was lowered says not which of its keys went: that is for a person to choose."""
    ref = f"{order.order_id}/{line.line_id}"
    mine = [each.last4 for each in pool.found if ref in each.licence.grants and each.licence.status == "active"]
    if len(mine) > line.quantity:
        keys = ", ".join(f"…{last4}" for last4 in sorted(mine))
        ledger.notes.append(
            f"line {line.line_id} of order {order.order_id} is for {line.quantity} now, and has the keys {keys}: "
            "end what was taken off by `connector license suspend`"
        )


def _granted(
    ledger: Subjects, order: OrderSeen, line_id: str, product: Product, key: Key, paid_at: datetime
) -> Granted:
    return Granted(
        key=key,
        product=product.slug,
        as_of=order.as_of or ledger.now,
        holder=order.customer,
        site_limit=product.site_limit,
        plan=product.plan,
        purchase=product.purchase or ("recurring" if order.subscription_id else "one_time"),
        order_id=order.order_id,
        line_id=line_id,
        subscription_id=order.subscription_id,
        purchased_at=paid_at,
        license_term=product.license_term,
        follows=order.follows,
        order_names=tuple(sorted({*order.names, *([order.number] if order.number else [])} - {order.order_id})),
    )
