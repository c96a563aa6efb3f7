"""license reissue, localkey: what software that is bound to one site (WHMCS) needs from support."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import Any

import click
from sqlalchemy import Connection

from connector.cli.common import actor, emit, format_option, runtime_of, secret_from
from connector.cli.licences import find_one, license_group
from connector.domain.licensing import local_key as localkey
from connector.domain.licensing.events import Key
from connector.domain.licensing.licence import recent_moves
from connector.domain.licensing.questions import Question
from connector.domain.licensing.records import Found
from connector.domain.licensing.seats import INSTALL
from connector.licences import lookup
from connector.licences.protocols import reply_to, setup_of
from connector.licences.verification import ask, ask_about
from connector.ports import LicenceProtocol, ProtocolCall
from connector.runtime import Runtime
from connector.storage import audit
from connector.storage.database import reading, transaction
from connector.vendors.vendor import Vendor

PROTOCOL = "whmcs"
VERIFY = "/modules/servers/licensing/verify.php"


@license_group.command("reissue")
@click.argument("key_or_id")
@click.option("--vendor", "slug")
@click.option("--force", is_flag=True, help="Also beyond the product's --moves.")
@click.option("--why", help="The reason, for the log.")
@format_option
@click.pass_context
def reissue(ctx: click.Context, key_or_id: str, slug: str | None, force: bool, why: str | None, form: str) -> None:
    """Free all seats of a licence: its next check binds domain, address and directory anew. Counts as a move."""
    app = runtime_of(ctx)
    now = app.clock()
    with transaction(app.engine) as tx:
        vendor, found = find_one(tx, app, key_or_id, slug)
        lookup.lock(tx, found.id)
        found = lookup.by_id(tx, vendor.id, found.id) or found
        product = vendor.catalogue.named(found.licence.product or "")
        limit, moved = product.move_limit if product else None, recent_moves(found.licence, now)
        if limit is not None and moved >= limit and not force:
            raise click.ClickException(
                f"{found.id} has moved {moved} times in a year and its product allows {limit} (--moves): "
                "--force reissues it all the same"
            )
        told = ask(tx, app, Question("reissue", key=_key(tx, app, found)), now, vendor)
        if told.changed:
            audit.record(tx, vendor.id, found.id, "license.reissue", actor=actor(), now=now, why=why, forced=force)
    freed = [claim.at or claim.site for claim in found.licence.claims]
    left = None if limit is None else max(limit - moved - told.changed, 0)
    emit({"id": found.id, "freed": freed, "moves_left": left}, form)


@license_group.command("free")
@click.argument("key_or_id")
@click.argument("site")
@click.option("--vendor", "slug")
@click.option("--why", help="The reason, for the log.")
@format_option
@click.pass_context
def free(ctx: click.Context, key_or_id: str, site: str, slug: str | None, why: str | None, form: str) -> None:
    """Take one site off a licence, e.g. a domain that is gone; SITE as `connector license sites` shows it."""
    app = runtime_of(ctx)
    install = site.removeprefix(INSTALL) if site.startswith(INSTALL) else None
    with transaction(app.engine) as tx:
        vendor, found = find_one(tx, app, key_or_id, slug)
        asked = Question("deactivate", site=None if install else site, install=install)
        told = ask_about(tx, app, found.id, replace(asked, key=_key(tx, app, found)), app.clock(), vendor)
        if not told.changed:
            raise click.ClickException(
                f"{found.id} is not on {site}: `connector license sites {found.id}` shows where it is"
            )
        audit.record(tx, vendor.id, found.id, "license.site_freed", actor=actor(), now=app.clock(), why=why, site=site)
    stands = told.verdict.standing
    emit({"id": found.id, "freed": site, "used": stands.used if stands else 0}, form)


@license_group.command("localkey")
@click.argument("key_or_id")
@click.option("--vendor", "slug")
@click.option("--domain", help="Where the software runs, exactly as it names itself (SERVER_NAME).")
@click.option("--ip", help="Its server's address, as it sends it.")
@click.option("--directory", help="Its directory, as it sends it.")
@click.option(
    "--encoding", type=click.Choice(localkey.ENCODINGS), default="json", help="php: older software.", show_default=True
)
@click.option("--read", "file", metavar="FILE", help="Read a customer's local key instead; - for standard input.")
@format_option
@click.pass_context
def local_key(
    ctx: click.Context, /, key_or_id: str, slug: str | None, encoding: str, file: str | None, form: str, **place: Any
) -> None:
    """Make the local key of WHMCS software that cannot reach us, or read one; both take the product's `sign` secret.

    Making one is a check like the software's own: it binds a licence that is not bound yet, and is refused where that is.
    """
    app = runtime_of(ctx)
    with reading(app.engine) as tx:
        vendor, found = find_one(tx, app, key_or_id, slug)
        secret = setup_of(tx, app, vendor.id, _protocol(app), None).signing(found.licence.product)
        key = _key(tx, app, found)
    if secret is None:
        raise click.ClickException(
            f"the software's secret is not known here: `connector protocol secret add {PROTOCOL} --scope sign "
            f"--product {found.licence.product} --secret-file FILE`"
        )
    said = {name: value for name, value in place.items() if value}
    if file is not None:
        emit(_read(app, secret_from(file, "--read"), secret, said), form)
        return
    if "domain" not in said:
        raise click.UsageError("--domain: where does the software run?")
    made = localkey.mint(_checked(app, vendor, key, said), secret, app.clock().astimezone(UTC).date(), encoding)
    if form == "table":
        click.echo(made)
    else:
        emit({"id": found.id, "local_key": made, "good_for_days": localkey.DAYS}, form)


def _checked(app: Runtime, vendor: Vendor, key: Key, place: dict[str, str]) -> dict[str, str]:
    """The tags of the answer that the software would get now, without a hash: a stored one would spoil its grace period."""
    form = {"licensekey": str(key)} | {("dir" if name == "directory" else name): said for name, said in place.items()}
    base = f"{app.settings.public_url}/compat/{vendor.slug}"
    call = ProtocolCall("POST", VERIFY, {}, form, None, {}, base, app.clock())
    found = localkey.tags(reply_to(app, vendor.slug, _protocol(app), call, "").body)
    if found.get("status") != "Active":
        raise click.ClickException(
            f"the licence is {found.get('status', 'not known now')} there: {found.get('description', 'ask again later')}"
        )
    return found


def _read(app: Runtime, text: str, secret: str, place: dict[str, str]) -> dict[str, Any]:
    try:
        found = localkey.read(text, secret)
    except localkey.BadLocalKey as fault:
        raise click.ClickException(f"--read: {fault}") from None
    faults = found.faults(app.clock().astimezone(UTC).date(), **place)
    head = {"checked": found.checked.isoformat(), "encoding": found.encoding, "usable": not faults, "faults": faults}
    return head | dict(found.results)


def _protocol(app: Runtime) -> LicenceProtocol:
    return next(protocol for protocol in app.protocols if protocol.name == PROTOCOL)


def _key(tx: Connection, app: Runtime, found: Found) -> Key:
    return Key(app.keyring.unseal(lookup.sealed_key(tx, found.id)).decode())
