"""The seams adapters plug into: values and callables, no base classes.

Unreadable           an authentic body that cannot be used: kept in quarantine
Undelivered          a helpdesk call that did not plainly succeed; `cause` says what to do next
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from connector.domain.licensing.questions import Answer, Question
from connector.domain.news import News
from connector.formats.signature_schemes import Scheme


class Unreadable(Exception):
    """An authentic body we cannot use: `pointer` (JSON pointer) says where, `message` what is wrong and how to cure it.

    faults: every place and message there is, the first of which is the one above.
    """

    def __init__(self, pointer: str, message: str, *more: tuple[str, str]) -> None:
        self.faults = ((pointer, message), *more)
        super().__init__("; ".join(f"{where or '/'}: {what}" for where, what in self.faults))
        self.pointer = pointer
        self.message = message

    @classmethod
    def of(cls, faults: Sequence[tuple[str, str]]) -> Unreadable:
        """All faults of a body as one; there is at least one."""
        return cls(*faults[0], *faults[1:])


@dataclass(frozen=True)
class Delivery:
    """One inbound HTTP delivery: lower-case header names, raw bytes, the endpoint's settings for its host, the vendor's zone."""

    headers: Mapping[str, str]
    body: bytes
    settings: Mapping[str, Any] = field(default_factory=dict)
    zone: str = "UTC"


@dataclass(frozen=True)
class Host:
    """A host platform: how it signs, what makes a delivery the same delivery, and what its body says.

    delivery_key   what two copies of one delivery share, from signed material where the host offers it; never raises
    event_name     the host's own word for the event, for lists and logs; never raises
    parse          bytes to news; pure; raises Unreadable
    unsigned_ok    True for the host's unsigned knock (WooCommerce's form ping), answered 200 without effect
    sample         (event name, overrides, now, known, more) -> (headers without signature, body) for `connector trigger`;
                   known: what is known of the subject in the host's words, None where it is new; more: members it may have besides
    """

    name: str
    scheme: Scheme
    delivery_key: Callable[[Delivery], str]
    event_name: Callable[[Delivery], str]
    parse: Callable[[Delivery], Sequence[News]]
    sample: Callable[..., tuple[dict[str, str], bytes]]
    samples: tuple[str, ...] = ()
    content_types: tuple[str, ...] = ("application/json",)
    unsigned_ok: Callable[[Delivery], bool] = lambda delivery: False
    whsec: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)


class Undelivered(Exception):
    """A helpdesk call without a clear success.

    cause: `unknown` (time-out, 5xx, lost connection: find before any re-send), `busy` (429/503 with a time to wait),
    `configuration` (401, 403, no such queue: the sink is paused), `rejected` (a clear 4xx: a person must look).
    """

    def __init__(self, cause: str, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.cause = cause
        self.message = message
        self.retry_after = retry_after


@dataclass(frozen=True)
class Posted:
    """The answer of a vendor's own program to a notification. retry_after: seconds it asks us to wait, 1 to a day."""

    status: int
    retry_after: float | None = None


@dataclass(frozen=True)
class OutboundTicket:
    """What a helpdesk is told about an accepted request; never a licence key, never a credential.

    body: the customer's own words and facts, which a helpdesk may mail back; internal: for agents only.
    """

    number: str
    subject: str
    body: str
    requester: str | None
    requester_name: str | None
    priority: str
    rank: int
    respond_by: datetime | None = None
    resolve_by: datetime | None = None
    internal: str = ""


@dataclass(frozen=True)
class RemoteTicket:
    """A ticket as the helpdesk shows it now; `reference` is our number as found in the helpdesk's reference slot."""

    id: str
    reference: str | None
    subject: str
    due: datetime | None = None
    status: str | None = None


@dataclass(frozen=True)
class RemoteAct:
    """Something that happened to a ticket at the helpdesk; `ref` is the helpdesk's own name for it, the same each time.

    kind: `answered` (a person wrote to the customer), `wrote` (the customer wrote there), `waiting` (for the customer),
    `resumed`, `resolved` or `reopened`. What we ourselves did there is none of these.
    """

    ref: str
    kind: str
    at: datetime


class Desk(Protocol):
    """An open connection to one helpdesk queue. Every method may raise Undelivered."""

    def find(self, number: str) -> list[RemoteTicket]:
        """All tickets that carry our number in the reference slot or the subject, oldest first, closed ones included."""

    def create(self, ticket: OutboundTicket) -> str:
        """Create the ticket and return the helpdesk's id."""

    def read(self, remote_id: str) -> RemoteTicket:
        """The ticket as the helpdesk shows it after the merge chain."""

    def repair(self, remote_id: str, ticket: OutboundTicket) -> list[str]:
        """Set again what create dropped (reference, due); return sentences on what still differs."""

    def merge(self, extra_id: str, into_id: str) -> None:
        """Fold a duplicate into the surviving ticket."""

    def reply(self, remote_id: str, marker: str, text: str) -> None:
        """Add a customer's further message once: a message that already carries `marker` is not added again."""

    def note(self, remote_id: str, marker: str, text: str) -> None:
        """Add a note that only agents see, once for each `marker`."""

    def acts(self, remote_id: str) -> list[RemoteAct]:
        """What people did with the ticket there so far, oldest first, after the merge chain; none where it cannot tell."""

    def orphans(self) -> list[RemoteTicket]:
        """Tickets made by our own user whose reference slot is empty (created, then the reference was dropped)."""

    def check(self) -> str:
        """Say who we are to the helpdesk and whether the queue is there, for `connector doctor`."""


@dataclass(frozen=True)
class Helpdesk:
    """A kind of ticket queue. `find_lag`: seconds until a new ticket can be found again (0 = at once, None = never).

    settings: what an operator must say, name to one-line meaning; `secret` names the one setting kept sealed.
    mails_customer: it mails the customer what becomes of his ticket, so that we do not (A29).
    """

    name: str
    connect: Callable[[Mapping[str, Any]], Desk]
    find_lag: float | None
    settings: Mapping[str, str] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    secret: str | None = None
    mails_customer: bool = False


@dataclass(frozen=True)
class ProtocolCall:
    """One call of shipped software, as it came: of repeated parameters the last one, as PHP reads them.

    path: below `/compat/<vendor>`, beginning with a slash. body: the JSON object, where one was sent. headers: lower-case
    names. base: the address of this vendor's protocols, for links. now: UTC.
    """

    method: str
    path: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    body: Mapping[str, Any] | None
    headers: Mapping[str, str]
    base: str
    now: datetime

    @property
    def args(self) -> dict[str, str]:
        """Query and form together; the form wins."""
        return {**self.query, **self.form}


@dataclass(frozen=True)
class ProtocolReply:
    """What goes back, in the protocol's own words."""

    body: str
    content_type: str = "application/json"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LicenceProtocol:
    """A licence protocol that shipped software speaks. Its functions are pure and never raise.

    matches   is this call in this protocol?
    parse     what it asks: no question where it cannot be understood, several where the protocol has batches
    render    the reply to the answers, in the order of the questions; no question, no answer: the protocol's own complaint
    scopes    act to the scope of the credential it needs: `verify` (shipped in software) or `manage` (the vendor's own)
    signs     replies are signed with a secret of the product's or vendor's, handed in as `Answer.secret`
    pairs     credentials are pairs: a public consumer key beside the secret
    """

    name: str
    matches: Callable[[ProtocolCall], bool]
    parse: Callable[[ProtocolCall], Sequence[Question]]
    render: Callable[[ProtocolCall, Sequence[Question], Sequence[Answer]], ProtocolReply]
    scopes: Mapping[str, str] = field(default_factory=dict)
    signs: bool = False
    pairs: bool = False
