"""policy simulate, replay, publish, history: what a terminal shows."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select, update

from connector.domain.licensing.events import Key
from connector.domain.policy.requests import Request
from connector.requests.support_requests import open_request
from connector.storage.database import transaction
from connector.storage.tables import decisions
from connector.vendors.policies import packs
from connector.vendors.vendor import named
from tests.cli.shell import Shell

KEY = "AAAA-BBBB-CCCC-0001"


@pytest.fixture
def asked(acme: Shell) -> Shell:
    """`acme` with two decisions: a question that was accepted, and custom development that was denied."""
    acme.run("license", "issue", "--vendor", "acme", "--product", "forms", "--email", "ada@example.com")
    [licence] = acme.json("license", "list", "--vendor", "acme")
    for kind in ("how_to_feature", "custom_dev"):
        with transaction(acme.runtime.engine) as tx:
            vendor = named(tx, acme.runtime, "acme")
            request = Request(kind, key=Key(KEY), request_kind=kind, subject=licence["id"])
            open_request(tx, acme.runtime, vendor, "ep_1", request, acme.runtime.clock())
    return acme


def own(folder: Path, change: tuple[str, str] = ("", "")) -> str:
    text = packs.read("whmcs-modules").replace('id = "whmcs-modules"', 'id = "own"').replace('2025-01"', '2027-01"')
    path = folder / "own.toml"
    path.write_text(text.replace(*change, 1))
    return str(path)


def test_simulate_lists_flips_and_totals(asked: Shell) -> None:
    told = asked.json("policy", "simulate", "--vendor", "acme", "--policy", "hourly-services", "--since", "1h")
    assert (told["vendor"], told["decisions"]) == ("acme", 2)
    assert told["flipped"] == sum(row["count"] for row in told["outcomes"] if row["from"] != row["to"]) > 0
    table = asked.run("policy", "simulate", "--vendor", "acme", "--policy", "hourly-services")
    assert table.stdout.split()[:5] == ["from", "to", "code", "clause", "count"]
    assert "2 decisions under hourly-services@" in table.stderr


def test_a_kept_policy_can_be_simulated_by_its_name(asked: Shell) -> None:
    [row] = asked.json("policy", "history", "--vendor", "acme")
    told = asked.json("policy", "simulate", "--vendor", "acme", "--policy", row["policy"])
    assert (told["policy"], told["flipped"]) == (row["policy"], 0)
    assert "policy history" in asked.fails(
        "policy", "simulate", "--vendor", "acme", "--policy", "no@2025-01#000000", exits=2
    )


def test_replay_says_that_all_came_out_the_same(asked: Shell) -> None:
    result = asked.run("policy", "replay", "--vendor", "acme", "--format", "json")
    assert (result.stdout, result.stderr) == ("[]\n", "2 decisions, 2 came out the same to the byte\n")


def test_replay_ends_with_1_where_a_decision_comes_out_otherwise(asked: Shell) -> None:
    with transaction(asked.runtime.engine) as tx:
        row = tx.execute(select(decisions).limit(1)).one()
        other = (
            row.decision.replace('"accept"', '"deny"')
            if '"accept"' in row.decision
            else row.decision.replace('"deny"', '"accept"')
        )
        tx.execute(update(decisions).where(decisions.c.id == row.id).values(decision=other))
    result = asked.run("policy", "replay", "--vendor", "acme", "--format", "json", exits=1)
    assert (row.id in result.stdout, "1 came out the same" in result.stderr) == (True, True)


def test_publish_and_history_show_what_judges_when(acme: Shell, tmp_path: Path) -> None:
    made = acme.json("policy", "publish", own(tmp_path), "--vendor", "acme", "--effective", "2097-01-01")
    assert made["effective_from"] == "2097-01-01T05:00:00Z", "midnight in the policy's zone, New York"
    first, second = acme.json("policy", "history", "--vendor", "acme")
    assert (first["state"], second["state"], second["policy"]) == ("in force", "to come", made["policy"])
    acme.run("policy", "publish", own(tmp_path), "--vendor", "acme", "--set", "title=Now")
    states = [row["state"] for row in acme.json("policy", "history", "--vendor", "acme")]
    assert states == ["over", "in force", "to come"]


def test_check_at_uses_the_version_of_that_instant(asked: Shell, tmp_path: Path) -> None:
    made = asked.json("policy", "publish", own(tmp_path), "--vendor", "acme", "--effective", "2097-01-01")
    at = {
        when: asked.run("check", KEY, "--vendor", "acme", "--at", when, "--format", "csv", exits=5)
        for when in ("2096-12-31T00:00:00Z", "2097-01-02T00:00:00Z")
    }
    assert [made["policy"] in result.stdout for result in at.values()] == [False, True]


REFUSED = {
    "a past instant": (("--effective", "2001-01-01"), "in the past"),
    "no instant": (("--effective", "soon"), "2027-01-01 or RFC 3339"),
    "an instant beyond all years": (("--effective", "9999-12-31T23:00:00-12:00"), "2027-01-01 or RFC 3339"),
    "no such setting": (("--set", "calendar.zone=UTC"), "calendar.zone"),
}


@pytest.mark.parametrize(("words", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_publishing_what_cannot_be_meant_is_refused(
    acme: Shell, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    assert said in acme.fails("policy", "publish", own(tmp_path), "--vendor", "acme", *words, exits=2)
    assert len(acme.json("policy", "history", "--vendor", "acme")) == 1


def test_a_pack_whose_examples_fail_is_not_published(acme: Shell, tmp_path: Path) -> None:
    pack = own(tmp_path, ('expect = "accept"', 'expect = "deny"'))
    assert "example" in acme.fails("policy", "publish", pack, "--vendor", "acme", exits=2)


def test_a_published_policy_is_not_changed_behind_its_history(acme: Shell, tmp_path: Path) -> None:
    acme.run("policy", "publish", own(tmp_path), "--vendor", "acme")
    assert "policy publish" in acme.fails("vendor", "set-policy", "acme", "crmjetty", exits=1)


@pytest.mark.parametrize("since", ["soon", "3bd", "2097-01-01", "", "0001-01-01T00:00:00+12:00"])
def test_a_period_that_cannot_be_meant_is_refused(acme: Shell, since: str) -> None:
    assert "--since" in acme.fails("policy", "replay", "--vendor", "acme", "--since", since, exits=2)
    simulate = ("policy", "simulate", "--vendor", "acme", "--policy", "crmjetty", "--since", since)
    assert "--since" in acme.fails(*simulate, exits=2)


def test_not_06_a_pack_with_a_day_to_come_judges_from_that_day_on(acme: Shell, tmp_path: Path) -> None:
    """NOT-06: what its first page says holds, unless --effective says otherwise."""
    pack = own(tmp_path, ("effective_from = 2025-01-01", "effective_from = 2097-03-01"))
    made = acme.json("policy", "publish", pack, "--vendor", "acme")
    assert made["effective_from"] == "2097-03-01T05:00:00Z"
    assert acme.json("policy", "history", "--vendor", "acme")[1]["state"] == "to come"
    early = acme.json("policy", "publish", pack, "--vendor", "acme", "--effective", "2097-01-01")
    assert early["effective_from"] == "2097-01-01T05:00:00Z"
