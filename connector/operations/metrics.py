"""Metrics for Prometheus, read from the database when it asks: counts that live in a process would be lost with it.

Large tables are not counted from their beginning: what has settled is kept as tallies up to a row (`tally_marks`), and
only what came after is read. Ids are in order of time, but rows are not committed in order of their ids; so a row counts
as settled a minute after its id was made. Labels are closed words, never an address, a key or a site.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from sqlalchemy import Connection, func, select, update

from connector import __version__
from connector.domain.policy.kinds import canonical_channel, canonical_kind
from connector.runtime import Runtime
from connector.storage import counters, ids
from connector.storage.database import insert_once, reading, retrying, transaction
from connector.storage.tables import decisions, deliveries, endpoints, outbox, vendors
from connector.storage.tables_mail import mails
from connector.storage.tables_notify import notifications
from connector.storage.tables_policy import clock_events, ratings, tallies, tally_marks
from connector.storage.work_queue import OPEN as QUEUED
from connector.vendors.vendor import COLUMNS, vendor_of

SETTLED = timedelta(seconds=60)
PAGE = 2000
PAGES = 50
"""Pages a scrape reads of one source; where there is more (the first scrape of an old database), the next one goes on."""

Counts = Counter[tuple[str, str]]
_WORD = re.compile(r"[a-z][a-z0-9._-]{0,39}", re.ASCII)
_LABELS = {
    "connector_webhook_deliveries_total": ("Deliveries stored.", ("host", "event", "outcome")),
    "connector_decisions_total": ("Decisions made.", ("verdict", "class", "channel")),
    "connector_decision_reasons_total": ("Reasons given in decisions.", ("code",)),
    "connector_credentials_detected_total": ("Requests out of which credentials were cut.", ("kind", "action")),
    "connector_tickets_forwarded_total": ("Tickets that ended at a helpdesk.", ("target", "outcome")),
    "connector_sla_breaches_total": ("Promises that were not kept in time.", ("target",)),
    "connector_mails_total": ("Mails to customers that were sent or parked.", ("change", "outcome")),
    "connector_sla_events_total": ("Warnings, reminders, escalations and breaches of clocks.", ("clock", "kind")),
}


@dataclass(frozen=True)
class _Source:
    """A table that only grows: the prefix of its ids, its rows after an id, and what a row counts for."""

    prefix: str
    rows: Any
    key: Any
    counts: Callable[[Any], Iterator[tuple[str, dict[str, str]]]]


def exposition(runtime: Runtime) -> bytes:
    """Everything as Prometheus text (version 0.0.4)."""
    now = runtime.clock()
    fresh = retrying(lambda: _roll(runtime, now))
    with reading(runtime.engine) as tx:
        families = [*_counters(tx, fresh), *_gauges(tx, now), *_infos(tx, runtime)]
    registry = CollectorRegistry()
    registry.register(_Collected(families))
    return generate_latest(registry)


class _Collected:
    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _of_decision(row: Any) -> Iterator[tuple[str, dict[str, str]]]:
    asked = json.loads(row.facts)["asked"]
    labels = {
        "verdict": row.outcome,
        "class": canonical_kind(asked.get("kind")) or "other",
        "channel": canonical_channel(asked.get("channel", "ticket")) or "other",
    }
    yield "connector_decisions_total", labels
    for code in {finding["code"] for finding in json.loads(row.decision).get("findings", ())}:
        yield "connector_decision_reasons_total", {"code": code}
    for kind in set(asked.get("redactions", ())):
        yield "connector_credentials_detected_total", {"kind": _word(kind), "action": "removed"}


def _of_delivery(row: Any) -> Iterator[tuple[str, dict[str, str]]]:
    labels = {"host": row.host, "event": _word(row.event), "outcome": row.result}
    yield "connector_webhook_deliveries_total", labels


def _word(text: str) -> str:
    """A host's word as a label: whatever does not look like one is `other`."""
    return text if _WORD.fullmatch(text) else "other"


_SOURCES = (
    _Source(
        "dec",
        select(decisions.c.id, decisions.c.outcome, decisions.c.facts, decisions.c.decision),
        decisions.c.id,
        _of_decision,
    ),
    _Source(
        "dlv",
        select(deliveries.c.id, deliveries.c.event, deliveries.c.result, endpoints.c.host).join(
            endpoints, endpoints.c.id == deliveries.c.endpoint_id
        ),
        deliveries.c.id,
        _of_delivery,
    ),
)


def _roll(runtime: Runtime, now: datetime) -> Counts:
    """Move the tallies on over what has settled; the counts of what has not. Two scrapes at once wait for each other."""
    fresh: Counts = Counter()
    with transaction(runtime.engine) as tx:
        for source in _SOURCES:
            fresh += _roll_one(tx, source, now)
    return fresh


def _roll_one(tx: Connection, source: _Source, now: datetime) -> Counts:
    insert_once(tx, tally_marks, {"source": source.prefix, "through": ""})
    mine = tally_marks.c.source == source.prefix
    through = begin = tx.execute(select(tally_marks.c.through).where(mine).with_for_update()).scalar_one()
    horizon = ids.first_of(source.prefix, now - SETTLED)
    settled, fresh = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    after = through
    for _ in range(PAGES):
        rows = tx.execute(source.rows.where(source.key > after).order_by(source.key).limit(PAGE)).all()
        for row in rows:
            old = row.id < horizon
            (settled if old else fresh).update(_keys(source.counts(row)))
            through = row.id if old else through
        if len(rows) < PAGE:
            break
        after = rows[-1].id
    for (name, labels), count in sorted(settled.items()):
        counters.bump(tx, name, json.loads(labels), count)
    if through != begin:
        tx.execute(update(tally_marks).where(mine).values(through=through))
    return fresh


def _keys(counted: Iterable[tuple[str, dict[str, str]]]) -> list[tuple[str, str]]:
    return [(name, json.dumps(labels, sort_keys=True)) for name, labels in counted]


def _counters(tx: Connection, fresh: Counts) -> Iterator[Metric]:
    kept = {(row.name, row.labels): row.count for row in tx.execute(select(tallies))}
    total: Counts = Counter(kept) + fresh
    for name, (words, labels) in _LABELS.items():
        family = CounterMetricFamily(name, words, labels=labels)
        for (mine, said), count in sorted(total.items()):
            if mine == name:
                values = json.loads(said)
                family.add_metric([values.get(label, "") for label in labels], count)
        yield family
    rated = CounterMetricFamily(
        "connector_ratings_total", "Solved tickets by their customer's rating.", labels=["score"]
    )
    for score, count in tx.execute(select(ratings.c.score, func.count()).group_by(ratings.c.score)):
        rated.add_metric([str(score)], count)
    yield rated


def _gauges(tx: Connection, now: datetime) -> Iterator[Metric]:
    queue = GaugeMetricFamily("connector_queue_jobs", "Rows that are not done.", labels=["queue", "state"])
    oldest, parked = [now], 0
    for name, rows in (("tickets", outbox), ("mails", mails), ("notifications", notifications)):
        waiting = (*QUEUED, "parked")
        counted = select(rows.c.state, func.count()).where(rows.c.state.in_(waiting)).group_by(rows.c.state)
        jobs = dict.fromkeys(waiting, 0) | dict(tx.execute(counted).all())
        for state, count in jobs.items():
            queue.add_metric([name, state], count)
        parked += jobs["parked"]
        first = tx.execute(select(func.min(rows.c.created_at)).where(rows.c.state.in_(QUEUED))).scalar()
        oldest += [first] if first else []
    yield queue
    age = (now - min(oldest)).total_seconds()
    yield GaugeMetricFamily("connector_queue_oldest_job_age_seconds", "Age of the oldest row that waits.", value=age)
    yield GaugeMetricFamily("connector_dead_letters", "Rows that wait for a person.", value=parked)
    quarantined = select(func.count()).select_from(deliveries).where(deliveries.c.result == "quarantined")
    held = "Deliveries that could not be read or used."
    yield GaugeMetricFamily("connector_quarantined_deliveries", held, value=tx.execute(quarantined).scalar_one())
    last = tx.execute(select(deliveries.c.received_at).order_by(deliveries.c.id.desc()).limit(1)).scalar()
    if last is not None:
        seen = "When the last delivery came in."
        name = "connector_webhook_last_received_timestamp_seconds"
        yield GaugeMetricFamily(name, seen, value=last.timestamp())
    yield _open_promises(tx)


def _open_promises(tx: Connection) -> Metric:
    words = {"planned": "running", "fired": "overdue", "paused": "paused"}
    mine = (clock_events.c.kind == "breach") & clock_events.c.state.in_(words)
    counted = select(clock_events.c.clock, clock_events.c.state, func.count()).where(mine)
    family = GaugeMetricFamily("connector_sla_open", "Open promises.", labels=["target", "state"])
    for clock, state, count in tx.execute(counted.group_by(clock_events.c.clock, clock_events.c.state)):
        family.add_metric([clock, words[state]], count)
    return family


def _infos(tx: Connection, runtime: Runtime) -> Iterator[Metric]:
    build = GaugeMetricFamily("connector_build_info", "The version that runs.", labels=["version"])
    build.add_metric([__version__], 1)
    yield build
    info = GaugeMetricFamily("connector_policy_info", "The policy in force.", labels=["vendor", "version"])
    for row in tx.execute(select(*COLUMNS).order_by(vendors.c.slug)):
        info.add_metric([row.slug, vendor_of(runtime, row).policy.ref], 1)
    yield info
