"""A vendor with its policy in force and its products: what an endpoint or a token stands for."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from connector.domain.licensing.catalogue import Catalogue, Product, Terms
from connector.domain.policy.policy import Policy
from connector.runtime import Runtime
from connector.storage import codec
from connector.storage.tables import products, vendors
from connector.storage.tables_notify import notify_endpoints
from connector.storage.tables_policy import policy_versions
from connector.vendors.policies.versions import Version, base, in_force, versions

_BETWEEN = "\x1e"  # a control character, which JSON never holds as such
_STATES = select(func.aggregate_strings(products.c.state, _BETWEEN)).where(products.c.vendor_id == vendors.c.id)
_PUBLISHED = select(func.count()).select_from(policy_versions).where(policy_versions.c.vendor_id == vendors.c.id)
_LISTENING = (
    select(func.count())
    .select_from(notify_endpoints)
    .where(notify_endpoints.c.vendor_id == vendors.c.id, notify_endpoints.c.ended_at.is_(None))
)
COLUMNS: tuple[Any, ...] = (
    vendors.c.id.label("vendor_id"),
    vendors.c.slug,
    vendors.c.policy,
    vendors.c.settings.label("vendor_settings"),
    _STATES.scalar_subquery().label("products"),
    _PUBLISHED.scalar_subquery().label("published"),
    _LISTENING.scalar_subquery().label("listening"),
)
"""What `vendor_of` reads, selected along with whatever names the vendor."""

_BY_ID = select(*COLUMNS).where(vendors.c.id == bindparam("v"))
_BY_SLUG = select(*COLUMNS).where(vendors.c.slug == bindparam("slug"))
_PRODUCTS = select(products.c.state).where(products.c.vendor_id == bindparam("v"))


_NO_TERMS = Terms()


@dataclass(frozen=True)
class Vendor:
    """A vendor as the flows need it: `settings` are dotted pack keys it set for itself, `catalogue` all its products.

    policy: the one in force when the vendor was read; `base`: the one it began with; `published`: what came after.
    listening: programs of its own want to hear what happens.
    """

    id: str
    slug: str
    policy: Policy
    settings: dict[str, Any]
    catalogue: Catalogue
    base: Policy
    published: tuple[Version, ...] = ()
    listening: bool = False

    def at(self, now: datetime, purchased_at: datetime | None = None) -> Vendor:
        """The vendor with the policy that judges a request of `now` (NOT-06), or one about such a purchase."""
        if not self.published:
            return self
        return replace(self, policy=in_force(self.base, self.published, now, purchased_at))


class UnknownVendor(LookupError):
    """No vendor of that name."""


def vendor_of(runtime: Runtime, row: Any) -> Vendor:
    """The vendor of a row with the COLUMNS; the pack is read once for each text of settings."""
    key = ("policy", row.policy, row.vendor_settings)
    policy = runtime.memo.get(key)
    settings = json.loads(row.vendor_settings)
    if policy is None:
        policy = runtime.memo[key] = base(runtime, row.policy, settings)
    published = versions(runtime, row.vendor_id, row.published) if row.published else ()
    terms = Terms(policy.term("one_time"), policy.term("recurring"), policy.term(None), policy.zone)
    goods = _catalogue(row.products or "", terms)
    vendor = Vendor(row.vendor_id, row.slug, policy, settings, goods, policy, published, bool(row.listening))
    return vendor.at(runtime.clock()) if published else vendor


def named(tx: Connection, runtime: Runtime, slug: str) -> Vendor:
    """The vendor with this slug; raises UnknownVendor with the way to list them."""
    row = tx.execute(_BY_SLUG, {"slug": slug}).first()
    if row is None:
        raise UnknownVendor(f"no vendor {slug!r}: `connector vendor list` shows them, `connector vendor add` makes one")
    return vendor_of(runtime, row)


def by_id(tx: Connection, runtime: Runtime, vendor_id: str) -> Vendor:
    """The vendor of a row that names it."""
    return vendor_of(runtime, tx.execute(_BY_ID, {"v": vendor_id}).one())


def perhaps_by_id(tx: Connection, runtime: Runtime, vendor_id: str) -> Vendor | None:
    """The vendor with this id, if there is one."""
    row = tx.execute(_BY_ID, {"v": vendor_id}).first()
    return vendor_of(runtime, row) if row else None


def catalogue(tx: Connection, vendor_id: str, terms: Terms = _NO_TERMS) -> Catalogue:
    """All products of the vendor; terms: of its policy, where it matters how licences stand."""
    return _catalogue(_BETWEEN.join(tx.execute(_PRODUCTS, {"v": vendor_id}).scalars()), terms)


@lru_cache(maxsize=256)
def _catalogue(states: str, terms: Terms) -> Catalogue:
    found = [codec.loads(state, Product) for state in states.split(_BETWEEN) if state]
    return Catalogue(tuple(sorted(found, key=lambda product: product.slug)), terms)


def term_for(
    vendor: Vendor, product: Product | None, purchase: str | None, bought: datetime | None
) -> tuple[str | None, str]:
    """(support term, zone) that a purchase without an end date gets: the product's own, else the pack's (DUR-01..03).

    The version of the day it was bought counts, where that is known: a later one takes nothing away (NOT-06).
    """
    policy = (vendor.at(bought, bought).policy if bought else vendor.policy).about(product.slug if product else None)
    term = product.support_term if product else None
    return term or policy.term(purchase), policy.zone
