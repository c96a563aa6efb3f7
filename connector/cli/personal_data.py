"""customer export, customer erase, retention run: what is held on people, handed out and taken away."""

from __future__ import annotations

import json

import click

from connector.cli.common import actor, emit, format_option, runtime_of
from connector.cli.customers import VENDOR, customer_group
from connector.operations import erasure, retention
from connector.runtime import Runtime
from connector.storage.database import scrub, transaction
from connector.vendors.vendor import named


@customer_group.command("export")
@click.argument("customer")
@VENDOR
@click.option("--why", help="The reason, for the log.")
@click.pass_context
def export(ctx: click.Context, customer: str, slug: str, why: str | None) -> None:
    """Everything held on a person (e-mail address or the host's id), as JSON by table; written down in the log."""
    app = runtime_of(ctx)
    with transaction(app.engine) as tx:
        vendor = named(tx, app, slug)
        told = erasure.exported(tx, app.keyring, vendor, customer, actor=actor(), why=why, now=app.clock())
    if told is None:
        raise click.ClickException(f"nothing is held on {customer!r} at {slug}: try the person's other names")
    click.echo(json.dumps(told, indent=2, ensure_ascii=False))


@customer_group.command("erase")
@click.argument("customer")
@VENDOR
@click.option("--why", required=True, help="The reason, for the log; without the person's name.")
@click.option("--dry-run", is_flag=True, help="Say what would be erased; erase nothing.")
@format_option
@click.pass_context
def erase(ctx: click.Context, customer: str, slug: str, why: str, dry_run: bool, form: str) -> None:
    """Take a person (e-mail address or the host's id) out of everything held; purchases stay, under a pseudonym."""
    app = runtime_of(ctx)
    with transaction(app.engine) as tx:
        vendor = named(tx, app, slug)
        try:
            done = erasure.erase(
                tx, app.keyring, vendor, customer, actor=actor(), why=why, now=app.clock(), dry_run=dry_run
            )
        except erasure.StillOpen as still:
            raise click.ClickException(str(still)) from None
    if done.rows and not dry_run:
        _scrub(app)
    if not done.rows:
        click.echo(f"Nothing is held on {customer} at {slug}, or it was erased before.", err=True)
    else:
        click.echo("Would be erased (nothing was changed):" if dry_run else "Erased:", err=True)
        _say("Kept, and why:", erasure.KEPT)
    _say("Held elsewhere:", erasure.ELSEWHERE)
    emit([{"table": table, "rows": rows} for table, rows in done.rows.items()], form)


@click.group("retention")
def retention_group() -> None:
    """What is not needed any more: how long it is kept, and taking it away."""


@retention_group.command("run")
@click.option("--dry-run", is_flag=True, help="Count what would go; take nothing away.")
@format_option
@click.pass_context
def run(ctx: click.Context, dry_run: bool, form: str) -> None:
    """Take away what is older than the CONNECTOR_KEEP_ settings say; open tickets and the ledger stay. For a daily timer."""
    app = runtime_of(ctx)
    rows = retention.run(app, app.clock(), dry_run=dry_run)
    if not dry_run and any(row["rows"] for row in rows):
        _scrub(app)
    if all(not getattr(app.settings, rule.setting) for rule in retention.RULES):
        click.echo(
            "No period is set: CONNECTOR_KEEP_BODIES, CONNECTOR_KEEP_TEXTS, CONNECTOR_KEEP_DECISIONS (days).", err=True
        )
    elif dry_run:
        click.echo("Nothing was changed; rows that would go:", err=True)
    emit(rows, form)


def _scrub(app: Runtime) -> None:
    if not scrub(app.engine):
        click.echo(
            "Remains may still lie in the database's files, because others were using them: run the command again at a quiet "
            "time, or stop serve and worker for it.",
            err=True,
        )


def _say(head: str, lines: tuple[str, ...]) -> None:
    click.echo("\n".join([head, *(f"  - {line}" for line in lines)]), err=True)
