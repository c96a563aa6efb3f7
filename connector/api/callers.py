"""Who calls: the bearer token of a request, checked against the scope that a view needs."""

from __future__ import annotations

from flask import current_app, request
from sqlalchemy import Connection

from connector.errors import Problem
from connector.runtime import Runtime
from connector.vendors.credentials import Caller, caller_of


def runtime() -> Runtime:
    """The runtime of the app that serves this request."""
    found: Runtime = current_app.extensions["connector"]
    return found


def caller(tx: Connection, scope: str) -> Caller:
    """Whoever calls, if the token carries `scope`; raises Problem 401 or 403."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    found = caller_of(tx, runtime(), token.strip()) if scheme.lower() == "bearer" and token.strip() else None
    if found is None:
        sentence = "Send `Authorization: Bearer <token>` with a live token: `connector token create` makes one."
        raise Problem(401, "unauthorized", sentence, headers={"WWW-Authenticate": "Bearer"})
    if scope not in found.scopes:
        raise Problem(403, "scope_missing", f"This token lacks the scope {scope}: create one that has it.")
    return found
