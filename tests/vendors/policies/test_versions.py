"""Policies by date: which version judges a request, and that every policy that judged can be read back (NOT-06)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, select

from connector.domain.licensing.catalogue import Product
from connector.domain.licensing.events import Granted, Key, OrderLine, OrderSeen
from connector.requests.eligibility import Query, check
from connector.requests.support_requests import KEPT
from connector.storage.database import reading, transaction
from connector.storage.tables import decisions
from connector.storage.tables_policy import policies
from connector.vendors.policies import simulation, versions
from connector.vendors.vendor import named
from tests.support.offices import ADA, KEY, Office
from tests.support.stores import NOW, Store

DAY = timedelta(days=1)
EXCLUDED: dict[str, Any] = {"scope.bug.cover": "excluded"}


@pytest.fixture
def office(store: Store) -> Office:
    store.tell([Granted(KEY, "forms", NOW - 30 * DAY, ADA, purchased_at=NOW - 30 * DAY)])
    return Office(store)


def publish(office: Office, effective: datetime, settings: dict[str, Any], judges: str = "requests") -> str:
    with transaction(office.runtime.engine) as tx:
        vendor = named(tx, office.runtime, "acme")
        policy = versions.load(office.runtime, "whmcs-modules", settings)
        versions.publish(tx, office.runtime, vendor.id, policy, effective, judges, office.now)
        return policy.ref


def bug(office: Office, request_id: str, **more: Any) -> dict[str, Any]:
    return office.ask(request_id, request_kind="bug", reproduction="Click.", modified_code=False, **more).decision


def test_not_06_a_request_is_judged_by_the_version_in_force_when_it_came(office: Office) -> None:
    new = publish(office, NOW + DAY, EXCLUDED)
    before = bug(office, "r1")
    office.clock.forward(days=1, microseconds=-1)
    just_before = bug(office, "r2")
    office.clock.forward(microseconds=1)
    after = bug(office, "r3")
    assert before["outcome"] == just_before["outcome"] == "accept"
    assert before["policy"] == just_before["policy"] != after["policy"]
    assert (after["outcome"], after["policy"]) == ("deny", new)


def test_not_06_what_was_decided_before_stays_as_it_was(office: Office) -> None:
    first = bug(office, "r1")
    publish(office, NOW + DAY, EXCLUDED)
    office.clock.forward(days=2)
    assert bug(office, "r1") == first


def test_a_correction_for_the_same_instant_counts_instead(office: Office) -> None:
    publish(office, NOW + DAY, EXCLUDED)
    office.clock.forward(minutes=1)
    corrected = publish(office, NOW + DAY, {"scope.bug.cover": "covered", "title": "Corrected"})
    office.clock.forward(days=1)
    assert (bug(office, "r1")["outcome"], bug(office, "r2")["policy"]) == ("accept", corrected)


def test_another_process_sees_what_was_published_at_once(office: Office, stores: Callable[..., Store]) -> None:
    assert bug(office, "r1")["outcome"] == "accept"
    publish(office.again(), office.now, EXCLUDED)
    assert bug(office, "r2")["outcome"] == "deny"


def test_by_purchase_date_an_old_purchase_keeps_its_terms(office: Office) -> None:
    publish(office, NOW - 10 * DAY, EXCLUDED, "purchases")
    assert bug(office, "old purchase")["outcome"] == "accept"
    office.clock.forward(minutes=1)
    publish(office, NOW - 40 * DAY, EXCLUDED, "purchases")
    assert bug(office, "bought since then")["outcome"] == "deny"


def test_by_purchase_date_the_facts_are_gathered_for_the_version_that_judges(office: Office) -> None:
    """DUR-04: the version for new purchases counts all of them together, so all of them are looked up for it."""
    office.store.tell([Granted(Key("AAAA-BBBB-CCCC-0009"), "forms", NOW, ADA, purchased_at=NOW)])
    ended = Granted(Key("AAAA-BBBB-CCCC-0008"), "forms", NOW, ADA, purchased_at=NOW - 9 * DAY, support_until=NOW - DAY)
    office.store.tell([ended])
    assert bug(office, "r1", key=ended.key)["outcome"] == "deny"
    publish(office, NOW - 10 * DAY, {"entitlement.pool_purchases": True}, "purchases")
    assert bug(office, "r2", key=ended.key)["outcome"] == "accept"
    with reading(office.runtime.engine) as tx:
        vendor = named(tx, office.runtime, "acme")
        told = check(tx, office.runtime, vendor, Query(license_key=ended.key, kind="bug"), NOW)
    assert told["decision"]["outcome"] == "accept"


def test_dur_01_a_later_version_shortens_no_purchase_made_before_it(office: Office) -> None:
    """DUR-01, NOT-06: neither of a grant that is told late, nor of an order of a vendor that sells without keys."""
    bought = NOW - 150 * DAY
    publish(office, NOW - 30 * DAY, {"support_term.one_time": "3 months", "entitlement.licence": "known"})
    office.store.add_product(Product("loose", refs=("L-1",), purchase="one_time"))
    line = OrderLine("1", ("L-1",), total="59.00")
    office.store.tell(
        [
            Granted(Key("AAAA-BBBB-CCCC-0007"), "forms", bought, ADA, purchase="one_time", purchased_at=bought),
            OrderSeen("o1", "paid", bought, customer=ADA, lines=(line,), total="59.00", currency="EUR", paid_at=bought),
        ]
    )
    assert bug(office, "r1", key=Key("AAAA-BBBB-CCCC-0007"))["outcome"] == "accept"
    assert bug(office, "r2", key=None, product="loose", order_id="o1")["outcome"] == "accept"


def test_the_look_up_uses_the_version_in_force_at_its_instant(office: Office) -> None:
    new = publish(office, NOW + DAY, EXCLUDED)
    with reading(office.runtime.engine) as tx:
        vendor = named(tx, office.runtime, "acme")
        query = Query(license_key=KEY, kind="bug")
        told = [check(tx, office.runtime, vendor, query, NOW + span)["decision"] for span in (0 * DAY, DAY)]
    assert [each["outcome"] for each in told] == ["accept", "deny"]
    assert told[1]["policy"] == new


def test_every_policy_that_judged_is_kept_once_by_its_digest(office: Office) -> None:
    told = [bug(office, f"r{number}")["policy"] for number in range(3)]
    with reading(office.runtime.engine) as tx:
        [row] = tx.execute(select(policies)).all()
        policy = versions.kept(tx, office.again().runtime, told[0])
    assert set(told) == {row.ref}
    assert hashlib.sha256(row.body.encode()).hexdigest() == row.digest == policy.digest


def test_keeping_costs_no_statement_once_it_is_known(office: Office) -> None:
    for number in range(2):
        bug(office, f"r{number}")
    said: list[str] = []
    event.listen(office.runtime.engine, "before_cursor_execute", lambda *given: said.append(given[2]))
    bug(office, "r3")
    assert said
    assert not [statement for statement in said if " policies" in statement]


def test_a_decision_that_is_rolled_back_leaves_no_false_memory_of_a_kept_policy(office: Office) -> None:
    with office.runtime.engine.connect() as tx:
        versions.keep(tx, office.runtime, named(tx, office.runtime, "acme").policy, NOW)
        tx.rollback()
    ref = bug(office, "r1")["policy"]
    with reading(office.runtime.engine) as tx:
        assert versions.kept(tx, office.runtime, ref).ref == ref


def test_an_unknown_policy_says_where_to_look(office: Office) -> None:
    with reading(office.runtime.engine) as tx, pytest.raises(versions.UnknownPolicy, match="policy history"):
        versions.kept(tx, office.runtime, "none@2025-01#000000")


# --- deciding again ---


def test_met_04_every_decision_is_replayed_to_the_same_bytes_by_its_own_policy(office: Office) -> None:
    bug(office, "r1")
    publish(office, NOW + DAY, EXCLUDED)
    office.clock.forward(days=1)
    bug(office, "r2")
    found = replayed(office.again())
    assert (found.decided, found.different, found.unkept) == (2, (), ())


def test_replay_sees_a_decision_that_was_tampered_with_and_one_whose_policy_is_gone(office: Office) -> None:
    for number in range(3):
        bug(office, f"r{number}")
    with transaction(office.runtime.engine) as tx:
        ids = tx.execute(select(decisions.c.id).order_by(decisions.c.id)).scalars().all()
        changed = decisions.update().where(decisions.c.id == ids[0])
        tx.execute(changed.values(decision=decisions.c.decision + " "))
        tx.execute(decisions.update().where(decisions.c.id == ids[1]).values(policy="gone@2025-01#000000"))
    found = replayed(office)
    assert (found.decided, found.different, found.unkept) == (3, (ids[0],), (ids[1],))


def replayed(office: Office) -> simulation.Replayed:
    with reading(office.runtime.engine) as tx:
        vendor = named(tx, office.runtime, "acme")
        return simulation.replay(tx, office.runtime, vendor.id, NOW - DAY, office.now + DAY)


def simulated(office: Office, settings: dict[str, Any], since: datetime = NOW - DAY) -> dict[str, Any]:
    with reading(office.runtime.engine) as tx:
        vendor = named(tx, office.runtime, "acme")
        policy = versions.load(office.runtime, "whmcs-modules", settings)
        return simulation.simulate(tx, vendor.id, policy, since, office.now + DAY).told()


def test_a_simulation_lists_flips_by_reason_and_clause(office: Office) -> None:
    bugs = [bug(office, f"bug {number}")["id"] for number in range(4)]
    office.ask("question")
    told = simulated(office, EXCLUDED | {"scope.bug.clause": "9", "scope.bug.code": "custom_development"})
    assert (told["decisions"], told["flipped"], told["same_outcome"]) == (5, 4, 1)
    assert told["outcomes"] == [
        {"from": "accept", "to": "accept", "count": 1},
        {"from": "accept", "to": "deny", "count": 4},
    ]
    [flip] = told["flips"]
    assert flip | {"examples": None} == {
        "from": "accept",
        "to": "deny",
        "code": "custom_development",
        "clause": "9",
        "count": 4,
        "examples": None,
    }
    assert set(flip["examples"]) < set(bugs)
    assert len(flip["examples"]) == simulation.EXAMPLES


def test_a_flip_to_acceptance_is_told_by_the_reason_that_is_gone(office: Office) -> None:
    refused = office.ask("r1", request_kind="custom_dev").decision
    [flip] = simulated(office, {"scope.custom_dev.cover": "covered"})["flips"]
    assert (flip["from"], flip["to"]) == ("deny", "accept")
    assert flip["code"] in {reason["code"] for reason in refused["reasons"]}


def test_the_same_policy_flips_nothing_and_other_promises_are_counted(office: Office) -> None:
    office.ask("r1")
    same = simulated(office, {})
    assert (same["flipped"], same["moved"]) == (0, {"priority": 0, "tier": 0, "due": 0})
    assert simulated(office, {"severity.standard.respond": "8h"})["moved"]["due"] == 1


def test_only_the_period_asked_for_is_simulated(office: Office) -> None:
    office.ask("r1")
    office.clock.forward(days=3)
    office.ask("r2")
    assert simulated(office, {})["decisions"] == 2
    assert simulated(office, {}, since=NOW + timedelta(microseconds=1))["decisions"] == 1


def test_a_simulation_goes_through_every_page(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.ask("r1")
    with transaction(office.runtime.engine) as tx:
        row = dict(tx.execute(select(decisions)).mappings().one())
        copies = [row | {"id": f"{row['id'][:-4]}{number:04d}"} for number in range(2 * simulation.PAGE)]
        tx.execute(insert(decisions), copies)
    assert simulated(office, {})["decisions"] == 2 * simulation.PAGE + 1
    assert row["outcome"] in KEPT
