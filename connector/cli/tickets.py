"""tickets: the queue, and putting what is stuck back to work."""

from __future__ import annotations

import click
from sqlalchemy import select

from connector.cli.common import emit, format_option, limit_option, runtime_of
from connector.db import reading, transaction
from connector.tables import sinks, vendors
from connector.ticketing import list_tickets, retry, ticket_told
from connector.vendors import named
from connector.worker import work


@click.group("tickets")
def group() -> None:
    """Tickets made from accepted requests."""


@group.command("list")
@click.option("--vendor", "slug")
@click.option("--state", type=click.Choice(["held", "queued", "forwarded", "parked"]))
@limit_option(50)
@format_option
@click.pass_context
def list_command(ctx: click.Context, slug: str | None, state: str | None, limit: int, form: str) -> None:
    """Tickets, newest first."""
    app = runtime_of(ctx)
    with reading(app.engine) as tx:
        vendor_id = named(tx, app, slug).id if slug else None
        rows = list_tickets(tx, vendor_id, state=state, limit=limit)
        paused = tx.execute(
            select(vendors.c.slug, sinks.c.helpdesk, sinks.c.paused_why)
            .join(vendors, vendors.c.id == sinks.c.vendor_id)
            .where(sinks.c.paused_at.is_not(None))
        ).all()
    for row in paused:
        click.echo(f"{row.helpdesk} of {row.slug} is paused: {row.paused_why}", err=True)
    emit(rows, form)


@group.command("show")
@click.argument("number")
@format_option
@click.pass_context
def show(ctx: click.Context, number: str, form: str) -> None:
    """One ticket with its texts, its decision and what the helpdesk said."""
    app = runtime_of(ctx)
    with reading(app.engine) as tx:
        found = ticket_told(tx, app, number)
    if found is None:
        raise click.ClickException(f"no ticket {number!r}: `connector tickets list` shows them")
    emit(found, form)


@group.command("retry")
@click.argument("number", required=False)
@format_option
@click.pass_context
def retry_command(ctx: click.Context, number: str | None, form: str) -> None:
    """Put a ticket (or all that wait or are parked) back to work, resume its helpdesk, and try at once."""
    app = runtime_of(ctx)
    with transaction(app.engine) as tx:
        rows = retry(tx, number, app.clock())
    if number and not rows:
        raise click.ClickException(f"nothing of {number!r} is waiting or parked")
    emit([{"row": row, "state": work(app, row)} for row in rows], form)


COMMANDS: tuple[click.Command, ...] = (group,)
