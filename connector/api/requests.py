"""`/v1/support/requests`: ask for support from a back end, with the same body and the same answer as the webhook."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, request

from connector.api.callers import caller, runtime
from connector.domain.policy.requests import Request
from connector.errors import Problem
from connector.formats.strict_json import BadJson, loads
from connector.ports import Delivery, Unreadable
from connector.requests.deliveries import told
from connector.requests.repeats import OtherBody
from connector.requests.support_requests import Answer, open_request
from connector.storage.database import reading, retrying, transaction
from connector.tickets.views import ticket_told

blueprint = Blueprint("requests", __name__)


@blueprint.post("/v1/support/requests")
def ask() -> Response:
    """Decide a support request; `Idempotency-Key` stands for `request_id` where the body has none.

    The key then stands for that body alone: with another it is refused, and nothing changes (draft-ietf-httpapi-idempotency-
    key-header 2.7). A `request_id` that comes again with other words adds them to its ticket.
    """
    app = runtime()
    with reading(app.engine) as tx:
        vendor = caller(tx, "requests:write").vendor
    wanted, by_key = _read_request()
    now = app.clock()

    def decide_it() -> Answer:
        with transaction(app.engine) as tx:
            return open_request(tx, app, vendor, "api", wanted, now, same_body=by_key)

    try:
        answer = retrying(decide_it)
    except OtherBody:
        raise Problem(
            422,
            "idempotency_key_reused",
            "This Idempotency-Key came before with another body, and nothing was changed. Send another key for another "
            "request; to add words to a request, send them with its request_id in the body.",
        ) from None
    if answer.outbox_id:
        app.wake([answer.outbox_id])
    body = {"result": "duplicate" if answer.repeated else "decided"} | told(answer)
    return Response(json.dumps(body, ensure_ascii=False), 200, mimetype="application/json")


@blueprint.get("/v1/support/requests/<number>")
def show(number: str) -> dict[str, Any]:
    """One ticket of the caller's vendor, by its number."""
    app = runtime()
    with reading(app.engine) as tx:
        who = caller(tx, "requests:read")
        found = ticket_told(tx, app, number, vendor_id=who.vendor.id)
    if found is None:
        raise Problem(404, "not_found", f"No ticket {number[:40]!r} of this vendor.")
    return found


def _read_request() -> tuple[Request, bool]:
    """The request, and whether it is named by its Idempotency-Key."""
    app = runtime()
    if request.mimetype != "application/json":
        raise Problem(415, "unsupported_media_type", "Send application/json.")
    body = request.get_data(cache=False)
    if len(body) > app.settings.max_body:  # a chunked body is cut short one byte later, without a word
        raise Problem(413, "too_large", f"Send at most {app.settings.max_body} bytes.")
    try:
        data = loads(body, mend=True)
    except BadJson as fault:
        raise Problem(400, "bad_json", str(fault)) from None
    if not isinstance(data, dict):
        raise Problem(422, "invalid", "Send an object with the members of support.requested.")
    key = request.headers.get("Idempotency-Key")
    by_key = "request_id" not in data and bool(key)
    if by_key:
        data["request_id"] = key
    body = json.dumps({"type": "support.requested", "data": data}).encode()
    try:
        news = app.hosts["standard"].parse(Delivery({}, body))
    except Unreadable as fault:
        errors = [{"pointer": at.removeprefix("/data") or "/", "detail": what} for at, what in fault.faults]
        raise Problem(422, "invalid", fault.message, errors) from None
    [wanted] = [item for item in news if isinstance(item, Request)]
    return wanted, by_key
