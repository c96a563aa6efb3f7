"""A helpdesk in memory that can misbehave: what the worker must cope with, scripted call by call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from connector.ports import Helpdesk, OutboundTicket, RemoteAct, RemoteTicket, Undelivered


@dataclass
class Shelf:
    """What the helpdesk holds, and faults for the next calls: name of the call to what happens then.

    `lost reply` creates and then fails; `drops` creates without reference and due date; anything else is raised.
    """

    tickets: dict[str, RemoteTicket] = field(default_factory=dict)
    replies: list[tuple[str, str]] = field(default_factory=list)
    notes: dict[tuple[str, str], str] = field(default_factory=dict)
    faults: dict[str, list[Any]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    merged: dict[str, str] = field(default_factory=dict)
    history: list[RemoteAct] = field(default_factory=list)
    created: list[OutboundTicket] = field(default_factory=list)

    def helpdesk(self) -> Helpdesk:
        return Helpdesk("shelf", self.connect, find_lag=0, settings={"token": "the secret"}, secret="token")

    def connect(self, settings: Mapping[str, Any]) -> Shelf:
        assert settings["token"] == "sesame"
        return self

    def find(self, number: str) -> list[RemoteTicket]:
        self._call("find")
        return [each for each in self.tickets.values() if number in (each.reference, each.subject[1:13])]

    def create(self, ticket: OutboundTicket) -> str:
        fault = self._call("create", ("lost reply", "drops"))
        remote_id = str(len(self.tickets) + 1)
        self.created.append(ticket)
        made = RemoteTicket(remote_id, ticket.number, f"[{ticket.number}] {ticket.subject}", ticket.respond_by)
        self.tickets[remote_id] = replace(made, reference=None, due=None) if fault == "drops" else made
        if fault == "lost reply":
            raise Undelivered("unknown", "the connection was lost before an answer came")
        return remote_id

    def read(self, remote_id: str) -> RemoteTicket:
        self._call("read")
        return self.tickets[self.merged.get(remote_id, remote_id)]

    def repair(self, remote_id: str, ticket: OutboundTicket) -> list[str]:
        self._call("repair")
        self.tickets[remote_id] = replace(self.tickets[remote_id], reference=ticket.number, due=ticket.respond_by)
        return []

    def merge(self, extra_id: str, into_id: str) -> None:
        self._call("merge")
        self.merged[extra_id] = into_id
        del self.tickets[extra_id]

    def reply(self, remote_id: str, marker: str, text: str) -> None:
        self._call("reply")
        if not any(marker in told for _, told in self.replies):
            self.replies.append((remote_id, text))

    def note(self, remote_id: str, marker: str, text: str) -> None:
        self._call("note")
        self.notes.setdefault((remote_id, marker), text)

    def acts(self, remote_id: str) -> list[RemoteAct]:
        self._call("acts")
        return list(self.history)

    def orphans(self) -> list[RemoteTicket]:
        self._call("orphans")
        return [each for each in self.tickets.values() if each.reference is None]

    def check(self) -> str:
        self._call("check")
        return "all there"

    def _call(self, name: str, own: tuple[str, ...] = ()) -> Any:
        self.calls.append(name)
        fault = self.faults.get(name, []).pop(0) if self.faults.get(name) else None
        if fault is not None and fault not in own:
            raise fault
        return fault
