"""The parameters of a call of shipped software, wherever it put them."""

from __future__ import annotations

from connector.ports import ProtocolCall


def params(call: ProtocolCall) -> dict[str, str]:
    """Query, form and JSON body together, the body first; what is empty, or neither text nor number, is left out."""
    given = {**call.args, **(call.body or {})}
    words = {name: str(value).strip() for name, value in given.items() if _is_word(value)}
    return {name: word for name, word in words.items() if word}


def _is_word(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)
