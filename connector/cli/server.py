"""serve, worker, migrate, config: running an installation."""

from __future__ import annotations

import os
import signal
import socket
import threading
from functools import partial

import click

from connector import settings
from connector.cli.common import emit, format_option, runtime_of
from connector.cli.demo import banner
from connector.cli.faults import BEHIND
from connector.cli.installation import check_key
from connector.notifications import worker
from connector.serving import buffering, supervisor
from connector.storage import journal, migrations
from connector.storage.keyring import Unsealable
from connector.tickets import mail_worker, promises

HEADER_SECONDS = 10
"""How long the headers of a request may take, and how long a connection may stay open without one."""
CONNECTIONS = 4096
"""Connections a serving process holds: no more are accepted beyond, so it must be more than strangers bother to open."""


@click.command()
@click.pass_context
def migrate(ctx: click.Context) -> None:
    """Bring the database to today's schema; doing it again changes nothing."""
    app = runtime_of(ctx, new=True)
    os.umask(0o077)  # a database made now is nobody else's to read
    app.settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        migrations.upgrade(app.settings.database_url, app.keyring)
    except Unsealable as fault:
        raise click.ClickException(str(fault)) from None
    click.echo("The database is up to date.", err=True)


@click.command()
@click.pass_context
def serve(ctx: click.Context) -> None:
    """Serve webhooks, API and pages until Ctrl-C."""
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels
    from granian.server import Server

    app = runtime_of(ctx)
    if (state := migrations.state(app.engine)) != "current":
        raise click.ClickException(f"the database is {BEHIND[state]}")
    check_key(app)
    host, port = _free_address(app.settings.bind)
    click.echo(banner(app), err=True)
    app.engine.dispose()
    make_server = partial(
        Server,
        "wsgi:app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=app.settings.workers,
        blocking_threads=buffering.threads(app.settings.threads),
        backpressure=CONNECTIONS,
        backlog=1024,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_SECONDS * 1000),
        respawn_failed_workers=True,
        workers_kill_timeout=5,  # a worker that Ctrl-C reaches together with our word to stop may never end by itself
        log_access=False,
        log_level=LogLevels.error,
    )
    try:
        supervisor.keep_serving(make_server)
    except supervisor.NeverCameUp as fault:
        raise click.ClickException(str(fault)) from None


@click.command("worker")
@click.option("--processes", default=2, show_default=True, help="RQ worker processes (with CONNECTOR_REDIS_URL).")
@click.pass_context
def work(ctx: click.Context, processes: int) -> None:
    """Forward tickets: RQ workers through Redis, or the same loop by itself where no Redis is set."""
    app = runtime_of(ctx)
    check_key(app)
    journal.start()
    if app.settings.redis_url:
        from connector.serving.workers import run_crew

        run_crew(app, processes)
        return
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    loops = [promises.embedded(app), mail_worker.embedded(app), worker.embedded(app)]
    for loop in loops:
        loop.start()
    click.echo("Forwarding tickets without Redis; Ctrl-C stops.", err=True)
    stopped.wait()
    for loop in loops:
        loop.stop()


@click.group()
def config() -> None:
    """The effective settings."""


@config.command("show")
@format_option
@click.pass_context
def show_config(ctx: click.Context, form: str) -> None:
    """Every setting with its value (secrets masked) and where it came from."""
    emit(settings.shown(runtime_of(ctx, anywhere=True).settings), form)


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
