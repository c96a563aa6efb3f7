"""The schema of mails to customers: an outbox of its own, one row for each change of a ticket, or key we made, that we mail.

Shares `metadata` with `connector.storage.tables`; whoever compares or creates the whole schema imports this as well.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from connector.storage.tables import UtcDateTime, metadata

# A mail is on a ticket or on a licence. `ref` names the change where it came from: it is told once. `sealed` holds address,
# subject and text as JSON, never a key. `place` counts a ticket's mails, so that those of one moment go in order.
mails = Table(
    "mails",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("vendor_id", String(40), ForeignKey("vendors.id"), nullable=False),
    Column("ticket_id", String(40), ForeignKey("tickets.id")),
    Column("ref", String(120), nullable=False),
    Column("change", String(20), nullable=False),
    Column("message_id", String(320), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("place", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("fence", Integer, nullable=False, default=0),
    Column("error", Text),
    Column("due_at", UtcDateTime, nullable=False),
    Column("leased_until", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("license_id", String(40), ForeignKey("licences.id")),
    UniqueConstraint("ticket_id", "ref"),
    UniqueConstraint("license_id", "ref"),
    Index(None, "state", "due_at"),
)
