"""What each view takes and answers, by its endpoint in the app. Path, method, summary and bounds of schemas come from the code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from marshmallow import Schema as Marshmallow

from connector.api.eligibility import EligibilityParams
from connector.api.licences import LicenceCall
from connector.formats.json_schema import TEXT, TIME, Schema, choice, ref, told
from connector.tickets.views import STATES

TAGS = {
    "webhooks": "What host platforms post to us. Each host signs in its own way, the standard format by Standard Webhooks.",
    "support": "Decisions and tickets, for back ends.",
    "licences": "For vendors' software. The licence key in the body is the credential; unknown keys get a verdict like all others. "
    "How to check tokens offline: docs/verify-offline.md.",
    "customers": "Pages for customers.",
    "shops": "For the plugin of a shop.",
    "operation": "How the connector is, and what it speaks.",
}

SECURITY: dict[str, dict[str, str]] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of `connector token create`; each operation names the scope it needs.",
    },
    "metrics": {"type": "http", "scheme": "bearer", "description": "CONNECTOR_METRICS_TOKEN."},
    **{
        f"webhook-{part}": {"type": "apiKey", "in": "header", "name": f"webhook-{part}", "description": about}
        for part, about in (
            ("id", "Standard Webhooks 1.0.0: stays the same when a delivery is sent again."),
            ("timestamp", "Unix seconds; 300 seconds off at most."),
            ("signature", "`v1,` and base64 HMAC-SHA256 of `id.timestamp.body`; several, one space between."),
        )
    },
}

PLACES: dict[str, str] = {
    "endpoint_id": "the endpoint's id, as `connector endpoint list` shows it",
    "claim": "the code's secret part, as `connector endpoint add --connect` printed it",
    "code": "a reason's code, such as support_expired",
    "number": "a ticket's number, such as SC-7F3K-2M9Q",
    "token": "signed by us; `status_url` of a ticket is the whole address",
    "name": "a file name; not looked at",
}

REFUSED = {
    400: "Not JSON, or not read as such.",
    401: "No token, or none that is live.",
    403: "The token lacks the scope.",
    404: "Nothing of that name here.",
    405: "Another method; `Allow` says which.",
    413: "Too large.",
    415: "Another content type.",
    429: "Too many calls for this key or from this address; Retry-After.",
    422: "Readable, but it cannot be used: `errors` says where.",
}


def _problem(about: str) -> dict[str, Any]:
    return {"description": about, "content": {"application/problem+json": {"schema": ref("Problem")}}}


def _json(name: str, about: str) -> dict[str, Any]:
    return {"description": about, "content": {"application/json": {"schema": ref(name)}}}


def _media(kind: str, about: str) -> dict[str, Any]:
    return {"description": about, "content": {kind: {"schema": TEXT}}}


def _operation(
    name: str, tag: str, good: dict[str, Any], refused: Iterable[int] = (), security: Any = (), **more: Any
) -> dict[str, Any]:
    """An operation that answers `good` with 200, and problems otherwise. security: the schemes needed together, none if empty."""
    answers: dict[str, Any] = {"200": good} | {str(status): _problem(REFUSED[status]) for status in refused}
    answers["default"] = _problem("A fault of ours (500), or the database is away (503 with Retry-After).")
    required = [security] if security else []
    return {"operationId": name, "tags": [tag], "security": required, "responses": answers} | more


def _body(schema: Schema | type[Marshmallow], **more: Any) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema} | more}}


def _query(name: str, schema: Schema, about: str) -> dict[str, Any]:
    return {"in": "query", "name": name, "schema": schema, "description": about}


def _licence_call(name: str, **more: Any) -> dict[str, Any]:
    body = {"requestBody": _body(LicenceCall), "x-credential-in-body": "license_key"}
    return _operation(name, "licences", _json("Verdict", "The verdict."), (400, 413, 415, 422, 429), **body, **more)


_HOOK_REFUSED = {
    "400": "Broken framing.",
    "401": "Missing, malformed, stale or wrong signature. Nothing is stored.",
    "404": "No such endpoint; disabled ones answer the same.",
    "413": "Over CONNECTOR_MAX_BODY.",
    "415": "Another content type, or compressed.",
    "429": "Too many unsigned pings; Retry-After.",
    "503": "Nothing durable can take it now; Retry-After.",
}
_HOOK = _operation(
    "receiveDelivery",
    "webhooks",
    _json(
        "DeliveryAnswer", "Taken: on disk. A refused support request is taken, too, and so is what goes to quarantine."
    ),
    (405,),
    {f"webhook-{part}": [] for part in ("id", "timestamp", "signature")},
    requestBody=_body(ref("StandardEvent")),
    description="Endpoints of the host `standard` take the events described here. Other hosts post their own formats, signed "
    "their own way, to their own endpoints.",
)
_HOOK["responses"] |= {status: _problem(about) for status, about in _HOOK_REFUSED.items()}

_OVER = _media(
    "text/html",
    "A page that says that the link has ended, and how to get another: a newer one was made, or the ticket was closed more than "
    "CONNECTOR_STATUS_LINK_DAYS days ago.",
)
_STATUS = _operation("showStatusPage", "customers", _media("text/html", "The page of one ticket."))
_STATUS["responses"]["404"] = _media("text/html", "A page that says that the link is not good, or the ticket gone.")
_STATUS["responses"]["410"] = _OVER

_FORM = {"type": "object", "properties": {"score": {"type": "integer", "minimum": 1, "maximum": 5}, "words": TEXT}}
_RATING = _operation(
    "rateTicket",
    "customers",
    {},
    requestBody={"required": True, "content": {"application/x-www-form-urlencoded": {"schema": _FORM}}},
)
_RATING["responses"] = {
    "303": {"description": "Kept, in the place of an earlier one: `Location` is the page of the ticket."},
    "404": _media("text/html", "A page that says that the link is not good."),
    "410": _OVER,
    "409": _media("text/html", "The page of the ticket, which is not solved yet."),
    "422": _media("text/html", "The page of the ticket, which asks for a number from 1 to 5."),
    "default": _RATING["responses"]["default"],
}

_PACKAGE = _operation("downloadPackage", "licences", _media("application/zip", "The zip file."))
_PACKAGE["responses"] |= {
    "302": {"description": "The vendor keeps the file: `Location` says where."},
    "403": _media("text/plain", "The link is over, or updates are not allowed any more; a sentence says why."),
    "404": _media("text/plain", "The file is missing here."),
}

_REASON = _operation("showReason", "support", _media("text/html", "What the code means, and the way out."))
_REASON["responses"]["404"] = _media("text/html", "No such code.")

_READY = _operation("showReadiness", "operation", _json("Readiness", "Everything is well enough to take deliveries."))
_READY["responses"]["503"] = _json("Readiness", "A delivery could not be stored now.")

OPERATIONS: dict[str, dict[str, Any]] = {
    "hooks.hook": _HOOK,
    "eligibility.eligibility": _operation(
        "checkEligibility",
        "support",
        _json("Eligibility", "The decision as it would be, with every check."),
        (401, 403, 422),
        {"bearer": ["eligibility:read"]},
        parameters=[{"in": "query", "schema": EligibilityParams}],
        description="One of license_key, email, order and site is needed.",
    ),
    "requests.ask": _operation(
        "requestSupport",
        "support",
        _json("RequestAnswer", "The decision, and the ticket if there is one."),
        (400, 401, 403, 413, 415, 422),
        {"bearer": ["requests:write"]},
        requestBody=_body(ref("SupportRequest")),
        parameters=[
            {
                "in": "header",
                "name": "Idempotency-Key",
                "schema": TEXT,
                "description": "stands for request_id where the body has none; refused (422) with another body than before",
            }
        ],
    ),
    "requests.show": _operation(
        "showRequest", "support", _json("TicketShown", "The ticket."), (401, 403, 404), {"bearer": ["requests:read"]}
    ),
    "tickets.tickets": _operation(
        "listTickets",
        "support",
        _json("TicketPage", "One page."),
        (401, 403, 422),
        {"bearer": ["tickets:read"]},
        parameters=[
            _query("limit", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}, "rows on a page"),
            _query("cursor", TEXT, "`next` of the page before"),
            _query("state", choice(STATES), "only tickets in this state of work, or on the way to the helpdesk"),
            _query("customer", TEXT, "only tickets of this person: the host's id, or an e-mail address"),
            _query("product", {"type": "string", "maxLength": 100}, "only tickets about this product"),
            _query("due_by", TIME, "only tickets of which a promise runs out by then, or has"),
        ],
    ),
    "tickets.open_tickets": _operation(
        "listOpenPromises",
        "support",
        _json("OpenPromises", "The most overdue first, what rests last."),
        (401, 403, 422),
        {"bearer": ["tickets:read"]},
        parameters=[_query("limit", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}, "rows at most")],
    ),
    "licences.validate_view": _licence_call("validateLicense"),
    "licences.activate_view": _licence_call("activateLicense"),
    "licences.deactivate_view": _licence_call("deactivateLicense"),
    "licences.token_view": _licence_call("issueToken"),
    "licences.jwks_view": _operation("listKeys", "licences", _json("KeySet", "The keys.")),
    "packages.package_view": _PACKAGE,
    "status.status": _STATUS,
    "status.rate": _RATING,
    "reasons.reasons": _operation("listReasons", "support", _media("text/html", "Every reason code, heaviest first.")),
    "reasons.reason": _REASON,
    "health.healthz": _operation("showHealth", "operation", _json("Health", "The process answers.")),
    "health.readyz": _READY,
    "health.metrics": _operation(
        "showMetrics", "operation", _media("text/plain", "Prometheus text."), (401, 404), {"metrics": []}
    ),
    "wordpress.plugin_view": _operation(
        "showPluginVersion", "shops", _json("PluginVersion", "What the plugin compares itself with."), (404,)
    ),
    "wordpress.zip_view": _operation("downloadPlugin", "shops", _media("application/zip", "The zip file."), (404,)),
    "connect.code_page": _operation(
        "showConnectCode", "shops", _media("text/html", "What to do with a connect code; the same for every code.")
    ),
    "connect.exchange": _operation(
        "exchangeConnectCode",
        "shops",
        _json("Connection", "What the plugin keeps; told this once."),
        (400, 404, 413, 415, 422, 429),
        requestBody=_body(ref("ConnectingShop")),
    ),
    "openapi.document_view": _operation(
        "showDescription",
        "operation",
        {
            "description": "OpenAPI 3.1.",
            "content": {"application/json": {"schema": told({"type": "object"}, "OpenAPI")}},
        },
    ),
    "openapi.docs_view": _operation("showDocs", "operation", _media("text/html", "The same to read.")),
}
