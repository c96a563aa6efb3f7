"""The schema of notifications to a vendor's own programs: where they go, and an outbox of their own.

Shares `metadata` with `connector.storage.tables`; whoever compares or creates the whole schema imports this as well.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from connector.storage.tables import UtcDateTime, metadata

# `ended_why`: who ended it, or that the receiver did (410).
notify_endpoints = Table(
    "notify_endpoints",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("vendor_id", String(40), ForeignKey("vendors.id"), nullable=False),
    Column("url", Text, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("allow_private", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("ended_why", Text),
    Index(None, "vendor_id"),
)

# What a notification says is read from the ledger as it is sent: the row holds no key and nobody's name.
notifications = Table(
    "notifications",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("vendor_id", String(40), ForeignKey("vendors.id"), nullable=False),
    Column("notify_endpoint_id", String(40), ForeignKey("notify_endpoints.id"), nullable=False),
    Column("type", String(40), nullable=False),
    Column("license_id", String(40), ForeignKey("licences.id")),
    Column("order_id", Text),
    Column("message_id", String(64), nullable=False),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("fence", Integer, nullable=False, default=0),
    Column("error", Text),
    Column("due_at", UtcDateTime, nullable=False),
    Column("leased_until", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("notify_endpoint_id", "message_id"),
    Index(None, "state", "due_at"),
)
