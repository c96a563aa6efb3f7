"""doctor: every part of an installation, how it is, and what to do about it."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Any

import click
from sqlalchemy import Connection, select

from connector.cli.common import emit, format_option, runtime_of
from connector.cli.faults import BEHIND, why_away
from connector.cli.installation import check_key, database_file
from connector.ports import Undelivered
from connector.runtime import Runtime
from connector.storage import migrations
from connector.storage.database import reading
from connector.storage.keyring import Unsealable
from connector.storage.redis_client import connect
from connector.storage.tables import sinks, vendors
from connector.tickets import forwarding, mail_worker, outbox
from connector.tickets.wakers import workers
from connector.vendors import notify_endpoints
from connector.vendors.policies import packs
from connector.vendors.vendor import COLUMNS, Vendor, vendor_of

PATIENCE = timedelta(minutes=2)
"""How long a ticket may be due before nobody seems to be at work."""

Row = dict[str, Any]


@click.command()
@format_option
@click.pass_context
def doctor(ctx: click.Context, form: str) -> None:
    """Look at every part and say what to do about what is wrong; exit 1 if anything is.

    States: ok; note (works, and you should know); wrong (does not work).
    """
    app = runtime_of(ctx, anywhere=True)
    fault = _database(app)
    rows = [_row("database", fault, app.engine.url.render_as_string()), _row("secret key", _keys(app, fault))]
    rows.append(_redis(app))
    if fault is None:
        rows += [_worker(app), _mail(app), *_notify(app), *_vendors(app), *_helpdesks(app)]
    emit(rows, form)
    sys.exit(1 if any(row["state"] == "wrong" for row in rows) else 0)


def _row(part: str, fault: str | None, fine: str = "") -> Row:
    return {"part": part, "state": "ok" if fault is None else "wrong", "what": fine if fault is None else fault}


def _note(part: str, what: str) -> Row:
    return {"part": part, "state": "note", "what": what}


def _database(app: Runtime) -> str | None:
    file = database_file(app)
    if file is not None and not file.exists():
        return (
            f"there is none at {file}: is CONNECTOR_HOME ({app.settings.home}) the right folder? "
            "`connector migrate` makes a new, empty one there"
        )
    try:
        return BEHIND.get(migrations.state(app.engine))
    except Exception as error:
        return why_away(error)


def _keys(app: Runtime, database_fault: str | None) -> str | None:
    path = app.settings.home / "secret_key"
    if path.exists() and path.stat().st_mode & 0o077:
        return f"{path} can be read by others: chmod 600 {path}"
    try:
        if database_fault is None:
            check_key(app)
    except Unsealable as fault:
        return f"what is stored was {fault}"
    return None


def _redis(app: Runtime) -> Row:
    if app.settings.redis_url is None:
        return _row("redis", None, "not used (CONNECTOR_REDIS_URL is not set)")
    try:
        connect(app.settings.redis_url).ping()
    except Exception as error:
        return _row(
            "redis",
            f"does not answer ({type(error).__name__}): is it up, and is CONNECTOR_REDIS_URL right? Meanwhile tickets wait "
            "for the sweep of `connector worker`, and none is lost",
        )
    return _row("redis", None)


def _worker(app: Runtime) -> Row:
    """Is anybody there to forward tickets? A row that has been due for long says no, whoever claims to be there."""
    redis = app.settings.redis_url
    if redis is not None:
        try:
            found = workers(redis)
        except Exception:
            return _note("worker", "cannot be asked for while Redis does not answer")
        if not found:
            return _row("worker", "none is running: start `connector worker`; until then no ticket and no mail leaves")
        return _row("worker", None, f"{found} running")
    with reading(app.engine) as tx:
        waiting = outbox.due(tx, app.clock() - PATIENCE, limit=1)
    if waiting:
        return _row(
            "worker", "tickets wait that should have gone: is `connector serve` (or `connector worker`) running?"
        )
    return _row("worker", None, "embedded: `connector serve` forwards tickets itself (CONNECTOR_REDIS_URL is not set)")


def _mail(app: Runtime) -> Row:
    if app.settings.smtp_host is None:
        return _note(
            "mail", "no mail server: customers are mailed nothing; set SMTP_HOST and SMTP_SENDER to change that"
        )
    return _row("mail", mail_worker.check(app), f"{app.settings.smtp_host} takes mails from {app.settings.smtp_sender}")


def _notify(app: Runtime) -> list[Row]:
    """The vendors' own programs that do not take what they are told; those that were removed are nobody's concern."""
    with reading(app.engine) as tx:
        told = notify_endpoints.told(tx, None)
    found = []
    for each in told:
        fault = f"{each['parked']} are parked: `connector notify log {each['id']}` says why" if each["parked"] else None
        if each["paused_at"]:
            fault = f"paused: {each['paused_why']}; when it works again: `connector notify resume {each['id']}`"
        if each["ended_at"] is None or each["ended_why"] != notify_endpoints.REMOVED:
            ended = f"it has ended: {each['ended_why']}" if each["ended_at"] else None
            found.append(_row(f"notifications to {each['url']}", ended or fault, "taken"))
    return found


def _vendors(app: Runtime) -> list[Row]:
    rows = []
    with reading(app.engine) as tx:
        for row in tx.execute(select(*COLUMNS).order_by(vendors.c.slug)):
            try:
                rows += [
                    _row(f"policy of {row.slug}", None, (vendor := vendor_of(app, row)).policy.ref),
                    *_links(vendor),
                ]
            except Exception as fault:
                rows.append(_row(f"policy of {row.slug}", str(fault)))
    if not rows:
        rows.append(
            _note(
                "vendors",
                f"none yet: `connector vendor add` makes one; if there should be some, {app.settings.home} is the wrong "
                "CONNECTOR_HOME",
            )
        )
    return rows


def _links(vendor: Vendor) -> list[Row]:
    """What the vendor may have overlooked: ways out that customers are told without an address, a zone of the other side."""
    return [_note(f"policy of {vendor.slug}", str(each)) for each in packs.advice(vendor.policy)]


def _helpdesks(app: Runtime) -> list[Row]:
    with reading(app.engine) as tx:
        return [_helpdesk(app, sink) for sink in _sinks(tx)]


def _sinks(tx: Connection) -> list[Any]:
    return list(tx.execute(select(sinks, vendors.c.slug).join(vendors, vendors.c.id == sinks.c.vendor_id)))


def _helpdesk(app: Runtime, sink: Any) -> Row:
    part = f"{sink.helpdesk} of {sink.slug}"
    try:
        fine = forwarding.open_desk(app, sink).check()
    except Undelivered as failure:
        return _row(part, failure.message)
    if sink.paused_at is not None:
        return _row(part, f"paused: {sink.paused_why}; when cured, `connector tickets retry`")
    return _row(part, None, fine)
