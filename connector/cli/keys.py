"""keys: what our tokens are signed with."""

from __future__ import annotations

import click

from connector.cli.common import emit, format_option, runtime_of
from connector.licences import tokens
from connector.storage import codec
from connector.storage.database import transaction


@click.group()
def keys() -> None:
    """Signing keys of licence tokens."""


@keys.command("rotate")
@format_option
@click.pass_context
def rotate(ctx: click.Context, form: str) -> None:
    """Sign with the next key from now on and announce another; the old one stays published until its last token has ended."""
    app = runtime_of(ctx)
    with transaction(app.engine) as tx:
        kid = tokens.rotate(tx, app.keyring, app.clock())
    click.echo("a new next key is announced: ship it (`connector keys list`) before you rotate again", err=True)
    emit({"kid": kid}, form)


@keys.command("list")
@format_option
@click.pass_context
def list_keys(ctx: click.Context, form: str) -> None:
    """The published keys with their public halves, newest first: next, signs, retired; made on first use."""
    app = runtime_of(ctx)
    with transaction(app.engine) as tx:
        now = app.clock()
        signs = tokens.current(tx, app.keyring, now).kid
        rows = tokens.public_keys(tx, now)
    emit(
        [
            {
                "kid": row.id,
                "state": "retired" if row.retired_at else "signs" if row.id == signs else "next",
                "public": row.public,
                "created_at": codec.rfc3339(row.created_at),
                "published_until": codec.rfc3339(row.retired_at + tokens.LIFE) if row.retired_at else None,
            }
            for row in rows
        ],
        form,
    )
