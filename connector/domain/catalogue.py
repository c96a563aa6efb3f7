"""A vendor's products as records: how host words (slugs, SKUs, product ids) lead to one product and its terms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Product:
    """A product the vendor sells.

    refs: the host's words for it (`slug:acme-forms`, `sku:CRM-EXT-3`, `product:10`, `variation:12`).
    issues_keys: a paid order line of it without a key gets a licence key from us.
    extends: this product is support time for that other product (`support_term` says how much).
    """

    slug: str
    name: str | None = None
    refs: tuple[str, ...] = ()
    plan: str | None = None
    site_limit: int | None = None
    purchase: str | None = None
    support_term: str | None = None
    license_term: str | None = None
    issues_keys: bool = False
    extends: str | None = None
    component: str | None = None
    features: tuple[str, ...] = ()


@dataclass(frozen=True)
class Catalogue:
    """All products of one vendor, found by slug or by any of their refs."""

    products: tuple[Product, ...] = ()

    def named(self, slug: str) -> Product | None:
        """The product with this slug."""
        return next((product for product in self.products if product.slug == slug), None)

    def match(self, refs: Iterable[str]) -> Product | None:
        """The product that one of these host words stands for; more telling words first (variation before parent)."""
        known = [ref for ref in refs if ref in self._by_ref]
        return self._by_ref[min(known, key=_telling)] if known else None

    @cached_property
    def _by_ref(self) -> dict[str, Product]:
        return {ref: product for product in self.products for ref in (*product.refs, f"slug:{product.slug}")}


def _telling(ref: str) -> int:
    order = ("variation:", "sku:", "product:", "slug:")
    return next((rank for rank, prefix in enumerate(order) if ref.startswith(prefix)), len(order))
