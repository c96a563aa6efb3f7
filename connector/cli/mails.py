"""mails list, mails retry: what customers were mailed, and putting what is stuck back to work."""

from __future__ import annotations

import click

from connector.cli.common import emit, format_option, limit_option, runtime_of
from connector.storage.database import reading, transaction
from connector.tickets import mail_worker, mails


@click.group("mails")
def group() -> None:
    """Mails to customers: on their tickets, where no helpdesk mails them, and keys made here. SMTP_HOST must be set."""


@group.command("list")
@click.option("--state", type=click.Choice(["queued", "sending", "unknown", "done", "parked"]))
@limit_option(50)
@format_option
@click.pass_context
def list_command(ctx: click.Context, state: str | None, limit: int, form: str) -> None:
    """Mails, newest first, and why one is not sent."""
    app = runtime_of(ctx)
    with reading(app.engine) as tx:
        emit(mails.listed(tx, app, state, limit), form)


@group.command("retry")
@click.argument("number", required=False)
@format_option
@click.pass_context
def retry_command(ctx: click.Context, number: str | None, form: str) -> None:
    """Send the mails of a ticket or a licence (its id), or all that wait or are parked, at once."""
    app = runtime_of(ctx)
    if app.settings.smtp_host is None:
        raise click.ClickException("no mail server is set: SMTP_HOST and SMTP_SENDER name one")
    with transaction(app.engine) as tx:
        rows = mails.retry(tx, number, app.clock())
    if number and not rows:
        raise click.ClickException(f"no mail of {number!r} is waiting or parked: `connector mails list` shows them")
    emit([{"mail": row, "state": mail_worker.work(app, row)} for row in rows], form)
