"""The schema, in SQLAlchemy Core. Times are UTC, states and events are JSON text, so that both databases keep the same bytes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, stored in UTC; SQLite would silently drop the offset, so naive values are refused on the way in."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone: hand down aware datetimes")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _id() -> Column[str]:
    return Column("id", String(40), primary_key=True)


def _time(name: str, *, null: bool = False) -> Column[Any]:
    return Column(name, UtcDateTime, nullable=null)


def _vendor() -> Column[str]:
    return Column("vendor_id", String(40), ForeignKey("vendors.id"), nullable=False)


vendors = Table(
    "vendors",
    metadata,
    _id(),
    Column("slug", String(64), nullable=False, unique=True),
    Column("policy", String(200), nullable=False),
    Column("settings", Text, nullable=False, default="{}"),
    _time("created_at"),
)

endpoints = Table(
    "endpoints",
    metadata,
    _id(),
    _vendor(),
    Column("host", String(40), nullable=False),
    Column("secrets", Text, nullable=False),
    Column("settings", Text, nullable=False, default="{}"),
    _time("created_at"),
    _time("disabled_at", null=True),
)

products = Table(
    "products",
    metadata,
    _id(),
    _vendor(),
    Column("slug", Text, nullable=False),
    Column("state", Text, nullable=False),
    UniqueConstraint("vendor_id", "slug"),
)

deliveries = Table(
    "deliveries",
    metadata,
    _id(),
    Column("endpoint_id", String(40), ForeignKey("endpoints.id"), nullable=False),
    Column("dedupe_key", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("result", String(20), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("headers", Text, nullable=False),
    Column("reply", Text, nullable=False, default="{}"),
    Column("error", Text),
    Column("secret_index", Integer, nullable=False, default=0),
    _time("received_at"),
    UniqueConstraint("endpoint_id", "dedupe_key"),
    Index(None, "result", "id"),
)

licences = Table(
    "licences",
    metadata,
    _id(),
    _vendor(),
    Column("key_hash", String(64), nullable=False),
    Column("key_last4", String(4), nullable=False),
    Column("key_sealed", LargeBinary, nullable=False),
    Column("same_as", String(40)),
    _time("retires_at", null=True),
    Column("state", Text, nullable=False),
    Column("product", Text),
    Column("position", Text, nullable=False, default=""),
    Column("version", Integer, nullable=False, default=0),
    _time("created_at"),
    UniqueConstraint("key_hash", "vendor_id"),
    Index(None, "same_as"),
)
"""One row a key: a licence, or (`same_as`) a further key of one. `retires_at`: from then on the key opens nothing."""

sites = Table(
    "sites",
    metadata,
    Column("license_id", String(40), ForeignKey("licences.id"), primary_key=True),
    Column("site", Text, primary_key=True),
    Column("vendor_id", String(40), nullable=False),
    Column("at", Text),
    Column("handle", String(36), nullable=False),
    Column("install", Text),
    _time("since"),
    Index(None, "vendor_id", "at"),
    Index(None, "handle"),
    Index(None, "install"),
)
"""The places of each licence, to find licences by; who holds a seat is derived from the licence itself (`seats`)."""

accounts = Table(
    "accounts",
    metadata,
    _id(),
    _vendor(),
    Column("kind", String(20), nullable=False),
    Column("ref", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("position", Text, nullable=False, default=""),
    Column("version", Integer, nullable=False, default=0),
    UniqueConstraint("vendor_id", "kind", "ref"),
)

links = Table(
    "links",
    metadata,
    Column("vendor_id", String(40), primary_key=True),
    Column("link", Text, primary_key=True),
    Column("target", String(40), primary_key=True),
    Index(None, "target"),
)

events = Table(
    "events",
    metadata,
    Column("subject_id", String(40), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("state", Text, nullable=False),
    Column("by_arrival", Boolean, nullable=False),
    Column("delivery_id", String(40)),
    _time("as_of"),
    _time("received_at"),
)

requests = Table(
    "requests",
    metadata,
    _id(),
    _vendor(),
    Column("source", String(40), nullable=False),
    Column("ref", Text, nullable=False),
    Column("asked", Text, nullable=False),
    Column("texts", LargeBinary, nullable=False),
    Column("ticket_id", String(40)),
    Column("reply", Text, nullable=False, default="{}"),
    Column("version", Integer, nullable=False, default=0),
    _time("received_at"),
    Column("digest", String(64)),
    UniqueConstraint("vendor_id", "source", "ref"),
)

decisions = Table(
    "decisions",
    metadata,
    _id(),
    _vendor(),
    Column("request_id", String(40), ForeignKey("requests.id"), nullable=False),
    Column("outcome", String(10), nullable=False),
    Column("facts", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("policy", String(200), nullable=False),
    _time("decided_at"),
    Index(None, "request_id"),
)

tickets = Table(
    "tickets",
    metadata,
    _id(),
    _vendor(),
    Column("number", String(16), nullable=False, unique=True),
    Column("request_id", String(40), ForeignKey("requests.id"), nullable=False, unique=True),
    Column("decision_id", String(40), nullable=False),
    Column("state", String(20), nullable=False),
    Column("priority", String(40)),
    Column("rank", Integer, nullable=False, default=0),
    Column("tier", Integer),
    Column("remote_id", Text),
    _time("respond_by", null=True),
    _time("resolve_by", null=True),
    _time("update_by", null=True),
    _time("created_at"),
    Column("product", Text),
    Column("license_id", String(40)),
    Column("working_state", String(20), nullable=False, server_default="new"),
    Column("link_generation", Integer, nullable=False, server_default="0"),
    Index(None, "vendor_id", "id"),
    Index(None, "vendor_id", "working_state", "id"),
)
"""`state` is where the ticket is on its way to the helpdesk, `working_state` what people do with it (`domain.ticket_states`),
`link_generation` which of the customer's links opens its page (`status_link`)."""

ticket_notes = Table(
    "ticket_notes",
    metadata,
    _id(),
    Column("ticket_id", String(40), ForeignKey("tickets.id"), nullable=False),
    Column("kind", String(30), nullable=False),
    Column("body", LargeBinary, nullable=False),
    _time("created_at"),
    Index(None, "ticket_id"),
)

sinks = Table(
    "sinks",
    metadata,
    _id(),
    Column("vendor_id", String(40), ForeignKey("vendors.id"), nullable=False, unique=True),
    Column("helpdesk", String(40), nullable=False),
    Column("settings", Text, nullable=False, default="{}"),
    Column("secret", LargeBinary),
    Column("paused_why", Text),
    _time("paused_at", null=True),
    _time("busy_until", null=True),
    _time("swept_at", null=True),
)

outbox = Table(
    "outbox",
    metadata,
    _id(),
    _vendor(),
    Column("ticket_id", String(40), ForeignKey("tickets.id"), nullable=False),
    Column("note_id", String(40)),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("fence", Integer, nullable=False, default=0),
    Column("error", Text),
    _time("due_at"),
    _time("leased_until", null=True),
    _time("created_at"),
    Index(None, "state", "due_at"),
    Index(None, "ticket_id"),
)

tokens = Table(
    "tokens",
    metadata,
    _id(),
    _vendor(),
    Column("digest", String(64), nullable=False, unique=True),
    Column("scopes", Text, nullable=False),
    Column("label", Text, nullable=False),
    _time("created_at"),
    _time("revoked_at", null=True),
)

signing_keys = Table(
    "signing_keys",
    metadata,
    _id(),
    Column("private", LargeBinary, nullable=False),
    Column("public", Text, nullable=False),
    _time("created_at"),
    _time("retired_at", null=True),
)

faces = Table(
    "faces",
    metadata,
    Column("vendor_id", String(40), ForeignKey("vendors.id"), primary_key=True),
    Column("face", String(40), primary_key=True),
    Column("settings", Text, nullable=False, default="{}"),
)

face_secrets = Table(
    "face_secrets",
    metadata,
    _id(),
    _vendor(),
    Column("face", String(40), nullable=False),
    Column("product", Text),
    Column("scope", String(20), nullable=False),
    Column("consumer", Text),
    Column("sealed", LargeBinary, nullable=False),
    _time("created_at"),
    _time("revoked_at", null=True),
    Index(None, "vendor_id", "face"),
)

releases = Table(
    "releases",
    metadata,
    _id(),
    _vendor(),
    Column("product", Text, nullable=False),
    Column("channel", String(20), nullable=False),
    Column("version", String(100), nullable=False),
    Column("state", Text, nullable=False),
    Column("package", Text, nullable=False),
    _time("released_at"),
    _time("withdrawn_at", null=True),
    UniqueConstraint("vendor_id", "product", "channel", "version"),
)

licence_acts = Table(
    "licence_acts",
    metadata,
    _id(),
    _vendor(),
    Column("subject_id", String(40), nullable=False),
    Column("act", String(40), nullable=False),
    Column("actor", Text, nullable=False),
    Column("why", Text),
    Column("details", Text, nullable=False, default="{}"),
    _time("at"),
    Index(None, "subject_id"),
    Index(None, "vendor_id", "id"),
)
"""What people did to licences by hand: who, what, why and when (transfers, key reveals, rotations, merges)."""
