"""`/compat/<vendor>/...`: software already shipped asks about its licence in the protocol it speaks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.datastructures import MultiDict

from connector.api.callers import runtime
from connector.errors import Problem
from connector.formats.strict_json import BadJson, loads
from connector.licences.protocols import protocol_of, reply_to
from connector.observe import Log
from connector.ports import ProtocolCall, ProtocolReply
from connector.runtime import Runtime
from connector.vendors.vendor import UnknownVendor

blueprint = Blueprint("protocols", __name__)
log = Log()

MAX_BODY = 256 * 1024
METHODS = ["GET", "POST", "PUT", "DELETE"]


@blueprint.route("/compat/<path:rest>", methods=METHODS, merge_slashes=False)
def protocol_view(rest: str) -> Response:
    """Whatever the protocol: its own words back, never stored by anybody on the way.

    No redirect, whatever the slashes: clients lose their form on the way, or do not follow.
    """
    app = runtime()
    vendor, _, path = rest.partition("/")
    call = _call(app, vendor, path)
    protocol = protocol_of(app.protocols, call)
    if protocol is None or not vendor.isprintable():
        raise Problem(
            404, "no_such_face", "This address speaks no licence protocol we know: see docs/licence-protocols.md."
        )
    try:
        reply = reply_to(app, vendor, protocol, call, request.remote_addr or "")
    except UnknownVendor as unknown:
        raise Problem(404, "no_such_vendor", str(unknown)) from None
    except Exception:  # a fault of ours must not switch off software that was paid for
        log.exception("protocol.failed", protocol=protocol.name, path=request.path)
        reply = ProtocolReply("{}")
    response = Response(reply.body, reply.status, content_type=reply.content_type)
    response.headers.update({"Cache-Control": "no-store, private", "Vary": "*"} | dict(reply.headers))
    return response


def _call(app: Runtime, vendor: str, path: str) -> ProtocolCall:
    if (request.content_length or 0) > MAX_BODY:
        raise Problem(413, "too_large", "Send at most 256 kB.")
    is_form = request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data")
    sent = (
        b"" if is_form else request.get_data(cache=True, parse_form_data=False)
    )  # unread, it would end the connection
    body = sent if request.mimetype.endswith("json") else b""
    return ProtocolCall(
        method=request.method,
        path=re.sub("/{2,}", "/", f"/{path}"),
        query=_last_of(request.args),
        form=_last_of(request.form),
        body=_object(body),
        headers={name.lower(): value for name, value in request.headers.items()},
        base=f"{app.settings.public_url}/compat/{vendor}",
        now=app.clock(),
    )


def _last_of(given: MultiDict[str, str]) -> dict[str, str]:
    return {name: values[-1] for name, values in given.lists()}


def _object(body: bytes) -> Mapping[str, Any] | None:
    try:
        found = loads(body) if body else None
    except BadJson:
        return None
    return found if isinstance(found, dict) else None
