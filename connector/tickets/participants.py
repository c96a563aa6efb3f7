"""Who belongs to a ticket: whoever asked, the licence's holder, owner and delegates, and whom an agent let in."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from connector.domain.licensing.events import Person
from connector.domain.licensing.links import links_of, person_links
from connector.domain.policy.facts import Facts
from connector.licences import lookup
from connector.runtime import Runtime
from connector.storage import codec
from connector.storage.tables import decisions
from connector.tickets import handover, schedule

JOINED = "participant"
"""The act by which an agent lets somebody in; its detail is the e-mail address."""


def belongs(tx: Connection, runtime: Runtime, ticket: Any, author: Person | None) -> bool:
    """Is what this person writes the customer's own word?

    Compared by id and e-mail address, with every name the ledger has for these people. A host that names no author vouches
    for him, since it knows whose ticket it is; and who cannot be compared (an id here, an address there) is no stranger.
    """
    named = links_of(author)
    known = _people(tx, runtime, ticket) if named else set()
    if not known or named & known:
        return True
    accounts = lookup.accounts_by(tx, ticket.vendor_id, known)
    known |= {link for each in accounts.customers for link in person_links(each.ids, each.emails)}
    return bool(named & known) or not _kinds(named) & _kinds(known)


def _people(tx: Connection, runtime: Runtime, ticket: Any) -> set[str]:
    request, _ = handover.request_of(tx, runtime, ticket.request_id)
    facts = tx.execute(select(decisions.c.facts).where(decisions.c.id == ticket.decision_id)).scalar_one()
    joined = sorted(act.detail for act in schedule.acts_of(tx, ticket.id) if act.kind == JOINED)
    known = links_of(request.requester) | person_links((), joined)
    if standing := codec.loads(facts, Facts).standing:
        known |= links_of(standing.holder) | links_of(standing.owner)
        known |= person_links(standing.holder_ids, (*standing.holder_emails, *standing.delegates))
    found = lookup.by_id(tx, ticket.vendor_id, ticket.license_id) if ticket.license_id else None
    if found is not None:  # who holds it may have changed since
        known |= links_of(found.licence.holder) | links_of(found.licence.owner)
        known |= person_links((), found.licence.delegates)
    return known


def _kinds(links: set[str]) -> set[str]:
    return {link.partition(":")[0] for link in links}
