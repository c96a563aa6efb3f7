"""What a whole file leaves open, each with its cure: terms that nobody set, people and orders that it does not name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from connector.licences.importing.entries import Entry
from connector.licences.importing.rows import Fault
from connector.vendors.vendor import Vendor

WHOLE_FILE = 0
"""In place of a line."""


@dataclass
class Gaps:
    """Good rows that leave something open. purchase: by product, those whose support period nobody can work out."""

    purchase: Counter[str] = field(default_factory=Counter)
    made: set[str] = field(default_factory=set)
    mailless: int = 0
    orderless: int = 0

    def see(self, entry: Entry, vendor: Vendor) -> None:
        """Count what this row leaves open, with the terms that its product has today."""
        holder = entry.terms.get("holder")
        self.mailless += holder is None or holder.email is None
        self.orderless += entry.terms.get("order_id") is None
        product = vendor.catalogue.named(entry.product)
        kind = entry.terms.get("purchase") or (product.purchase if product else None)
        term = (product.support_term if product else None) or vendor.policy.term(kind)
        ends = entry.support_until or entry.renewed_at
        if vendor.policy.entitlement.support and kind is None and term is None and ends is None:
            self.purchase[entry.product] += 1
            if product is None:
                self.made.add(entry.product)

    def add(self, other: Gaps) -> None:
        self.purchase += other.purchase
        self.made |= other.made
        self.mailless += other.mailless
        self.orderless += other.orderless

    def told(self, slug: str, *, dry: bool) -> Iterator[Fault]:
        """The gaps in words, each with its cure; slug: of the vendor."""
        for product, count in sorted(self.purchase.items()):
            act = "add" if dry and product in self.made else "set"
            kinds = f"`connector product {act} {product} --vendor {slug} --purchase one_time` (or recurring, or a --support-term)"
            what = f"{_rows(count)} of {product} without a kind of purchase: requests of their holders wait (unknown_purchase_kind)"
            cure = f"say it once with {kinds}, before the import or after: it counts for what was imported, too"
            yield Fault(WHOLE_FILE, "purchase", what, cure)
        if self.mailless:
            what = f"{_rows(self.mailless)} without an e-mail address: who asks from his address alone is not known as the holder"
            yield Fault(WHOLE_FILE, "email", what, self._cure("--map COLUMN=email"))
        if self.orderless:
            what = f"{_rows(self.orderless)} without an order: they are found by key, address and site, not by order number"
            yield Fault(WHOLE_FILE, "order_id", what, self._cure("--map COLUMN=order_id"))

    @staticmethod
    def _cure(option: str) -> str:
        elsewhere = "the shop's webhook brings it with the next news of the order"
        return f"if the file has it in another column, say {option}; else {elsewhere}"


def _rows(count: int) -> str:
    return f"{count} row" if count == 1 else f"{count} rows"
