"""deliveries: what hosts sent, what it did, and taking it again."""

from __future__ import annotations

import json
from typing import Any

import click
from sqlalchemy import select

from connector.cli.common import emit, format_option, limit_option, runtime_of
from connector.requests.deliveries import replay
from connector.storage import codec
from connector.storage.database import reading
from connector.storage.tables import deliveries, endpoints, vendors
from connector.vendors.vendor import named

RESULTS = ("applied", "decided", "duplicate", "ignored", "quarantined")


@click.group("deliveries")
def group() -> None:
    """Webhook deliveries."""


@group.command("list")
@click.option("--vendor", "slug")
@click.option("--result", type=click.Choice(RESULTS))
@limit_option(50)
@format_option
@click.pass_context
def list_deliveries(ctx: click.Context, slug: str | None, result: str | None, limit: int, form: str) -> None:
    """Deliveries, newest first."""
    statement = (
        select(deliveries, endpoints.c.host, vendors.c.slug)
        .join(endpoints, endpoints.c.id == deliveries.c.endpoint_id)
        .join(vendors, vendors.c.id == endpoints.c.vendor_id)
        .order_by(deliveries.c.id.desc())
        .limit(limit)
    )
    if result:
        statement = statement.where(deliveries.c.result == result)
    app = runtime_of(ctx)
    with reading(app.engine) as tx:
        if slug:
            statement = statement.where(vendors.c.id == named(tx, app, slug).id)
        rows = tx.execute(statement).all()
    emit([_row(row) for row in rows], form)


@group.command("show")
@click.argument("delivery_id")
@click.option("--body", is_flag=True, help="Also the body as kept (credentials cut out; it may hold a licence key).")
@format_option
@click.pass_context
def show(ctx: click.Context, delivery_id: str, body: bool, form: str) -> None:
    """One delivery with its reply and headers."""
    app = runtime_of(ctx)
    statement = (
        select(deliveries, endpoints.c.host, vendors.c.slug)
        .join(endpoints, endpoints.c.id == deliveries.c.endpoint_id)
        .join(vendors, vendors.c.id == endpoints.c.vendor_id)
        .where(deliveries.c.id == delivery_id)
    )
    with reading(app.engine) as tx:
        row = tx.execute(statement).first()
    if row is None:
        raise click.ClickException(f"no delivery {delivery_id!r}: `connector deliveries list` shows them")
    told = _row(row) | {"headers": json.loads(row.headers), "reply": json.loads(row.reply)}
    if body:
        told["body"] = app.keyring.unseal(row.body).decode("utf-8", errors="replace") if row.body else None
    emit(told, form)


@group.command("replay")
@click.argument("delivery_ids", nargs=-1, required=True)
@click.option("--dry-run", is_flag=True, help="Show what would change; change nothing.")
@format_option
@click.pass_context
def replay_command(ctx: click.Context, delivery_ids: tuple[str, ...], dry_run: bool, form: str) -> None:
    """Take deliveries again with today's code and settings; what already took effect stays as it is."""
    app = runtime_of(ctx)
    emit([replay(app, each, dry_run=dry_run).reply for each in delivery_ids], form)


def _row(row: Any) -> dict[str, Any]:
    return {
        "delivery": row.id,
        "vendor": row.slug,
        "host": row.host,
        "event": row.event,
        "result": row.result,
        "error": row.error,
        "received_at": codec.rfc3339(row.received_at),
    }
