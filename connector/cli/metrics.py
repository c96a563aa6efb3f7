"""metrics: how well promises were kept, and what customers said of it."""

from __future__ import annotations

import click

from connector.cli.common import emit, format_option, limit_option, runtime_of
from connector.cli.policy_versions import instant_before
from connector.storage.database import reading
from connector.tickets import ratings, reports
from connector.vendors.vendor import named

_since = click.option("--since", default="30d", show_default=True, help="How far back: 30d, 12h, or a date.")


@click.group("metrics")
def group() -> None:
    """Reports for the regular review."""


@group.command("report")
@click.option("--vendor", "slug", required=True)
@_since
@format_option
@click.pass_context
def report(ctx: click.Context, slug: str, since: str, form: str) -> None:
    """Count, met, breached, median and p90 by policy, priority and clock, of tickets made since then (MET-02)."""
    app = runtime_of(ctx)
    now = app.clock()
    with reading(app.engine) as tx:
        vendor = named(tx, app, slug)
        emit(reports.report(tx, app, vendor.id, instant_before(since, now), now, now), form)


@group.command("ratings")
@click.option("--vendor", "slug", required=True)
@click.option("--words", is_flag=True, help="The newest ratings with what was said.")
@_since
@limit_option(20)
@format_option
@click.pass_context
def ratings_command(ctx: click.Context, slug: str, words: bool, since: str, limit: int, form: str) -> None:
    """How customers rated solved tickets (MET-03)."""
    app = runtime_of(ctx)
    now = app.clock()
    with reading(app.engine) as tx:
        vendor = named(tx, app, slug)
        if words:
            emit(ratings.latest(tx, app, vendor.id, limit), form)
        else:
            emit(ratings.summary(tx, vendor.id, instant_before(since, now), now), form)
