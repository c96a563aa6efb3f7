"""endpoint: one webhook URL and its secrets for each host connection."""

from __future__ import annotations

import json
from typing import Any

import click
from sqlalchemy import select, update

from connector.cli.common import emit, format_option, pairs, runtime_of
from connector.ports import Host
from connector.runtime import Runtime
from connector.storage import codec
from connector.storage.database import reading, transaction
from connector.storage.tables import endpoints, vendors
from connector.vendors import connect_codes
from connector.vendors.endpoints import create_endpoint, new_secret, url_of
from connector.vendors.vendor import named

LIVE = 2
"""How many secrets are live at once: the newest, and the one before it until the next rotation or `--end-old`."""


@click.group()
def endpoint() -> None:
    """Webhook endpoints."""


@endpoint.command("add")
@click.option("--vendor", "slug", required=True)
@click.option("--host", "host_name", required=True)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="A setting of that host, e.g. grant_on='[\"processing\"]'",
)
@click.option(
    "--connect",
    "by_code",
    is_flag=True,
    help="Make a code for the shop's plugin instead: pasted there within 15 minutes, it makes the endpoint, once.",
)
@click.option(
    "--allow-private",
    is_flag=True,
    help="With --connect: the shop is on your own network (private or loopback address).",
)
@format_option
@click.pass_context
def add(
    ctx: click.Context,
    slug: str,
    host_name: str,
    settings: tuple[str, ...],
    by_code: bool,
    allow_private: bool,
    form: str,
) -> None:
    """Make an endpoint; its secret is shown this once. Or, with --connect, a code by which a shop's plugin makes its own."""
    app = runtime_of(ctx)
    host = _host(app, host_name)
    chosen = _chosen(host, settings)
    if by_code:
        _connect(app, slug, host, chosen, allow_private, form)
        return
    if allow_private:
        raise click.UsageError("--allow-private goes with --connect: nothing is sent to an endpoint's host")
    with transaction(app.engine) as tx:
        made, secret = create_endpoint(tx, app, named(tx, app, slug).id, host, chosen, app.clock())
    emit({"endpoint": made, "url": url_of(app, made), "secret": secret}, form)


def _connect(app: Runtime, slug: str, host: Host, chosen: dict[str, Any], allow_private: bool, form: str) -> None:
    if not host.whsec:
        raise click.UsageError("--connect: only the plugin for --host standard takes a code")
    with transaction(app.engine) as tx:
        vendor = named(tx, app, slug)
        now = app.clock()
        code = connect_codes.create(tx, app, vendor, host, chosen, now, allow_private=allow_private)
    if form == "table":
        click.echo(code)
    else:
        emit({"code": code, "good_until": codec.rfc3339(now + connect_codes.GOOD_FOR)}, form)
    click.echo("Paste it into the plugin within 15 minutes; it works once.", err=True)


@endpoint.command("set")
@click.argument("endpoint_id")
@click.option("--set", "settings", multiple=True, required=True, metavar="NAME=VALUE", help="A setting of its host.")
@format_option
@click.pass_context
def change(ctx: click.Context, endpoint_id: str, settings: tuple[str, ...], form: str) -> None:
    """Change an endpoint's settings; what was quarantined because of them can be replayed."""
    app = runtime_of(ctx)
    with transaction(app.engine) as tx:
        row = _row(tx, endpoint_id)
        changed = json.loads(row.settings) | _chosen(app.hosts[row.host], settings)
        tx.execute(update(endpoints).where(endpoints.c.id == row.id).values(settings=json.dumps(changed)))
    emit({"endpoint": endpoint_id, "settings": changed}, form)


@endpoint.command("list")
@click.option("--vendor", "slug")
@format_option
@click.pass_context
def list_endpoints(ctx: click.Context, slug: str | None, form: str) -> None:
    """All endpoints, without their secrets."""
    app = runtime_of(ctx)
    statement = select(endpoints, vendors.c.slug).join(vendors, vendors.c.id == endpoints.c.vendor_id)
    with reading(app.engine) as tx:
        if slug:
            statement = statement.where(vendors.c.id == named(tx, app, slug).id)
        rows = tx.execute(statement.order_by(endpoints.c.id)).all()
        connected = connect_codes.sites(tx)
    emit(
        [
            {
                "endpoint": row.id,
                "vendor": row.slug,
                "host": row.host,
                "url": url_of(app, row.id),
                "secrets": len(app.keyring.unseal_secrets(row.secrets)),
                "created_at": codec.rfc3339(row.created_at),
                "disabled": row.disabled_at is not None,
                "connected": connected.get(row.id),
            }
            for row in rows
        ],
        form,
    )


@endpoint.command("rotate")
@click.argument("endpoint_id")
@click.option("--end-old", is_flag=True, help="End all older secrets now instead of keeping the last one live.")
@format_option
@click.pass_context
def rotate(ctx: click.Context, endpoint_id: str, end_old: bool, form: str) -> None:
    """Make a new secret; the one before stays live until the next rotation."""
    app = runtime_of(ctx)
    with transaction(app.engine) as tx:
        row = _row(tx, endpoint_id)
        fresh = new_secret(app.hosts[row.host])
        kept = [] if end_old else app.keyring.unseal_secrets(row.secrets)[: LIVE - 1]
        sealed = app.keyring.seal_secrets([fresh, *kept])
        tx.execute(update(endpoints).where(endpoints.c.id == row.id).values(secrets=sealed))
    emit({"endpoint": endpoint_id, "secret": fresh, "live": 1 + len(kept)}, form)


@endpoint.command("disable")
@click.argument("endpoint_id")
@click.pass_context
def disable(ctx: click.Context, endpoint_id: str) -> None:
    """Answer 404 there from now on, as if it never was."""
    app = runtime_of(ctx)
    with transaction(app.engine) as tx:
        row = _row(tx, endpoint_id)
        tx.execute(update(endpoints).where(endpoints.c.id == row.id).values(disabled_at=app.clock()))
    click.echo("Disabled.", err=True)


def _chosen(host: Host, settings: tuple[str, ...]) -> dict[str, Any]:
    chosen = pairs(settings, "--set")
    if unknown := sorted(set(chosen) - set(host.settings)):
        known = ", ".join(host.settings) or "none"
        raise click.UsageError(f"{host.name} has no setting {unknown[0]!r}; it has: {known}")
    return chosen


def _host(app: Runtime, name: str) -> Host:
    if name not in app.hosts:
        raise click.UsageError(f"no host {name!r}: one of {', '.join(sorted(app.hosts))}")
    return app.hosts[name]


def _row(tx: Any, endpoint_id: str) -> Any:
    row = tx.execute(select(endpoints).where(endpoints.c.id == endpoint_id)).first()
    if row is None:
        raise click.ClickException(f"no endpoint {endpoint_id!r}: `connector endpoint list` shows them")
    return row


@click.group("host")
def host_group() -> None:
    """Host platforms that webhooks may come from."""


@host_group.command("list")
@format_option
@click.pass_context
def list_hosts(ctx: click.Context, form: str) -> None:
    """The hosts for `connector endpoint add --host`, with their settings and the samples that `connector trigger` sends."""
    known = sorted(runtime_of(ctx).hosts.items())
    emit([{"host": name, "settings": dict(each.settings), "samples": list(each.samples)} for name, each in known], form)
