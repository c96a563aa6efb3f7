"""Errors of the API as RFC 9457 `application/problem+json`, and of pages as plain sentences."""

from __future__ import annotations

import json
import secrets
from typing import Any

from flask import Flask, Response, g, request
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from connector.observe import Log

log = Log()

_SECRET_PLACES = ("/connect/", "/t/", "/packages/")


class Problem(Exception):
    """A refusal of the API: status, machine word, sentence with the cure, and where in the body (JSON pointers)."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        errors: list[dict[str, str]] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors
        self.headers = headers or {}


def install(app: Flask) -> None:
    """Give the app its error handlers; a fault of ours is logged with the request id and told without its inside."""
    app.before_request(_refuse_nul)
    app.register_error_handler(Problem, answer)
    app.register_error_handler(HTTPException, _http)
    for away in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(away, _unavailable)
    app.register_error_handler(Exception, _fault)


def request_id() -> str:
    """The id of this request, for the log and the reply."""
    if "request_id" not in g:
        g.request_id = "rq_" + secrets.token_hex(8)
    return str(g.request_id)


def _refuse_nul() -> None:
    """No address of ours holds a NUL, and PostgreSQL takes none in text."""
    if request.path.startswith("/compat/"):
        return  # a protocol answers in its own words whatever it is sent
    if "\x00" in request.path or b"%00" in request.query_string:
        raise Problem(400, "bad_request", "The address holds a NUL character: send it without.")


def answer(problem: Problem) -> Response:
    """The problem as a reply (RFC 9457)."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": problem.code.replace("_", " "),
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
        "request_id": request_id(),
    }
    if problem.errors:
        body["errors"] = problem.errors
    response = Response(json.dumps(body), problem.status, mimetype="application/problem+json")
    response.headers.update({"Cache-Control": "no-store"} | problem.headers)
    return response


def _http(error: HTTPException) -> Response:
    headers = {name: value for name, value in error.get_headers() if name == "Allow"}
    words = error.description or error.name
    return answer(Problem(error.code or 500, error.name.lower().replace(" ", "_"), words, headers=headers))


def _place() -> str:
    """The path as the log may hold it: an address that opens something is itself a secret."""
    rule = str(request.url_rule or "")
    return rule if rule.startswith(_SECRET_PLACES) else request.path


def _unavailable(error: Exception) -> Response:
    log.error("database.away", path=_place(), error=type(error).__name__)
    return answer(Problem(503, "unavailable", "The database is away: try again later.", headers={"Retry-After": "30"}))


def _fault(error: Exception) -> Response:
    log.exception("request.failed", path=_place(), request_id=request_id())
    return answer(Problem(500, "internal_error", "This is our fault and has been logged under this request id."))
