"""release: the versions that shipped software may update itself to."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import urlsplit

import click

from connector.cli.common import emit, format_option, pairs, runtime_of
from connector.domain.licensing.questions import Release
from connector.domain.licensing.versions import LONGEST
from connector.licences.updates import releases
from connector.licences.updates.package_files import BadPackage, keep
from connector.runtime import Runtime
from connector.storage import codec
from connector.storage.database import reading, transaction
from connector.vendors.vendor import named

_VERSION = re.compile(r"[0-9]+(?:[.+_~-]?[0-9A-Za-z]+)*", re.ASCII)
_ICONS = ("1x", "2x", "svg", "default")
_BANNERS = ("low", "high")


@click.group("release")
def release_group() -> None:
    """Releases of products, offered to software whose licence has updates."""


@release_group.command("add")
@click.argument("product")
@click.argument("version")
@click.option("--vendor", "slug", required=True)
@click.option(
    "--package",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The zip file; it is copied.",
)
@click.option("--package-url", help="Where you keep the zip file (https).")
@click.option("--channel", type=click.Choice(releases.CHANNELS), default="stable", show_default=True)
@click.option("--requires", help="The lowest WordPress version it runs on.")
@click.option("--tested", help="The highest WordPress version it was tested with.")
@click.option("--requires-php", help="The lowest PHP version it runs on.")
@click.option("--changelog-file", type=click.File(encoding="utf-8"), help="What is new, in HTML.")
@click.option("--description-file", type=click.File(encoding="utf-8"), help="What the product is, in HTML.")
@click.option("--upgrade-notice", help="One sentence that WordPress may show beside the update.")
@click.option("--homepage", help="The product's page.")
@click.option("--author", help="Who makes it.")
@click.option("--icon", "icons", multiple=True, metavar="SIZE=URL", help=f"{', '.join(_ICONS)}; repeat for several.")
@click.option(
    "--banner", "banners", multiple=True, metavar="SIZE=URL", help=f"{', '.join(_BANNERS)}; repeat for several."
)
@click.option("--released-at", help="Offered from then on (RFC 3339 or a date); default now.")
@format_option
@click.pass_context
def add(ctx: click.Context, /, product: str, version: str, slug: str, form: str, **told: Any) -> None:
    """Make a version of a product known: it is offered at once, or from --released-at on."""
    app = runtime_of(ctx)
    now = app.clock()
    made = _release(product, version, told, now)
    with reading(app.engine) as tx:
        found = named(tx, app, slug).catalogue.named(product)
    if found is None:
        raise click.UsageError(f"{slug} has no product {product!r}: `connector product list --vendor {slug}`")
    package = _package(app, told["file"], told["package_url"])
    with transaction(app.engine) as tx:
        try:
            releases.add(tx, named(tx, app, slug).id, made, package, now)
        except releases.KnownRelease as known:
            raise click.ClickException(str(known)) from None
    emit({"product": product, "version": version, "channel": made.channel, "package": package}, form)


@release_group.command("list")
@click.option("--vendor", "slug", required=True)
@click.option("--product")
@format_option
@click.pass_context
def list_releases(ctx: click.Context, slug: str, product: str | None, form: str) -> None:
    """All versions, the newest first."""
    app = runtime_of(ctx)
    with reading(app.engine) as tx:
        rows = releases.listed(tx, named(tx, app, slug).id, product)
    emit([dict.fromkeys(releases.Row.__dataclass_fields__) | codec.plain(row) for row in rows], form)


@release_group.command("withdraw")
@click.argument("product")
@click.argument("version")
@click.option("--vendor", "slug", required=True)
@click.option("--channel", type=click.Choice(releases.CHANNELS), help="Only in this channel.")
@click.pass_context
def withdraw(ctx: click.Context, product: str, version: str, slug: str, channel: str | None) -> None:
    """Offer a version no more, and refuse downloads of it."""
    app = runtime_of(ctx)
    channels = (channel,) if channel else releases.CHANNELS
    with transaction(app.engine) as tx:
        done = releases.withdraw(tx, named(tx, app, slug).id, product, version, channels, app.clock())
    if not done:
        raise click.ClickException(f"no such version on offer: `connector release list --vendor {slug}` shows them")


def _release(product: str, version: str, told: dict[str, Any], now: datetime) -> Release:
    for what, word in (("VERSION", version), *((f"--{n.replace('_', '-')}", told[n]) for n in _NUMBERS)):
        if word is not None and not (_VERSION.fullmatch(word) and len(word) <= LONGEST):
            raise click.UsageError(f"{what}: write a version such as 2.4.1 or 2.5.0-beta1, not {word!r}")
    if told["homepage"]:
        _address("--homepage", told["homepage"])
    texts = {name: told[f"{name}_file"] for name in ("description", "changelog")}
    return Release(
        version=version,
        product=product,
        name=product,
        released_at=_instant(told["released_at"]) if told["released_at"] else now,
        sections={name: _text(name, file) for name, file in texts.items() if file},
        icons=_images("--icon", told["icons"], _ICONS),
        banners=_images("--banner", told["banners"], _BANNERS),
        **{name: told[name] for name in ("channel", "homepage", "author", "upgrade_notice", *_NUMBERS)},
    )


_NUMBERS = ("requires", "tested", "requires_php")


def _text(name: str, file: TextIO) -> str:
    try:
        return file.read()
    except UnicodeDecodeError:
        raise click.UsageError(f"--{name}-file: write it in UTF-8") from None


def _package(app: Runtime, file: Path | None, url: str | None) -> str:
    if (file is None) == (url is None):
        raise click.UsageError(
            "give the zip file with --package FILE, or where you keep it with --package-url https://..."
        )
    if url is not None:
        return _address("--package-url", url, ("https",))
    assert file is not None
    try:
        return keep(app.settings.home, file)
    except BadPackage as bad:
        raise click.UsageError(f"--package: {bad}") from None


def _images(option: str, words: tuple[str, ...], sizes: tuple[str, ...]) -> dict[str, str]:
    found = pairs(words, option)
    for size, url in found.items():
        if size not in sizes:
            raise click.UsageError(f"{option} {size}: sizes are {', '.join(sizes)}")
        _address(option, str(url))
    return found


def _address(option: str, url: str, schemes: tuple[str, ...] = ("https", "http")) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in schemes or not parts.hostname or not url.isprintable() or " " in url:
        raise click.UsageError(f"{option}: write an address that begins with {schemes[0]}://, not {url!r}")
    return url


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f"--released-at: write 2026-11-21 or 2026-11-21T10:00:00Z, not {text!r}") from None
    if not 1990 <= found.year <= 2200:
        raise click.UsageError(f"--released-at: the year {found.year} cannot be meant")
    return found if found.tzinfo else found.replace(tzinfo=UTC)
