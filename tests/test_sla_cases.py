"""The worked SLA instants, each row a test, and what the runner says when a row does not hold."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import pytest

from connector import sla_cases

CASES = Path(__file__).parent / "fixtures" / "sla-cases.csv"
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "sla-cases.csv"


def rows(path: Path = CASES) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def row(**changes: str) -> dict[str, str]:
    return rows()[0] | changes


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=f"{n}-{case['policy']}-{case['clock']}") for n, case in enumerate(rows(), 2)]
)
def test_every_worked_instant_holds(case: Mapping[str, str]) -> None:
    """HRS-01..26, DUR-01, DUR-02, A5..A12, A21, A30."""
    assert sla_cases.run([case]) == []


@pytest.mark.skipif(not SHARED.exists(), reason="the shared data folder is not beside this checkout")
def test_the_shared_table_holds_too() -> None:
    assert sla_cases.run(rows(SHARED)) == []


def test_a_mismatch_names_its_row_and_both_instants() -> None:
    wrong = row(expected_due_utc="2026-03-11T17:00:01Z")
    assert sla_cases.run([row(), wrong]) == [
        sla_cases.Mismatch(2, "A-NY", "first_response", "2026-03-11T17:00:01Z", "2026-03-11T17:00:00Z")
    ]


def test_a_promise_where_none_is_expected_is_a_mismatch() -> None:
    assert [each.expected for each in sla_cases.run([row(expected_due_utc="")])] == ["none"]


@pytest.mark.parametrize(
    "changes",
    [
        {"policy": "Z-Mars"},
        {"clock": "lunch"},
        {"created_at_utc": "yesterday"},
        {"created_at_utc": "2026-03-06T21:00:00"},
        {"note": "holidays=soon"},
        {"note": "paused=2026-06-15T15:00Z"},
    ],
)
def test_a_row_that_cannot_be_run_is_a_mismatch_and_no_crash(changes: dict[str, str]) -> None:
    (mismatch,) = sla_cases.run([row(**changes)])
    assert mismatch.found.startswith("cannot be run: ")


def test_other_zones_of_the_tiered_policy_can_be_run() -> None:
    """A8: the zone is the vendor's to set."""
    london = row(policy="E-London", priority="medium", created_at_utc="2026-03-27T17:00:00Z")
    assert sla_cases.run([london | {"expected_due_utc": "2026-03-30T11:00:00Z"}]) == []
    assert sla_cases.run([london | {"policy": "E-UTC", "expected_due_utc": "2026-03-30T12:00:00Z"}]) == []


def test_a_resolution_target_is_the_warning_before_it() -> None:
    """HRS-20: 18 open hours are the target, 27 the limit."""
    low = row(policy="E-NY", priority="low", created_at_utc="2026-03-05T16:00:00Z", clock="resolution_target")
    assert sla_cases.run([low | {"expected_due_utc": "2026-03-09T15:00:00Z"}]) == []
