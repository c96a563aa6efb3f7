"""Which release software is offered, and what it is told instead of a package (update feed gating)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connector.domain.licensing.catalogue import Product
from connector.domain.licensing.events import Granted, Key, Renewed, SiteActivated, StatusChanged
from connector.domain.licensing.questions import Answer, Question, Release
from connector.licences.updates import package_link, releases
from connector.licences.updates.downloads import Refused, download
from connector.licences.verification import ask
from connector.storage.database import reading, transaction
from connector.vendors.vendor import named
from tests.support.stores import NOW, Store

KEY = Key("AAAA-BBBB-CCCC-0001")
SITE = "shop.example.com"
DAY = timedelta(days=1)
RENEW = "https://acme.example.com/renew"


@pytest.fixture
def shelf(store: Store) -> Store:
    """A store with a product, a licence for one site on which it is active, and version 2.0."""
    store.add_product(Product("forms", "Acme Forms", refs=("edd:501",)))
    store.add_product(Product("charts", "Acme Charts"))
    store.tell([Granted(KEY, "forms", NOW - DAY, site_limit=1), SiteActivated(KEY, SITE, NOW - DAY)])
    add(store, "2.0")
    return store


def add(store: Store, version: str, channel: str = "stable", **more: Any) -> None:
    release = Release(version, "forms", "forms", more.pop("released_at", NOW - DAY), channel, **more)
    with transaction(store.runtime.engine) as tx:
        releases.add(tx, named(tx, store.runtime, store.slug).id, release, f"https://files.example.com/{version}", NOW)


def withdraw(store: Store, version: str, *channels: str) -> int:
    with transaction(store.runtime.engine) as tx:
        vendor = named(tx, store.runtime, store.slug)
        return releases.withdraw(tx, vendor.id, "forms", version, channels or releases.CHANNELS, NOW)


def asked(store: Store, **more: Any) -> Answer:
    usual: dict[str, Any] = {"key": KEY, "product": ("edd:501",), "site": SITE}
    with reading(store.runtime.engine) as tx:
        vendor = named(tx, store.runtime, store.slug)
        return ask(tx, store.runtime, Question("release", **usual | more), NOW, vendor)


def offered(store: Store, **more: Any) -> Release:
    found = asked(store, **more).release
    assert found is not None
    return found


def opened(store: Store, release: Release, after: timedelta = timedelta()) -> str | None:
    assert release.package is not None
    token = release.package.split("/")[-2]
    with reading(store.runtime.engine) as tx:
        return download(tx, store.runtime, token, NOW + after).url


# -- which one


def test_the_newest_of_a_channel_is_offered_and_betas_see_stable_too(shelf: Store) -> None:
    for version, channel in (("2.10", "stable"), ("2.9", "stable"), ("2.11-beta1", "beta")):
        add(shelf, version, channel)
    stable, beta = offered(shelf), offered(shelf, channel="beta")
    assert (stable.version, stable.stable_version, stable.channel) == ("2.10", "2.10", "stable")
    assert (beta.version, beta.stable_version, beta.channel) == ("2.11-beta1", "2.10", "beta")
    add(shelf, "2.11")
    assert offered(shelf, channel="beta").version == "2.11"
    assert offered(shelf, channel="nightly").version == "2.11"


def test_of_one_version_in_both_channels_the_stable_one_is_offered(shelf: Store) -> None:
    add(shelf, "2.1", "beta")
    add(shelf, "2.1", "stable")
    assert offered(shelf, channel="beta").channel == "stable"


def test_a_withdrawn_version_is_offered_no_more_until_it_is_added_again(shelf: Store) -> None:
    add(shelf, "2.1")
    link = offered(shelf)
    assert withdraw(shelf, "2.1", "beta") == 0
    assert withdraw(shelf, "2.1") == 1
    assert offered(shelf).version == "2.0"
    with pytest.raises(Refused, match=r"2\.1 was withdrawn"):
        opened(shelf, link)
    add(shelf, "2.1", tested="6.9")
    assert (offered(shelf).version, offered(shelf).tested) == ("2.1", "6.9")


def test_a_version_on_offer_is_not_replaced(shelf: Store) -> None:
    with pytest.raises(releases.KnownRelease, match="withdraw it first"):
        add(shelf, "2.0", tested="6.9")
    assert offered(shelf).tested is None


def test_a_release_is_offered_from_its_day_on(shelf: Store) -> None:
    add(shelf, "3.0", released_at=NOW + DAY)
    assert offered(shelf).version == "2.0"


def test_another_vendor_offers_nothing_of_ours(shelf: Store) -> None:
    other = Store(shelf.runtime, "other")
    other.add_vendor()
    other.add_product(Product("forms", refs=("edd:501",)))
    assert asked(other, key=None).release is None


# -- who may have it


def test_a_site_on_a_licence_with_updates_gets_a_link_that_opens(shelf: Store) -> None:
    found = offered(shelf)
    assert (found.notice, found.name) == (None, "Acme Forms")
    assert KEY not in str(found.package)
    assert opened(shelf, found) == "https://files.example.com/2.0"


def test_a_bundle_may_have_what_it_includes(shelf: Store) -> None:
    shelf.add_product(Product("suite", includes=("forms",)))
    shelf.tell([Granted(Key("SUITE-0000-0001"), "suite", NOW - DAY), SiteActivated(Key("SUITE-0000-0001"), SITE, NOW)])
    assert opened(shelf, offered(shelf, key=Key("SUITE-0000-0001"))) == "https://files.example.com/2.0"


def expired(store: Store) -> None:
    store.tell([Renewed(KEY, NOW - DAY, expires_at=NOW - DAY / 2)])


def without_updates(store: Store) -> None:
    store.tell([Renewed(KEY, NOW - DAY, updates_until=NOW - 5 * DAY)])


def suspended(store: Store) -> None:
    store.tell([StatusChanged(KEY, "suspended", NOW)])


REFUSALS: list[tuple[Callable[[Store], None], dict[str, Any], str]] = [
    (without_updates, {}, "Updates for Acme Forms ended on 16 November 2026. Renew your licence to get version 2.0."),
    (expired, {}, "Updates for Acme Forms ended on 20 November 2026. Renew your licence to get version 2.0."),
    (suspended, {}, "The licence is suspended. Contact the vendor."),
    (lambda store: None, {"key": None}, "Enter your licence key to update Acme Forms to version 2.0."),
    (lambda store: None, {"key": Key("NOPE")}, "No licence with this key is known here."),
    (lambda store: None, {"site": "new.example.com"}, "All sites of the licence are in use."),
]


@pytest.mark.parametrize(("happens", "more", "why"), REFUSALS, ids=range(len(REFUSALS)))
def test_anybody_else_is_told_why_not_beside_the_version(
    shelf: Store, happens: Callable[[Store], None], more: dict[str, Any], why: str
) -> None:
    happens(shelf)
    found = offered(shelf, **more)
    assert (found.version, found.package) == ("2.0", None)
    assert (found.notice or "").startswith(why)


def test_a_site_with_room_is_asked_to_activate(shelf: Store) -> None:
    shelf.tell([Granted(Key("ROOM-0000-0001"), "forms", NOW - DAY, site_limit=5)])
    assert (offered(shelf, key=Key("ROOM-0000-0001")).notice or "").startswith("Activate Acme Forms on this site first")


def test_another_products_key_gets_no_package(shelf: Store) -> None:
    shelf.tell([Granted(Key("CHARTS-0000-0001"), "charts", NOW - DAY)])
    found = offered(shelf, key=Key("CHARTS-0000-0001"))
    assert (found.package, found.notice) == (None, "This licence key is for another product than Acme Forms.")
    assert asked(shelf, product=("edd:999",)).release is None


def test_the_vendors_renewal_page_is_named(stores: Callable[..., Store]) -> None:
    store = stores("sqlite", settings={"links.renew": RENEW})
    store.add_product(Product("forms"))
    store.tell([Granted(KEY, "forms", NOW - DAY, updates_until=NOW - DAY)])
    add(store, "2.0")
    assert offered(store, product=("slug:forms",), site=None).notice == (
        f"Updates for forms ended on 20 November 2026. Renew your licence to get version 2.0: {RENEW}"
    )


# -- the link


def test_a_link_opens_only_while_updates_are_allowed(shelf: Store) -> None:
    link = offered(shelf)
    without_updates(shelf)
    with pytest.raises(Refused, match="Updates for Acme Forms ended on 16 November 2026"):
        opened(shelf, link)


def test_a_link_is_for_the_site_it_was_made_for(shelf: Store) -> None:
    link = offered(shelf)
    with transaction(shelf.runtime.engine) as tx:
        vendor = named(tx, shelf.runtime, shelf.slug)
        ask(tx, shelf.runtime, Question("deactivate", key=KEY, site=SITE), NOW, vendor)
    with pytest.raises(Refused, match="Activate Acme Forms"):
        opened(shelf, link)


def test_a_link_of_an_install_is_for_that_install(shelf: Store) -> None:
    shelf.add_product(Product("app", site_unit="install", refs=("edd:7",)))
    shelf.tell([Granted(Key("APP-0000-0001"), "app", NOW - DAY, site_limit=1)])
    with transaction(shelf.runtime.engine) as tx:
        vendor = named(tx, shelf.runtime, shelf.slug)
        release = Release("1.0", "app", "app", NOW - DAY)
        releases.add(tx, vendor.id, release, "https://files.example.com/app", NOW)
        taken = Question("activate", key=Key("APP-0000-0001"), site=SITE, install="i1")
        assert ask(tx, shelf.runtime, taken, NOW, vendor).verdict.valid
    link = offered(shelf, key=Key("APP-0000-0001"), product=("edd:7",), install="i1")
    assert opened(shelf, link) == "https://files.example.com/app"
    assert offered(shelf, key=Key("APP-0000-0001"), product=("edd:7",), install="i2").package is None


def test_a_link_outlives_wordpress_memory_and_no_more(shelf: Store) -> None:
    link = offered(shelf)
    assert opened(shelf, link, timedelta(hours=15)) is not None
    with pytest.raises(Refused, match="This link is over"):
        opened(shelf, link, package_link.LIFE)


def test_a_link_cannot_be_altered_or_made_elsewhere(shelf: Store) -> None:
    good = package_link.Package("ven_x", "lic_x", "forms", "2.0", "stable")
    stranger = replace(shelf.runtime, keyring=replace(shelf.keyring, packages=b"another key of 32 bytes or longer"))
    forged = [
        package_link.url(stranger, good, NOW).split("/")[-2],
        package_link.url(shelf.runtime, good, NOW).split("/")[-2][:-2],
        "x",
        "",
        "a.b.c",
        "é" * 50,
    ]
    for token in forged:
        with pytest.raises(package_link.BadLink, match="not one of ours"):
            package_link.package_in(shelf.runtime, token, NOW)
    assert (
        package_link.package_in(shelf.runtime, package_link.url(shelf.runtime, good, NOW).split("/")[-2], NOW) == good
    )
