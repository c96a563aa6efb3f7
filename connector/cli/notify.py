"""notify: a vendor's own programs that are told of what happens here."""

from __future__ import annotations

from datetime import timedelta

import click

from connector.cli.common import address_from, emit, format_option, limit_option, runtime_of
from connector.notifications import worker
from connector.storage.database import reading, transaction
from connector.vendors import notifications, notify_endpoints
from connector.vendors.vendor import named


@click.group()
def notify() -> None:
    """Where a vendor's own programs are told of what happens here, by signed webhooks (Standard Webhooks)."""


@notify.command("add")
@click.option("--vendor", "slug", required=True)
@click.option("--url", required=True, help="Where to post, https://.")
@click.option(
    "--event",
    "events",
    type=click.Choice(notify_endpoints.EVENTS),
    multiple=True,
    help="What to tell; may be given more than once. All, if it is left out.",
)
@click.option("--personal-data", is_flag=True, help="Tell names and addresses of people, too.")
@click.option("--contact", metavar="EMAIL", help="Who is mailed when this address keeps failing.")
@click.option("--allow-private", is_flag=True, help="It is on your own network (private or loopback address).")
@format_option
@click.pass_context
def add(
    ctx: click.Context,
    slug: str,
    url: str,
    events: tuple[str, ...],
    personal_data: bool,
    contact: str | None,
    allow_private: bool,
    form: str,
) -> None:
    """Make an endpoint; its secret is shown this once."""
    app = runtime_of(ctx)
    try:
        notify_endpoints.checked(url, allow_private)
    except notify_endpoints.BadUrl as fault:
        raise click.UsageError(f"--url: {fault}") from None
    mailed = address_from(contact, "--contact") if contact else None
    with transaction(app.engine) as tx:
        vendor_id = named(tx, app, slug).id
        made, secret = notify_endpoints.add(
            tx,
            app.keyring,
            vendor_id,
            url,
            app.clock(),
            events=events,
            personal_data=personal_data,
            allow_private=allow_private,
            contact=mailed,
        )
    emit({"id": made, "url": url, "events": list(events) or ["all"], "secret": secret}, form)


@notify.command("list")
@click.option("--vendor", "slug", help="Of this vendor only.")
@format_option
@click.pass_context
def list_endpoints(ctx: click.Context, slug: str | None, form: str) -> None:
    """All endpoints, with what waits and what is parked."""
    app = runtime_of(ctx)
    with reading(app.engine) as tx:
        emit(notify_endpoints.told(tx, named(tx, app, slug).id if slug else None), form)


@notify.command("log")
@click.argument("endpoint_id", metavar="ID")
@limit_option(50)
@format_option
@click.pass_context
def log(ctx: click.Context, endpoint_id: str, limit: int, form: str) -> None:
    """The notifications of an endpoint, newest first, and why one is not sent."""
    with reading(runtime_of(ctx).engine) as tx:
        emit(notifications.listed(tx, endpoint_id, limit), form)


@notify.command("test")
@click.argument("endpoint_id", metavar="ID")
@format_option
@click.pass_context
def test(ctx: click.Context, endpoint_id: str, form: str) -> None:
    """Send a `ping` at once; exit 1 where the receiver does not take it."""
    app = runtime_of(ctx)
    with transaction(app.engine) as tx:
        row = notifications.ping(tx, endpoint_id, app.clock())
    if row is None:
        raise _no_such(endpoint_id)
    worker.work(app, row, asked=True)
    with reading(app.engine) as tx:
        [told] = [each for each in notifications.listed(tx, endpoint_id, 50) if each["id"] == row]
    emit(told, form)
    if told["state"] != "done":
        ctx.exit(1)


@notify.command("replay")
@click.argument("word", metavar="ID")
@format_option
@click.pass_context
def replay(ctx: click.Context, word: str, form: str) -> None:
    """Send a notification once more, by its id, or all that are parked of an endpoint, by its id; each keeps its webhook-id."""
    app = runtime_of(ctx)
    with transaction(app.engine) as tx:
        found = notifications.again(tx, word, app.clock())
    if not found:
        raise click.ClickException(
            f"nothing of {word!r} to send: `connector notify list` shows endpoints, `connector notify log ID` what was sent"
        )
    emit([{"notification": row, "state": worker.work(app, row, asked=True)} for row in found], form)


@notify.command("rotate")
@click.argument("endpoint_id", metavar="ID")
@click.option(
    "--overlap",
    type=click.IntRange(0, 90 * 24),
    default=int(notify_endpoints.OVERLAP.total_seconds() // 3600),
    show_default=True,
    metavar="HOURS",
    help="How long the secret before signs as well.",
)
@format_option
@click.pass_context
def rotate(ctx: click.Context, endpoint_id: str, overlap: int, form: str) -> None:
    """Make a new secret, shown this once; for a while both sign, so that the receiver can change in between."""
    app = runtime_of(ctx)
    with transaction(app.engine) as tx:
        secret = notify_endpoints.rotate(tx, app.keyring, endpoint_id, app.clock(), timedelta(hours=overlap))
    if secret is None:
        raise _no_such(endpoint_id)
    emit({"id": endpoint_id, "secret": secret, "overlap_hours": overlap}, form)


@notify.command("resume")
@click.argument("endpoint_id", metavar="ID")
@click.option("--allow-private", is_flag=True, help="It is on your own network (private or loopback address).")
@format_option
@click.pass_context
def resume(ctx: click.Context, endpoint_id: str, allow_private: bool, form: str) -> None:
    """Send there again what waits and what is parked, after it was paused or could not be reached."""
    app = runtime_of(ctx)
    with transaction(app.engine) as tx:
        rows = notify_endpoints.resume(tx, endpoint_id, app.clock(), allow_private=allow_private)
    if rows is None:
        raise _no_such(endpoint_id)
    emit({"id": endpoint_id, "waiting": rows}, form)


@notify.command("remove")
@click.argument("endpoint_id", metavar="ID")
@click.pass_context
def remove(ctx: click.Context, endpoint_id: str) -> None:
    """Tell it nothing any more; what waits for it is parked."""
    app = runtime_of(ctx)
    with transaction(app.engine) as tx:
        if not notify_endpoints.end(tx, endpoint_id, notify_endpoints.REMOVED, app.clock()):
            raise _no_such(endpoint_id)
    click.echo("Removed.", err=True)


def _no_such(endpoint_id: str) -> click.ClickException:
    return click.ClickException(f"no endpoint {endpoint_id!r} that is told anything: `connector notify list`")
