"""What hosts send about licences, orders, subscriptions, invoices and customers, as schemas."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, pre_load, validates_schema

from connector.domain.calendar.periods import parse_period
from connector.formats.standard.fields import (
    Customer,
    Data,
    Several,
    currency,
    flag,
    id_of,
    key,
    money,
    name,
    number,
    site,
    when,
    word,
)

STATUSES = ("active", "suspended", "revoked", "expired", "refunded")
PURCHASES = ("one_time", "recurring")
FOLLOWS = ("renewal", "switch", "resubscribe")
_PERIOD = r"^[1-9][0-9]{0,3} (day|week|month|year)s?$|^P[1-9][0-9]{0,3}[YMWD]$"


class _OneOf(Data):
    @validates_schema
    def _says_one(self, data: dict[str, Any], **kwargs: Any) -> None:
        if self.one_of and all(data.get(member) is None for member in self.one_of):
            first, *others = self.one_of
            raise ValidationError(f"send `{first}`, or {', or '.join(f'`{each}`' for each in others)}", first)


class _OfShop(Data):
    """What the shop calls a product besides its slug: where one of these is told of a product, it is that product."""

    sku = id_of("the shop's SKU")
    product_id = id_of("the shop's id of the product")
    variation_id = id_of("the shop's id of the variation")


class Granted(_OfShop):
    license_key = key(needed=True)
    product = name(needed=True)
    customer = Customer()
    site_limit = number("null is unlimited")
    expires_at = when()
    support_until = when()
    updates_until = when()
    plan = name()
    purchase = word(PURCHASES)
    order_id = id_of()
    subscription_id = id_of()
    purchased_at = when()
    sites = Several(site(needed=True))


class Renewed(Data):
    license_key = key(needed=True)
    expires_at = when()
    support_until = when()
    updates_until = when()
    order_id = id_of()


class StatusChanged(Data):
    license_key = key(needed=True)
    status = word(STATUSES, needed=True)


class OwnerChanged(Data):
    license_key = key(needed=True)
    before = Customer(data_key="from")
    to = Customer(somebody=True)


class Deleted(Data):
    license_key = key(needed=True)


class SiteTold(Data):
    license_key = key(needed=True)
    site = site(needed=True)


class SupportExtended(_OneOf):
    one_of = ("support_until", "period")
    license_key = key(needed=True)
    support_until = when()
    period = name(40, "such as 12 months", pattern=_PERIOD)

    @validates_schema
    def _is_a_period(self, data: dict[str, Any], **kwargs: Any) -> None:
        if period := data.get("period"):
            try:
                parse_period(period)
            except ValueError as fault:
                raise ValidationError(str(fault), "period") from None


class Item(_OfShop):
    product = name(needed=True)
    quantity = number()
    amount = money()
    currency = currency()
    license_key = key()
    license_keys = Several(key(needed=True), about="where the line has several")
    line_id = id_of()
    id = id_of()
    part_of = id_of("the `line_id` of the bundle that it came in")


class Refund(Data):
    id = id_of()
    amount = money(needed=True)
    line_id = id_of()


class Order(Data):
    order_id = id_of(needed=True)
    number = id_of()
    customer = Customer()
    items = Several(Item)
    total = money()
    currency = currency()
    refunds = Several(Refund, about="all there are by now; left out, they stay")
    paid_at = when()
    purchased_at = when()
    subscription_id = id_of()
    names = Several(id_of(needed=True), about="other numbers that people know the order by")
    follows = word(FOLLOWS)
    fulfilled = flag("false: paid for, but not handed over yet, so that nothing is granted for it")


class Subscription(_OneOf):
    one_of = ("subscription_id", "order_id", "license_key")
    subscription_id = id_of()
    order_id = id_of()
    license_key = key()
    customer = Customer()
    expires_at = when("the paid end; `paid_until`, `ends_at` and `current_period_end` say the same")
    paid_until = when()
    ends_at = when()
    current_period_end = when()
    product = name()
    items = Several(Item, about="where it is for several products")
    replaces = id_of("the subscription that it was taken up from")


class Invoice(Data):
    invoice_id = id_of(needed=True)
    customer = Customer()
    total = money()
    currency = currency()
    due_at = when("the last moment to pay in time")


class CustomerUpdated(Data):
    customer = Customer(somebody=True)

    @pre_load
    def _perhaps_bare(self, data: Any, **kwargs: Any) -> Any:
        """`{id, email, name}` may also stand bare in `data`."""
        bare = {member: data[member] for member in ("id", "email", "name") if member in data}
        return {"customer": bare} if bare and "customer" not in data else data


class CustomerMerged(Data):
    out_of = Customer(somebody=True, data_key="from")
    into = Customer(somebody=True, data_key="to")

    @pre_load
    def _perhaps_in_other_words(self, data: Any, **kwargs: Any) -> Any:
        """`duplicate` and `customer` say the same."""
        if "to" in data or "from" in data:
            return data
        return {ours: data[theirs] for ours, theirs in (("to", "customer"), ("from", "duplicate")) if theirs in data}


DATA: dict[str, type[Data]] = {
    "license.granted": Granted,
    "license.renewed": Renewed,
    "license.status_changed": StatusChanged,
    "license.owner_changed": OwnerChanged,
    "license.deleted": Deleted,
    "site.activated": SiteTold,
    "site.deactivated": SiteTold,
    "support.extended": SupportExtended,
    **{f"order.{state}": Order for state in ("pending", "paid", "failed", "cancelled", "refunded", "disputed")},
    **{f"subscription.{state}": Subscription for state in ("started", "renewed", "cancelled", "ended")},
    **{f"invoice.{state}": Invoice for state in ("issued", "overdue", "paid", "cancelled")},
    "customer.updated": CustomerUpdated,
    "customer.merged": CustomerMerged,
}
"""The schema of each event's `data`."""
