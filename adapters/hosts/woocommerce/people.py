"""Who bought: of all that WooCommerce tells about people, only id, e-mail address and name are taken."""

from __future__ import annotations

from datetime import datetime

from adapters.host_parts.reading import MAX_LINE, Fields
from connector.domain import typed
from connector.domain.licensing import mailbox
from connector.domain.licensing.events import CustomerSeen, Person


def customer(body: Fields) -> CustomerSeen:
    """A customer's snapshot. WooCommerce tells of every new WordPress user, subscribers too: a name grants nothing."""
    id = body.needed("id", lambda name: numbered(body, name))
    person = Person(id, email(body, "email"), _name(body))
    return CustomerSeen(customer=person, as_of=gmt(body, "date_modified_gmt"))


def buyer(body: Fields) -> Person | None:
    """The customer of an order or a subscription; a guest has no id, only the e-mail address of the bill."""
    billing = body.child("billing")
    address = email(billing, "email") if billing else None
    person = Person(numbered(body, "customer_id"), address, _name(billing) if billing else None)
    return person if person.id or person.email else None


def numbered(body: Fields, name: str) -> str | None:
    """A WordPress id; 0 and "" stand for none."""
    id = body.id(name)
    return None if id == "0" else id


def gmt(body: Fields, name: str) -> datetime | None:
    """A `_gmt` date: UTC, though it says so nowhere. The others are in the store's own zone and are never read.

    MySQL's zero date is no date; PHP writes it as the last day of November of the year -1.
    """
    value = body.members.get(name)
    if value in (None, "", 0, "0", False) or (
        isinstance(value, str) and value.startswith(("0000-00-00", "-0001-11-30"))
    ):
        return None
    return body.instant(name, utc=True)


def email(body: Fields, name: str) -> str | None:
    """The address, or None where shop staff typed something else: not worth refusing an order for."""
    value = body.members.get(name)
    return mailbox.address(value) if isinstance(value, str) else None


def _name(body: Fields) -> str | None:
    said = [body.members.get(name) for name in ("first_name", "last_name")]
    return typed.line(" ".join(part for part in said if isinstance(part, str)))[:MAX_LINE].rstrip() or None
