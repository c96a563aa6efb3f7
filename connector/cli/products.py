"""product: what a vendor sells, and how each host calls it."""

from __future__ import annotations

from typing import Any

import click
from sqlalchemy import Connection, select, update

from connector.cli.common import emit, format_option, runtime_of, slug_from
from connector.cli.product_terms import MAX_SLUG, clear_option, terms_options, with_terms
from connector.domain.licensing.catalogue import Product
from connector.runtime import Runtime
from connector.storage import codec, ids
from connector.storage.database import insert_once, reading, transaction
from connector.storage.tables import licences, products
from connector.vendors.vendor import catalogue, named


@click.group()
def product() -> None:
    """Products as records: slug, plan, limits, support term, SKUs and product ids."""


@product.command("add")
@click.argument("slug")
@click.option("--vendor", "vendor_slug", required=True)
@terms_options
@format_option
@click.pass_context
def add(ctx: click.Context, /, slug: str, vendor_slug: str, form: str, **terms: Any) -> None:
    """Add a product; one that is there (seen in a delivery, or added before) gets these terms and keeps its others."""
    app = runtime_of(ctx)
    with transaction(app.engine) as tx:
        owner = named(tx, app, vendor_slug)
        goods = catalogue(tx, owner.id)
        known = goods.named(slug)
        if known is None:
            slug_from(slug, "SLUG", MAX_SLUG)
        if (known is None or known == Product(slug, refs=known.refs)) and terms["issues_keys"] is None:
            terms["issues_keys"] = terms["extends"] is None
        made = with_terms(known or Product(slug), terms, goods, _protocols(app))
        _save(tx, app, owner.id, made)
    emit(codec.plain(made), form)


@product.command("set")
@click.argument("slug")
@click.option("--vendor", "vendor_slug", required=True)
@terms_options
@clear_option
@format_option
@click.pass_context
def change(ctx: click.Context, /, slug: str, vendor_slug: str, form: str, **terms: Any) -> None:
    """Change what is given, take back what is cleared; licences already granted keep their terms."""
    app = runtime_of(ctx)
    with transaction(app.engine) as tx:
        owner = named(tx, app, vendor_slug)
        goods = catalogue(tx, owner.id)
        found = goods.named(slug)
        if found is None:
            raise click.ClickException(
                f"no product {slug!r} of {vendor_slug}: `connector product list --vendor {vendor_slug}`"
            )
        made = with_terms(found, terms, goods, _protocols(app))
        _save(tx, app, owner.id, made)
    emit(codec.plain(made), form)


@product.command("list")
@click.option("--vendor", "vendor_slug", required=True)
@format_option
@click.pass_context
def list_products(ctx: click.Context, vendor_slug: str, form: str) -> None:
    """All products of a vendor."""
    app = runtime_of(ctx)
    with reading(app.engine) as tx:
        found = catalogue(tx, named(tx, app, vendor_slug).id)
    emit([codec.plain(each) for each in found.products], form)


def _protocols(app: Runtime) -> list[str]:
    return [protocol.name for protocol in app.protocols]


def _save(tx: Connection, app: Runtime, vendor_id: str, made: Product) -> None:
    before = catalogue(tx, vendor_id).named(made.slug)
    if before and before.issues_keys and before.key_prefix != made.key_prefix and _is_granted(tx, vendor_id, made.slug):
        raise click.UsageError("--key-prefix: keys were made already; an order told again must find its own key")
    row = {"id": ids.new_id("prd", app.clock()), "vendor_id": vendor_id, "slug": made.slug, "state": codec.dumps(made)}
    if not insert_once(tx, products, row):
        mine = (products.c.vendor_id == vendor_id) & (products.c.slug == made.slug)
        tx.execute(update(products).where(mine).values(state=row["state"]))


def _is_granted(tx: Connection, vendor_id: str, slug: str) -> bool:
    mine = (licences.c.vendor_id == vendor_id) & (licences.c.product == slug)
    return tx.execute(select(licences.c.id).where(mine).limit(1)).first() is not None
