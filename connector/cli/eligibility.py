"""check: may this customer have support, and why not?"""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import datetime
from typing import Any

import click
from sqlalchemy import Connection, select

from connector.cli.common import emit, format_option, runtime_of
from connector.domain.calendar import days
from connector.domain.policy.wording import last_day
from connector.licences import lookup
from connector.requests.eligibility import Query, check, guess
from connector.runtime import Runtime
from connector.storage.database import reading
from connector.storage.tables import vendors
from connector.vendors.vendor import named

EXIT = {"accept": 0, "deny": 3, "redirect": 3, "hold": 4, "ask": 4}
UNKNOWN = 5


@click.command("check")
@click.argument("what")
@click.option("--vendor", "slug", help="Whose customer; absent = whoever knows it.")
@click.option("--product", help="The product asked about.")
@click.option("--site", help="The site asked about.")
@click.option("--kind", help="What is asked, e.g. bug, installation, custom_dev.")
@click.option("--requester", help="E-mail of whoever asks; absent = the licence holder.")
@click.option("--channel", default="ticket", show_default=True)
@click.option("--component", help="core or extension.")
@click.option(
    "--at",
    help="As of another instant, RFC 3339, e.g. 2026-03-01T12:00:00Z, or a day: its beginning, in the vendor's zone.",
)
@format_option
@click.pass_context
def check_command(ctx: click.Context, /, what: str, slug: str | None, at: str | None, form: str, **asked: Any) -> None:
    """Look up a key, an e-mail, a domain or an order. Exit 0 accept, 3 deny or redirect, 4 hold or ask, 5 unknown."""
    app = runtime_of(ctx)
    query = replace(guess(what), **{name: value for name, value in asked.items() if value is not None})
    with reading(app.engine) as tx:
        verdicts = _verdicts(tx, app, slug, query, at)
    known = [verdict for verdict in verdicts if verdict["found"]]
    if len(known) > 1:
        raise click.ClickException(f"{', '.join(each['vendor'] for each in known)} know it: say --vendor")
    verdict = known[0] if known else verdicts[0] if verdicts else None
    if verdict is None:
        raise click.ClickException("no vendor yet: `connector vendor add` makes one")
    if not verdict["found"] and not slug:  # nobody's customer: no vendor's name or policy stands for it
        verdict = verdict | {"vendor": None, "decision": verdict["decision"] | {"policy": None}}
    outcome = verdict["decision"]["outcome"] if verdict["found"] else None
    if form != "json":
        with reading(app.engine) as tx:
            verdict = _summary(verdict, *_spoken(tx, app, verdict), _last_day(tx, app, verdict))
    emit(verdict, form)
    sys.exit(EXIT[outcome] if outcome else UNKNOWN)


def _verdicts(tx: Connection, app: Runtime, slug: str | None, query: Query, at: str | None) -> list[dict[str, Any]]:
    slugs = [slug] if slug else list(tx.execute(select(vendors.c.slug).order_by(vendors.c.slug)).scalars())
    mine = [named(tx, app, each) for each in slugs]
    when = app.clock() if at is None else None
    return [check(tx, app, vendor, query, when or _instant(at or "", vendor.policy.zone)) for vendor in mine]


def _spoken(tx: Connection, app: Runtime, verdict: dict[str, Any]) -> tuple[str | None, str | None]:
    """Licence and product as people name them: `…ABCD (lic_...)`, `Acme Forms (acme-forms)`."""
    licence = verdict["license"]
    if not licence or not licence["id"]:
        return None, licence["product"] if licence else None
    vendor = named(tx, app, verdict["vendor"])
    found = lookup.by_id(tx, vendor.id, licence["id"])
    product = vendor.catalogue.named(licence["product"] or "")
    name = f"{product.name} ({product.slug})" if product and product.name else licence["product"]
    return f"…{found.last4.lstrip('…')} ({found.id})" if found else licence["id"], name


def _last_day(tx: Connection, app: Runtime, verdict: dict[str, Any]) -> str | None:
    """The last day of support as the vendor's zone writes it."""
    until = ((verdict["license"] or {}).get("support") or {}).get("until")
    return last_day(datetime.fromisoformat(until), named(tx, app, verdict["vendor"]).policy) if until else None


def _summary(
    verdict: dict[str, Any], licence_name: str | None, product_name: str | None, until: str | None
) -> dict[str, Any]:
    licence = verdict["license"] or {}
    support = licence.get("support") or {}
    told: dict[str, Any] = {
        "verdict": verdict["decision"]["outcome"] if verdict["found"] else "unknown",
        "vendor": verdict["vendor"],
        "licence": licence_name,
        "customer": _person(licence.get("owner") or licence.get("holder")),
        "product": product_name,
        "status": licence.get("status"),
        "supported until": until or ("open-ended" if support.get("open_ended") else None),
    }
    for number, reason in enumerate(verdict["decision"]["reasons"], 1):
        clause = f" (clause {reason['clause']})" if reason["clause"] else ""
        told[f"reason {number}"] = f"{reason['severity']}: {reason['code']}: {reason['message']}{clause}"
        if remedy := reason["remedy"]:
            told[f"way out {number}"] = f"{remedy['label']}: {remedy['url'] or 'no address set in the policy (links)'}"
    told["assumed"] = "; ".join(verdict["assumed"])
    told["policy"] = verdict["decision"]["policy"]
    return told


def _person(person: dict[str, Any] | None) -> str | None:
    """`Ada Example <ada@example.com>`, or what there is of it."""
    if not person:
        return None
    name, email = person.get("name"), person.get("email")
    return f"{name} <{email}>" if name and email else name or email or person.get("id")


def _instant(text: str, zone: str) -> datetime:
    try:
        return days.instant(text.strip(), zone)
    except ValueError:
        raise click.UsageError(f"--at wants RFC 3339, for example 2026-03-01T12:00:00Z, not {text!r}") from None
