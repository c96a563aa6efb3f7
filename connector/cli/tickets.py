"""tickets: the queue, and putting what is stuck back to work."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import click
from sqlalchemy import select

from connector.cli.common import actor, emit, format_option, limit_option, runtime_of
from connector.storage.database import reading, retrying, transaction
from connector.storage.tables import sinks, vendors
from connector.tickets import status_link
from connector.tickets.forwarding import work
from connector.tickets.views import STATES, list_tickets, retry, ticket_told
from connector.vendors.vendor import named


@click.group("tickets")
def group() -> None:
    """Tickets made from accepted requests."""


@group.command("list")
@click.option("--vendor", "slug")
@click.option("--state", type=click.Choice(STATES), help="Of work, or on the way to the helpdesk.")
@click.option("--customer", help="Who asked: an e-mail address, or the host's id.")
@click.option("--product", help="A product's slug.")
@click.option("--due", help="Only what is due by then: `overdue`, a time (RFC 3339), or a day.")
@limit_option(50)
@format_option
@click.pass_context
def list_command(
    ctx: click.Context, /, slug: str | None, due: str | None, limit: int, form: str, **filters: Any
) -> None:
    """Tickets, newest first, with their state of work: new, answered, customer_replied, reopened, waiting, held, solved."""
    app = runtime_of(ctx)
    due_by = app.clock() if due == "overdue" else _instant(due) if due else None
    with reading(app.engine) as tx:
        vendor_id = named(tx, app, slug).id if slug else None
        rows = list_tickets(tx, app, vendor_id, due_by=due_by, limit=limit, **filters)
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


@group.command("link")
@click.argument("number")
@click.option("--end", is_flag=True, help="End every link that was given out before, and make a new one.")
@click.option("--why", help="With --end: the reason, for the audit log.")
@format_option
@click.pass_context
def link_command(ctx: click.Context, number: str, end: bool, why: str | None, form: str) -> None:
    """The customer's link to the page of a ticket; with --end a new one, and those of before open nothing any more."""
    app = runtime_of(ctx)

    def do_it() -> str:
        with transaction(app.engine) as tx:
            return status_link.end(tx, app, number, actor=actor(), why=why, now=app.clock())

    try:
        if end:
            url = retrying(do_it)
        else:
            with reading(app.engine) as tx:
                url = status_link.current(tx, app, number)
    except status_link.NoTicket as fault:
        raise click.ClickException(str(fault)) from None
    emit({"ticket": number, "status_url": url}, form)


def _instant(text: str) -> datetime:
    """A time, or the end of a day in UTC."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f"--due wants `overdue`, 2026-03-01T12:00:00Z or 2026-03-01, not {text!r}") from None
    if len(text) == len("2026-03-01"):
        when += timedelta(days=1)
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when
