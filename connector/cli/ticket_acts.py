"""tickets answer, hold, wait, resume, resolve, reopen, seen, escalate, participant, tell, history, open: what agents do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import click
from sqlalchemy import Connection, select

from connector.cli.common import address_from, emit, format_option, limit_option, runtime_of
from connector.cli.tickets import group
from connector.domain.policy.mail_texts import CAUSES
from connector.domain.typed import named_ticket
from connector.runtime import Runtime
from connector.storage import codec
from connector.storage.database import reading, retrying, transaction
from connector.storage.tables import tickets
from connector.tickets import agent_acts, participants, schedule, updates
from connector.tickets.open_tickets import by_time_to_due
from connector.vendors.vendor import named

T = TypeVar("T")

_at = click.option("--at", help="When it happened, RFC 3339; absent = now.")


def _command(name: str, kinds: tuple[str, ...], words: str) -> None:
    @group.command(name, help=words)
    @click.argument("number")
    @_at
    @format_option
    @click.pass_context
    def command(ctx: click.Context, number: str, at: str | None, form: str) -> None:
        _act(ctx, number, kinds, at, form)


_command("answer", ("answered",), "An agent wrote to the customer, or said that work has begun.")
_command("hold", ("held",), "Put the ticket on hold: no clock runs.")
_command("wait", ("waiting",), "Wait for the customer: the resolution rests until he writes.")
_command("declined", ("access_declined",), "The customer declines access that is needed: the resolution rests.")
_command("resume", ("released", "resumed"), "Take the ticket up again after a hold or a wait.")
_command("resolve", ("resolved",), "The ticket is solved: every clock stops, and the customer may rate it.")
_command("close", ("resolved",), "The same as resolve.")
_command("reopen", ("reopened",), "Open a solved ticket again: the resolution counts on.")
_command("seen", ("seen",), "Somebody has looked at what a stranger wrote: a solved ticket leaves the open ones again.")
_command("escalate", ("escalated",), "Move the ticket to the next tier; its clocks go on.")


@group.command("priority")
@click.argument("number")
@click.argument("severity")
@_at
@format_option
@click.pass_context
def priority(ctx: click.Context, number: str, severity: str, at: str | None, form: str) -> None:
    """Give the ticket another severity: its clocks count anew from their own start, and keep what they rested."""
    _act(ctx, number, ("severity",), at, form, severity)


@group.command("participant")
@click.argument("number")
@click.argument("email")
@format_option
@click.pass_context
def participant(ctx: click.Context, number: str, email: str, form: str) -> None:
    """Let somebody else write on this ticket: what this address writes from now on is the customer's word."""
    _act(ctx, number, (participants.JOINED,), None, form, address_from(email, "EMAIL"))


@group.command("tell")
@click.argument("number")
@click.argument("words")
@click.option("--about", type=click.Choice(updates.ABOUT), default="progress", show_default=True)
@format_option
@click.pass_context
def tell(ctx: click.Context, number: str, words: str, about: str, form: str) -> None:
    """Tell the customer something: by the helpdesk where there is one, and on the page of the ticket (NOT-02)."""
    app = runtime_of(ctx)
    row = _done(app, lambda tx: updates.tell(tx, app, number, about, words, app.clock()))
    emit({"ticket": number, "about": about, "forwarding": row}, form)


@group.command("delay")
@click.argument("number")
@click.option("--cause", type=click.Choice(CAUSES), required=True)
@click.option("--workaround", default="", help="What helps the customer until it is solved.")
@format_option
@click.pass_context
def delay(ctx: click.Context, number: str, cause: str, workaround: str, form: str) -> None:
    """It takes longer: the due time stays and is marked, and the customer is told why and what helps (HRS-23, NOT-02)."""
    app = runtime_of(ctx)
    row = _done(app, lambda tx: updates.delay(tx, app, number, cause, workaround, app.clock()))
    emit({"ticket": number, "about": "delay", "forwarding": row}, form)


@group.command("history")
@click.argument("number")
@format_option
@click.pass_context
def history(ctx: click.Context, number: str, form: str) -> None:
    """What happened to a ticket, oldest first."""
    app = runtime_of(ctx)
    with reading(app.engine) as tx:
        ticket_id = tx.execute(select(tickets.c.id).where(tickets.c.number == named_ticket(number))).scalar()
        if ticket_id is None:
            raise click.ClickException(f"no ticket {number!r}: `connector tickets list` shows them")
        rows = schedule.acts_of(tx, ticket_id)
    emit([{"at": codec.rfc3339(row.at), "act": row.kind, "detail": row.detail, "ref": row.ref} for row in rows], form)


@group.command("open")
@click.option("--vendor", "slug")
@limit_option(50)
@format_option
@click.pass_context
def open_command(ctx: click.Context, slug: str | None, limit: int, form: str) -> None:
    """Every ticket that is not solved, by time to due, the most overdue first (MET-01)."""
    app = runtime_of(ctx)
    with reading(app.engine) as tx:
        vendor_id = named(tx, app, slug).id if slug else None
        emit(by_time_to_due(tx, app, vendor_id, app.clock(), limit), form)


def _act(ctx: click.Context, number: str, kinds: tuple[str, ...], at: str | None, form: str, word: str = "") -> None:
    app = runtime_of(ctx)
    when = _instant(at) if at is not None else None

    def acted(tx: Connection) -> str:
        for kind in kinds[:-1]:
            try:
                return agent_acts.act(tx, app, number, kind, app.clock(), when, word)
            except agent_acts.NotNow:
                continue
        return agent_acts.act(tx, app, number, kinds[-1], app.clock(), when, word)

    emit({"ticket": number, "state": _done(app, acted)}, form)


def _done(app: Runtime, act: Callable[[Connection], T]) -> T:
    """What an act gives in a transaction of its own; raises click.ClickException for one that the ticket does not take now."""

    def whole() -> T:
        with transaction(app.engine) as tx:
            return act(tx)

    try:
        return retrying(whole)
    except agent_acts.NotNow as fault:
        raise click.ClickException(str(fault)) from None


def _instant(text: str) -> datetime:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f"--at wants RFC 3339, for example 2026-03-01T12:00:00Z, not {text!r}") from None
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when
