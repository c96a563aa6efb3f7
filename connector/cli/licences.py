"""license: issue, show, sites, and the acts an admin needs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click
from sqlalchemy import Connection, select

from connector.cli.common import actor, address_from, emit, ending, format_option, key_from, runtime_of, slug_from
from connector.cli.product_terms import MAX_SLUG, MOST
from connector.domain.calendar.periods import parse_period
from connector.domain.licensing import staging
from connector.domain.licensing.events import Granted, Key, LedgerEvent, Person, StatusChanged, SupportExtended
from connector.domain.licensing.licence import next_instant
from connector.domain.licensing.records import Found
from connector.domain.licensing.seats import seats
from connector.licences import key_rotation, lookup
from connector.licences.ledger import Ledger
from connector.requests.eligibility import license_told
from connector.runtime import Runtime
from connector.storage import audit, codec, ids
from connector.storage.database import reading, transaction
from connector.storage.tables import vendors
from connector.vendors.vendor import Vendor, by_id, catalogue, named


@click.group("license")
def license_group() -> None:
    """Licences: what was granted, to whom, on which sites, supported until when."""


@license_group.command("issue")
@click.option("--vendor", "slug", required=True)
@click.option("--product", required=True, help="The product's slug.")
@click.option("--email", required=True, help="The holder.")
@click.option("--name", help="The holder's name.")
@click.option("--customer-id", help="The host's id of the holder.")
@click.option(
    "--sites", "site_limit", type=click.IntRange(0, MOST), help="Absent = the product's limit, else unlimited."
)
@click.option("--unlimited", is_flag=True, help="No limit of sites, also where the product has one.")
@click.option("--plan")
@click.option("--order", "order_id")
@click.option("--purchase", type=click.Choice(["one_time", "recurring"]))
@click.option(
    "--support-until",
    metavar="DAY",
    help="The last day of support. Absent = by the product's or the policy's support term.",
)
@click.option("--expires-at", metavar="DAY", help="The last day of the licence. Absent = lifetime.")
@click.option(
    "--key-file", metavar="FILE", help="A key of your own, one line; - for standard input. Absent = a fresh one."
)
@format_option
@click.pass_context
def issue(
    ctx: click.Context, /, slug: str, product: str, email: str, key_file: str | None, form: str, **terms: Any
) -> None:
    """Grant a licence; its key is shown this once."""
    app = runtime_of(ctx)
    now = app.clock()
    terms = {name: (word.strip() or None) if isinstance(word, str) else word for name, word in terms.items()}
    holder = Person(terms["customer_id"], address_from(email, "--email"), terms["name"])
    if terms["unlimited"] and terms["site_limit"] is not None:
        raise click.UsageError("say either --sites or --unlimited")
    own = key_from(key_file, "--key-file") if key_file else None
    with transaction(app.engine) as tx:
        vendor = named(tx, app, slug)
        record = catalogue(tx, vendor.id).named(product)
        key = Key(own or ids.random_key(record.key_prefix if record else None))
        if taken := lookup.by_key(tx, vendor.id, app.keyring.key_hash(key)):
            raise click.ClickException(f"this key exists already: `connector license show {taken.id}`")
        if record is None:
            slug_from(product, "--product", MAX_SLUG)
            click.echo(f"{slug} had no product {product!r}: it is registered now, without any terms", err=True)
        limit = None if terms["unlimited"] else terms["site_limit"]
        if limit is None and not terms["unlimited"]:
            limit = record.site_limit if record else None
        event = Granted(
            key=key,
            product=product,
            as_of=now,
            holder=holder,
            site_limit=limit,
            expires_at=ending(terms["expires_at"], "--expires-at", vendor.policy.zone),
            support_until=ending(terms["support_until"], "--support-until", vendor.policy.zone),
            plan=terms["plan"] or (record.plan if record else None),
            purchase=terms["purchase"] or (record.purchase if record else None),
            order_id=terms["order_id"],
            purchased_at=now,
        )
        Ledger(tx, vendor, app.keyring, now, ids.new_id("cli", now)).apply(event)
        found = lookup.by_key(tx, vendor.id, app.keyring.key_hash(key))
        assert found is not None
        told = licence_told(tx, app, vendor.id, found, now)
    emit({"license_key": key} | told, form)


@license_group.command("show")
@click.argument("key_or_id")
@click.option("--vendor", "slug")
@click.option("--reveal", is_flag=True, help="Print the whole key; written down in `connector license log`.")
@click.option("--why", help="With --reveal: the reason, for the log.")
@format_option
@click.pass_context
def show(ctx: click.Context, key_or_id: str, slug: str | None, reveal: bool, why: str | None, form: str) -> None:
    """A licence with its clocks, seats and owner, by key, licence id or order (`order:12`)."""
    app = runtime_of(ctx)
    with (transaction if reveal else reading)(app.engine) as tx:
        rows = []
        for vendor_id, found in find(tx, app, key_or_id, slug):
            told = licence_told(tx, app, vendor_id, found, app.clock()) | {"keys": _keys(tx, found.id)}
            if reveal:
                audit.record(tx, vendor_id, found.id, "key.revealed", actor=actor(), now=app.clock(), why=why)
                told = {"license_key": key_rotation.key_in_use(tx, app.keyring, found.id)} | told
            rows.append(told)
    emit(rows[0] if len(rows) == 1 else rows, form)


@license_group.command("sites")
@click.argument("key_or_id")
@click.option("--vendor", "slug")
@format_option
@click.pass_context
def list_sites(ctx: click.Context, key_or_id: str, slug: str | None, form: str) -> None:
    """The sites of a licence: `active` holds a seat, `exempt` needs none, `over_limit` waits for one."""
    app = runtime_of(ctx)
    with reading(app.engine) as tx:
        rows = []
        for vendor_id, found in find(tx, app, key_or_id, slug):
            rules = catalogue(tx, vendor_id).seat_rules(found.licence.product)
            places = seats(found.licence.claims, found.licence.site_limit, rules)
            exempt = dict(places.exempt)
            for claim in found.licence.claims:
                state = "exempt" if claim.site in exempt else "active" if claim.site in places.seated else "over_limit"
                why = f"{exempt[claim.site]} (list {staging.VERSION})" if claim.site in exempt else None
                row = {"license": found.id, "site": claim.site, "state": state, "why": why}
                rows.append(row | {"environment": claim.environment, "since": codec.rfc3339(claim.since)})
    emit(rows, form)


@license_group.command("suspend")
@click.argument("key_or_id")
@click.option("--vendor", "slug")
@click.pass_context
def suspend(ctx: click.Context, key_or_id: str, slug: str | None) -> None:
    """Stop a licence until `connector license reinstate`."""
    _tell(ctx, key_or_id, slug, lambda key, now, zone: StatusChanged(key=key, status="suspended", as_of=now))


@license_group.command("reinstate")
@click.argument("key_or_id")
@click.option("--vendor", "slug")
@click.pass_context
def reinstate(ctx: click.Context, key_or_id: str, slug: str | None) -> None:
    """Put a stopped licence back in force."""
    _tell(ctx, key_or_id, slug, lambda key, now, zone: StatusChanged(key=key, status="active", as_of=now))


@license_group.command("extend")
@click.argument("key_or_id")
@click.option("--vendor", "slug")
@click.option("--until", metavar="DAY", help="The last day of support, in the vendor's zone, or RFC 3339.")
@click.option("--for", "period", help="'12 months', '90 days': added to the end, or from now when it has ended.")
@click.pass_context
def extend(ctx: click.Context, key_or_id: str, slug: str | None, until: str | None, period: str | None) -> None:
    """Give more support time."""
    if (until is None) == (period is None):
        raise click.UsageError("say either --until or --for")
    if period:
        try:
            parse_period(period)
        except ValueError as fault:
            raise click.UsageError(f"--for: {fault}") from None
    _tell(
        ctx,
        key_or_id,
        slug,
        lambda key, now, zone: SupportExtended(
            key=key,
            support_until=ending(until, "--until", zone),
            period=period,
            as_of=now,
            zone=zone if period else None,
        ),
    )


def find(tx: Connection, app: Runtime, word: str, slug: str | None) -> list[tuple[str, Found]]:
    """(vendor id, licence) for a key, licence id or `order:12`, by any number of the order; raises click.ClickException."""
    wanted = select(vendors.c.id).order_by(vendors.c.slug)
    if slug:
        wanted = wanted.where(vendors.c.id == named(tx, app, slug).id)
    found = []
    for vendor_id in tx.execute(wanted).scalars():
        if word.startswith("order:"):
            each = lookup.by_order(tx, vendor_id, word.removeprefix("order:"))
        elif word.startswith("lic_"):
            each = [one] if (one := lookup.by_id(tx, vendor_id, word)) else []
        else:
            each = [one] if (one := lookup.by_key(tx, vendor_id, app.keyring.key_hash(word))) else []
        found += [(vendor_id, one) for one in each]
    if not found:
        typo = " (a letter of the key is wrong: its check letter does not fit)" if ids.is_mistyped(word) else ""
        raise click.ClickException(
            f"no licence by that key, id or order{typo}: `connector license list --vendor ...` shows them"
        )
    return found


def find_one(tx: Connection, app: Runtime, word: str, slug: str | None) -> tuple[Vendor, Found]:
    """The same where only one is meant, with its vendor; raises click.UsageError where several fit."""
    found = find(tx, app, word, slug)
    if len(found) > 1:
        raise click.UsageError(f"{len(found)} licences fit: name one by its id (lic_...), or its vendor by --vendor")
    [(vendor_id, one)] = found
    return by_id(tx, app, vendor_id), one


def _tell(ctx: click.Context, word: str, slug: str | None, event: Any) -> None:
    app = runtime_of(ctx)
    now = app.clock()
    with transaction(app.engine) as tx:
        licences_meant = find(tx, app, word, slug)
        if len({vendor_id for vendor_id, _ in licences_meant}) > 1:
            raise click.UsageError("licences of several vendors fit: say whose by --vendor")
        for vendor_id, found in licences_meant:
            vendor = by_id(tx, app, vendor_id)
            key = Key(app.keyring.unseal(lookup.sealed_key(tx, found.id)).decode())
            ledger = Ledger(tx, vendor, app.keyring, now, ids.new_id("cli", now))
            news: LedgerEvent = event(key, next_instant(found.licence, now), vendor.policy.zone)
            ledger.apply(news)
            for change in (changes := ledger.changes()):
                click.echo(f"{change.license_id} {change.what}: {change.before} -> {change.after}", err=True)
            if not changes:
                stands = lookup.standing_of(tx, vendor_id, found, vendor.catalogue, now)
                click.echo(f"{found.id}: nothing changed, it is {stands.status}", err=True)


def _keys(tx: Connection, license_id: str) -> list[dict[str, Any]]:
    found = key_rotation.keys_of(tx, license_id)
    return [
        {"key": f"…{each.last4}", "retires_at": codec.rfc3339(each.retires_at) if each.retires_at else None}
        for each in found
    ]


def licence_told(tx: Connection, app: Runtime, vendor_id: str, found: Found, now: datetime) -> dict[str, Any]:
    """A licence as lists and `license show` have it: no key, but its last four."""
    stands = lookup.standing_of(tx, vendor_id, found, by_id(tx, app, vendor_id).catalogue, now)
    told = license_told(stands, now)
    assert told is not None
    return {"id": found.id, "key": f"…{found.last4}"} | told
