"""Connect codes; what a notification endpoint gets and how often it failed; when licences are looked at because they end.

Endpoints of before are told what they were told: keys made here, with the customer.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from connector.storage.tables import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TIME = UtcDateTime(timezone=True)


def upgrade() -> None:
    # No rebuilding of a table that others point at: SQLite would refuse to drop the old one.
    named: list[sa.Column[Any]] = [
        sa.Column("events", sa.Text(), nullable=False, server_default="[]"),
        sa.Column("personal_data", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("contact", sa.Text(), nullable=True),
        sa.Column("old_secret", sa.LargeBinary(), nullable=True),
        *(sa.Column(name, TIME, nullable=True) for name in ("old_until", "busy_until", "failing_since", "paused_at")),
        sa.Column("paused_why", sa.Text(), nullable=True),
    ]
    for column in named:
        op.add_column("notify_endpoints", column)
    before = sa.table("notify_endpoints", sa.column("events", sa.Text), sa.column("personal_data", sa.Boolean))
    op.execute(before.update().values(events='["license.issued"]', personal_data=True))
    with op.batch_alter_table("notifications", schema=None) as batch_op:
        batch_op.add_column(sa.Column("request_id", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("ticket_id", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("data", sa.Text(), nullable=False, server_default="{}"))
        batch_op.create_foreign_key(batch_op.f("fk_notifications_request_id"), "requests", ["request_id"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_notifications_ticket_id"), "tickets", ["ticket_id"], ["id"])
    with op.batch_alter_table("notifications", schema=None) as batch_op:
        batch_op.alter_column("data", server_default=None)
    op.create_table(
        "licence_alarms",
        sa.Column("license_id", sa.String(length=40), nullable=False),
        sa.Column("vendor_id", sa.String(length=40), nullable=False),
        sa.Column("support_until", TIME, nullable=True),
        sa.Column("expires_at", TIME, nullable=True),
        sa.Column("looked_at", TIME, nullable=False),
        sa.Column("wake_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["license_id"], ["licences.id"], name=op.f("fk_licence_alarms_license_id")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_licence_alarms_vendor_id")),
        sa.PrimaryKeyConstraint("license_id", name=op.f("pk_licence_alarms")),
    )
    op.create_index(op.f("ix_licence_alarms_wake_at"), "licence_alarms", ["wake_at"], unique=False)
    op.create_table(
        "connect_codes",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("vendor_id", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("host", sa.String(length=40), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("allow_private", sa.Boolean(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("ends_at", TIME, nullable=False),
        sa.Column("used_at", TIME, nullable=True),
        sa.Column("endpoint_id", sa.String(length=40), nullable=True),
        sa.Column("notify_endpoint_id", sa.String(length=40), nullable=True),
        sa.Column("site", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["endpoint_id"], ["endpoints.id"], name=op.f("fk_connect_codes_endpoint_id")),
        sa.ForeignKeyConstraint(
            ["notify_endpoint_id"], ["notify_endpoints.id"], name=op.f("fk_connect_codes_notify_endpoint_id")
        ),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_connect_codes_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connect_codes")),
        sa.UniqueConstraint("digest", name=op.f("uq_connect_codes_digest")),
    )


def downgrade() -> None:
    op.drop_table("connect_codes")
    op.drop_table("licence_alarms")
    op.execute("DELETE FROM notifications WHERE type NOT IN ('license.issued', 'ping')")
    with op.batch_alter_table("notifications", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_notifications_ticket_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_notifications_request_id"), type_="foreignkey")
        for name in ("data", "ticket_id", "request_id"):
            batch_op.drop_column(name)
    names = ("paused_why", "paused_at", "failing_since", "busy_until", "old_until", "old_secret", "contact")
    for name in (*names, "personal_data", "events"):
        op.drop_column("notify_endpoints", name)
