"""demo: a vendor with products, licences and endpoints to try things on, and the words `serve` greets with."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta
from typing import Any

import click
from sqlalchemy import Connection, select

from connector.cli.common import runtime_of
from connector.domain.licensing.catalogue import Product
from connector.domain.licensing.events import Granted, Key, Person, SiteActivated
from connector.domain.policy.requests import Request
from connector.licences.ledger import Ledger
from connector.requests.support_requests import open_request
from connector.runtime import Runtime
from connector.storage import ids
from connector.storage.codec import dumps
from connector.storage.database import insert_once, reading, transaction
from connector.storage.tables import endpoints, products, vendors
from connector.vendors.endpoints import create_endpoint, url_of
from connector.vendors.policies import packs
from connector.vendors.vendor import named

SLUG = "demo"
PRODUCTS = (
    Product("acme-forms", "Acme Forms", ("sku:ACME-FORMS", "product:10"), "standard", 3, "one_time", issues_keys=True),
    Product(
        "acme-forms-support",
        "Support, 12 months",
        ("sku:ACME-SUP-12", "product:11"),
        extends="acme-forms",
        support_term="12 months",
    ),
    Product(
        "server-management",
        "Server Management",
        ("sku:ACME-SRV",),
        "server-management",
        purchase="recurring",
        issues_keys=True,
    ),
)
KEYS = (
    ("DEMO-ACTIVE-0001-ABCD", "ada@example.com", timedelta(days=-30)),
    ("DEMO-LAPSED-0002-EFGH", "bob@example.com", timedelta(days=-500)),
)
ASKED = (
    ("how_to_feature", 0, "How do I export a form?"),
    ("custom_dev", 0, "Can you add a field of ours?"),
    ("installation", 0, "The installer stops."),
    ("third_party", 0, "It breaks with another plugin."),
    ("how_to_feature", 1, "How do I import a form?"),
)
"""What was asked already, by kind and by the place of the key: something for `policy simulate` to decide again."""


@click.group()
def demo() -> None:
    """The demonstration store."""


@demo.command("load")
@click.pass_context
def load(ctx: click.Context) -> None:
    """Make the vendor `demo` with products, two licences, two endpoints and a few requests; doing it again changes nothing."""
    app = runtime_of(ctx)
    if app.settings.environment == "production":
        click.echo("Not loaded: the demonstration store has known keys and is not for production.", err=True)
        return
    now = app.clock()
    with transaction(app.engine) as tx:
        policy = "whmcs-modules"
        packs.load(policy)
        vendor_id = ids.new_id("ven", now)
        row = {"id": vendor_id, "slug": SLUG, "policy": policy, "settings": "{}", "created_at": now}
        if not insert_once(tx, vendors, row):
            click.echo("The demonstration store is there.", err=True)
            return
        _fill(tx, app, vendor_id, now)
    click.echo("Loaded the demonstration store: vendor `demo`.", err=True)


def _fill(tx: Connection, app: Runtime, vendor_id: str, now: Any) -> None:
    for each in PRODUCTS:
        state = {"id": ids.new_id("prd", now), "vendor_id": vendor_id, "slug": each.slug, "state": dumps(each)}
        insert_once(tx, products, state)
    for host in ("standard", "woocommerce"):
        create_endpoint(tx, app, vendor_id, app.hosts[host], {}, app.clock())
    ledger = Ledger(tx, named(tx, app, SLUG), app.keyring, now, "demo")
    for key, email, bought in KEYS:
        at = now + bought
        person = Person(email.split("@")[0], email, email.split("@")[0].title())
        ledger.apply(
            Granted(Key(key), "acme-forms", at, person, 3, plan="standard", purchase="one_time", purchased_at=at)
        )
        ledger.apply(SiteActivated(Key(key), f"{person.id}.example.com", at))
    for number, (kind, place, subject) in enumerate(ASKED, 1):
        key, email, _ = KEYS[place]
        request = Request(f"demo-{number}", key=Key(key), request_kind=kind, subject=subject, message=subject)
        asked = replace(request, requester=Person(email.split("@")[0], email))
        open_request(tx, app, named(tx, app, SLUG), "demo", asked, now)


def banner(app: Runtime) -> str:
    """What a new user needs to see on start: where we are, a webhook URL, a signed curl to paste."""
    lines = [f"Support connector on {app.settings.public_url} (data in {app.settings.home}); Ctrl-C stops."]
    with reading(app.engine) as tx:
        row = tx.execute(
            select(endpoints.c.id, endpoints.c.secrets)
            .join(vendors, vendors.c.id == endpoints.c.vendor_id)
            .where(vendors.c.slug == SLUG, endpoints.c.host == "standard", endpoints.c.disabled_at.is_(None))
        ).first()
    if row is None or app.settings.environment == "production":
        return "\n".join(lines)
    secret = app.keyring.unseal_secrets(row.secrets)[0]
    return "\n".join(
        [
            *lines,
            f"Webhook URL of the demonstration store: {url_of(app, row.id)}",
            "",
            curl(url_of(app, row.id), secret),
        ]
    )


def curl(url: str, secret: str) -> str:
    """A support request, signed when it is pasted (Standard Webhooks), so that it never goes stale."""
    key = base64.b64decode(secret.removeprefix("whsec_")).hex()
    body = (
        '{"type":"support.requested","data":{"request_id":"try-\'$(date +%s)\'","license_key":"DEMO-ACTIVE-0001-ABCD",'
        '"product":"acme-forms","kind":"how_to_feature","subject":"How do I export a form?","message":"I cannot find it.",'
        '"site":"https://ada.example.com","requester":{"id":"ada","email":"ada@example.com","verified":true}}}'
    )
    return "\n".join(
        (
            "Ask for support (paste into a shell):",
            f"  BODY='{body}'",
            "  ID=msg_$(openssl rand -hex 8) TS=$(date +%s)",
            f'  SIG=$(printf %s "$ID.$TS.$BODY" | openssl dgst -sha256 -mac HMAC -macopt hexkey:{key} -binary | base64)',
            f"  curl -s {url} -H 'Content-Type: application/json' -H \"webhook-id: $ID\" \\",
            '    -H "webhook-timestamp: $TS" -H "webhook-signature: v1,$SIG" -d "$BODY"',
        )
    )
