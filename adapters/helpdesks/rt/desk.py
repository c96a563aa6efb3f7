"""A queue of Request Tracker 5 as a desk.

RT answers 201 or 200 and keeps what it likes: an unknown custom field, an unusable requestor, a date it cannot read
are dropped without a word. So what was written is read back, and the sentences in an answer are for people only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote

from adapters.helpdesks.rt.doctor import RIGHTS, complaint, owner_of, queue_faults
from adapters.helpdesks.rt.text import mail_address, plain_line, plain_text
from adapters.helpdesks.rt.wire import (
    NUMBER,
    REMOTE_ID,
    checked,
    droppable,
    due_of,
    field_term,
    mark_of,
    marked_line,
    person_of,
    quoted,
    remote_act,
    remote_ticket,
    subject_line,
)
from adapters.outgoing.http import Api, Reply
from connector.domain.policy.automatic import mark_of as mark_of_mail
from connector.ports import OutboundTicket, RemoteAct, RemoteTicket, Undelivered

PAGE, MAX_PAGES = 25, 200  # every custom field of a ticket comes along, and an answer has its cap


@dataclass(frozen=True)
class RequestTracker:
    """The meaning of the methods is that of connector.ports.Desk."""

    api: Api
    queue: str
    reference_field: str
    priorities: Mapping[str, int]

    def find(self, number: str) -> list[RemoteTicket]:
        """In every queue, because agents move tickets. By subject only what our own user made, because customers write
        subjects too; and only where the number begins it, because a customer may quote the number of another ticket."""
        number = checked(NUMBER, number, "ticket number")
        ours = f"Creator = '__CurrentUser__' AND Subject STARTSWITH {quoted(f'[{number}]')}"
        return self._search(f"{field_term(self.reference_field)} = {quoted(number)} OR ( {ours} )")

    def create(self, ticket: OutboundTicket) -> str:
        reply = self.api.call(
            "POST",
            "/ticket",
            data={
                "Queue": self.queue,
                "Subject": subject_line(ticket),
                "Content": plain_text(ticket.body),
                "ContentType": "text/plain",
                **droppable(ticket, self.reference_field, self.priorities),
            },
            configuration=(404,),
            hint=f"Check url and queue, and that the token's user has the right CreateTicket on {self.queue}.",
        )
        created = str(_mapping(reply).get("id"))
        if not REMOTE_ID.fullmatch(created):
            raise reply.unreadable()
        return created

    def read(self, remote_id: str) -> RemoteTicket:
        return self._ticket(*self._get(remote_id))

    def repair(self, remote_id: str, ticket: OutboundTicket) -> list[str]:
        """Due and priority are set again only while nobody has worked on the ticket (or no due date is there at all):
        what an agent chose stands."""
        missing = self._missing(remote_id, ticket)
        if missing:
            self._put(remote_id, missing)
            missing = self._missing(remote_id, ticket)
        if ticket.requester and not mail_address(ticket.requester):
            missing["Requestor"] = None
        return [complaint(name, self.queue, self.reference_field) for name in missing]

    def merge(self, extra_id: str, into_id: str) -> None:
        said = self._put(extra_id, {"MergeInto": int(checked(REMOTE_ID, into_id, "ticket id"))})
        if self.read(extra_id).id != self.read(into_id).id:
            raise Undelivered(
                "rejected",
                f"RT did not merge ticket {extra_id} into {into_id} ({said}). Merge them by hand, and give the token's "
                f"user the right ModifyTicket on {self.queue}.",
            )

    def reply(self, remote_id: str, marker: str, text: str) -> None:
        self._say("correspond", "ReplyToTicket", remote_id, marker, text)

    def note(self, remote_id: str, marker: str, text: str) -> None:
        self._say("comment", "CommentOnTicket", remote_id, marker, text)

    def _say(self, how: str, right: str, remote_id: str, marker: str, text: str) -> None:
        """The marker stands in the subject of what is said: a list of subjects is short, one of texts is not."""
        mark, ticket = mark_of(marker), self.read(remote_id)
        sent = self._pages(f"/ticket/{ticket.id}/attachments", {"fields": "Subject"})
        if any(mark in str(item.get("Subject")) for _, item in sent):
            return
        self.api.call(
            "POST",
            f"/ticket/{ticket.id}/{how}",
            data={
                "Subject": marked_line(ticket.subject, mark),
                "Content": plain_text(text),
                "ContentType": "text/plain",
            },
            configuration=(400,),  # RT's status for a right that is missing here
            hint=f"Give the token's user the right {right} on {self.queue}.",
        )

    def acts(self, remote_id: str) -> list[RemoteAct]:
        """From the history: answers of agents, what the requestors and those in copy wrote themselves, changes of status.

        What their mail programs wrote is left out (RFC 3834), and what others wrote who are no agents.
        """
        reply, raw = self._get(remote_id)
        ticket = self._ticket(reply, raw)
        owner = owner_of(self.api.secret)
        us = person_of(_mapping(self.api.call("GET", f"/user/{owner}")).get("Name")) if owner else None
        people = [*(raw.get("Requestor") or []), *(raw.get("Cc") or [])]
        customers = frozenset(name for each in people if (name := person_of(each)))
        told, is_agent = [], cache(self._is_agent)
        fields = {"fields": "Type,OldValue,NewValue,Creator,Created"}
        for page, item in self._pages(f"/ticket/{ticket.id}/history", fields):
            try:
                told.append(remote_act(item, us, customers, is_agent))
            except (LookupError, TypeError, ValueError):
                raise page.unreadable() from None
        acts = sorted((act for act in told if act), key=lambda act: (act.at, int(act.ref)))
        machines = self._automatic(ticket.id) if any(act.kind == "wrote" for act in acts) else frozenset()
        return [act for act in acts if act.kind != "wrote" or act.ref not in machines]

    def _is_agent(self, name: str) -> bool:
        """RT calls them privileged; who writes by mail alone is not."""
        try:
            shown = _mapping(self.api.call("GET", f"/user/{quote(name, safe='')}"))
        except Undelivered as failure:
            if failure.cause != "rejected":
                raise
            return True  # a user whose name is no path: agents are named by those who set RT up
        return str(shown.get("Privileged", "1")) != "0"

    def _automatic(self, remote_id: str) -> frozenset[str]:
        """The transactions that a mail program wrote, by the headers that RT keeps of mails."""
        parts = self._pages(f"/ticket/{remote_id}/attachments", {"fields": "Headers,TransactionId"})
        marked = (item for _, item in parts if mark_of_mail({"headers": item.get("Headers") or ""}))
        return frozenset(filter(None, (person_of(item.get("TransactionId")) for item in marked)))

    def orphans(self) -> list[RemoteTicket]:
        ours = f"Creator = '__CurrentUser__' AND Queue = {quoted(self.queue)} AND Subject STARTSWITH '[SC-'"
        found = self._search(f"{ours} AND {field_term(self.reference_field)} IS NULL")
        return [ticket for ticket in found if ticket.reference is None]

    def check(self) -> str:
        reply = self.api.call(
            "GET",
            f"/queue/{quote(self.queue, safe='')}",
            configuration=(404,),
            hint=f"Check url and the spelling of the queue {self.queue}; in RT, under Admin > Queues > {self.queue} > "
            f"User Rights, give the token's user {RIGHTS}.",
        )
        faults = list(queue_faults(_mapping(reply), self.queue, self.reference_field))
        if faults:
            raise Undelivered("configuration", " ".join(faults))
        owner = owner_of(self.api.secret)
        name = _mapping(self.api.call("GET", f"/user/{owner}")).get("Name") if owner else "the token's user"
        return f"RT knows us as {name}; the queue {self.queue} and its field {self.reference_field} are there."

    def _missing(self, remote_id: str, ticket: OutboundTicket) -> dict[str, Any]:
        """What of the droppable values the ticket does not have."""
        reply, raw = self._get(remote_id)
        found = self._ticket(reply, raw)
        fresh = found.status == "new"
        wanted = droppable(ticket, self.reference_field, self.priorities)
        kept = {
            "CustomFields": found.reference == ticket.number,
            "Priority": str(raw.get("Priority")) == str(wanted["Priority"]) or not fresh,
            "Due": found.due == due_of(ticket) or not (fresh or found.due is None),
            "Requestor": bool(raw.get("Requestor")),
        }
        return {name: value for name, value in wanted.items() if not kept[name]}

    def _get(self, remote_id: str) -> tuple[Reply, Mapping[str, Any]]:
        hint = f"Give the token's user the right ShowTicket on {self.queue} and where its tickets are moved to."
        reply = self.api.call("GET", f"/ticket/{checked(REMOTE_ID, remote_id, 'ticket id')}", hint=hint)
        return reply, _mapping(reply)

    def _put(self, remote_id: str, data: Mapping[str, Any]) -> str:
        """Changes a ticket and returns RT's sentences: its 200 says only that it has read the request."""
        hint = f"Give the token's user the right ModifyTicket on {self.queue}."
        path = f"/ticket/{checked(REMOTE_ID, remote_id, 'ticket id')}"
        reply = self.api.call("PUT", path, data=data, hint=hint)
        said = reply.json()
        if not isinstance(said, list) or not all(isinstance(sentence, str) for sentence in said):
            raise reply.unreadable()
        return plain_line("; ".join(said), 300)

    def _search(self, query: str) -> list[RemoteTicket]:
        fields = {"fields": "Subject,Status,Due,CustomFields", "orderby": "id", "order": "ASC"}
        return [self._ticket(*found) for found in self._pages("/tickets", {"query": query, **fields})]

    def _pages(self, path: str, params: Mapping[str, str]) -> Iterator[tuple[Reply, Mapping[str, Any]]]:
        """Every item of a list. RT often leaves out how many pages there are; a page that is not full is the last."""
        for page in range(1, MAX_PAGES + 1):
            reply = self.api.call("GET", path, params={**params, "per_page": PAGE, "page": page})
            items = _mapping(reply).get("items")
            if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
                raise reply.unreadable()
            yield from ((reply, item) for item in items)
            if len(items) < PAGE:
                return

    def _ticket(self, reply: Reply, raw: Mapping[str, Any]) -> RemoteTicket:
        try:
            return remote_ticket(raw, self.reference_field)
        except (LookupError, TypeError, ValueError, OverflowError):
            pass
        raise reply.unreadable()


def _mapping(reply: Reply) -> Mapping[str, Any]:
    answer = reply.json()
    if not isinstance(answer, dict):
        raise reply.unreadable()
    return answer
