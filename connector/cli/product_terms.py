"""The options by which the command line sets a product's terms."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import click

from connector.domain.calendar.periods import parse_period
from connector.domain.licensing.catalogue import Catalogue, Product
from connector.domain.licensing.seats import EXEMPT_LIMIT, UNITS
from connector.domain.licensing.sites import BadSite, is_anybodys
from connector.formats.hostnames import canonical_site

MAX_SLUG = 100
"""As long as hosts may name one (adapters/host_parts/reading.py)."""
MOST = 1_000_000
"""The highest number that hosts may send for a limit (adapters/host_parts/reading.py)."""
SHARED_IDS = ("lemonsqueezy_store",)
"""Ids that products of one shop have in common."""
FURTHER_IDS = (*SHARED_IDS, "lemonsqueezy_variant", "dlm_software")

_REFS = (("sku", "skus"), ("product", "product_ids"), ("variation", "variation_ids"))
_CLEARABLE = {
    "name": "name",
    "plan": "plan",
    "sites": "site_limit",
    "purchase": "purchase",
    "support-term": "support_term",
    "license-term": "license_term",
    "extends": "extends",
    "component": "component",
    "feature": "features",
    "includes": "includes",
    "site-unit": "site_unit",
    "exempt-sites": "exempt_limit",
    "exempt-suffix": "exempt_suffixes",
    "moves": "move_limit",
    "key-prefix": "key_prefix",
    "delegates": "delegates",
    "allow-conflict": "conflicts",
}
"""Option to the field that it sets."""
_WORDS = {"sku": ("sku",), "product-id": ("product",), "variation-id": ("variation",), "protocol-id": (), "face-id": ()}
"""Option to the kinds of words that it adds; protocol-id (once face-id): all others."""

clear_option = click.option(
    "--clear",
    "cleared",
    multiple=True,
    metavar="NAME",
    type=click.Choice([*_CLEARABLE, *_WORDS]),
    help="Take back what that option set (e.g. allow-conflict); repeat for several. Done before the rest is set.",
)


def terms_options(command: Any) -> Any:
    """The options of a product's terms. Lists (features, includes, suffixes, conflicts) replace; words for it are added."""
    for option in reversed(
        (
            click.option("--name", help="Name for people."),
            click.option("--sku", "skus", multiple=True, help="A SKU that means this product; repeat for several."),
            click.option("--product-id", "product_ids", multiple=True, help="A host's product id (WooCommerce)."),
            click.option("--variation-id", "variation_ids", multiple=True, help="A host's variation id (WooCommerce)."),
            click.option("--plan", help="The plan a licence of it is of."),
            click.option(
                "--sites",
                "site_limit",
                type=click.IntRange(0, MOST),
                help="Sites a licence covers; absent = unlimited.",
            ),
            click.option("--purchase", type=click.Choice(["one_time", "recurring"]), help="How it is sold."),
            click.option("--support-term", help="'12 months', '90 days', 'while_active'; absent = the policy's term."),
            click.option("--license-term", help="'12 months' ...; absent = lifetime."),
            click.option(
                "--extends",
                help="This product is support time for that product (slug); say how much with --support-term.",
            ),
            click.option("--component", type=click.Choice(["core", "extension"])),
            click.option("--feature", "features", multiple=True, help="A feature flag, e.g. migration."),
            click.option(
                "--protocol-id",
                "--face-id",
                "protocol_ids",
                multiple=True,
                metavar="PROTOCOL=ID",
                help="Its id in shipped software, e.g. edd=501; see docs/licence-protocols.md.",
            ),
            click.option("--includes", multiple=True, help="A bundle: a licence is good for that product (slug) too."),
            click.option("--site-unit", type=click.Choice(UNITS), help="What one seat covers; default site."),
            click.option(
                "--exempt-sites",
                "exempt_limit",
                type=click.IntRange(0, MOST),
                help=f"How many staging and local sites need no seat; default {EXEMPT_LIMIT}.",
            ),
            click.option(
                "--exempt-suffix", "exempt_suffixes", multiple=True, help="A domain of yours whose sites need no seat."
            ),
            click.option(
                "--believe-environment/--no-believe-environment",
                "believes_environment",
                default=None,
                help="Sites that call themselves staging need no seat.",
            ),
            click.option(
                "--moves",
                "move_limit",
                type=click.IntRange(0, MOST),
                help="How often in a year a seat may change sites.",
            ),
            click.option("--key-prefix", help="What keys made here begin with, e.g. ACME; fixed once there are any."),
            click.option(
                "--delegates", type=click.IntRange(0, MOST), help="Who besides the holder may ask for support."
            ),
            click.option(
                "--allow-conflict",
                "conflicts",
                multiple=True,
                type=click.Choice(["domain", "ip", "directory"]),
                help="What a bound licence (WHMCS) may change without a reissue.",
            ),
            click.option(
                "--issue-keys/--no-issue-keys",
                "issues_keys",
                default=None,
                help="Give a key to paid orders that carry none.",
            ),
            click.option(
                "--mail-keys/--no-mail-keys",
                "mails_keys",
                default=None,
                help="Mail a key that was made here to its buyer, where SMTP_HOST is set; default yes.",
            ),
        )
    ):
        command = option(command)
    return command


def with_terms(found: Product, terms: dict[str, Any], goods: Catalogue, protocols: Iterable[str]) -> Product:
    """The product with these terms; raises click.UsageError where they cannot be meant. protocols: names of protocols."""
    terms = dict(terms)
    cleared = terms.pop("cleared", ())
    kept = _cleared(found, cleared)
    _check_periods(terms)
    _check_names(kept, terms, goods)
    if terms["key_prefix"] and not re.fullmatch(r"[A-Za-z0-9]{1,12}", terms["key_prefix"]):
        raise click.UsageError("--key-prefix: 1 to 12 letters and digits")
    if (terms["extends"] or kept.extends) and not (terms["support_term"] or kept.support_term):
        raise click.UsageError("--extends needs --support-term: how much support does it give?")
    terms["exempt_suffixes"] = tuple(dict.fromkeys(_suffix(each) for each in terms["exempt_suffixes"]))
    refs = [*_host_words(terms), *_protocol_words(terms.pop("protocol_ids"), [*protocols, *FURTHER_IDS])]
    given = {
        name: value for name, value in terms.items() if value not in (None, ()) and name not in dict(_REFS).values()
    }
    made = replace(kept, refs=tuple(dict.fromkeys((*kept.refs, *refs))), **given)
    _check_words(made, goods)
    return made


def _cleared(found: Product, names: Iterable[str]) -> Product:
    fresh = Product(found.slug)
    back = {_CLEARABLE[name]: getattr(fresh, _CLEARABLE[name]) for name in names if name in _CLEARABLE}
    kinds = {kind for words in _WORDS.values() for kind in words}
    refs = found.refs
    for name in (name for name in names if name in _WORDS):
        gone = _WORDS[name]
        refs = tuple(ref for ref in refs if not (_kind(ref) in gone if gone else _kind(ref) not in kinds))
    return replace(found, refs=refs, **back)


def _kind(ref: str) -> str:
    return ref.partition(":")[0]


def _check_periods(terms: dict[str, Any]) -> None:
    for name, word in (("support_term", "while_active"), ("license_term", "lifetime")):
        if terms[name] is not None and terms[name] != word:
            try:
                parse_period(terms[name])
            except ValueError as fault:
                raise click.UsageError(f"--{name.replace('_', '-')}: {fault}, or {word}") from None


def _check_names(found: Product, terms: dict[str, Any], goods: Catalogue) -> None:
    if terms["extends"] == found.slug:
        raise click.UsageError("--extends names the product that this one gives support for, not itself")
    if found.slug in terms["includes"]:
        raise click.UsageError("--includes names the other products of a bundle, not itself")
    for option, slugs in (
        ("--extends", [terms["extends"]] if terms["extends"] else []),
        ("--includes", terms["includes"]),
    ):
        for slug in slugs:
            if goods.named(slug) is None:
                click.echo(f"{option} {slug}: there is no such product yet (`connector product list`)", err=True)


def _host_words(terms: dict[str, Any]) -> list[str]:
    for kind, name in _REFS:
        if any(not word.strip() for word in terms[name]):
            raise click.UsageError(f"--{kind if kind == 'sku' else kind + '-id'}: an empty word means nothing")
    return [f"{kind}:{word}" for kind, name in _REFS for word in terms[name]]


def _protocol_words(pairs: Iterable[str], protocols: list[str]) -> list[str]:
    refs = []
    for pair in pairs:
        protocol, sign, word = pair.partition("=")
        if not (protocol and sign and word.strip()):
            raise click.UsageError(f"--protocol-id {pair}: write PROTOCOL=ID, e.g. edd=501")
        if protocol not in protocols:
            raise click.UsageError(f"--protocol-id {pair}: PROTOCOL is one of {', '.join(protocols)}")
        refs.append(f"{protocol}:{word}")
    return refs


def _suffix(text: str) -> str:
    """A domain of the vendor's own in the spelling of sites."""
    try:
        host = canonical_site(text.strip().replace("*.", "", 1))
    except BadSite as fault:
        raise click.UsageError(f"--exempt-suffix {text!r}: {fault}") from None
    if "/" in host:
        raise click.UsageError(f"--exempt-suffix {text}: a domain without a folder, such as preview.acme.example.com")
    if is_anybodys(host):
        raise click.UsageError(f"--exempt-suffix {text}: strangers' sites end so too; give a domain of your own")
    return host


def _check_words(made: Product, goods: Catalogue) -> None:
    """One word means one product: else a key of one would open the other, by order of the alphabet."""
    mine = {ref for ref in made.refs if _kind(ref) not in SHARED_IDS}
    for other in goods.products:
        if other.slug != made.slug and (both := sorted(mine & set(other.refs))):
            kind, _, word = both[0].partition(":")
            option = kind if kind == "sku" else f"{kind}-id" if kind in dict(_REFS) else "protocol-id"
            raise click.UsageError(
                f"{kind} {word} means the product {other.slug} already: "
                f"`connector product set {other.slug} --vendor ... --clear {option}` takes it back"
            )
