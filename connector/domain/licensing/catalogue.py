"""A vendor's products as records: how host words (slugs, SKUs, product ids) lead to one product and its terms."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from connector.domain.licensing.seats import EXEMPT_LIMIT, SeatRules


@dataclass(frozen=True)
class Product:
    """A product the vendor sells.

    refs: the host's words for it (`slug:acme-forms`, `sku:CRM-EXT-3`, `product:10`, `variation:12`), and those of licence
    protocols where they differ (`edd:501`).
    issues_keys: a paid order line of it without a key gets a licence key from us.
    mails_keys: a key that we made goes to its buyer by mail, where mails are sent.
    extends: this product is support time for that other product (`support_term` says how much).
    includes: slugs of other products that a licence of this one (a bundle) is good for.
    site_unit, exempt_limit, exempt_suffixes, believes_environment: how its seats are counted (`SeatRules`).
    move_limit: how often in a year a seat may go to another site; None = as often as one likes.
    delegates: how many people besides the holder may ask for support.
    conflicts: what a bound licence may change without a reissue (`domain`, `ip`, `directory`), in dialects that bind.
    key_prefix: what the keys that we make for it begin with; fixed once there are any.
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
    mails_keys: bool = True
    extends: str | None = None
    component: str | None = None
    features: tuple[str, ...] = ()
    includes: tuple[str, ...] = ()
    site_unit: str = "site"
    exempt_limit: int = EXEMPT_LIMIT
    exempt_suffixes: tuple[str, ...] = ()
    believes_environment: bool = False
    move_limit: int | None = None
    delegates: int = 0
    conflicts: tuple[str, ...] = ()
    key_prefix: str | None = None

    @property
    def names(self) -> frozenset[str]:
        """Its name and slug as words; several products may be called alike."""
        return frozenset(f"name:{slug_of(name)}" for name in (self.name, self.slug) if name)

    @property
    def seat_rules(self) -> SeatRules:
        return SeatRules(self.site_unit, self.exempt_limit, self.exempt_suffixes, self.believes_environment)


@dataclass(frozen=True)
class Terms:
    """How long the policy covers a purchase, by its kind (`Policy.term`), and in which zone its days are."""

    one_time: str | None = None
    recurring: str | None = None
    unknown: str | None = None
    zone: str = "UTC"


@dataclass(frozen=True)
class Catalogue:
    """All products of one vendor, found by slug or by any of their refs. terms: where a product says nothing itself."""

    products: tuple[Product, ...] = ()
    terms: Terms = Terms()

    def named(self, slug: str) -> Product | None:
        """The product with this slug."""
        return next((product for product in self.products if product.slug == slug), None)

    def match(self, refs: Iterable[str]) -> Product | None:
        """The product that one of these host words stands for; more telling words first (variation before parent)."""
        known = [ref for ref in refs if ref in self._by_ref]
        return self._by_ref[min(known, key=_telling)] if known else None

    def term(self, slug: str | None, purchase: str | None) -> tuple[str | None, str | None]:
        """(kind of purchase, support term) of a licence that was granted before anybody could say; None = still unknown."""
        product = self.named(slug) if slug else None
        kind = purchase or (product.purchase if product else None)
        by_kind = {"one_time": self.terms.one_time, "recurring": self.terms.recurring}
        return kind, (product.support_term if product else None) or by_kind.get(kind or "", self.terms.unknown)

    def seat_rules(self, slug: str | None) -> SeatRules:
        """How the seats of this product count; the usual way for a product without a record."""
        product = self.named(slug) if slug else None
        return product.seat_rules if product else SeatRules()

    def covers(self, slug: str | None, words: Iterable[str]) -> bool:
        """Is a licence of product `slug` good for the product these words stand for? No words, no question."""
        words = tuple(words)
        if not words or f"slug:{slug}" in words:
            return True
        asked, own = self.match(words), self.named(slug) if slug else None
        if asked is None or own is None:
            return asked is not None and asked.slug == slug
        by_name = min((word for word in words if word in self._by_ref), key=_telling).startswith("name:")
        return asked.slug in (slug, *own.includes) or (by_name and not own.names.isdisjoint(words))

    @cached_property
    def _by_ref(self) -> dict[str, Product]:
        found: dict[str, Product] = {}
        for product in self.products:
            found |= dict.fromkeys((*product.names, *product.refs, f"slug:{product.slug}"), product)
        return found


def slug_of(name: str) -> str:
    """A name as WordPress makes a slug of it, so that `Acme Forms!` and `acme-forms` are one product; any script will do."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))
    return re.sub(r"[\W_]+", "-", unicodedata.normalize("NFC", plain).casefold()).strip("-")


def _telling(ref: str) -> int:
    order = ("variation:", "sku:", "product:", "slug:", "name:")
    return next((rank for rank, prefix in enumerate(order) if ref.startswith(prefix)), -1)
