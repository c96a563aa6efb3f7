"""The schema of what a vendor's own programs are told: where, an outbox of their own, and the codes that connect a shop.

Shares `metadata` with `connector.storage.tables`; whoever compares or creates the whole schema imports this as well.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from connector.storage.tables import UtcDateTime, metadata

# `events`: a JSON list of their names, empty for all. `old_secret` signs as well until `old_until`. `failing_since`: nothing was
# taken since then. `paused_why`, `ended_why`: who or what did it, in words.
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
    Column("events", Text, nullable=False, server_default="[]"),
    Column("personal_data", Boolean, nullable=False, server_default=false()),
    Column("contact", Text),
    Column("old_secret", LargeBinary),
    Column("old_until", UtcDateTime),
    Column("busy_until", UtcDateTime),
    Column("failing_since", UtcDateTime),
    Column("paused_at", UtcDateTime),
    Column("paused_why", Text),
    Index(None, "vendor_id"),
)

# The row says what happened, by ids (`data`: JSON, never a key and nobody's name); how things stand is read as it is sent.
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
    Column("request_id", String(40), ForeignKey("requests.id")),
    Column("ticket_id", String(40), ForeignKey("tickets.id")),
    Column("data", Text, nullable=False, default="{}"),
    UniqueConstraint("notify_endpoint_id", "message_id"),
    Index(None, "state", "due_at"),
)

# When a licence is to be looked at next, because its support or itself ends; the ends it was planned by.
licence_alarms = Table(
    "licence_alarms",
    metadata,
    Column("license_id", String(40), ForeignKey("licences.id"), primary_key=True),
    Column("vendor_id", String(40), ForeignKey("vendors.id"), nullable=False),
    Column("support_until", UtcDateTime),
    Column("expires_at", UtcDateTime),
    Column("looked_at", UtcDateTime, nullable=False),
    Column("wake_at", UtcDateTime),
    Index(None, "wake_at"),
)

# Only the hash of a code is kept. `site`: who used it, as JSON; `settings`: of the endpoint it makes.
connect_codes = Table(
    "connect_codes",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("vendor_id", String(40), ForeignKey("vendors.id"), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("host", String(40), nullable=False),
    Column("settings", Text, nullable=False),
    Column("allow_private", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    Column("endpoint_id", String(40), ForeignKey("endpoints.id")),
    Column("notify_endpoint_id", String(40), ForeignKey("notify_endpoints.id")),
    Column("site", Text),
)
