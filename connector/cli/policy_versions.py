"""policy simulate, replay, publish, history: what another policy would change, and which one judges when."""

from __future__ import annotations

import re
import sys
from datetime import MINYEAR, UTC, date, datetime, timedelta
from typing import Any

import click
from sqlalchemy import Connection

from connector.cli.common import emit, format_option, pairs, runtime_of, warn
from connector.cli.policies import policy
from connector.domain.calendar.hours import parse_span
from connector.domain.policy.policy import Policy
from connector.runtime import Runtime
from connector.storage import codec
from connector.storage.database import reading, transaction
from connector.vendors.policies import packs, simulation, versions
from connector.vendors.policies.versions import JUDGES
from connector.vendors.vendor import Vendor, named

since_option = click.option("--since", default="90d", show_default=True, help="How far back: 90d, 12h, or a date.")
_REF = re.compile(r"[a-z0-9-]+@[0-9.-]+#[0-9a-f]{6}")


@policy.command("simulate")
@click.option("--vendor", "slug", required=True)
@click.option("--policy", "new", required=True, help="A pack's id, a TOML file, or a kept policy id@version#digest.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="On top of the vendor's own settings.")
@since_option
@format_option
@click.pass_context
def simulate(ctx: click.Context, slug: str, new: str, settings: tuple[str, ...], since: str, form: str) -> None:
    """Decide the vendor's stored decisions again under another policy, and list what flips, by reason and clause."""
    app = runtime_of(ctx)
    now = app.clock()
    begin = instant_before(since, now)
    with reading(app.engine) as tx:
        vendor = named(tx, app, slug)
        chosen = _policy(tx, app, vendor, new, settings)
        told = simulation.simulate(tx, vendor.id, chosen, begin, now).told()
    told = {"vendor": slug, "since": codec.rfc3339(begin), "until": codec.rfc3339(now)} | told
    if form == "json":
        emit(told, form)
        return
    emit([row | {"examples": " ".join(row["examples"])} for row in told["flips"]], form)
    moved = ", ".join(f"{name} {count}" for name, count in told["moved"].items())
    click.echo(
        f"{told['decisions']} decisions under {told['policy']}: {told['flipped']} flip, "
        f"{told['same_outcome']} keep their outcome (of these otherwise: {moved})",
        err=True,
    )


@policy.command("replay")
@click.option("--vendor", "slug", required=True)
@since_option
@format_option
@click.pass_context
def replay(ctx: click.Context, slug: str, since: str, form: str) -> None:
    """Decide stored decisions again by the very policies that made them; exit 1 where any comes out otherwise."""
    app = runtime_of(ctx)
    now = app.clock()
    with reading(app.engine) as tx:
        found = simulation.replay(tx, app, named(tx, app, slug).id, instant_before(since, now), now)
    rows = [{"decision": each, "found": "different"} for each in found.different]
    rows += [{"decision": each, "found": "its policy is not kept"} for each in found.unkept]
    if rows or form == "json":
        emit(rows, form, faults=True)
    same = found.decided - len(rows)
    click.echo(f"{found.decided} decisions, {same} came out the same to the byte", err=True)
    sys.exit(1 if rows else 0)


@policy.command("publish")
@click.argument("pack")
@click.option("--vendor", "slug", required=True)
@click.option(
    "--effective",
    help="From when on: a date (midnight in the policy's zone) or RFC 3339; absent = now, or the pack's own day to come.",
)
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="On top of the vendor's own settings.")
@click.option(
    "--judges",
    type=click.Choice(JUDGES),
    default="requests",
    show_default=True,
    help="Requests that come in from then on, or requests about purchases made from then on.",
)
@format_option
@click.pass_context
def publish(
    ctx: click.Context, pack: str, slug: str, effective: str | None, settings: tuple[str, ...], judges: str, form: str
) -> None:
    """Let a version of a policy judge from an instant on; what was decided before stays as it is (NOT-06)."""
    app = runtime_of(ctx)
    now = app.clock()
    if problems := packs.lint(pack):  # the same faults as `policy lint` tells
        raise packs.PackError(pack, problems)
    with transaction(app.engine) as tx:
        vendor = named(tx, app, slug)
        chosen = versions.load(app, pack, _settings(vendor, settings))
        begin = _effective(effective, chosen, now)
        if begin < now and judges == "requests":
            raise click.UsageError("--effective lies in the past: what was asked since then is judged already")
        version = versions.publish(tx, app, vendor.id, chosen, begin, judges, now)
    warn(packs.advice(chosen))
    told = {"vendor": slug, "version": version, "policy": chosen.ref, "judges": judges}
    emit(told | {"effective_from": codec.rfc3339(begin)}, form)


@policy.command("history")
@click.option("--vendor", "slug", required=True)
@format_option
@click.pass_context
def history(ctx: click.Context, slug: str, form: str) -> None:
    """A vendor's policy versions, oldest first: which judged, which does, which will."""
    app = runtime_of(ctx)
    with reading(app.engine) as tx:
        vendor = named(tx, app, slug)
        emit(versions.history(tx, vendor.base, vendor.id, app.clock()), form)


def instant_before(text: str, now: datetime) -> datetime:
    """The instant (UTC) that `90d` before now, a date or an RFC 3339 time means; raises UsageError with the cure."""
    try:
        span = parse_span(text)
        if span.business_days:
            raise ValueError
        return now - timedelta(seconds=span.seconds)
    except ValueError:
        pass
    try:
        begin = datetime.fromisoformat(text)
    except ValueError:
        message = f"--since wants 90d, 12h, a date such as 2026-11-01, or RFC 3339, not {text!r}"
        raise click.UsageError(message) from None
    begin = begin if begin.tzinfo else begin.replace(tzinfo=UTC)
    if begin.year == MINYEAR:
        raise click.UsageError("--since lies before all time that can be told")
    if begin > now:
        raise click.UsageError("--since lies in the future")
    return begin


def _policy(tx: Connection, app: Runtime, vendor: Vendor, name: str, settings: tuple[str, ...]) -> Policy:
    if _REF.fullmatch(name):
        return versions.kept(tx, app, name)
    return packs.load(name, _settings(vendor, settings))


def _settings(vendor: Vendor, words: tuple[str, ...]) -> dict[str, Any]:
    return vendor.settings | pairs(words, "--set")


def _effective(text: str | None, chosen: Policy, now: datetime) -> datetime:
    if text is None:
        return max(now, _midnight(chosen.effective_from, chosen))
    try:
        if len(text) == 10:
            return _midnight(date.fromisoformat(text), chosen)
        begin = datetime.fromisoformat(text)
        return (begin if begin.tzinfo else begin.replace(tzinfo=chosen.calendar.tz)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise click.UsageError(f"--effective wants 2027-01-01 or RFC 3339, not {text!r}") from None


def _midnight(day: date, chosen: Policy) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=chosen.calendar.tz).astimezone(UTC)
