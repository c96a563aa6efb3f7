"""What `connector trigger` may not make up: the facts of licences and orders that are there already."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from connector.domain.licensing.accounts import Order
from connector.domain.licensing.events import CustomerSeen, InvoiceSeen, Key, OrderSeen, SubscriptionSeen
from connector.domain.licensing.links import order_link, person_links
from connector.domain.licensing.records import Found
from connector.domain.licensing.standing import Accounts
from connector.domain.policy.requests import Request
from connector.licences import lookup
from connector.storage import codec
from connector.storage.keyring import Keyring
from connector.vendors.vendor import Vendor


def known_of(tx: Connection, keyring: Keyring, vendor: Vendor, news: Any) -> dict[str, Any] | None:
    """What the ledger knows of the subject of a piece of news, in words of the standard format; None where it is new."""
    key = getattr(news, "key", None)
    if isinstance(key, Key) and (found := lookup.by_key(tx, vendor.id, keyring.key_hash(key))):
        return _of_licence(found, asked=isinstance(news, Request))
    accounts = _accounts(tx, vendor, news)
    there = accounts.orders or accounts.subscriptions or accounts.invoices
    return {} if there and not isinstance(news, Request) else None


def overwritten(tx: Connection, vendor: Vendor, news: Any) -> list[str]:
    """What of an order or customer that is known the news would overwrite, in words for whoever sends a sample."""
    accounts = _accounts(tx, vendor, news)
    if isinstance(news, OrderSeen):
        return sorted(
            {word for order in accounts.orders if order.order_id == news.order_id for word in _differs(order, news)}
        )
    if isinstance(news, CustomerSeen) and news.customer.id:
        mine = [each for each in accounts.customers if news.customer.id in each.ids]
        return ["e-mail address"] if any(news.customer.email not in (None, *each.emails) for each in mine) else []
    return []


def _of_licence(found: Found, *, asked: bool) -> dict[str, Any]:
    licence = found.licence
    holder = codec.plain(licence.holder) if licence.holder else None
    known = {"product": licence.product, "customer": holder}
    if not asked:
        return {name: value for name, value in known.items() if value}
    site = licence.claims[0].site if licence.claims else None
    return known | {"site": site, "requester": holder | {"verified": True} if holder else None}


def _accounts(tx: Connection, vendor: Vendor, news: Any) -> Accounts:
    links: set[str] = set()
    if isinstance(news, OrderSeen):
        links = {order_link(news.order_id)}
    elif isinstance(news, SubscriptionSeen) and news.subscription_id:
        links = {f"subscription:{news.subscription_id}"}
    elif isinstance(news, InvoiceSeen):
        links = {f"invoice:{news.invoice_id}"}
    elif isinstance(news, CustomerSeen) and news.customer.id:
        links = person_links([news.customer.id], [])
    return lookup.accounts_by(tx, vendor.id, links)


def _differs(order: Order, news: OrderSeen) -> list[str]:
    def bought(lines: Any) -> list[Any]:
        return [(each.refs, each.quantity, each.total) for each in lines]

    told = {
        "customer": (order.customer, news.customer),
        "items": (bought(order.lines), bought(news.lines)),
        "total": (order.total, news.total),
        "number": (order.number, news.number),
    }
    return [word for word, (before, after) in told.items() if before and after and before != after]
