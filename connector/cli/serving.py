"""serve, worker, migrate, doctor, config."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from typing import Any

import click
from sqlalchemy import select

from connector import alarms, mail_worker, migrations, settings, worker
from connector.cli.common import emit, format_option, runtime_of
from connector.cli.demo import banner
from connector.db import reading
from connector.keys import Unsealable
from connector.ports import Undelivered
from connector.queue import connect
from connector.runtime import Runtime
from connector.tables import endpoints, sinks, vendors
from connector.vendors import COLUMNS, vendor_of


@click.command()
@click.pass_context
def migrate(ctx: click.Context) -> None:
    """Bring the database to today's schema; doing it again changes nothing."""
    app = runtime_of(ctx)
    os.umask(0o077)  # a database made now is nobody else's to read
    app.settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    migrations.upgrade(app.settings.database_url)
    click.echo("The database is up to date.", err=True)


@click.command()
@click.pass_context
def serve(ctx: click.Context) -> None:
    """Serve webhooks, API and pages until Ctrl-C."""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    app = runtime_of(ctx)
    if migrations.pending(app.engine):
        raise click.ClickException("the database is behind: run `connector migrate` first")
    _check_key(app)
    host, port = _free_address(app.settings.bind)
    click.echo(banner(app), err=True)
    app.engine.dispose()
    Server(
        "wsgi:app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=app.settings.workers,
        blocking_threads=app.settings.threads,
        respawn_failed_workers=True,
        workers_kill_timeout=5,  # a worker that Ctrl-C reaches together with our word to stop may never end by itself
        log_access=False,
        log_level=LogLevels.error,
    ).serve()


@click.command("worker")
@click.option("--processes", default=2, show_default=True, help="RQ worker processes (with CONNECTOR_REDIS_URL).")
@click.pass_context
def work(ctx: click.Context, processes: int) -> None:
    """Forward tickets: RQ workers through Redis, or the same loop by itself where no Redis is set."""
    app = runtime_of(ctx)
    _check_key(app)
    if app.settings.redis_url:
        from connector.crew import run_crew

        run_crew(app, processes)
        return
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    loops = [alarms.embedded(app), mail_worker.embedded(app)]
    for loop in loops:
        loop.start()
    click.echo("Forwarding tickets without Redis; Ctrl-C stops.", err=True)
    stopped.wait()
    for loop in loops:
        loop.stop()


@click.command()
@format_option
@click.pass_context
def doctor(ctx: click.Context, form: str) -> None:
    """Look at every part and say what to do about what is wrong; exit 1 if anything is."""
    app = runtime_of(ctx)
    away = _database(app)
    rows = [_row("database", away), _row("secret key", _keys(app, away)), _row("redis", _redis(app))]
    if away is None:
        rows += [_row("mail", mail_worker.check(app)), *_vendors(app), *_helpdesks(app)]
    emit(rows, form)
    sys.exit(0 if all(row["state"] == "ok" for row in rows) else 1)


@click.group()
def config() -> None:
    """The effective settings."""


@config.command("show")
@format_option
@click.pass_context
def show_config(ctx: click.Context, form: str) -> None:
    """Every setting with its value (secrets masked) and where it came from."""
    emit(settings.shown(runtime_of(ctx).settings), form)


def _free_address(bind: str) -> tuple[str, int]:
    """Host and port, if nobody listens there: the server would share the port without a word (SO_REUSEPORT), and another
    installation would get half of our deliveries."""
    host, _, port = bind.rpartition(":")
    host = host.strip("[]")
    try:
        socket.create_server((host, int(port)), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or error
        raise click.ClickException(
            f"cannot listen on {bind} ({why}): stop what listens there, or set CONNECTOR_BIND to another address"
        ) from None
    return host, int(port)


def _check_key(app: Runtime) -> None:
    """Raise Unsealable where the database was written with another secret key: every licence would look unknown, and be
    refused."""
    with reading(app.engine) as tx:
        sealed = tx.execute(select(endpoints.c.secrets).limit(1)).scalar()
    if sealed is not None:
        app.keyring.unseal_secrets(sealed)


def _row(part: str, fault: str | None) -> dict[str, Any]:
    return {"part": part, "state": "ok" if fault is None else "wrong", "what": fault or ""}


def _database(app: Runtime) -> str | None:
    try:
        with app.engine.connect():
            pass
    except Exception as error:
        return f"cannot be reached ({type(error).__name__}): check CONNECTOR_DATABASE_URL"
    return "behind the code: run `connector migrate`" if migrations.pending(app.engine) else None


def _keys(app: Runtime, database_away: str | None) -> str | None:
    path = app.settings.home / "secret_key"
    if path.exists() and path.stat().st_mode & 0o077:
        return f"{path} can be read by others: chmod 600 it"
    try:
        if database_away is None:
            _check_key(app)
    except Unsealable as fault:
        return f"what is stored was {fault}"
    return None


def _redis(app: Runtime) -> str | None:
    if app.settings.redis_url is None:
        return None
    try:
        connect(app.settings.redis_url).ping()
    except Exception as error:
        return f"does not answer ({type(error).__name__}): tickets wait for the sweep of `connector worker`"
    return None


def _vendors(app: Runtime) -> list[dict[str, Any]]:
    rows = []
    with reading(app.engine) as tx:
        for row in tx.execute(select(*COLUMNS).order_by(vendors.c.slug)):
            try:
                vendor_of(app, row)
                rows.append(_row(f"policy of {row.slug}", None))
            except Exception as fault:
                rows.append(_row(f"policy of {row.slug}", str(fault)))
    return rows


def _helpdesks(app: Runtime) -> list[dict[str, Any]]:
    rows = []
    with reading(app.engine) as tx:
        found = tx.execute(select(sinks, vendors.c.slug).join(vendors, vendors.c.id == sinks.c.vendor_id)).all()
    for sink in found:
        try:
            fault = None
            worker.open_desk(app, sink).check()
            if sink.paused_at is not None:
                fault = f"paused: {sink.paused_why}; when cured, `connector tickets retry`"
        except Undelivered as failure:
            fault = failure.message
        rows.append(_row(f"{sink.helpdesk} of {sink.slug}", fault))
    return rows


COMMANDS: tuple[click.Command, ...] = (serve, work, migrate, doctor, config)
