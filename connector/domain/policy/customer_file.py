"""A customer's file: all that is looked at to judge a request, as it was read. Facts are made from it (`request_facts`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from connector.domain.licensing.events import Person
from connector.domain.licensing.links import asking_links, links_of
from connector.domain.licensing.mailbox import same_mailbox
from connector.domain.licensing.records import Records, Shelf
from connector.domain.policy.facts import Asked, Earlier, Restriction
from connector.domain.policy.kinds import canonical_channel
from connector.domain.policy.policy import Policy
from connector.domain.policy.requests import Request
from connector.domain.policy.scope import kind_of

MOST_TICKETS = 500
"""Earlier tickets of a person that are counted, the latest."""


@dataclass(frozen=True)
class PastTicket:
    """A ticket as it was asked for, without texts. request_id: the host's; `at` in UTC."""

    id: str
    number: str
    request_id: str
    asked: Request
    working_state: str
    at: datetime


@dataclass(frozen=True)
class StaffWord:
    """What staff decided about a person at an instant (UTC): a restriction, or None where one was lifted."""

    at: datetime
    id: str
    restriction: Restriction | None


@dataclass(frozen=True)
class CustomerFile(Records):
    """Licences and accounts, and what is known of whoever asks: tickets under the links of asking, what staff decided under
    the person's links, and that somebody wrote to a channel under its own link."""

    tickets: Shelf[PastTicket] = field(default_factory=Shelf)
    staff: Shelf[StaffWord] = field(default_factory=Shelf)
    contacts: Shelf[str] = field(default_factory=Shelf)

    def earlier(self, policy: Policy, request: Request) -> tuple[Earlier, ...]:
        """The person's other tickets, latest first; none where the policy does not count, or nobody is named."""
        if policy.requests.quota is None and policy.requests.duplicates == "accept":
            return ()
        return tuple(_told(each, policy) for each in self._others(request))

    def restriction(self, policy: Policy, person: Person | None) -> Restriction | None:
        """What staff decided last about this person by any of the names told; None also where the policy does not look."""
        if not policy.requests.restrictions:
            return None
        words = self.staff.under(links_of(person))
        return max(words, key=lambda word: (word.at, word.id)).restriction if words else None

    def wrote_before(self, policy: Policy, request: Request) -> bool:
        """CHN-07: on a channel that is for the first contact; whoever has a ticket is in contact already."""
        if not _first_contact(policy, request):
            return False
        link = contact_link(policy, request)
        noted, others = self.contacts.under([link] if link else []), self._others(request)
        return bool(noted or others)

    def _others(self, request: Request) -> list[PastTicket]:
        found = {each.id: each for each in self.tickets.under(asking_links(request.requester))}
        latest = [found[ticket_id] for ticket_id in sorted(found, reverse=True)][:MOST_TICKETS]
        return [each for each in latest if each.request_id != request.request_id]


def contact_link(policy: Policy, request: Request) -> str | None:
    """What remembers that somebody wrote on a channel that is only for the first contact (CHN-07); None elsewhere."""
    email = request.requester.email if request.requester else None
    return f"contact:{same_mailbox(email)}" if email and _first_contact(policy, request) else None


def _first_contact(policy: Policy, request: Request) -> bool:
    channel = policy.channels.get(canonical_channel(request.channel) or "")
    return channel is not None and channel.use == "first_contact"


def _told(ticket: PastTicket, policy: Policy) -> Earlier:
    asked = ticket.asked
    kind = kind_of(Asked(kind=asked.request_kind), policy) or asked.request_kind
    return Earlier(ticket.number, ticket.at, kind, asked.product, ticket.working_state != "solved")
