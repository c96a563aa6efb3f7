"""What people do with a ticket, beside where it is on its way to the helpdesk; whom and what it is about, for lists."""

import json
from collections import defaultdict

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_RESTS = ("held", "waiting", "access_declined")
_ENDS = {
    "released": {"held"},
    "resumed": {"waiting", "access_declined"},
    "wrote": {"waiting", "solved"},
    "reopened": {"solved"},
}


def upgrade() -> None:
    with op.batch_alter_table("requests", schema=None) as batch_op:
        batch_op.add_column(sa.Column("digest", sa.String(length=64), nullable=True))
    with op.batch_alter_table("tickets", schema=None) as batch_op:
        batch_op.add_column(sa.Column("product", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("license_id", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("working_state", sa.String(length=20), nullable=False, server_default="new"))
        batch_op.create_index(
            batch_op.f("ix_tickets_vendor_id_working_state_id"), ["vendor_id", "working_state", "id"], unique=False
        )
    with op.batch_alter_table("ticket_acts", schema=None) as batch_op:
        batch_op.alter_column("detail", type_=sa.String(length=320), existing_type=sa.String(length=60))
    _fill(op.get_bind())


def _fill(tx: sa.Connection) -> None:
    """What is known of old tickets: their states by their acts, and their askers as names of theirs to find them by."""
    acts = defaultdict(list)
    for ticket, kind in tx.execute(sa.text("SELECT ticket_id, kind FROM ticket_acts ORDER BY at, place")):
        acts[ticket].append(kind)
    rows = tx.execute(
        sa.text(
            "SELECT t.id, t.vendor_id, t.state, t.request_id, r.asked, d.facts FROM tickets t "
            "JOIN requests r ON r.id = t.request_id JOIN decisions d ON d.id = t.decision_id"
        )
    ).all()
    for ticket, vendor, state, request, asked, facts in rows:
        known = json.loads(facts)
        standing = known.get("standing") or {}
        values = {
            "id": ticket,
            "product": known.get("asked", {}).get("product") or standing.get("product"),
            "license": standing.get("license_id"),
            "state": "held" if state == "held" else _working_state(acts[ticket]),
        }
        tx.execute(
            sa.text(
                "UPDATE tickets SET product = :product, license_id = :license, working_state = :state WHERE id = :id"
            ),
            values,
        )
        for link in _asked_by(json.loads(asked).get("requester") or {}):
            tx.execute(
                sa.text("INSERT INTO links (vendor_id, link, target) VALUES (:v, :l, :t) ON CONFLICT DO NOTHING"),
                {"v": vendor, "l": link, "t": request},
            )


def _asked_by(person: dict[str, str]) -> list[str]:
    links = [f"asked:customer:{person['id']}"] if person.get("id") else []
    return links + ([f"asked:email:{person['email'].lower()}"] if person.get("email") else [])


def _working_state(kinds: list[str]) -> str:
    resting: set[str] = set()
    last = "new"
    for kind in kinds:
        if "solved" in resting and kind in ("reopened", "wrote"):
            last = "reopened"
        elif kind == "answered" and "solved" not in resting:
            last = "answered"
        elif kind == "wrote" and last == "answered":
            last = "customer_replied"
        if kind == "resolved":
            resting = {"solved"}
        elif kind in _RESTS:
            resting.add(kind)
        else:
            resting -= _ENDS.get(kind, set())
    return next((state for state in ("solved", *_RESTS) if state in resting), last)


def downgrade() -> None:
    with op.batch_alter_table("ticket_acts", schema=None) as batch_op:
        batch_op.alter_column("detail", type_=sa.String(length=60), existing_type=sa.String(length=320))
    op.drop_index(op.f("ix_tickets_vendor_id_working_state_id"), "tickets")
    for column in ("working_state", "license_id", "product"):  # in place: other tables point at this one
        op.drop_column("tickets", column)
    op.drop_column("requests", "digest")
