"""Logs: one JSON line an event, or readable text on a terminal. Never payloads, never keys."""

from __future__ import annotations

import sys
from typing import Any

import structlog

from connector.settings import Settings


def install(settings: Settings) -> None:
    """Set up structlog for this process; logs go to standard error, data stays on standard output."""
    text = settings.log_format == "text" or (settings.log_format == "auto" and sys.stderr.isatty())
    # Plain tracebacks only: richer ones print local variables, and among those are keys and secrets.
    console: list[Any] = [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    lines: list[Any] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
            *(console if text else lines),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
