"""customer restrict, release: what staff decides about a person who asks too much, or not in good faith."""

from __future__ import annotations

import click

from connector.cli.common import actor, ending, runtime_of
from connector.cli.customers import customer_group
from connector.domain import typed
from connector.domain.licensing import mailbox
from connector.domain.licensing.events import Person
from connector.requests import restrictions
from connector.storage.database import transaction
from connector.vendors.vendor import named

_WHY = click.option("--why", required=True, help="The reason, for the log; the customer is not told.")
_VENDOR = click.option("--vendor", "slug", required=True)


@customer_group.command("restrict")
@click.argument("customer")
@_VENDOR
@click.option(
    "--how", type=click.Choice(restrictions.HOW), default="hold", show_default=True, help="Refuse, or look first."
)
@click.option("--until", metavar="DAY", help="Its last day, in the vendor's zone; absent = until released.")
@_WHY
@click.pass_context
def restrict(ctx: click.Context, customer: str, slug: str, how: str, until: str | None, why: str) -> None:
    """Hold or refuse the requests of a customer (id or e-mail address); security and payment trouble stay open."""
    app = runtime_of(ctx)
    now = app.clock()
    with transaction(app.engine) as tx:
        vendor = named(tx, app, slug).at(now)
        end = ending(until, "--until", vendor.policy.zone)
        if end is not None and end <= now:
            raise click.UsageError("--until lies in the past: name a day to come")
        try:
            restrictions.restrict(tx, vendor, _person(customer), how, until=end, actor=actor(), why=why, now=now)
        except restrictions.NotKnown as error:
            raise click.UsageError(str(error)) from None
    click.echo(f"requests of {customer} are {'refused' if how == 'deny' else 'held'} from now on", err=True)


@customer_group.command("release")
@click.argument("customer")
@_VENDOR
@_WHY
@click.pass_context
def release(ctx: click.Context, customer: str, slug: str, why: str) -> None:
    """Lift the restriction of a customer."""
    app = runtime_of(ctx)
    now = app.clock()
    with transaction(app.engine) as tx:
        vendor = named(tx, app, slug).at(now)
        if not restrictions.release(tx, vendor, app.keyring, _person(customer), actor=actor(), why=why, now=now):
            raise click.UsageError(f"{customer} is not restricted")
    click.echo(f"requests of {customer} are taken as before", err=True)


def _person(word: str) -> Person:
    address = mailbox.address(word)
    return Person(email=address) if address else Person(id=typed.without_marks(word))
