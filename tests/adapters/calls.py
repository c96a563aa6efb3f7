"""Calls to a stub, and what they raise."""

from collections.abc import Callable
from typing import Any

import pytest

from adapters.outgoing.http import Api, api
from connector.ports import Undelivered

TOKEN = "1-7-0123456789abcdef"


def api_of(url: str, **settings: Any) -> Api:
    said = {"url": url, "allow_private": True, "timeout": 5, **settings}
    return api(said, "/api", {"Authorization": f"token {TOKEN}"}, TOKEN)


def undelivered(call: Callable[[], object]) -> Undelivered:
    """What `call` raised, in words that do not hold the token."""
    with pytest.raises(Undelivered) as caught:
        call()
    assert TOKEN not in str(caught.value)
    assert caught.value.__context__ is None, "what is hidden behind the message may hold the token"
    return caught.value
