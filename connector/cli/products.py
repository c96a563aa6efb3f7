"""product: what a vendor sells, and how each host calls it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import click
from sqlalchemy import Connection, select, update

from connector import codec, ids
from connector.cli.common import emit, format_option, runtime_of
from connector.db import insert_once, reading, transaction
from connector.domain.catalogue import Product
from connector.domain.periods import parse_period
from connector.domain.seats import EXEMPT_LIMIT, UNITS
from connector.runtime import Runtime
from connector.tables import licences, products
from connector.vendors import catalogue, named

MAX_SLUG = 100
"""As long as hosts may name one (adapters/reading.py)."""


@click.group()
def product() -> None:
    """Products as records: slug, plan, limits, support term, SKUs and product ids."""


def _terms(command: Any) -> Any:
    for option in reversed(
        (
            click.option("--name", help="Name for people."),
            click.option("--sku", "skus", multiple=True, help="A SKU that means this product; repeat for several."),
            click.option("--product-id", "product_ids", multiple=True, help="A host's product id (WooCommerce)."),
            click.option("--variation-id", "variation_ids", multiple=True, help="A host's variation id (WooCommerce)."),
            click.option("--plan", help="The plan a licence of it is of."),
            click.option(
                "--sites", "site_limit", type=click.IntRange(0), help="Sites a licence covers; absent = unlimited."
            ),
            click.option("--purchase", type=click.Choice(["one_time", "recurring"]), help="How it is sold."),
            click.option("--support-term", help="'12 months', '90 days', 'while_active'; absent = the policy's term."),
            click.option("--license-term", help="'12 months' ...; absent = lifetime."),
            click.option(
                "--extends",
                help="This product is support time for that product (slug); say how much with --support-term.",
            ),
            click.option("--component", type=click.Choice(["core", "extension"])),
            click.option("--feature", "features", multiple=True, help="A feature flag, e.g. migration."),
            click.option(
                "--face-id",
                "face_ids",
                multiple=True,
                metavar="FACE=ID",
                help="Its id in shipped software, e.g. edd=501; see docs/licence-faces.md.",
            ),
            click.option("--includes", multiple=True, help="A bundle: a licence is good for that product (slug) too."),
            click.option("--site-unit", type=click.Choice(UNITS), help="What one seat covers; default site."),
            click.option(
                "--exempt-sites",
                "exempt_limit",
                type=click.IntRange(0),
                help=f"How many staging and local sites need no seat; default {EXEMPT_LIMIT}.",
            ),
            click.option(
                "--exempt-suffix", "exempt_suffixes", multiple=True, help="A domain of yours whose sites need no seat."
            ),
            click.option(
                "--believe-environment/--no-believe-environment",
                "believes_environment",
                default=None,
                help="Sites that call themselves staging need no seat.",
            ),
            click.option(
                "--moves", "move_limit", type=click.IntRange(0), help="How often in a year a seat may change sites."
            ),
            click.option("--key-prefix", help="What keys made here begin with, e.g. ACME; fixed once there are any."),
            click.option("--delegates", type=click.IntRange(0), help="Who besides the holder may ask for support."),
            click.option(
                "--allow-conflict",
                "conflicts",
                multiple=True,
                type=click.Choice(["domain", "ip", "directory"]),
                help="What a bound licence (WHMCS) may change without a reissue.",
            ),
            click.option(
                "--issue-keys/--no-issue-keys",
                "issues_keys",
                default=None,
                help="Give a key to paid orders that carry none.",
            ),
        )
    ):
        command = option(command)
    return command


@product.command("add")
@click.argument("slug")
@click.option("--vendor", "vendor_slug", required=True)
@_terms
@format_option
@click.pass_context
def add(ctx: click.Context, /, slug: str, vendor_slug: str, form: str, **terms: Any) -> None:
    """Add a product; a slug already seen in a delivery gets these terms."""
    app = runtime_of(ctx)
    issues = terms["issues_keys"] if terms["issues_keys"] is not None else terms["extends"] is None
    with transaction(app.engine) as tx:
        made = _with(Product(slug=slug), terms | {"issues_keys": issues})
        _save(tx, app, named(tx, app, vendor_slug).id, made)
    emit(codec.plain(made), form)


@product.command("set")
@click.argument("slug")
@click.option("--vendor", "vendor_slug", required=True)
@_terms
@format_option
@click.pass_context
def change(ctx: click.Context, /, slug: str, vendor_slug: str, form: str, **terms: Any) -> None:
    """Change what is given; licences already granted keep their terms."""
    app = runtime_of(ctx)
    with transaction(app.engine) as tx:
        owner = named(tx, app, vendor_slug)
        found = catalogue(tx, owner.id).named(slug)
        if found is None:
            raise click.ClickException(
                f"no product {slug!r} of {vendor_slug}: `connector product list --vendor {vendor_slug}`"
            )
        made = _with(found, terms)
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


def _with(found: Product, terms: dict[str, Any]) -> Product:
    for name, word in (("support_term", "while_active"), ("license_term", "lifetime")):
        if terms[name] is not None and terms[name] != word:
            try:
                parse_period(terms[name])
            except ValueError as fault:
                raise click.UsageError(f"--{name.replace('_', '-')}: {fault}, or {word}") from None
    if terms["key_prefix"] and not re.fullmatch(r"[A-Za-z0-9]{1,12}", terms["key_prefix"]):
        raise click.UsageError("--key-prefix: 1 to 12 letters and digits")
    if not found.slug.strip() or len(found.slug) > MAX_SLUG:
        raise click.UsageError(f"SLUG is the product's short name, at most {MAX_SLUG} characters")
    if terms["extends"] == found.slug:
        raise click.UsageError("--extends names the product that this one gives support for, not itself")
    if terms["extends"] and not (terms["support_term"] or found.support_term):
        raise click.UsageError("--extends needs --support-term: how much support does it give?")
    refs = [f"{kind}:{word}" for kind, name in _REFS for word in terms[name]]
    for pair in terms.pop("face_ids"):
        face, sign, word = pair.partition("=")
        if not (face and sign and word):
            raise click.UsageError(f"--face-id {pair}: write FACE=ID, e.g. edd=501")
        refs.append(f"{face}:{word}")
    given = {
        name: value for name, value in terms.items() if value not in (None, ()) and name not in dict(_REFS).values()
    }
    return replace(found, refs=tuple(dict.fromkeys((*found.refs, *refs))), **given)


_REFS = (("sku", "skus"), ("product", "product_ids"), ("variation", "variation_ids"))


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


COMMANDS: tuple[click.Command, ...] = (product,)
