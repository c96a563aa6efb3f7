"""`POST /hooks/<endpoint>` as a Flask view: bounds and framing first, then `intake.receive`; one table of statuses."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Request, Response, current_app, request
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from connector.errors import Problem
from connector.observe import Log
from connector.requests.deliveries import find_endpoint
from connector.runtime import Runtime
from connector.storage.database import reading
from webhooks.intake import TooMany, receive
from webhooks.signatures import BadSignature

blueprint = Blueprint("hooks", __name__)
log = Log()

RETRY_AFTER = "30"
"""Seconds a host is asked to wait when nothing durable could take its delivery."""


@blueprint.route("/hooks/<endpoint_id>", methods=["POST"], provide_automatic_options=False)
def hook(endpoint_id: str) -> Response:
    """Take one delivery from a host."""
    runtime: Runtime = current_app.extensions["connector"]
    try:
        return _answer(_take(runtime, endpoint_id))
    except BadSignature as bad:
        log.warning("delivery.refused", endpoint=endpoint_id[:40], reason=bad.reason)
        raise Problem(401, "bad_signature", "The signature does not fit: check the secret and the clock.") from None
    except TooMany:
        raise Problem(429, "too_many", "Too many unsigned pings.", headers={"Retry-After": "60"}) from None
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        log.error("delivery.not_stored", endpoint=endpoint_id[:40], error=type(error).__name__)
        words = "Nothing durable can take this now: send it again later."
        raise Problem(503, "unavailable", words, headers={"Retry-After": RETRY_AFTER}) from None


def _take(runtime: Runtime, endpoint_id: str) -> dict[str, Any]:
    with reading(runtime.engine) as tx:
        endpoint = find_endpoint(tx, runtime, endpoint_id)
    if endpoint is None:
        raise Problem(404, "no_such_endpoint", "No such endpoint: `connector endpoint list` shows the URLs in use.")
    kind = (request.content_type or "").partition(";")[0].strip().lower()
    if kind not in endpoint.host.content_types:
        wanted = " or ".join(endpoint.host.content_types)
        raise Problem(
            415, "unsupported_media_type", f"Send {wanted}; this was {kind[:80] or 'without a content type'}."
        )
    body = bounded_body(request, runtime.settings.max_body)
    headers = {name.lower(): value for name, value in request.headers.items()}
    return receive(runtime, endpoint, headers, body)


def bounded_body(request: Request, limit: int) -> bytes:
    """The raw body, counted by us: servers cut an over-long chunked body short and say nothing.

    Raises Problem: 413 over the limit, 415 for a compressed body, 400 for contradicting or broken framing.
    """
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Problem(415, "unsupported_encoding", "Send the body uncompressed.")
    length = request.headers.get("Content-Length")
    chunked = "Transfer-Encoding" in request.headers
    if length is not None and chunked:
        raise Problem(400, "bad_framing", "Send Content-Length or Transfer-Encoding, not both.")
    if length is not None and not (length.isascii() and length.isdigit()):
        raise Problem(400, "bad_framing", "Content-Length is not a number.")
    if length is not None and int(length) > limit:
        raise Problem(413, "too_large", f"The body is larger than {limit} bytes.")
    body = request.environ["wsgi.input"].read(limit + 1) if chunked else request.get_data(cache=False)
    if len(body) > limit:
        raise Problem(413, "too_large", f"The body is larger than {limit} bytes.")
    if length is not None and len(body) != int(length):
        raise Problem(400, "bad_framing", f"{length} bytes were announced and {len(body)} came.")
    return body


def _answer(body: dict[str, Any]) -> Response:
    response = Response(json.dumps(body, ensure_ascii=False), 200, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
