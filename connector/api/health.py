"""`/healthz` (the process), `/readyz` (its parts), `/metrics` (Prometheus, read from the database at scrape time)."""

from __future__ import annotations

import hmac
import time
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from connector import __version__
from connector.api.callers import runtime
from connector.errors import Problem
from connector.operations.metrics import exposition
from connector.runtime import Runtime
from connector.storage import counters
from connector.storage.database import reading, transaction
from connector.storage.migrations import pending
from connector.storage.tables import sinks

blueprint = Blueprint("health", __name__)

READY_CHECKS = "connector_ready_checks_total"


@blueprint.get("/healthz")
def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok", "version": __version__}


@blueprint.get("/readyz")
def readyz() -> tuple[dict[str, Any], int]:
    """Every part with its state; 503 when a delivery could not be stored."""
    app = runtime()
    parts: dict[str, str] = {}
    try:
        with reading(app.engine) as tx:
            paused = tx.execute(select(func.count()).select_from(sinks).where(sinks.c.paused_at.is_not(None))).scalar()
        parts["database"] = "behind: run `connector migrate`" if pending(app.engine) else _written(app)
        parts["helpdesks"] = f"{paused} paused: see `connector doctor`" if paused else "ok"
    except Exception as error:
        parts["database"] = f"away ({type(error).__name__})"
    ready = parts["database"] == "ok"
    return {"status": "ready" if ready else "not ready", "parts": parts}, 200 if ready else 503


def _written(app: Runtime) -> str:
    """`ok`, or why nothing can be written now: a disk that is full or read-only, a file that is locked.

    One row is written for all looks, and at most once a second: anybody may look.
    """
    second = int(time.monotonic())
    if app.memo.get("written") != second:
        try:
            with transaction(app.engine) as tx:
                counters.bump(tx, READY_CHECKS, {})
        except (DBAPIError, PoolTimeout) as error:
            return f"cannot be written to ({str(getattr(error, 'orig', error)).splitlines()[0]})"
        app.memo["written"] = second
    return "ok"


@blueprint.get("/metrics")
def metrics() -> Response:
    """Counts from the database, behind CONNECTOR_METRICS_TOKEN; off while none is set."""
    app = runtime()
    wanted = app.settings.metrics_token
    if wanted is None:
        raise Problem(404, "not_found", "Metrics are off: set CONNECTOR_METRICS_TOKEN.")
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), wanted.encode()):
        raise Problem(401, "unauthorized", "Send the metrics token as a bearer token.")
    return Response(exposition(app), content_type="text/plain; version=0.0.4; charset=utf-8")
