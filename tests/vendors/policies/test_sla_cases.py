"""The worked SLA instants, each row a test, and what the runner says when a row does not hold."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from connector.cli.policies import policy
from connector.vendors.policies import sla_cases
from connector.vendors.policies.sla_cases import Case
from tests.domain.policy import pages
from tests.paths import FIXTURES, SHARED

CASES = FIXTURES / "sla-cases.csv"
REFERENCE = SHARED / "data" / "sla-cases.csv"


def cases(path: Path = CASES) -> list[Case]:
    with path.open(encoding="utf-8", newline="") as file:
        return sla_cases.read(file)


def case(**changes: str) -> Case:
    first = cases()[0]
    return replace(first, cells={**first.cells, **changes})


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=f"{case.line}-{case.cells['policy']}-{case.cells['clock']}") for case in cases()]
)
def test_every_worked_instant_holds(case: Case) -> None:
    """HRS-01..26, DUR-01, DUR-02, A5..A12, A21, A30: by the packs, and by stepping through what the pages say."""
    assert sla_cases.run([case]) == []
    assert sla_cases.outcome(case.cells) == pages.answer(case.cells)


@pytest.mark.skipif(not REFERENCE.exists(), reason="the shared data folder is not beside this checkout")
def test_the_shared_table_holds_too() -> None:
    assert sla_cases.run(cases(REFERENCE)) == []


minutes = st.integers(0, 3 * 365 * 1440).map(lambda count: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=count))
promises = st.sampled_from(
    [(name, *key) for name, page in pages.PAGES.items() for key in page.clocks if not key[1].endswith("closed")]
)


@given(
    promises,
    minutes,
    st.lists(st.integers(0, 5), max_size=2),
    st.lists(st.tuples(*[st.integers(0, 6000)] * 2), max_size=2),
)
def test_every_clock_of_every_reading_is_what_its_page_says(
    promise: tuple[str, str, str], created: datetime, holidays: list[int], holds: list[tuple[int, int]]
) -> None:
    """The same for any instant, with holidays and holds."""
    policy, priority, clock = promise
    days = [str((created + timedelta(days=day)).date()) for day in holidays]
    pauses = [
        "/".join((created + timedelta(minutes=end)).isoformat() for end in sorted(hold)).replace("+00:00", "Z")
        for hold in holds
    ]
    note = "; ".join(
        [f"start={created:%Y-%m-%dT%H:%MZ}"]
        + [f"holidays={'|'.join(days)}"] * bool(days)
        + [f"paused={'|'.join(pauses)}"] * bool(pauses)
    )
    row = {
        "policy": policy,
        "priority": priority,
        "created_at_utc": created.isoformat(),
        "clock": clock.replace("update", "update_1"),
        "note": note,
    }
    assert sla_cases.outcome(row) == pages.answer(row)


def due(policy: str, priority: str, clock: str, created: datetime) -> datetime:
    at = created.isoformat()
    row = {"policy": policy, "priority": priority, "created_at_utc": at, "clock": clock.replace("update", "update_1")}
    found = sla_cases.outcome(row | {"note": f"start={at}"})
    assert found is not None
    return found


def test_a10_the_literal_reading_lets_a_later_request_be_due_earlier_and_the_strict_one_does_not() -> None:
    """HRS-15, A10: the one place where a page itself is not monotone: 08:59 and 09:00 in New York."""
    opening = datetime(2026, 6, 15, 13, tzinfo=UTC)
    before = opening - timedelta(minutes=1)
    assert due("E-NY", "high", "first_response", opening) < due("E-NY", "high", "first_response", before)
    assert due("E-NY-strict", "high", "first_response", opening) == due("E-NY-strict", "high", "first_response", before)


def literal(policy: str, priority: str, clock: str) -> bool:
    return policy in ("E-NY", "E-UTC", "E-London") and (priority, f"{clock}, closed") in pages.PAGES[policy].clocks


@given(promises.filter(lambda promise: not literal(*promise)), minutes, st.integers(1, 3000))
def test_who_asks_later_is_never_due_earlier(promise: tuple[str, str, str], created: datetime, later: int) -> None:
    """Every promise of every reading but that one."""
    assert due(*promise, created) <= due(*promise, created + timedelta(minutes=later))


def test_a_mismatch_names_its_line_and_both_instants() -> None:
    wrong = replace(case(expected_due_utc="2026-03-11T17:00:01Z"), line=7)
    assert sla_cases.run([case(), wrong]) == [
        sla_cases.Mismatch(7, "A-NY", "first_response", "2026-03-11T17:00:01Z", "2026-03-11T17:00:00Z")
    ]


def test_a_promise_where_none_is_expected_is_a_mismatch_and_so_is_the_reverse() -> None:
    assert [each.expected for each in sla_cases.run([case(expected_due_utc="")])] == ["none"]
    assert [each.found for each in sla_cases.run([case(clock="resolution")])] == ["none"]


@pytest.mark.parametrize(
    ("changes", "cure"),
    [
        ({"policy": "Z-Mars"}, "write A-NY, A-EST"),
        ({"policy": ""}, "write A-NY, A-EST"),
        ({"priority": "hihg"}, "one of standard, priority"),
        ({"clock": "lunch"}, "one of first_response"),
        ({"clock": "update_0"}, "one of first_response"),
        ({"clock": "free_support_ends"}, "one-time or recurring"),
        ({"created_at_utc": "yesterday"}, "write 2026-03-06T21:00:00Z"),
        ({"created_at_utc": ""}, "write 2026-03-06T21:00:00Z"),
        ({"created_at_utc": "2026-03-06T21:00:00"}, "has no offset"),
        ({"created_at_utc": "9999-12-31T23:59:59Z"}, "outside the calendar"),
        ({"created_at_utc": "0001-01-01T00:00:00+14:00"}, "outside the calendar"),
        ({"policy": "E-NY", "priority": "high", "created_at_utc": "0001-01-01T00:00:00+14:00"}, "out of range"),
        ({"policy": "E-NY", "priority": "high", "created_at_utc": "9999-12-31T23:59:59Z"}, "out of range"),
        ({"expected_due_utc": "soon"}, "write 2026-03-06T21:00:00Z"),
        ({"note": "holidays=soon"}, "write 2026-12-25"),
        ({"note": "paused=2026-06-15T15:00Z"}, "write 2026-03-06T21:00:00Z"),
        ({"note": "paused=2026-06-15T15:00Z/2026-06-15T14:00Z"}, "ends before it begins"),
        ({"note": "start=noon", "clock": "next_response"}, "write 2026-03-06T21:00:00Z"),
        ({"": "one cell more"}, "more cells than columns"),
    ],
)
def test_a_row_that_cannot_be_run_is_a_mismatch_and_no_crash(changes: dict[str, str], cure: str) -> None:
    (mismatch,) = sla_cases.run([case(**changes)])
    assert mismatch.found.startswith("cannot be run: ")
    assert cure in mismatch.found


HEAD = "policy,priority,created_at_utc,clock,expected_due_utc,note\n"
ROW = "A-NY,standard,2026-06-15T14:00:00Z,first_response,2026-06-17T20:00:00Z,"


def test_rows_know_the_line_they_start_on() -> None:
    text = f'{HEAD}{ROW}"a note\nof two lines"\n\n{ROW}\n{ROW[:-1]}\n'
    read = sla_cases.read(StringIO(text, newline=""))
    assert [each.line for each in read] == [2, 5, 6]
    assert sla_cases.run(read) == []


def test_a_note_may_have_commas_and_end_its_tokens_with_one() -> None:
    held = "A-NY,standard,2026-06-15T14:00:00Z,first_response,2026-06-18T14:00:00Z,"
    note = "held, paused=2026-06-15T15:00Z/2026-06-15T18:00Z, then answered."
    assert sla_cases.run(sla_cases.read([HEAD, held + note])) == []


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "line 1: no column policy, priority"),
        (["policy,priority,created_at_utc,clock\n", ROW], "line 1: no column expected_due_utc"),
        ([HEAD, ROW + "\n", f'{ROW}"half', "\n"], "line 3: cannot be read"),
        ([HEAD, f'{ROW}"a" b\n'], "line 2: cannot be read"),
        ([HEAD, ROW + "x" * 200_000], "line 2: cannot be read"),
    ],
)
def test_what_is_no_table_is_refused_with_the_line(lines: list[str], message: str) -> None:
    with pytest.raises(sla_cases.BadCase, match=message):
        sla_cases.read(lines)


def run_cases(tmp_path: Path, content: bytes) -> Result:
    file = tmp_path / "cases.csv"
    file.write_bytes(content)
    return CliRunner().invoke(policy, ["cases", str(file)])


def test_the_command_exits_0_1_or_2_and_names_lines(tmp_path: Path) -> None:
    """All as expected; a row otherwise or unfit to run; a file that is no such table."""
    good = run_cases(tmp_path, (HEAD + ROW).encode())
    assert (good.exit_code, good.output) == (0, "1 rows, 0 otherwise than expected\n")
    bad = run_cases(tmp_path, f"{HEAD}{ROW}\n{ROW.replace('standard', 'huge')}\n".encode())
    assert bad.exit_code == 1
    assert re.search(r"^3 .*no priority 'huge'", bad.output, re.MULTILINE)
    for content in (b"", b"a,b\n1,2\n", HEAD.encode(), HEAD.encode() + b"\xff\xfe,,,,,", HEAD.encode() + b'"'):
        refused = run_cases(tmp_path, content)
        assert (refused.exit_code, isinstance(refused.exception, SystemExit)) == (2, True)
        assert "cases.csv: " in refused.output


def test_other_zones_of_the_tiered_policy_can_be_run() -> None:
    """A8: the zone is the vendor's to set."""
    friday = {"priority": "medium", "created_at_utc": "2026-03-27T17:00:00Z"}
    assert sla_cases.run([case(policy="E-London", expected_due_utc="2026-03-30T11:00:00Z", **friday)]) == []
    assert sla_cases.run([case(policy="E-UTC", expected_due_utc="2026-03-30T12:00:00Z", **friday)]) == []


def test_a_resolution_target_is_the_warning_before_it() -> None:
    """HRS-20: 18 open hours are the target, 27 the limit."""
    low = {"policy": "E-NY", "priority": "low", "created_at_utc": "2026-03-05T16:00:00Z", "clock": "resolution_target"}
    assert sla_cases.run([case(**low, expected_due_utc="2026-03-09T15:00:00Z")]) == []


@pytest.mark.parametrize(
    ("name", "pack", "settings"),
    [
        ("A", "whmcs-modules", {}),
        ("A-EST-clock", "whmcs-modules", {"calendar.timezone": "Etc/GMT+5", "severity.priority.clock": "always"}),
        ("A-24hday", "whmcs-modules", {"severity.standard.clock": "weekdays"}),
        ("C-London-literal", "crmjetty", {"calendar.timezone": "Europe/London", "severity.standard.clock": "always"}),
        ("E-UTC", "tiered-sla", {"calendar.timezone": "UTC"}),
        ("E-Asia/Tokyo", "tiered-sla", {"calendar.timezone": "Asia/Tokyo"}),
        ("E-strict-Tokyo", "tiered-sla", {"calendar.timezone": "Asia/Tokyo", "severity.high.closed_reading": "strict"}),
    ],
)
def test_a_page_its_zone_and_its_readings_may_be_put_together(name: str, pack: str, settings: dict[str, str]) -> None:
    """A5..A8, A10, A30: rows name readings that no table has listed before."""
    assert sla_cases.reading_of(name) == (pack, settings)


@pytest.mark.parametrize("name", ["", "a", "B", "A-strict", "C-24hday", "E-Atlantis", "E-NY-", "X-day", "A-NY-NY-x"])
def test_a_policy_that_nobody_knows_is_told(name: str) -> None:
    [wrong] = sla_cases.run([case(policy=name)])
    assert "no policy" in wrong.found


def test_a_page_without_a_zone_of_its_own_needs_one() -> None:
    """HRS-11, A8: never silently UTC."""
    [wrong] = sla_cases.run([case(policy="E", priority="low")])
    assert "calendar.timezone" in wrong.found
