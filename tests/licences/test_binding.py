"""A licence that binds to its first place (WHMCS), is reissued, and seats that only the holder may free."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import update

from connector.domain.licensing.catalogue import Product
from connector.domain.licensing.events import (
    Granted,
    Key,
    LicenceEvent,
    LicenceReissued,
    Person,
    SiteActivated,
    SiteDeactivated,
)
from connector.domain.licensing.licence import fold, recent_moves
from connector.domain.licensing.questions import Answer, Question
from connector.licences.verification import ask
from connector.storage import codec
from connector.storage.database import transaction
from connector.storage.tables import products
from connector.vendors.vendor import named
from tests.support.stores import NOW, Store

KEY = Key("AAAA-BBBB-CCCC-0001")
ADA = Person("7", "ada@example.com", "Ada")
_seconds = (timedelta(seconds=number) for number in count(1))
SHOP = {"site": "shop.example.com", "ip": "203.0.113.7", "directory": "/srv/mod"}


@pytest.fixture
def mod(store: Store) -> Store:
    store.tell([Granted(KEY, "mod", NOW - timedelta(days=1), ADA, site_limit=1)])
    return store


def asked(store: Store, act: str, **words: Any) -> Answer:
    with transaction(store.runtime.engine) as tx:
        vendor = named(tx, store.runtime, "acme")
        return ask(tx, store.runtime, Question(act, key=KEY, **words), NOW + next(_seconds), vendor)


def change(store: Store, **terms: Any) -> None:
    """Give the product other terms."""
    with transaction(store.runtime.engine) as tx:
        state = codec.dumps(Product("mod", site_limit=1, **terms))
        tx.execute(update(products).where(products.c.slug == "mod").values(state=state))


def check(store: Store, **words: Any) -> str:
    return asked(store, "check_in", **(SHOP | words)).verdict.code


def test_the_first_check_binds_and_later_ones_come_from_there(mod: Store) -> None:
    assert asked(mod, "check_in", **SHOP).changed
    assert check(mod) == "VALID"
    assert check(mod, site="other.example.com") == "SITE_LIMIT_REACHED"
    assert check(mod, ip="198.51.100.9") == "IP_MISMATCH"
    assert check(mod, directory="/elsewhere") == "DIRECTORY_MISMATCH"


CRON = SHOP | {"site": None, "ip": None}
DAEMON = {"site": None, "ip": "203.0.113.7", "directory": None}


def places(store: Store) -> list[tuple[str, str | None, str | None]]:
    """Site, address and directory of each place."""
    return [(each.at or each.site, each.ip, each.directory) for each in asked(store, "validate").activations]


def test_a_daemon_is_bound_by_its_address_at_its_first_check(mod: Store) -> None:
    """Software without a domain sends its key and its address, and nothing else."""
    assert check(mod, **DAEMON) == "VALID"
    assert places(mod) == [("install:ip 203.0.113.7", "203.0.113.7", None)]
    assert check(mod, **DAEMON) == "VALID"
    assert check(mod, **DAEMON | {"ip": "198.51.100.9"}) == "IP_MISMATCH"
    assert check(mod, **DAEMON | {"ip": None}) == "SITE_REQUIRED"
    assert check(mod, **DAEMON | {"ip": "198.51.100.9", "directory": "/elsewhere"}) == "DIRECTORY_MISMATCH"


def test_a_daemon_that_sends_both_is_bound_by_both(mod: Store) -> None:
    both = DAEMON | {"directory": "/srv/mod"}
    assert check(mod, **both) == "VALID"
    assert check(mod, **both) == "VALID"
    for name, code in (("ip", "IP_MISMATCH"), ("directory", "DIRECTORY_MISMATCH")):
        assert check(mod, **both | {name: "198.51.100.9"}) == code
        assert check(mod, **both | {name: None}) == code


def test_as_many_daemons_are_bound_as_there_are_places(store: Store) -> None:
    store.tell([Granted(KEY, "mod", NOW - timedelta(days=1), ADA, site_limit=2)])
    assert [check(store, **DAEMON | {"ip": f"203.0.113.{number}"}) for number in (1, 2, 3, 1)] == [
        "VALID",
        "VALID",
        "IP_MISMATCH",
        "VALID",
    ]


def test_a_cron_job_comes_from_the_directory_of_its_site(mod: Store) -> None:
    """It has no domain and another address, but it runs where the software is."""
    assert check(mod) == "VALID"
    assert check(mod, **CRON) == "VALID"
    assert check(mod, **CRON | {"ip": "127.0.0.1"}) == "VALID"
    assert check(mod, **CRON | {"directory": "/elsewhere"}) == "DIRECTORY_MISMATCH"
    assert places(mod) == [("shop.example.com", "203.0.113.7", "/srv/mod")]


def test_a_cron_job_that_checks_first_does_not_take_the_place_from_its_site(mod: Store) -> None:
    assert check(mod, **CRON | {"ip": "127.0.0.1"}) == "VALID"
    assert check(mod) == "VALID"
    assert places(mod) == [("shop.example.com", "203.0.113.7", "/srv/mod")]
    assert check(mod, **CRON | {"ip": "127.0.0.1"}) == "VALID"
    assert check(mod, ip="198.51.100.9") == "IP_MISMATCH"
    assert check(mod, site="other.example.com") == "SITE_LIMIT_REACHED"
    assert asked(mod, "reissue").changed
    assert check(mod, site="other.example.com") == "VALID"


@pytest.mark.parametrize(
    ("left_out", "code"),
    [
        (("ip",), "IP_MISMATCH"),
        (("directory",), "DIRECTORY_MISMATCH"),
        (("site", "directory"), "DIRECTORY_MISMATCH"),
        (("site", "ip", "directory"), "SITE_REQUIRED"),
    ],
)
def test_leaving_out_what_is_bound_is_no_way_around_it(mod: Store, left_out: tuple[str, ...], code: str) -> None:
    check(mod)
    assert check(mod, **dict.fromkeys(left_out)) == code
    assert check(mod) == "VALID"


def test_a_place_that_the_shop_named_is_bound_by_a_cron_job_to_its_directory_alone(mod: Store) -> None:
    mod.tell([SiteActivated(KEY, "shop.example.com", NOW - timedelta(hours=1))])
    assert check(mod, **CRON | {"ip": "127.0.0.1"}) == "VALID"
    assert places(mod) == [("shop.example.com", None, "/srv/mod")]
    assert check(mod) == "VALID"
    assert check(mod, **CRON | {"directory": "/elsewhere"}) == "DIRECTORY_MISMATCH"


def test_what_may_differ_is_not_asked_of_daemons_either(mod: Store) -> None:
    both = DAEMON | {"directory": "/srv/mod"}
    check(mod, **both)
    change(mod, conflicts=("ip",))
    assert check(mod, **both | {"ip": "198.51.100.9"}) == "VALID"
    change(mod, conflicts=("directory",))
    assert check(mod, **both | {"directory": "/new"}) == "VALID"
    assert check(mod, **both | {"directory": "/new", "ip": "198.51.100.9"}) == "IP_MISMATCH"


def test_a_site_nobody_can_read_is_no_site_unsaid(mod: Store) -> None:
    assert check(mod, site="//") == "SITE_REQUIRED"
    assert asked(mod, "validate").activations == ()


def test_what_was_left_open_is_bound_by_the_first_check_that_says_it(mod: Store) -> None:
    assert check(mod, ip=None, directory=None) == "VALID"
    assert check(mod, directory=None) == "VALID"
    assert check(mod, ip="198.51.100.9") == "IP_MISMATCH"
    assert check(mod) == "VALID"
    assert check(mod, directory="/elsewhere") == "DIRECTORY_MISMATCH"


@pytest.mark.parametrize(
    ("conflict", "words"),
    [("ip", {"ip": "198.51.100.9"}), ("directory", {"directory": "/new"}), ("domain", {"site": "new.example.com"})],
)
def test_a_conflict_is_allowed_by_the_product_alone(mod: Store, conflict: str, words: dict[str, str]) -> None:
    check(mod)
    assert check(mod, **words) != "VALID"
    change(mod, conflicts=(conflict,))
    assert check(mod, **words) == "VALID"
    assert [each.site for each in asked(mod, "validate").activations] == ["shop.example.com"]


def test_where_domains_may_differ_the_directory_still_binds(mod: Store) -> None:
    change(mod, conflicts=("domain",))
    check(mod)
    assert check(mod, site="new.example.com", directory="/elsewhere") == "DIRECTORY_MISMATCH"


def test_a_reissue_takes_every_place_as_one_move_and_the_next_check_is_none(mod: Store) -> None:
    change(mod, move_limit=1)
    check(mod)
    told = asked(mod, "reissue")
    assert (told.changed, told.activations) == (True, ())
    assert told.licence is not None
    assert (recent_moves(told.licence, told.verdict.checked_at), told.licence.freed) == (1, ())
    assert check(mod, site="new.example.com", directory="/new") == "VALID"


def test_a_reissue_of_nothing_is_no_move(mod: Store) -> None:
    told = asked(mod, "reissue")
    assert told.licence is not None
    assert (told.changed, told.licence.moves) == (False, ())


def test_a_reissue_is_folded_in_where_it_belongs() -> None:
    """In whatever order the news arrives: places told of before it are gone, those after it stay."""
    day = timedelta(days=1)
    news: list[tuple[str, LicenceEvent]] = [
        ("1", Granted(KEY, "mod", NOW, ADA, site_limit=1)),
        ("2", SiteActivated(KEY, "old.example.com", NOW + day)),
        ("3", LicenceReissued(KEY, NOW + 2 * day)),
        ("4", SiteActivated(KEY, "new.example.com", NOW + 3 * day)),
    ]
    assert fold(news) == fold(news[::-1])
    assert [claim.site for claim in fold(news).claims] == ["new.example.com"]


def test_after_a_reissue_no_seat_counts_as_given_back() -> None:
    """Else the places that are bound anew would be moves, too."""
    hour = timedelta(hours=1)
    news: list[tuple[str, LicenceEvent]] = [
        ("1", Granted(KEY, "mod", NOW, ADA, site_limit=2)),
        ("2", SiteActivated(KEY, "a.example.com", NOW + hour)),
        ("3", SiteActivated(KEY, "b.example.com", NOW + 2 * hour)),
        ("4", SiteDeactivated(KEY, "a.example.com", NOW + 3 * hour)),
        ("5", LicenceReissued(KEY, NOW + 4 * hour)),
        ("6", SiteActivated(KEY, "c.example.com", NOW + 5 * hour)),
        ("7", SiteActivated(KEY, "d.example.com", NOW + 6 * hour)),
    ]
    assert fold(news).moves == (NOW + 4 * hour,)


@pytest.mark.parametrize("act", ["deactivate", "deactivate_all"])
def test_where_the_holder_is_named_nobody_else_frees_a_seat(mod: Store, act: str) -> None:
    check(mod)
    words = {"site": SHOP["site"]} if act == "deactivate" else {}
    stranger = asked(mod, act, email="eve@example.test", binds_owner=True, **words)
    assert (stranger.verdict.code, stranger.changed) == ("OWNER_MISMATCH", False)
    other = asked(mod, act, email="ada@example.com", binds_owner=True, product=("product:9",), **words)
    assert not other.changed
    assert len(asked(mod, "validate").activations) == 1
    assert asked(mod, act, email="ada@example.com", binds_owner=True, **words).changed
    assert asked(mod, "validate").activations == ()
