"""An office whose connector mails customers through a mail server on loopback."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import select

from connector.storage.database import reading, transaction
from connector.storage.tables_mail import mails
from connector.tickets import mail_worker, updates
from tests.servers.mail import HOST, MailServer
from tests.support.stores import Store
from tests.support.watches import MONDAY, Watch

SENDER = "support@acme.example.com"


class Post(Watch):
    """An office with clocks, its mail server and the mails it has written."""

    def __init__(self, store: Store, server: MailServer, **smtp: Any) -> None:
        super().__init__(store, MONDAY)
        self.server = server
        self.set(**{"smtp_host": HOST, "smtp_port": server.port, "smtp_tls": "none", "smtp_sender": SENDER} | smtp)

    def set(self, **smtp: Any) -> None:
        settings = replace(self.runtime.settings, **smtp)
        self.runtime = self.store.runtime = replace(self.runtime, settings=settings)

    def helpdesk(self, *, mails: bool, said: str | None = None) -> None:
        """Tickets go to a helpdesk in memory, of a kind that mails customers or does not; said: what its setting says."""
        self.forwards(**{"mails": said} if said else {})
        kind = replace(self.runtime.helpdesks["shelf"], mails_customer=mails)
        self.runtime = self.store.runtime = replace(self.runtime, helpdesks={"shelf": kind})

    def send(self) -> int:
        return mail_worker.drain(self.runtime)

    def rows(self) -> list[Any]:
        with reading(self.runtime.engine) as tx:
            return list(tx.execute(select(mails).order_by(mails.c.created_at, mails.c.place)))

    def changes(self) -> list[str]:
        return [row.change for row in self.rows()]

    def states(self) -> list[str]:
        return [row.state for row in self.rows()]

    def tell(self, number: str, about: str, words: str) -> None:
        with transaction(self.runtime.engine) as tx:
            updates.tell(tx, self.runtime, number, about, words, self.now)

    def delay(self, number: str, cause: str, workaround: str = "") -> None:
        with transaction(self.runtime.engine) as tx:
            updates.delay(tx, self.runtime, number, cause, workaround, self.now)
