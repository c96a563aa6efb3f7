"""The schema of policies and clocks: which policy judged when, what became of a ticket, what its clocks still have to do.

Shares `metadata` with `connector.storage.tables`; whoever compares or creates the whole schema imports both.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from connector.storage.tables import UtcDateTime, metadata


def _id() -> Column[str]:
    return Column("id", String(40), primary_key=True)


def _time(name: str, *, null: bool = False) -> Column[Any]:
    return Column(name, UtcDateTime, nullable=null)


def _vendor() -> Column[str]:
    return Column("vendor_id", String(40), ForeignKey("vendors.id"), nullable=False)


def _ticket() -> Column[str]:
    return Column("ticket_id", String(40), ForeignKey("tickets.id"), nullable=False)


# Every effective policy that ever judged or was published; the body is what the digest is made of, so it proves itself.
policies = Table(
    "policies",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("ref", String(200), nullable=False),
    Column("body", Text, nullable=False),
    _time("kept_at"),
    Index(None, "ref"),
)

# What a vendor published: from an instant on, for requests that come in or for purchases that are made (`judges`).
policy_versions = Table(
    "policy_versions",
    metadata,
    _id(),
    _vendor(),
    Column("digest", String(64), ForeignKey("policies.digest"), nullable=False),
    Column("judges", String(10), nullable=False),
    _time("effective_from"),
    _time("published_at"),
    Index(None, "vendor_id", "id"),
)

# What became of a ticket, in order of `at` and then `place`; `ref` names the act where it came from: it is filed once.
ticket_acts = Table(
    "ticket_acts",
    metadata,
    _id(),
    _vendor(),
    _ticket(),
    Column("kind", String(20), nullable=False),
    Column("detail", String(320)),
    Column("ref", String(120), nullable=False),
    Column("place", Integer, nullable=False),
    _time("at"),
    _time("recorded_at"),
    UniqueConstraint("ticket_id", "ref"),
    Index(None, "vendor_id", "at"),
)

# planned -> fired -> past, or planned -> ended where it never came to that; paused while the clock stands still.
# fired: it happened and the clock still runs. `wake_at` is `due_at`, or later while the helpdesk cannot be asked.
clock_events = Table(
    "clock_events",
    metadata,
    _id(),
    _vendor(),
    _ticket(),
    Column("clock", String(20), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("target", String(40), nullable=False),
    Column("state", String(10), nullable=False),
    _time("due_at"),
    _time("wake_at"),
    _time("fired_at", null=True),
    UniqueConstraint("ticket_id", "clock", "kind", "target"),
    Index(None, "state", "wake_at"),
    Index(None, "vendor_id", "state", "due_at"),
)

ratings = Table(
    "ratings",
    metadata,
    Column("ticket_id", String(40), ForeignKey("tickets.id"), primary_key=True),
    _vendor(),
    Column("score", Integer, nullable=False),
    Column("words", LargeBinary),
    _time("rated_at"),
    Index(None, "vendor_id", "rated_at"),
)

# Counts for /metrics up to a row of their source, so that a scrape reads only what came after it.
tallies = Table(
    "tallies",
    metadata,
    Column("name", String(60), primary_key=True),
    Column("labels", String(200), primary_key=True),
    Column("count", Integer, nullable=False),
)

tally_marks = Table(
    "tally_marks",
    metadata,
    Column("source", String(40), primary_key=True),
    Column("through", String(40), nullable=False),
)
