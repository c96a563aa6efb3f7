"""Logs: one JSON line an event, or readable text on a terminal. Never payloads, never keys."""

from __future__ import annotations

import sys

import structlog

from connector.settings import Settings


def install(settings: Settings) -> None:
    """Set up structlog for this process; logs go to standard error, data stays on standard output."""
    text = settings.log_format == "text" or (settings.log_format == "auto" and sys.stderr.isatty())
    renderer = structlog.dev.ConsoleRenderer() if text else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
            structlog.processors.format_exc_info,
            renderer,
        ],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
