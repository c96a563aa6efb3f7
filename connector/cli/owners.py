"""license transfer, delegate, rotate, log; customer merge: the acts that nothing but a person does."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from connector.cli.common import actor, address_from, emit, format_option, key_from, runtime_of
from connector.cli.customers import customer_group
from connector.cli.licences import find_one, license_group
from connector.domain import typed
from connector.domain.calendar.periods import extend, parse_period
from connector.domain.licensing.events import Key, Person
from connector.licences import key_rotation, owners
from connector.storage import audit, codec, ids
from connector.storage.database import reading, transaction
from connector.vendors.vendor import named

_WHY = click.option("--why", required=True, help="The reason, for the log.")


@license_group.command("transfer")
@click.argument("key_or_id")
@click.option("--vendor", "slug")
@click.option("--to", "email", required=True, help="The new holder's address.")
@click.option("--name")
@click.option("--customer-id", help="The host's id of the new holder.")
@click.option("--exception", is_flag=True, help="Also where the policy makes support non-transferable.")
@_WHY
@click.pass_context
def transfer(
    ctx: click.Context,
    key_or_id: str,
    slug: str | None,
    email: str,
    name: str | None,
    customer_id: str | None,
    exception: bool,
    why: str,
) -> None:
    """Move a licence and its support right to another holder, where the policy allows it."""
    app = runtime_of(ctx)
    to = Person(customer_id, _address(email), name)
    with transaction(app.engine) as tx:
        vendor, found = find_one(tx, app, key_or_id, slug)
        given: dict[str, Any] = {"actor": actor(), "why": why, "exception": exception, "now": app.clock()}
        _allowed(lambda: owners.transfer(tx, app.keyring, vendor, found, to, **given))
    click.echo(f"{found.id} is {to.email}'s now", err=True)


@license_group.group("delegate")
def delegate_group() -> None:
    """People who may ask for support in the holder's place."""


@delegate_group.command("add")
@click.argument("key_or_id")
@click.argument("email")
@click.option("--vendor", "slug")
@click.option("--why", help="The reason, for the log.")
@click.pass_context
def add_delegate(ctx: click.Context, key_or_id: str, email: str, slug: str | None, why: str | None) -> None:
    """Let somebody ask for support too, as far as the product's `--delegates` allow."""
    _delegate(ctx, key_or_id, email, slug, why, allowed=True)


@delegate_group.command("remove")
@click.argument("key_or_id")
@click.argument("email")
@click.option("--vendor", "slug")
@click.option("--why", help="The reason, for the log.")
@click.pass_context
def remove_delegate(ctx: click.Context, key_or_id: str, email: str, slug: str | None, why: str | None) -> None:
    """From now on the holder alone, or whoever else is named."""
    _delegate(ctx, key_or_id, email, slug, why, allowed=False)


def _delegate(ctx: click.Context, word: str, email: str, slug: str | None, why: str | None, *, allowed: bool) -> None:
    app = runtime_of(ctx)
    with transaction(app.engine) as tx:
        vendor, found = find_one(tx, app, word, slug)
        given: dict[str, Any] = {"allowed": allowed, "actor": actor(), "why": why, "now": app.clock()}
        _allowed(lambda: owners.delegate(tx, app.keyring, vendor, found, _address(email), **given))


@license_group.command("rotate")
@click.argument("key_or_id")
@click.option("--vendor", "slug")
@click.option(
    "--overlap", default="30 days", show_default=True, help="How long the old key works on; '0 days' = not at all."
)
@click.option(
    "--key-file", metavar="FILE", help="A key of your own, one line; - for standard input. Absent = a fresh one."
)
@_WHY
@format_option
@click.pass_context
def rotate(
    ctx: click.Context, key_or_id: str, slug: str | None, overlap: str, key_file: str | None, why: str, form: str
) -> None:
    """Give a licence a new key, shown this once; sites, owner and dates stay as they are."""
    app, now = runtime_of(ctx), runtime_of(ctx).clock()
    retire_at = _after(now, overlap)
    with transaction(app.engine) as tx:
        vendor, found = find_one(tx, app, key_or_id, slug)
        record = vendor.catalogue.named(found.licence.product or "")
        fresh = ids.random_key(record.key_prefix if record else None)
        key = key_from(key_file, "--key-file") if key_file else Key(fresh)
        try:
            key_rotation.rotate(tx, app.keyring, vendor.id, found.id, key, retire_at, now)
        except key_rotation.KeyTaken as taken:
            raise click.ClickException(str(taken)) from None
        ends = codec.rfc3339(retire_at)
        audit.record(tx, vendor.id, found.id, "key.rotated", actor=actor(), why=why, now=now, old_key_until=ends)
    emit({"id": found.id, "license_key": key, "old_key_until": ends}, form)


@license_group.command("log")
@click.argument("key_or_id")
@click.option("--vendor", "slug")
@format_option
@click.pass_context
def log(ctx: click.Context, key_or_id: str, slug: str | None, form: str) -> None:
    """Everything that happened to a licence: hosts' news and people's acts, with who, when and why."""
    app = runtime_of(ctx)
    with reading(app.engine) as tx:
        _, found = find_one(tx, app, key_or_id, slug)
        rows = audit.history(tx, found.id)
    emit(rows, form)


@customer_group.command("merge")
@click.option("--vendor", "slug", required=True)
@click.option("--keep", required=True, help="The customer's id at the host, or e-mail address.")
@click.option("--duplicate", required=True, help="The other record of the same person.")
@_WHY
@click.pass_context
def merge(ctx: click.Context, slug: str, keep: str, duplicate: str, why: str) -> None:
    """Say that two records are one person."""
    app = runtime_of(ctx)
    with transaction(app.engine) as tx:
        vendor = named(tx, app, slug)
        people = _person(keep), _person(duplicate)
        given: dict[str, Any] = {"actor": actor(), "why": why, "now": app.clock()}
        _allowed(lambda: owners.merge(tx, app.keyring, vendor, *people, **given))


def _allowed(act: Any) -> None:
    try:
        act()
    except owners.NotAllowed as refusal:
        raise click.ClickException(str(refusal)) from None


def _address(email: str) -> str:
    return address_from(email, "EMAIL")


def _person(word: str) -> Person:
    if not word.strip():
        raise click.UsageError("--keep and --duplicate each name a customer: an id at the host, or an address")
    return Person(None, _address(word)) if "@" in word else Person(typed.without_marks(word))


def _after(now: datetime, overlap: str) -> datetime:
    number, _, unit = overlap.strip().partition(" ")
    try:
        if number == "0":
            parse_period(f"1 {unit}")
            return now
        return extend(None, now, parse_period(overlap), "UTC")
    except ValueError as fault:
        raise click.UsageError(f"--overlap: {fault}") from None
