"""license list: a vendor's licences in pages, narrowed down to those one looks for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import click
from sqlalchemy import Connection, select

from connector.cli.common import aware, emit, format_option, limit_option, more_follow, runtime_of
from connector.cli.licences import licence_told, license_group
from connector.licences import lookup
from connector.requests import customers
from connector.runtime import Runtime
from connector.storage import codec
from connector.storage.database import reading
from connector.storage.tables import licences, links, vendors
from connector.vendors.vendor import named

STATUSES = ("active", "expired", "suspended", "revoked", "refunded", "deleted")
PAGE = 200


@license_group.command("list")
@click.option("--vendor", "slug", help="Absent = all vendors.")
@click.option("--product", help="Of this product (slug).")
@click.option("--status", type=click.Choice(STATUSES), help="How they stand today.")
@click.option("--customer", help="Of this holder or owner: e-mail address, or the host's id.")
@click.option(
    "--expires-before", type=click.DateTime(["%Y-%m-%d"]), help="Whose term ends, or ended, before this day (UTC)."
)
@click.option("--after", metavar="LICENCE", help="Go on after this one: the last of the page before.")
@limit_option(100)
@format_option
@click.pass_context
def list_licences(
    ctx: click.Context, /, slug: str | None, after: str | None, limit: int, form: str, **asked: Any
) -> None:
    """Licences, newest first."""
    app = runtime_of(ctx)
    with reading(app.engine) as tx:
        vendor_id = named(tx, app, slug).id if slug else None
        rows = []
        for row in _matching(tx, app, vendor_id, after, asked):
            rows.append(row)
            if len(rows) > limit:
                break
    more_follow(rows[:limit], len(rows) > limit, "id")
    emit(rows[:limit], form)


def _matching(
    tx: Connection, app: Runtime, vendor_id: str | None, after: str | None, asked: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """Licences that fit, read in pages, since how one stands is known only when its orders are looked at."""
    now = app.clock()
    while True:
        ids = tx.execute(_page(vendor_id, after, asked)).all()
        for row in ids:
            found = lookup.by_id(tx, row.vendor_id, row.id)
            if found is None or not found.licence.known:
                continue
            told = licence_told(tx, app, row.vendor_id, found, now)
            if _fits(told, asked):
                yield told if vendor_id else {"vendor": row.slug} | told
        if len(ids) < PAGE:
            return
        after = ids[-1].id


def _page(vendor_id: str | None, after: str | None, asked: dict[str, Any]) -> Any:
    wanted = (
        select(licences.c.id, licences.c.vendor_id, vendors.c.slug)
        .join(vendors, vendors.c.id == licences.c.vendor_id)
        .where(licences.c.same_as.is_(None))
        .order_by(licences.c.id.desc())
        .limit(PAGE)
    )
    if vendor_id:
        wanted = wanted.where(licences.c.vendor_id == vendor_id)
    if asked["product"]:
        wanted = wanted.where(licences.c.product == asked["product"])
    if asked["customer"]:
        names = customers.named_by(asked["customer"]).links
        mine = select(links.c.target).where(links.c.vendor_id == licences.c.vendor_id, links.c.link.in_(names))
        wanted = wanted.where(licences.c.id.in_(mine))
    return wanted.where(licences.c.id < after) if after else wanted


def _fits(told: dict[str, Any], asked: dict[str, Any]) -> bool:
    before: datetime | None = aware(asked["expires_before"])
    if asked["status"] and told["status"] != asked["status"]:
        return False
    return before is None or (told["expires_at"] is not None and told["expires_at"] < codec.rfc3339(before))
