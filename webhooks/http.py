"""`POST /hooks/<endpoint>` as a Flask view: bounds and framing first, then `intake.receive`; one table of statuses."""

from __future__ import annotations

import json
from typing import Any

import structlog
from flask import Blueprint, Request, Response, current_app, request
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from connector.db import reading
from connector.deliveries import find_endpoint
from connector.runtime import Runtime
from webhooks.intake import TooMany, receive
from webhooks.signatures import BadSignature

blueprint = Blueprint("hooks", __name__)
log = structlog.get_logger()

RETRY_AFTER = "30"
"""Seconds a host is asked to wait when nothing durable could take its delivery."""


class Refused(Exception):
    """A delivery that is not taken: status, a word for machines, a sentence for whoever sets the host up."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}


@blueprint.route("/hooks/<endpoint_id>", methods=["POST"], provide_automatic_options=False)
def hook(endpoint_id: str) -> Response:
    """Take one delivery from a host."""
    runtime: Runtime = current_app.extensions["connector"]
    try:
        return _answer(200, _take(runtime, endpoint_id))
    except Refused as refusal:
        return _answer(refusal.status, {"error": refusal.code, "message": refusal.message}, refusal.headers)
    except BadSignature as bad:
        log.warning("delivery.refused", endpoint=endpoint_id[:40], reason=bad.reason)
        return _answer(
            401, {"error": "bad_signature", "message": "The signature does not fit: check the secret and the clock."}
        )
    except TooMany:
        return _answer(429, {"error": "too_many", "message": "Too many unsigned pings."}, {"Retry-After": "60"})
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        log.error("delivery.not_stored", endpoint=endpoint_id[:40], error=type(error).__name__)
        away = {"error": "unavailable", "message": "Nothing durable can take this now: send it again later."}
        return _answer(503, away, {"Retry-After": RETRY_AFTER})


def _take(runtime: Runtime, endpoint_id: str) -> dict[str, Any]:
    with reading(runtime.engine) as tx:
        endpoint = find_endpoint(tx, runtime, endpoint_id)
    if endpoint is None:
        raise Refused(404, "no_such_endpoint", "No such endpoint: `connector endpoint list` shows the URLs in use.")
    kind = (request.content_type or "").partition(";")[0].strip().lower()
    if kind not in endpoint.host.content_types:
        wanted = " or ".join(endpoint.host.content_types)
        raise Refused(
            415, "unsupported_media_type", f"Send {wanted}; this was {kind[:80] or 'without a content type'}."
        )
    body = bounded_body(request, runtime.settings.max_body)
    headers = {name.lower(): value for name, value in request.headers.items()}
    return receive(runtime, endpoint, headers, body)


def bounded_body(request: Request, limit: int) -> bytes:
    """The raw body, counted by us: servers cut an over-long chunked body short and say nothing.

    Raises Refused: 413 over the limit, 415 for a compressed body, 400 for contradicting or broken framing.
    """
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Refused(415, "unsupported_encoding", "Send the body uncompressed.")
    length = request.headers.get("Content-Length")
    chunked = "Transfer-Encoding" in request.headers
    if length is not None and chunked:
        raise Refused(400, "bad_framing", "Send Content-Length or Transfer-Encoding, not both.")
    if length is not None and not (length.isascii() and length.isdigit()):
        raise Refused(400, "bad_framing", "Content-Length is not a number.")
    if length is not None and int(length) > limit:
        raise Refused(413, "too_large", f"The body is larger than {limit} bytes.")
    body = request.environ["wsgi.input"].read(limit + 1) if chunked else request.get_data(cache=False)
    if len(body) > limit:
        raise Refused(413, "too_large", f"The body is larger than {limit} bytes.")
    if length is not None and len(body) != int(length):
        raise Refused(400, "bad_framing", f"{length} bytes were announced and {len(body)} came.")
    return body


def _answer(status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    response = Response(json.dumps(body, ensure_ascii=False), status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    response.headers.update(headers or {})
    return response
