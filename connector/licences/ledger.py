"""Writing the ledger: events are filed under their subject, and what follows from an order or a subscription is done at once.

One `Ledger` lives for one transaction. Effects across subjects are derived when read (`standing`); only licences that an order
grants are made here, by news of their own.
"""

from __future__ import annotations

from connector.domain.licensing.events import LedgerEvent, OrderSeen, SubscriptionSeen
from connector.licences import grants, notices, purchases
from connector.licences.subjects import Subjects


class Ledger(Subjects):
    """The ledger of one vendor inside one transaction."""

    def apply(self, event: LedgerEvent) -> None:
        """File one piece of news with all that follows from it; the same news told again changes nothing."""
        filed = self.file(event)
        if isinstance(event, OrderSeen):
            grants.grant(self, event)
        elif isinstance(filed, SubscriptionSeen):
            purchases.settle(self, [filed.subscription_id])
        if self.vendor.listening:
            notices.tell(self, event)
