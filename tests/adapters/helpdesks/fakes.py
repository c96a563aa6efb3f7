"""Every helpdesk played in memory, just as far as its adapter talks to it. A new helpdesk needs a line in FAKES."""

import re
import threading
from collections.abc import Mapping
from typing import Any, Protocol

from tests.adapters.helpdesks.stub import Answer, Request

TOKEN = "1-27-0f1e2d3c4b5a69788796a5b4c3d2e1f0"


class Fake(Protocol):
    """What the contract tests ask of a played helpdesk, beside playing.

    settings        the sink's settings but for the url; the secret is TOKEN
    no_such_queue   how it answers where the queue is not there or not for us
    drops           names of what create drops without a word ("reference", "due")
    """

    settings: Mapping[str, Any]
    no_such_queue: Answer
    drops: set[str]

    def play(self, request: Request) -> Answer: ...

    def texts(self) -> list[str]:
        """All messages in all tickets, in the order they came."""


class FakeRequestTracker:
    """REST2 of Request Tracker 5: the answers are those of a real one (tests/adapters/helpdesks/test_rt.py)."""

    settings: Mapping[str, Any] = {"queue": "Support", "token": TOKEN}
    no_such_queue = Answer(403, {"message": "No permission to create tickets in the queue 'Support'"})

    def __init__(self) -> None:
        self.drops: set[str] = set()
        self._tickets: list[dict[str, Any]] = []
        self._messages: list[dict[str, Any]] = []
        self._lock = threading.Lock()

    def texts(self) -> list[str]:
        return [message["Content"] for message in self._messages]

    def play(self, request: Request) -> Answer:
        if request.headers.get("authorization") != f"token {TOKEN}":
            return Answer(401, {"message": "Unauthorized"})
        what = request.path.removeprefix("/REST/2.0")
        found = re.fullmatch(r"/ticket/(\d+)(/\w+)?", what)
        with self._lock:
            if found:
                return self._on_ticket(request, int(found[1]), found[2] or "")
            if what == "/ticket":
                return self._create(request.json())
            if what == "/tickets":
                return self._listed(self._search(request.query["query"]), request)
        if what == "/user/27":
            return Answer(200, {"id": 27, "Name": "connector"})
        if what == "/queue/Support":
            return Answer(
                200,
                {
                    "Name": "Support",
                    "Disabled": "0",
                    "SLADisabled": "1",
                    "TicketCustomFields": [{"name": "Connector Reference"}],
                    "_hyperlinks": [{"ref": "create"}],
                },
            )
        return Answer(404, {"message": "Not Found"})

    def _create(self, sent: dict[str, Any]) -> Answer:
        number = len(self._tickets) + 1
        ticket: dict[str, Any] = {"id": number, "into": number, "Status": "new", "Priority": "0"}
        ticket |= {"Subject": "", "Due": "1970-01-01T00:00:00Z", "Requestor": [], "Reference": []}
        dropped = {"reference": "CustomFields", "due": "Due"}
        self._write(ticket, {name: sent[name] for name in sent.keys() - {dropped[drop] for drop in self.drops}})
        self._tickets.append(ticket)
        self._messages.append({"ticket": number, "Subject": sent["Subject"], "Content": sent["Content"]})
        return Answer(201, {"id": str(number), "type": "ticket"})

    def _write(self, ticket: dict[str, Any], sent: dict[str, Any]) -> None:
        if "Due" in sent:
            ticket["Due"] = sent["Due"].replace(" ", "T") + "Z"
        if "CustomFields" in sent:
            ticket["Reference"] = [sent["CustomFields"]["Connector Reference"]]
        if "Requestor" in sent:
            ticket["Requestor"] = [{"id": sent["Requestor"]}]
        if "MergeInto" in sent:
            ticket["into"] = sent["MergeInto"]
        ticket |= {name: str(sent[name]) for name in ("Subject", "Priority") if name in sent}

    def _on_ticket(self, request: Request, number: int, part: str) -> Answer:
        ticket = next((each for each in self._tickets if each["id"] == number), None)
        if ticket is None:
            return Answer(404, {"message": "Not Found"})
        survivor = self._tickets[ticket["into"] - 1]
        if part == "/attachments":
            merged = {each["id"] for each in self._tickets if each["into"] == survivor["id"]}
            return self._listed([each for each in self._messages if each["ticket"] in merged], request)
        if part == "/history":
            ours = {"Creator": {"type": "user", "id": "connector"}, "Created": "2026-11-21T12:00:00Z"}
            said = [{"id": at, "Type": "Correspond", **ours} for at in range(1, len(self._messages) + 1)]
            return self._listed(said, request)
        if part in ("/correspond", "/comment"):
            self._messages.append({"ticket": number, **request.json()})
            return Answer(201, ["Correspondence added"])
        if request.method == "PUT":
            self._write(ticket, request.json())
            return Answer(200, ["Changed"])
        return Answer(200, self._shown(survivor))

    def _search(self, query: str) -> list[dict[str, Any]]:
        number = re.search(r"= '([A-Z0-9-]+)' OR ", query)
        tickets = [ticket for ticket in self._tickets if ticket["into"] == ticket["id"]]
        if number is None:
            return [self._shown(ticket) for ticket in tickets if not ticket["Reference"]]
        begin = f"[{number[1]}]"
        return [
            self._shown(ticket)
            for ticket in tickets
            if ticket["Reference"] == [number[1]] or ticket["Subject"].startswith(begin)
        ]

    def _shown(self, ticket: dict[str, Any]) -> dict[str, Any]:
        return {**ticket, "CustomFields": [{"name": "Connector Reference", "values": ticket["Reference"]}]}

    def _listed(self, items: list[dict[str, Any]], request: Request) -> Answer:
        size, page = int(request.query["per_page"]), int(request.query["page"])
        part = items[size * (page - 1) : size * page]
        return Answer(200, {"items": part, "count": len(part), "page": page, "pages": None, "total": None})


FAKES: Mapping[str, type[Fake]] = {"rt": FakeRequestTracker}
