"""A mail may be on a licence: the key that we made for an order goes to its buyer."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("mails", schema=None) as batch_op:
        batch_op.alter_column("ticket_id", existing_type=sa.String(length=40), nullable=True)
        batch_op.add_column(sa.Column("license_id", sa.String(length=40), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_mails_license_id"), "licences", ["license_id"], ["id"])
        batch_op.create_unique_constraint(batch_op.f("uq_mails_license_id_ref"), ["license_id", "ref"])


def downgrade() -> None:
    op.execute("DELETE FROM mails WHERE ticket_id IS NULL")
    with op.batch_alter_table("mails", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_mails_license_id_ref"), type_="unique")
        batch_op.drop_constraint(batch_op.f("fk_mails_license_id"), type_="foreignkey")
        batch_op.drop_column("license_id")
        batch_op.alter_column("ticket_id", existing_type=sa.String(length=40), nullable=False)
