"""backup and restore of an installation's database."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from connector import settings
from connector.cli.common import emit, format_option, runtime_of
from connector.operations import backup, restore
from connector.operations.restore import NotRestored
from connector.runtime import Runtime
from connector.settings import Settings


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--with-key", is_flag=True, help="Put the secret key in it, too: whoever has the file can read everything."
)
@format_option
@click.pass_context
def backup_command(ctx: click.Context, file: Path, with_key: bool, form: str) -> None:
    """Write everything in the database to a new FILE, as of one instant, while the connector serves on."""
    app = runtime_of(ctx)
    try:
        made = backup.write(app, file, with_key=with_key)
    except FileExistsError:
        raise click.ClickException(f"{file} is there already: name a new file") from None
    except OSError as fault:
        raise click.ClickException(
            f"{file} cannot be written ({fault.strerror}): is there room, and the folder ours?"
        ) from None
    if with_key:
        click.echo("The secret key is in it: whoever has this file can read everything. Keep it locked away.", err=True)
    else:
        click.echo(
            f"The secret key is NOT in it, and without it nobody can use this backup: keep a copy of {_key_place(app)} apart.",
            err=True,
        )
    if any((app.settings.home / "packages").glob("*")):
        click.echo(f"Packages of releases are not in it: copy {app.settings.home}/packages, too.", err=True)
    emit(
        _told(file, made.revision, made.rows)
        | {"bytes": made.size, "secret_key": "in it" if with_key else "not in it"},
        form,
    )


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Also over a database with data in it, which is gone then.")
@click.option(
    "--with-key", is_flag=True, help="Take the secret key from the backup, where it has one and the home none."
)
@format_option
@click.pass_context
def restore_command(ctx: click.Context, file: Path, force: bool, with_key: bool, form: str) -> None:
    """Put a backup in the place of what is in the database, all of it or nothing; stop serve and worker first."""
    try:
        fresh = _take_key(restore.head_of(file)) if with_key else None
        try:
            app = _runtime(ctx, with_key)
            found = restore.checked(file)
            waiting = restore.restore(app, found, force=force)
        except BaseException:
            if fresh:
                fresh.unlink()
            raise
    except NotRestored as refusal:
        raise click.ClickException(str(refusal)) from None
    if waiting:
        click.echo(f"{waiting} tickets were waiting to be sent: each is looked up at the helpdesk first.", err=True)
    click.echo("Restored. Now `connector doctor`, then start serve and worker.", err=True)
    emit(_told(file, found.head["revision"], found.rows) | {"made_at": found.head["made_at"]}, form)


def _runtime(ctx: click.Context, with_key: bool) -> Runtime:
    """An installation with its key, if not yet with a database; a key made up now would fit no backup."""
    home = settings.home()
    known = isinstance(ctx.find_root().obj, Runtime) or settings.has_key(home)
    if not with_key and not known:
        raise NotRestored(
            f"there is no secret key: put the one of the backed-up installation in {home}/secret_key, or set "
            "CONNECTOR_SECRET_KEY; if the backup was made --with-key, restore it --with-key"
        )
    app = runtime_of(ctx, new=True)
    app.settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.umask(0o077)
    return app


def _take_key(head: dict[str, Any]) -> Path | None:
    """Put the backup's key in a home that has none; the file that was made, None where the same key is there already."""
    key, home = head.get("secret_key"), settings.home()
    if not key:
        raise NotRestored("the backup was made without --with-key: there is no secret key in it")
    if settings.has_key(home):
        return None  # whether it is the same one is told when it is tried
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    return settings.keep_key(home, key)


def _key_place(app: Runtime) -> str:
    given: Settings = app.settings
    came = given.origin.get("CONNECTOR_SECRET_KEY", "home")
    return str(given.home / "secret_key") if came == "home" else "CONNECTOR_SECRET_KEY"


def _told(file: Path, revision: str, rows: dict[str, int]) -> dict[str, Any]:
    return {"file": str(file), "schema": revision, "tables": len(rows), "rows": sum(rows.values())}
