"""`connector ...`: data on standard output, messages on standard error; one group of commands a file.

Exit codes: 0 done (or accepted), 1 refused or failed, 2 wrong call or settings, 3 deny or redirect, 4 hold or ask, 5 unknown.
"""

from __future__ import annotations

import sys
from typing import Any

import click
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from connector import __version__
from connector.cli import (
    backups,
    customers,
    deliveries,
    demo,
    doctor,
    eligibility,
    endpoints,
    keys,
    licence_binding,
    licence_import,
    licence_list,
    licences,
    mails,
    metrics,
    notify,
    owners,
    personal_data,
    policies,
    policy_versions,
    products,
    protocols,
    releases,
    restrictions,
    sample_deliveries,
    server,
    ticket_acts,
    tickets,
    vendors,
)
from connector.cli.common import runtime_of
from connector.cli.installation import said_of
from connector.domain.licensing.sites import BadSite
from connector.requests.deliveries import NoSuchDelivery
from connector.requests.eligibility import BadInstant
from connector.settings import BadSettings
from connector.storage.keyring import Unsealable
from connector.vendors.policies.packs import PackError
from connector.vendors.policies.versions import UnknownPolicy
from connector.vendors.vendor import UnknownVendor

_TOLD = (BadSettings, UnknownVendor, PackError, Unsealable, NoSuchDelivery, BadSite, BadInstant, UnknownPolicy)


class _Cli(click.Group):
    """A group that turns known faults into one sentence and an exit code, never a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except _TOLD as fault:
            click.echo(f"connector: {fault}", err=True)
            sys.exit(2)
        except (OperationalError, ProgrammingError, PoolTimeout) as fault:
            click.echo(f"connector: {said_of(fault, runtime_of(ctx, anywhere=True).engine)}", err=True)
            sys.exit(2)


@click.group(cls=_Cli, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="connector")
def cli() -> None:
    """The support connector: webhooks in, decisions made, tickets queued."""


for _module in (
    server,
    doctor,
    backups,
    vendors,
    products,
    protocols,
    releases,
    endpoints,
    licences,
    licence_list,
    keys,
    owners,
    customers,
    personal_data,
    licence_import,
    licence_binding,
    restrictions,
    eligibility,
    policies,
    policy_versions,
    deliveries,
    tickets,
    ticket_acts,
    mails,
    notify,
    metrics,
    sample_deliveries,
    demo,
):
    for _command in _module.COMMANDS:
        cli.add_command(_command)
