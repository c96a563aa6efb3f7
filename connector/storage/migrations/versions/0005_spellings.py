"""Keys, addresses and order numbers are found in whatever spelling people type them: hashes and links filed anew."""

from collections.abc import Callable

import sqlalchemy as sa
from alembic import context, op

from connector.domain.licensing.mailbox import same_mailbox
from connector.domain.typed import same_number

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_PAGE = 5_000
_LINKS = {"email:": same_mailbox, "asked:email:": same_mailbox, "contact:": same_mailbox, "order:": same_number}
_licences = sa.table(
    "licences", *map(sa.column, ("id", "vendor_id", "key_hash")), sa.column("key_sealed", sa.LargeBinary())
)
_links = sa.table("links", *map(sa.column, ("vendor_id", "link", "target")))


def upgrade() -> None:
    _refile_keys(op.get_bind())
    for prefix, same in _LINKS.items():
        _refile_links(op.get_bind(), prefix, same)


def _refile_keys(tx: sa.Connection) -> None:
    """A key with a space or a sign in it that came along is found without. Where both were issued, each stays what it was."""
    keyring, last = context.config.attributes.get("keyring"), ""
    page = sa.select(_licences).where(_licences.c.id > sa.bindparam("last")).order_by(_licences.c.id).limit(_PAGE)
    while rows := tx.execute(page, {"last": last}).all():
        if keyring is None:
            raise RuntimeError("this database holds licence keys: `connector migrate` brings it up to date")
        for row in rows:
            key_hash = keyring.key_hash(keyring.unseal(row.key_sealed).decode())
            if key_hash != row.key_hash:
                mine = (_licences.c.vendor_id == row.vendor_id) & (_licences.c.key_hash == key_hash)
                if tx.execute(sa.select(_licences.c.id).where(mine)).first() is None:
                    tx.execute(sa.update(_licences).where(_licences.c.id == row.id).values(key_hash=key_hash))
        last = rows[-1].id


def _refile_links(tx: sa.Connection, prefix: str, same: Callable[[str], str]) -> None:
    rows = tx.execute(sa.select(_links).where(_links.c.link.startswith(prefix, autoescape=True))).all()
    for row in rows:
        link = prefix + same(row.link.removeprefix(prefix))
        if link != row.link:
            this = (_links.c.vendor_id == row.vendor_id) & (_links.c.target == row.target)
            if tx.execute(sa.select(_links).where(this, _links.c.link == link)).first() is None:
                tx.execute(sa.insert(_links).values(vendor_id=row.vendor_id, link=link, target=row.target))
            tx.execute(sa.delete(_links).where(this, _links.c.link == row.link))


def downgrade() -> None:
    """The older code finds what is spelled plainly, which is nearly all of it."""
