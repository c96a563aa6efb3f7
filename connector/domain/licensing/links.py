"""Links: the words under which licences and accounts are found - `order:12`, `customer:7`, `email:...`, `license:lic_...`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connector.domain import typed
from connector.domain.licensing import mailbox
from connector.domain.licensing.accounts import Order
from connector.domain.licensing.events import CustomerMerged, OrderSeen, Person, SubscriptionSeen
from connector.domain.licensing.licence import Licence
from connector.domain.licensing.mailbox import same_mailbox
from connector.domain.typed import same_number


def person_links(ids: Sequence[str], emails: Sequence[str]) -> set[str]:
    return {f"customer:{id}" for id in ids} | {f"email:{same_mailbox(email)}" for email in emails}


def order_link(number: str) -> str:
    """The link that leads to an order, by its id or its number in any of the spellings in which people quote it."""
    return f"order:{same_number(number)}"


def links_of(person: Person | None) -> set[str]:
    """The links that lead to a person: the host's id and the e-mail address."""
    if person is None:
        return set()
    return person_links([person.id] if person.id else [], [person.email] if person.email else [])


def licence_links(licence: Licence, *, owner: bool = True) -> set[str]:
    """The links that lead to a licence; the current owner finds it too, without lending it the owner's orders."""
    found = {order_link(id) for id in licence.order_ids} | links_of(licence.holder)
    if licence.subscription_id:
        found.add(f"subscription:{licence.subscription_id}")
    return found | links_of(licence.owner) if owner else found


def asked_links(name: str) -> tuple[str, str]:
    """The links under which tickets of a person are found, who may be named by the host's id or by e-mail address."""
    plain = typed.without_marks(name)
    return f"asked:customer:{plain}", f"asked:email:{same_mailbox(mailbox.address(name) or plain)}"


def asking_links(person: Person | None) -> set[str]:
    """Links of a person's requests: of their own, so that nobody finds licences by them."""
    return {f"asked:{link}" for link in links_of(person)}


def refs_of(event: Any) -> list[str]:
    """The host's ids of the accounts that news is about: one, or both of two merged customers."""
    if isinstance(event, OrderSeen):
        return [event.order_id]
    if isinstance(event, SubscriptionSeen):
        return [event.subscription_id]
    if event.subject == "invoice":
        return [event.invoice_id]
    people = [event.customer, event.duplicate] if isinstance(event, CustomerMerged) else [event.customer]
    return [name for person in people if (name := person.id or person.email)]


def account_links(state: Any, ref: str) -> set[str]:
    """The links of an account or of the news about it."""
    found = links_of(getattr(state, "customer", None))
    if isinstance(state, CustomerMerged):
        found |= links_of(state.duplicate)
    if hasattr(state, "ids"):
        found |= person_links(state.ids, state.emails)
    if isinstance(state, Order | OrderSeen):
        found |= {order_link(number) for number in (ref, state.number, *state.names) if number}
        found |= {f"license:{license_id}" for line in state.lines for license_id in line.license_ids}
    if replaced := getattr(state, "replaces", None):
        found.add(f"subscription:{replaced}")
    for name in ("subscription_id", "license_id"):
        if value := getattr(state, name, None):
            found.add(f"{name.removesuffix('_id')}:{value}")
    if order_id := getattr(state, "order_id", None):
        found.add(order_link(order_id))
    if invoice := getattr(state, "invoice_id", None):
        found.add(f"invoice:{invoice}")
    return found
