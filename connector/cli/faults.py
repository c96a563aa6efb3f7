"""Known faults in words: what a command that cannot go on tells, in place of a traceback."""

from __future__ import annotations

import click
from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from connector.cli.common import runtime_of
from connector.domain.licensing.sites import BadSite
from connector.requests.deliveries import NoSuchDelivery
from connector.requests.eligibility import BadInstant
from connector.settings import BadSettings
from connector.storage import migrations
from connector.storage.keyring import Unsealable
from connector.vendors.policies.packs import PackError
from connector.vendors.policies.versions import UnknownPolicy
from connector.vendors.vendor import UnknownVendor

_TOLD = (BadSettings, UnknownVendor, PackError, Unsealable, NoSuchDelivery, BadSite, BadInstant, UnknownPolicy)


def told_of(fault: Exception, ctx: click.Context) -> str | None:
    """What to tell of a fault that ended a command; None of one that nobody knows."""
    if isinstance(fault, _TOLD):
        return str(fault)
    if isinstance(fault, OperationalError | ProgrammingError | PoolTimeout):
        return said_of(fault, runtime_of(ctx, anywhere=True).engine)
    return None


def said_of(fault: Exception, engine: Engine) -> str:
    """What to tell of a fault of the database: it is away, it is behind, or what it said itself."""
    try:
        state = migrations.state(engine)
    except Exception as away:
        return f"the database {why_away(away)}"
    if state != "current":
        return f"the database is {BEHIND[state]}"
    first = str(getattr(fault, "orig", fault)).splitlines()[0]
    if "locked" in first or "lock timeout" in first:
        return "the database is busy: another process writes to it and does not let go; try again"
    return f"the database: {first}"


def why_away(error: Exception) -> str:
    """Why the database does not answer, and what to look at; never its address with the password."""
    if not isinstance(error, OperationalError | InterfaceError | PoolTimeout):
        return f"cannot be read ({type(error).__name__}): is CONNECTOR_DATABASE_URL right?"
    lines = str(getattr(error, "orig", None) or error).splitlines()
    return f"is away ({lines[0].strip() if lines else type(error).__name__}): is it up, and is CONNECTOR_DATABASE_URL right?"


BEHIND = {
    "behind": "behind the code: run `connector migrate`",
    "empty": "without tables: run `connector migrate`; if there should be data, CONNECTOR_HOME or CONNECTOR_DATABASE_URL "
    "names another place",
    "ahead": "made by a newer version of the connector: install that version, or restore a backup that this one made",
}
