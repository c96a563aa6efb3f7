"""Restrictions of a person: staff makes and lifts them at the command line, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from connector.domain.licensing.events import Granted, Key, Person
from connector.storage.database import transaction
from connector.storage.tables import licence_acts
from tests.cli.shell import Shell
from tests.personal import found_in
from tests.requests.test_history import BOTH
from tests.requests.test_requests import ADA, KEY, ask, codes
from tests.support.stores import NOW, Store

Stores = Callable[..., Store]


def strict(stores: Stores, database: str = "sqlite", **more: Any) -> tuple[Store, Shell]:
    store = stores(database, "whmcs-modules", {"requests.restrictions": True, **more})
    store.tell([Granted(KEY, "forms", NOW, ADA, support_until=NOW + timedelta(days=900))])
    return store, Shell(store.runtime)


@pytest.mark.parametrize("database", BOTH)
def test_r30_a_person_is_restricted_and_released_by_staff(stores: Stores, database: str) -> None:
    """R30: by any name the host gives, whatever its case; others are served on."""
    store, shell = strict(stores, database)
    now = store.runtime.clock()
    shell.run("customer", "restrict", "ADA@example.com", "--vendor", "acme", "--how", "deny", "--why", "threats")
    refused = ask(store, now)
    assert (refused.decision["outcome"], codes(refused)) == ("deny", ["restricted"])
    assert "threats" not in str(refused.decision), "the reason is for the log"
    assert ask(store, now, request_id="r2", request_kind="security").decision["outcome"] == "accept"
    eve = Person("9", "eve@example.com")
    assert ask(store, now, request_id="r3", requester=eve).decision["outcome"] == "accept"
    shell.run("customer", "release", "ada@example.com", "--vendor", "acme", "--why", "said sorry")
    assert ask(store, store.runtime.clock()).decision["outcome"] == "accept"


def test_r30_a_restriction_ends_on_its_day_and_may_only_hold(stores: Stores) -> None:
    """R30: by id; a request that is held keeps its ticket and goes on when the day has come."""
    store, shell = strict(stores)
    now = store.runtime.clock()
    day = (now + timedelta(days=10)).date()
    shell.run("customer", "restrict", "7", "--vendor", "acme", "--until", str(day), "--why", "too many")
    held = ask(store, now)
    assert held.ticket is not None
    assert (held.decision["outcome"], codes(held)) == ("hold", ["restricted_review"])
    later = ask(store, now + timedelta(days=12))
    assert later.ticket is not None
    assert (later.decision["outcome"], later.ticket["number"]) == ("accept", held.ticket["number"])


def test_what_would_change_nothing_is_refused_with_its_cure(stores: Stores) -> None:
    _, shell = strict(stores)
    assert "not restricted" in shell.fails("customer", "release", "7", "--vendor", "acme", "--why", "x", exits=2)
    past = ("customer", "restrict", "7", "--vendor", "acme", "--until", "2020-01-01", "--why", "x")
    assert "in the past" in shell.fails(*past, exits=2)
    silent = stores("sqlite", "whmcs-modules", {})
    words = Shell(silent.runtime).fails("customer", "restrict", "7", "--vendor", "acme", "--why", "x", exits=2)
    assert "requests.restrictions = true" in words


def test_the_log_says_who_did_what_and_why_and_names_no_customer(stores: Stores) -> None:
    store, shell = strict(stores)
    shell.run("customer", "restrict", "ada@example.com", "--vendor", "acme", "--why", "threats")
    with transaction(store.runtime.engine) as tx:
        row = tx.execute(select(licence_acts)).one()
    assert (row.act, row.why, row.actor[:3]) == ("requester.restricted", "threats", "cli")
    assert found_in(f"{row.subject_id}{row.details}", "ada@example.com") == []


def test_r30_what_one_vendor_decides_is_no_matter_of_another(stores: Stores) -> None:
    """R30"""
    store, shell = strict(stores)
    other = Store(store.runtime, "other")
    other.add_vendor("whmcs-modules", {"requests.restrictions": True})
    other.tell([Granted(Key("AAAA-BBBB-CCCC-0002"), "forms", NOW, ADA, support_until=NOW + timedelta(days=900))])
    shell.run("customer", "restrict", "ada@example.com", "--vendor", "acme", "--why", "threats")
    now = store.runtime.clock()
    assert codes(ask(store, now)) == ["restricted_review"]
    assert codes(ask(other, now, key=None)) == []
