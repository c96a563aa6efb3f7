"""customer list, show: whom a vendor sold to, and what is known of each."""

from __future__ import annotations

import click

from connector.cli.common import emit, format_option, limit_option, more_follow, runtime_of
from connector.requests import customers
from connector.storage.database import reading
from connector.vendors.vendor import named

VENDOR = click.option("--vendor", "slug", required=True)


@click.group("customer")
def customer_group() -> None:
    """Customers: what hosts call them."""


@customer_group.command("list")
@VENDOR
@click.option("--after", metavar="CUSTOMER", help="Go on after this one: the last of the page before.")
@limit_option(100)
@format_option
@click.pass_context
def list_command(ctx: click.Context, slug: str, after: str | None, limit: int, form: str) -> None:
    """Customers by e-mail address, or by the host's id where it told no address; with how much they have."""
    app = runtime_of(ctx)
    with reading(app.engine) as tx:
        rows = customers.listed(tx, named(tx, app, slug).id, after, limit + 1)
    more_follow(rows[:limit], len(rows) > limit, "customer")
    emit(rows[:limit], form)


@customer_group.command("show")
@click.argument("customer")
@VENDOR
@format_option
@click.pass_context
def show(ctx: click.Context, customer: str, slug: str, form: str) -> None:
    """A customer by e-mail address or the host's id: names, licences, orders, subscriptions and invoices."""
    app = runtime_of(ctx)
    with reading(app.engine) as tx:
        told = customers.shown(tx, named(tx, app, slug), customer, app.clock())
    if told is None:
        raise click.ClickException(
            f"nobody is known as {customer!r} to {slug}: `connector customer list --vendor {slug}` shows who is"
        )
    emit(told, form)
