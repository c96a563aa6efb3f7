"""trigger, sign, verify: speak as a host, to try an endpoint out."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from typing import Any

import click
import requests
from sqlalchemy import Connection

from connector.cli.common import emit, format_option, pairs, runtime_of
from connector.formats.standard.described import members
from connector.ports import Delivery, Unreadable
from connector.requests import samples
from connector.requests.deliveries import Endpoint, find_endpoint
from connector.runtime import Runtime
from connector.storage.database import reading


@click.command()
@click.argument("host")
@click.argument("event", required=False)
@click.option("--endpoint", "endpoint_id", required=True)
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="A.B=VALUE",
    help="Change a member of the sample, e.g. data.product=acme",
)
@click.option("--print", "only_print", is_flag=True, help="Print headers and body instead of posting them.")
@format_option
@click.pass_context
def trigger(
    ctx: click.Context,
    host: str,
    event: str | None,
    endpoint_id: str,
    overrides: tuple[str, ...],
    only_print: bool,
    form: str,
) -> None:
    """Sign a sample as that host would and post it to an endpoint of ours."""
    app = runtime_of(ctx)
    with reading(app.engine) as tx:
        target = _endpoint(tx, app, endpoint_id)
    if target.host.name != host:
        raise click.UsageError(f"{endpoint_id} is an endpoint of {target.host.name}, not of {host}")
    if event not in target.host.samples:
        raise click.UsageError(f"say one of the events of {host}: {', '.join(target.host.samples)}")
    headers, body = _sample(app, target, event, pairs(overrides, "--set"))
    headers |= _signed(app, target, body)
    if only_print:
        emit({"headers": headers, "body": body.decode()}, form)
        return
    url = f"http://{app.settings.bind}/hooks/{endpoint_id}"
    try:
        answer = requests.post(url, data=body, headers=headers, timeout=30, allow_redirects=False)
    except requests.RequestException as error:
        raise click.ClickException(
            f"{url} does not answer ({type(error).__name__}): is `connector serve` running?"
        ) from None
    click.echo(f"{answer.status_code} from {url}", err=True)
    emit(answer.json(), form)


@click.command()
@click.option("--endpoint", "endpoint_id", required=True)
@click.argument("body", type=click.File("rb"))
@format_option
@click.pass_context
def sign(ctx: click.Context, endpoint_id: str, body: Any, form: str) -> None:
    """The signature headers for a body (a file, or - for standard input), with the endpoint's newest secret."""
    app = runtime_of(ctx)
    with reading(app.engine) as tx:
        target = _endpoint(tx, app, endpoint_id)
    emit(_signed(app, target, body.read()), form)


@click.command()
@click.option("--endpoint", "endpoint_id", required=True)
@click.option("--headers", "headers_file", type=click.File("r"), required=True, help="JSON: names to values.")
@click.argument("body", type=click.File("rb"))
@format_option
@click.pass_context
def verify(ctx: click.Context, endpoint_id: str, headers_file: Any, body: Any, form: str) -> None:
    """Would this delivery be taken as authentic? Exit 1 with the reason if not."""
    app = runtime_of(ctx)
    with reading(app.engine) as tx:
        target = _endpoint(tx, app, endpoint_id)
    try:
        headers = {str(name).lower(): str(value) for name, value in dict(json.load(headers_file)).items()}
    except (ValueError, TypeError) as fault:
        raise click.UsageError(f"--headers is not a JSON object: {fault}") from None
    assert app.verify is not None
    try:
        index = app.verify(target.host.scheme, target.secrets, headers, body.read(), app.clock())
    except Exception as bad:
        raise click.ClickException(f"not authentic: {bad}") from None
    emit({"authentic": True, "secret": "newest" if index == 0 else "older"}, form)


def _sample(app: Runtime, target: Endpoint, event: str, chosen: dict[str, Any]) -> tuple[dict[str, str], bytes]:
    """A sample that makes up nothing about what is there already. Raises click.UsageError for what cannot be meant."""
    now, more = app.clock(), members(event) if target.host.name == "standard" else set()
    try:
        made = target.host.sample(event, chosen, now, None, more)
        with reading(app.engine) as tx:
            for news in _news(target, *made):
                known = samples.known_of(tx, app.keyring, target.vendor, news)
                made = made if known is None else target.host.sample(event, chosen, now, known, more)
            lost = [word for each in _news(target, *made) for word in samples.overwritten(tx, target.vendor, each)]
    except ValueError as fault:
        raise click.UsageError(f"--set: {fault}") from None
    if lost and not chosen.keys() & {"email", "data.customer.email", "billing.email", "line_items"}:
        raise click.UsageError(
            f"{target.vendor.slug} knows this one with another {', '.join(sorted(set(lost)))}: the sample would overwrite that. "
            "Set these members as they are (--set), or the id of one that is new"
        )
    return made


def _news(target: Endpoint, headers: dict[str, str], body: bytes) -> Sequence[Any]:
    try:
        return target.host.parse(Delivery(headers, body, target.settings))
    except Unreadable:
        return ()  # it is sent all the same: to see what becomes of such a delivery


def _endpoint(tx: Connection, app: Runtime, endpoint_id: str) -> Endpoint:
    found = find_endpoint(tx, app, endpoint_id)
    if found is None:
        raise click.ClickException(f"no enabled endpoint {endpoint_id!r}: `connector endpoint list` shows them")
    return found


def _signed(app: Runtime, target: Endpoint, body: bytes) -> dict[str, str]:
    assert app.sign is not None
    message_id = f"msg_{secrets.token_hex(12)}"
    return app.sign(target.host.scheme, target.secrets[0], body, app.clock(), message_id)
