"""Logs: one JSON line an event, or readable text on a terminal. Never payloads, never keys."""

from __future__ import annotations

import re
import sys
from collections.abc import MutableMapping
from functools import cached_property
from typing import Any

from connector.settings import Settings

_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What steers a terminal, begins a line or turns the order of letters round."""


_waiting: list[Settings] = []


class Log:
    """The log of a module. structlog is imported with the first line: few commands write any, and all would wait for it."""

    @cached_property
    def _lines(self) -> Any:
        import structlog

        for settings in _waiting[:]:
            install(settings)
        return structlog.get_logger()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._lines, name)


def install_late(settings: Settings) -> None:
    """The same as `install`, with the first line that is written."""
    _waiting[:] = [settings]


def install(settings: Settings) -> None:
    """Set up structlog for this process; logs go to standard error, data stays on standard output."""
    import structlog

    text = settings.log_format == "text" or (settings.log_format == "auto" and sys.stderr.isatty())
    # Plain tracebacks only: richer ones print local variables, and among those are keys and secrets.
    console: list[Any] = [
        structlog.processors.format_exc_info,
        _printable,
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback),
    ]
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
    _waiting.clear()


def _printable(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """What others sent, as signs that a terminal shows and does not obey; a traceback keeps its lines, set in."""
    for name, value in event.items():
        if isinstance(value, str):
            set_in = name in ("exception", "stack")
            lines = [f"  {line}" for line in value.split("\n")] if set_in else [value]
            event[name] = "\n".join(_UNPRINTABLE.sub(_escaped, line) for line in lines)
    return event


def _escaped(sign: re.Match[str]) -> str:
    return sign[0].encode("unicode_escape").decode()
