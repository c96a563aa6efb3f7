"""protocol: what a vendor sets for the licence protocols of its shipped software, and the secrets they need."""

from __future__ import annotations

import json
import secrets
from typing import Any

import click
from sqlalchemy import Connection, insert, select, update

from connector.cli.common import emit, format_option, runtime_of, secret_from
from connector.ports import LicenceProtocol
from connector.runtime import Runtime
from connector.storage import codec, ids
from connector.storage.database import insert_once, reading, transaction
from connector.storage.tables import face_secrets, faces
from connector.vendors.vendor import named

SCOPES = ("verify", "manage", "sign")
LEAST = 8
"""Characters of a secret that opens more than one licence."""
_UNBOUND = (
    "note: this pair is bound to no product: software that ships it takes a licence of any product of {} for its own. Bind it with "
    "--product SLUG where it ships in one product (revoke this one then)."
)


@click.group("protocol")
def protocol_group() -> None:
    """Licence protocols (EDD, WHMCS ...): what they may tell, and the secrets software ships with."""


@protocol_group.command("list")
@click.option("--vendor", "slug", required=True)
@format_option
@click.pass_context
def list_protocols(ctx: click.Context, slug: str, form: str) -> None:
    """Every protocol, and what this vendor set for it."""
    app = runtime_of(ctx)
    with reading(app.engine) as tx:
        vendor = named(tx, app, slug)
        mine = tx.execute(select(faces.c.face, faces.c.settings).where(faces.c.vendor_id == vendor.id))
        settings = {row.face: json.loads(row.settings) for row in mine}
    base = f"{app.settings.public_url}/compat/{slug}"
    emit([{"face": each.name, "url": f"{base}/"} | _shown(settings.get(each.name, {})) for each in app.protocols], form)


@protocol_group.command("set")
@click.argument("protocol_name", metavar="PROTOCOL")
@click.option("--vendor", "slug", required=True)
@click.option(
    "--show-holder/--hide-holder",
    default=None,
    help="Tell the holder's name and address to whoever has the key; hidden unless set.",
)
@click.option("--on/--off", "on", default=None, help="Off: the address answers 404 to this protocol; on unless set.")
@format_option
@click.pass_context
def change(
    ctx: click.Context, protocol_name: str, slug: str, show_holder: bool | None, on: bool | None, form: str
) -> None:
    """Change what is given."""
    app = runtime_of(ctx)
    protocol = _protocol(app, protocol_name)
    with transaction(app.engine) as tx:
        vendor = named(tx, app, slug)
        mine = (faces.c.vendor_id == vendor.id) & (faces.c.face == protocol.name)
        insert_once(tx, faces, {"vendor_id": vendor.id, "face": protocol.name, "settings": "{}"})
        settings = json.loads(tx.execute(select(faces.c.settings).where(mine)).scalar_one())
        if show_holder is not None:
            settings["shows_holder"] = show_holder
        if on is not None:
            settings["off"] = not on
        tx.execute(update(faces).where(mine).values(settings=json.dumps(settings, sort_keys=True)))
    emit({"face": protocol.name} | _shown(settings), form)


@protocol_group.group("secret")
def secret_group() -> None:
    """The secrets of a protocol; write-only: shown once where we make them."""


@secret_group.command("add")
@click.argument("protocol_name", metavar="PROTOCOL")
@click.option("--vendor", "slug", required=True)
@click.option("--scope", type=click.Choice(SCOPES), required=True, help="verify: ships in software; manage: your own.")
@click.option("--product", help="Good for this product (slug) only.")
@click.option("--consumer", help="The public half, where the protocol has one (consumer key).")
@click.option("--secret-file", metavar="FILE", help="The secret your software ships already; - for standard input.")
@format_option
@click.pass_context
def add(
    ctx: click.Context,
    protocol_name: str,
    slug: str,
    scope: str,
    product: str | None,
    consumer: str | None,
    secret_file: str | None,
    form: str,
) -> None:
    """Add a secret, yours or a fresh one; several may live side by side."""
    app = runtime_of(ctx)
    protocol = _protocol(app, protocol_name)
    _check_use(protocol, scope, consumer)
    secret = _own_secret(secret_file, scope) if secret_file else secrets.token_hex(20)
    with transaction(app.engine) as tx:
        vendor = named(tx, app, slug)
        _check_single(tx, app, vendor.id, protocol, scope, consumer, secret)
        if product and vendor.catalogue.named(product) is None:
            raise click.UsageError(f"--product: {slug} has no product {product!r}")
        row = {
            "id": ids.new_id("fsc", app.clock()),
            "vendor_id": vendor.id,
            "face": protocol.name,
            "product": product,
            "scope": scope,
            "consumer": consumer,
            "sealed": app.keyring.seal(secret.encode()),
            "created_at": app.clock(),
        }
        tx.execute(insert(face_secrets).values(**row))
    if protocol.pairs and scope == "verify" and product is None:
        click.echo(_UNBOUND.format(slug), err=True)
    told: dict[str, Any] = {name: row[name] for name in ("id", "face", "scope", "product", "consumer")}
    emit(told if secret_file else told | {"secret": secret}, form)


@secret_group.command("list")
@click.option("--vendor", "slug", required=True)
@format_option
@click.pass_context
def list_secrets(ctx: click.Context, slug: str, form: str) -> None:
    """The live secrets, without their values."""
    app = runtime_of(ctx)
    with reading(app.engine) as tx:
        vendor = named(tx, app, slug)
        live = (face_secrets.c.vendor_id == vendor.id) & face_secrets.c.revoked_at.is_(None)
        rows = tx.execute(select(face_secrets).where(live).order_by(face_secrets.c.id)).all()
    names = ("id", "face", "scope", "product", "consumer")
    emit(
        [{name: getattr(row, name) for name in names} | {"since": codec.rfc3339(row.created_at)} for row in rows], form
    )


@secret_group.command("revoke")
@click.argument("secret_id", metavar="ID")
@click.pass_context
def revoke(ctx: click.Context, secret_id: str) -> None:
    """From now on this secret opens nothing."""
    app = runtime_of(ctx)
    mine = (face_secrets.c.id == secret_id) & face_secrets.c.revoked_at.is_(None)
    with transaction(app.engine) as tx:
        done = tx.execute(update(face_secrets).where(mine).values(revoked_at=app.clock())).rowcount
    if not done:
        raise click.ClickException(
            f"no live secret {secret_id!r}: `connector protocol secret list --vendor ...` shows them"
        )


def _protocol(app: Runtime, name: str) -> LicenceProtocol:
    found = next((protocol for protocol in app.protocols if protocol.name == name), None)
    if found is None:
        raise click.UsageError(
            f"no protocol {name!r}; there are {', '.join(protocol.name for protocol in app.protocols)}"
        )
    return found


def _check_use(protocol: LicenceProtocol, scope: str, consumer: str | None) -> None:
    """Refuse a secret that nobody would ever ask for."""
    if not (protocol.scopes or protocol.signs):
        raise click.UsageError(f"{protocol.name} has no secrets: the licence key is all that its software sends")
    useful = [each for each in SCOPES if each in protocol.scopes.values() or (each == "sign" and protocol.signs)]
    if scope not in useful:
        raise click.UsageError(f"--scope: {protocol.name} asks for {' and '.join(useful)} only")
    if (scope != "sign") and (consumer is not None) != protocol.pairs:
        must = (
            "its software sends a consumer key too: give it with"
            if protocol.pairs
            else "its software sends none: leave out"
        )
        raise click.UsageError(f"{protocol.name}: {must} --consumer")


def _own_secret(file: str, scope: str) -> str:
    secret = secret_from(file, "--secret-file")
    if not secret:
        raise click.UsageError("--secret-file is empty: an empty secret would let everybody in")
    if len(secret.splitlines()) > 1 or not secret.isprintable():
        raise click.UsageError("--secret-file: one secret, on one line")
    if scope == "manage" and len(secret) < LEAST:
        raise click.UsageError(f"--secret-file: it lists and makes licences: at least {LEAST} characters")
    return secret


def _check_single(
    tx: Connection,
    app: Runtime,
    vendor_id: str,
    protocol: LicenceProtocol,
    scope: str,
    consumer: str | None,
    secret: str,
) -> None:
    """Refuse a credential that is live already: nobody could say which product it is good for, or whether for everything."""
    if scope == "sign":
        return
    live = (face_secrets.c.vendor_id == vendor_id) & (face_secrets.c.face == protocol.name)
    live &= face_secrets.c.revoked_at.is_(None) & (face_secrets.c.scope != "sign")
    for row in tx.execute(select(face_secrets).where(live)):
        if row.consumer == consumer and app.keyring.unseal(row.sealed).decode() == secret:
            raise click.UsageError(
                f"this secret is {row.id} already (scope {row.scope}, product {row.product or 'all'}): revoke that first, "
                "and leave --product out where several products ship one secret"
            )


def _shown(settings: dict[str, Any]) -> dict[str, Any]:
    return {"on": not settings.get("off"), "shows_holder": bool(settings.get("shows_holder"))}


face_group = click.Group("face", commands=protocol_group.commands, hidden=True, help="The former name of `protocol`.")
