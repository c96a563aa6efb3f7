"""Prometheus metrics from the database, and the report on how promises were kept (MET-01, MET-02, MET-05)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event, select

from connector.operations import metrics
from connector.storage.database import reading
from connector.storage.tables_policy import tally_marks
from connector.tickets import forwarding, reports
from connector.vendors.vendor import named
from tests.support.stores import Store
from tests.support.watches import MONDAY, Watch, watch_of

HOUR = 3600


def told(watch: Watch, name: str) -> dict[tuple[str, ...], float]:
    """A metric by its labels' values, in order of the labels' names."""
    text = metrics.exposition(watch.runtime).decode()
    return {
        tuple(sample.labels[label] for label in sorted(sample.labels)): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name
    }


def statements(watch: Watch) -> list[str]:
    said: list[str] = []
    event.listen(watch.runtime.engine, "before_cursor_execute", lambda *given: said.append(given[2]))
    metrics.exposition(watch.runtime)
    return said


# --- Prometheus ---


def test_decisions_are_counted_once_whenever_they_are_scraped(watch: Watch) -> None:
    for number in range(5):
        watch.ask(f"r{number}", request_kind="outage")
        watch.clock.forward(seconds=25)
        assert told(watch, "connector_decisions_total") == {("ticket", "outage", "accept"): number + 1}
    watch.clock.forward(hours=1)
    for _ in range(2):
        assert told(watch.again(), "connector_decisions_total") == {("ticket", "outage", "accept"): 5}


def test_a_scrape_reads_only_what_came_after_the_last_settled_row(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "PAGE", 2)
    for number in range(7):
        watch.ask(f"r{number}", request_kind="outage")
    watch.clock.forward(minutes=2)
    assert told(watch, "connector_decisions_total") == {("ticket", "outage", "accept"): 7}
    with reading(watch.runtime.engine) as tx:
        marks = dict(tx.execute(select(tally_marks.c.source, tally_marks.c.through)).all())
    assert marks["dec"] > "dec_0"
    reads = [said for said in statements(watch) if "FROM decisions" in said]
    assert len(reads) == 1, "one page, which is empty, rather than seven rows"


def test_scrapes_at_the_same_time_count_nothing_twice(watch: Watch) -> None:
    for number in range(20):
        watch.ask(f"r{number}", request_kind="outage")
    watch.clock.forward(minutes=2)
    threads = [Thread(target=metrics.exposition, args=(watch.runtime,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told(watch, "connector_decisions_total") == {("ticket", "outage", "accept"): 20}


def test_reasons_and_credentials_are_counted_by_closed_words(quick: Watch) -> None:
    quick.ask("r1", request_kind="no such kind", channel="pigeon <img>", redactions=("password",))
    assert told(quick, "connector_decisions_total") == {("other", "other", "redirect"): 1.0}
    assert sum(told(quick, "connector_decision_reasons_total").values()) >= 1
    assert told(quick, "connector_credentials_detected_total") == {("removed", "password"): 1.0}
    assert "pigeon" not in metrics.exposition(quick.runtime).decode()


def test_breaches_open_promises_and_the_queue_are_told(quick: Watch) -> None:
    quick.forwards()
    first, second = quick.outage("r1"), quick.outage("r2")
    forwarding.drain(quick.runtime)
    quick.do(second, "held")
    quick.clock.forward(minutes=15)
    quick.fire()
    assert told(quick, "connector_sla_breaches_total") == {("first_response",): 1.0}
    assert told(quick, "connector_sla_events_total")["first_response", "breach"] == 1.0
    opened = told(quick, "connector_sla_open")
    assert (opened["overdue", "first_response"], opened["paused", "first_response"]) == (1.0, 1.0)
    assert told(quick, "connector_tickets_forwarded_total") == {("forwarded", "shelf"): 2.0}
    jobs = told(quick, "connector_queue_jobs")
    assert jobs["tickets", "queued"] == 1.0, "the note of the breach"
    quick.clock.forward(minutes=3)
    assert told(quick, "connector_queue_oldest_job_age_seconds") == {(): 180.0}
    assert told(quick, "connector_policy_info").popitem()[0][0] == "acme"
    assert first != second


# --- the report ---


def report(watch: Watch, **span: Any) -> dict[tuple[str, str], dict[str, Any]]:
    with reading(watch.runtime.engine) as tx:
        vendor = named(tx, watch.runtime, "acme")
        rows = reports.report(tx, watch.runtime, vendor.id, MONDAY, watch.now + timedelta(seconds=1), watch.now)
    return {(row["priority"], row["clock"]): row for row in rows}


def test_met_02_count_met_breached_median_and_p90_with_pauses_out(watch: Watch) -> None:
    """MET-02: nine answers in 1..9 minutes, of which one lay on hold for an hour, and one after 20 that stays a miss."""
    numbers = [watch.outage(f"r{number}") for number in range(11)]
    watch.do(numbers[0], "held")
    watch.clock.forward(hours=1)
    watch.do(numbers[0], "released")
    for number, minutes in zip(numbers[1:10], range(1, 10), strict=True):
        watch.do(number, "answered", at=MONDAY + timedelta(minutes=minutes))
    watch.clock.forward(minutes=5)
    watch.do(numbers[0], "answered")
    row = report(watch)["critical", "first_response"]
    assert (row["count"], row["met"], row["breached"], row["running"]) == (11, 10, 1, 0)
    assert (row["median_seconds"], row["p90_seconds"]) == (5 * 60, 8 * 60)
    watch.do(numbers[10], "answered", at=MONDAY + timedelta(minutes=20))
    late = report(watch)["critical", "first_response"]
    assert (late["met"], late["breached"], late["p90_seconds"]) == (10, 1, 9 * 60)


def test_met_02_business_hours_are_what_the_clock_counted(quick: Watch) -> None:
    number = quick.number(quick.ask(request_kind="feature_request").ticket)
    quick.clock.forward(days=1, hours=1)
    quick.do(number, "answered")
    row = report(quick)["low", "first_response"]
    assert row["median_seconds"] == 10 * HOUR, "eight open hours on Monday, two on Tuesday"
    assert row["breached"] == 1


def test_met_05_the_report_works_without_clocks(stores: Callable[..., Store]) -> None:
    watch = watch_of(stores("sqlite", "hourly-services"))
    watch.number(watch.ask(request_kind="question").ticket)
    [row] = report(watch).values()
    assert (row["clock"], row["count"], row["met"], row["median_seconds"]) == ("none", 1, 0, None)


def test_only_tickets_of_the_period_and_of_the_vendor_are_reported(quick: Watch) -> None:
    quick.outage("r1")
    with reading(quick.runtime.engine) as tx:
        late = reports.report(tx, quick.runtime, "ven_other", MONDAY, quick.now + timedelta(days=1), quick.now)
        vendor = named(tx, quick.runtime, "acme")
        past = reports.report(tx, quick.runtime, vendor.id, MONDAY - timedelta(days=9), MONDAY, quick.now)
    assert late == past == []
