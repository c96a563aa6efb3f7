"""vendor, token, helpdesk: who sells, who may call, and where tickets go."""

from __future__ import annotations

import json
from typing import Any

import click
from sqlalchemy import delete, insert, select, update

from connector.cli.common import emit, format_option, pairs, runtime_of, secret_from, slug_from, warn
from connector.ports import Undelivered
from connector.storage import ids
from connector.storage.database import insert_once, reading, transaction
from connector.storage.tables import sinks, vendors
from connector.tickets import mails, outbox
from connector.tickets.forwarding import open_desk
from connector.vendors.credentials import SCOPES, create_token, revoke_token
from connector.vendors.policies import packs, versions
from connector.vendors.vendor import named


@click.group()
def vendor() -> None:
    """Vendors: whose policy and whose customers."""


@vendor.command("add")
@click.argument("slug")
@click.option("--policy", required=True, help=f"A shipped pack ({', '.join(packs.shipped())}) or a pack file.")
@click.option(
    "--set", "settings", multiple=True, metavar="KEY=VALUE", help="A pack value, e.g. calendar.timezone=Europe/Berlin"
)
@format_option
@click.pass_context
def add(ctx: click.Context, slug: str, policy: str, settings: tuple[str, ...], form: str) -> None:
    """Add a vendor with its support policy."""
    app = runtime_of(ctx)
    slug_from(slug, "SLUG", 64)
    chosen = pairs(settings, "--set")
    pack = versions.load(app, policy, chosen)
    named = versions.name_of(policy, pack)
    row = {"id": ids.new_id("ven", app.clock()), "slug": slug, "policy": named, "created_at": app.clock()}
    with transaction(app.engine) as tx:
        versions.keep(tx, app, pack, app.clock())
        if not insert_once(tx, vendors, row | {"settings": json.dumps(chosen)}):
            raise click.ClickException(
                f"there is a vendor {slug!r} already: `connector vendor set-policy` changes its policy"
            )
    emit({"vendor": slug, "id": row["id"], "policy": pack.ref}, form)
    warn(packs.advice(pack))


@vendor.command("set-policy")
@click.argument("slug")
@click.argument("policy")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE")
@format_option
@click.pass_context
def set_policy(ctx: click.Context, slug: str, policy: str, settings: tuple[str, ...], form: str) -> None:
    """Give a vendor another policy; decisions already made keep the one they were made by."""
    app = runtime_of(ctx)
    chosen = pairs(settings, "--set")
    pack = versions.load(app, policy, chosen)
    with transaction(app.engine) as tx:
        versions.keep(tx, app, pack, app.clock())
        found = tx.execute(select(vendors.c.id).where(vendors.c.slug == slug)).first()
        if found is None:
            raise click.ClickException(f"no vendor {slug!r}: `connector vendor list` shows them")
        if versions.published(tx, found.id):
            raise click.ClickException(
                f"{slug} publishes its policy by date: `connector policy publish {policy} --vendor {slug}` adds a version"
            )
        values = {"policy": versions.name_of(policy, pack), "settings": json.dumps(chosen)}
        tx.execute(update(vendors).where(vendors.c.id == found.id).values(**values))
    emit({"vendor": slug, "policy": pack.ref}, form)
    warn(packs.advice(pack))


@vendor.command("list")
@format_option
@click.pass_context
def list_vendors(ctx: click.Context, form: str) -> None:
    """All vendors."""
    with reading(runtime_of(ctx).engine) as tx:
        rows = tx.execute(select(vendors).order_by(vendors.c.slug)).all()
    emit(
        [
            {"vendor": row.slug, "id": row.id, "policy": row.policy, "settings": json.loads(row.settings)}
            for row in rows
        ],
        form,
    )


@click.group()
def token() -> None:
    """API tokens of a vendor's back ends and admins."""


@token.command("create")
@click.option("--vendor", "slug", required=True)
@click.option("--scope", "scopes", multiple=True, type=click.Choice(SCOPES), help="Repeat for several; default all.")
@click.option("--label", default="", help="What it is for.")
@format_option
@click.pass_context
def create(ctx: click.Context, slug: str, scopes: tuple[str, ...], label: str, form: str) -> None:
    """Make a token; it is shown this once."""
    app = runtime_of(ctx)
    with transaction(app.engine) as tx:
        token_id, made = create_token(tx, app, named(tx, app, slug), scopes or SCOPES, label, app.clock())
    emit({"id": token_id, "token": made, "scopes": list(scopes or SCOPES)}, form)


@token.command("revoke")
@click.argument("token_id")
@click.pass_context
def revoke(ctx: click.Context, token_id: str) -> None:
    """End a token at once."""
    app = runtime_of(ctx)
    with transaction(app.engine) as tx:
        if not revoke_token(tx, token_id, app.clock()):
            raise click.ClickException(f"no token {token_id!r}")
    click.echo("Revoked.", err=True)


@click.group()
def helpdesk() -> None:
    """Where a vendor's accepted tickets go; without one they live here."""


@helpdesk.command("set")
@click.argument("name")
@click.option("--vendor", "slug", required=True)
@click.option(
    "--set", "settings", multiple=True, metavar="NAME=VALUE", help="A setting of that helpdesk, e.g. url=..., queue=..."
)
@click.option("--secret-file", metavar="FILE", help="The helpdesk's token; - for standard input.")
@format_option
@click.pass_context
def set_helpdesk(
    ctx: click.Context, name: str, slug: str, settings: tuple[str, ...], secret_file: str | None, form: str
) -> None:
    """Forward the vendor's tickets to this helpdesk (its settings: `connector helpdesk kinds`); `builtin` keeps them here."""
    app = runtime_of(ctx)
    with transaction(app.engine) as tx:
        owner = named(tx, app, slug)
        tx.execute(delete(sinks).where(sinks.c.vendor_id == owner.id))
        if name != "builtin":
            chosen = _chosen(app.helpdesks, name, settings)
            secret = secret_from(secret_file, "--secret-file") if app.helpdesks[name].secret else ""
            tx.execute(
                insert(sinks).values(
                    id=ids.new_id("snk", app.clock()),
                    vendor_id=owner.id,
                    helpdesk=name,
                    settings=json.dumps(chosen),
                    secret=app.keyring.seal(secret.encode()),
                )
            )
            if waiting := outbox.put_unsent(tx, owner.id, app.clock()):
                click.echo(f"{waiting} tickets that lived here go there now.", err=True)
        row = tx.execute(select(sinks).where(sinks.c.vendor_id == owner.id)).first()
    said = "tickets live here"
    if row is not None:
        try:
            said = open_desk(app, row).check()
        except Undelivered as failure:
            said = f"saved, but: {failure.message}"
    emit({"vendor": slug, "helpdesk": name, "check": said}, form)


@helpdesk.command("list")
@format_option
@click.pass_context
def list_helpdesks(ctx: click.Context, form: str) -> None:
    """Which helpdesk each vendor's tickets go to; no secrets."""
    joined = select(vendors.c.slug, sinks).outerjoin(sinks, sinks.c.vendor_id == vendors.c.id).order_by(vendors.c.slug)
    with reading(runtime_of(ctx).engine) as tx:
        rows = tx.execute(joined).all()
    told = [
        {
            "vendor": row.slug,
            "helpdesk": row.helpdesk or "builtin",
            "state": "paused" if row.paused_at else "ok",
            "what": row.paused_why or ("" if row.helpdesk else "tickets live here"),
            "settings": json.loads(row.settings) if row.helpdesk else {},
        }
        for row in rows
    ]
    emit(told, form)


@helpdesk.command("kinds")
@format_option
@click.pass_context
def kinds(ctx: click.Context, form: str) -> None:
    """The helpdesks that can be set, with their settings."""
    rows: list[dict[str, Any]] = [
        {"helpdesk": "builtin", "setting": "", "required": "", "meaning": "tickets live here"}
    ]
    for name, each in sorted(runtime_of(ctx, anywhere=True).helpdesks.items()):
        for setting, meaning in each.settings.items():
            required = "yes" if setting in each.required else ""
            rows.append({"helpdesk": name, "setting": setting, "required": required, "meaning": meaning})
    emit(rows, form)


def _chosen(helpdesks: Any, name: str, settings: tuple[str, ...]) -> dict[str, Any]:
    if name not in helpdesks:
        raise click.UsageError(f"no helpdesk {name!r}: one of builtin, {', '.join(sorted(helpdesks))}")
    kind, chosen = helpdesks[name], pairs(settings, "--set")
    if kind.secret in chosen:
        raise click.UsageError(f"{kind.secret} is a secret: hand it over with --secret-file, not on the command line")
    known = {*kind.settings, "quarantine", "mails"}
    if unknown := sorted(set(chosen) - known):
        raise click.UsageError(
            f"{name} has no setting {unknown[0]!r}; it has {', '.join(sorted(known - {kind.secret or ''}))}"
        )
    if not isinstance(chosen.get("quarantine", 0), int | float) or chosen.get("quarantine", 0) < 0:
        raise click.UsageError("quarantine is a number of seconds: how long an unclear answer rests before we look")
    if chosen.get("mails", mails.SENDERS[0]) not in mails.SENDERS:
        raise click.UsageError(f"mails says who mails the customer: {' or '.join(mails.SENDERS)}")
    if missing := [each for each in kind.required if each not in chosen and each != kind.secret]:
        raise click.UsageError(f"{name} needs --set {missing[0]}=...: {kind.settings[missing[0]]}")
    return chosen
